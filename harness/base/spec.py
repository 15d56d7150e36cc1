"""The RFC sections that code and rules may cite, with their titles.

A citation is the text `RFC NNNN section X`. One table, so that a mistyped section is found by a test
instead of by the reader who looks it up. Must not live here: what the sections say.
"""

import re

_CITATION = re.compile(r"RFC (\d{3,5}) section (\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\Z")

_TABLE: dict[int, str] = {
    2617: """
3 Digest Access Authentication Scheme; 3.2.1 The WWW-Authenticate Response Header
3.2.2 The Authorization Request Header; 3.2.2.1 Request-Digest; 3.3 Digest Operation; 3.5 Example""",
    3261: """
7 SIP Messages; 7.1 Requests; 7.2 Responses; 7.3 Header Fields; 7.3.1 Header Field Format
7.3.2 Header Field Classification; 7.3.3 Compact Form; 7.4 Bodies; 7.4.1 Message Body Type
7.4.2 Message Body Length; 7.5 Framing SIP Messages; 8 General User Agent Behavior; 8.1 UAC Behavior
8.1.1 Generating the Request; 8.1.1.1 Request-URI; 8.1.1.2 To; 8.1.1.3 From; 8.1.1.4 Call-ID
8.1.1.5 CSeq; 8.1.1.6 Max-Forwards; 8.1.1.7 Via; 8.1.1.8 Contact; 8.1.1.9 Supported and Require
8.1.1.10 Additional Message Components; 8.1.2 Sending the Request; 8.1.3 Processing Responses
8.1.3.1 Transaction Layer Errors; 8.1.3.2 Unrecognized Responses; 8.1.3.3 Vias
8.1.3.4 Processing 3xx Responses; 8.1.3.5 Processing 4xx Responses; 8.2 UAS Behavior
8.2.1 Method Inspection; 8.2.2 Header Inspection; 8.2.2.1 To and Request-URI; 8.2.2.2 Merged Requests
8.2.2.3 Require; 8.2.3 Content Processing; 8.2.4 Applying Extensions; 8.2.5 Processing the Request
8.2.6 Generating the Response; 8.2.6.1 Sending a Provisional Response; 8.2.6.2 Headers and Tags
8.2.7 Stateless UAS Behavior; 8.3 Redirect Servers; 9 Canceling a Request; 9.1 Client Behavior
9.2 Server Behavior; 10 Registrations; 10.2 Constructing the REGISTER Request
10.3 Processing REGISTER Requests; 11 Querying for Capabilities; 11.1 Construction of OPTIONS Request
11.2 Processing of OPTIONS Request; 12 Dialogs; 12.1 Creation of a Dialog; 12.1.1 UAS Behavior
12.1.2 UAC Behavior; 12.2 Requests within a Dialog; 12.2.1 UAC Behavior; 12.2.1.1 Generating the Request
12.2.1.2 Processing the Responses; 12.2.2 UAS Behavior; 12.3 Termination of a Dialog
13 Initiating a Session; 13.1 Overview; 13.2 UAC Processing; 13.2.1 Creating the Initial INVITE
13.2.2 Processing INVITE Responses; 13.2.2.1 1xx Responses; 13.2.2.2 3xx Responses
13.2.2.3 4xx, 5xx and 6xx Responses; 13.2.2.4 2xx Responses; 13.3 UAS Processing
13.3.1 Processing of the INVITE; 13.3.1.1 Progress; 13.3.1.2 The INVITE is Redirected
13.3.1.3 The INVITE is Rejected; 13.3.1.4 The INVITE is Accepted; 14 Modifying an Existing Session
14.1 UAC Behavior; 14.2 UAS Behavior; 15 Terminating a Session
15.1 Terminating a Session with a BYE Request; 15.1.1 UAC Behavior; 15.1.2 UAS Behavior
16 Proxy Behavior; 16.1 Overview; 16.2 Stateful Proxy; 16.3 Request Validation
16.4 Route Information Preprocessing; 16.5 Determining Request Targets; 16.6 Request Forwarding
16.7 Response Processing; 16.8 Processing Timer C; 16.9 Handling Transport Errors
16.10 CANCEL Processing; 16.11 Stateless Proxy; 16.12 Summary of Proxy Route Processing
17 Transactions; 17.1 Client Transaction; 17.1.1 INVITE Client Transaction
17.1.1.1 Overview of INVITE Transaction; 17.1.1.2 Formal Description
17.1.1.3 Construction of the ACK Request; 17.1.2 Non-INVITE Client Transaction
17.1.2.1 Overview of the Non-INVITE Transaction; 17.1.2.2 Formal Description
17.1.3 Matching Responses to Client Transactions; 17.1.4 Handling Transport Errors
17.2 Server Transaction; 17.2.1 INVITE Server Transaction; 17.2.2 Non-INVITE Server Transaction
17.2.3 Matching Requests to Server Transactions; 17.2.4 Handling Transport Errors; 18 Transport
18.1 Clients; 18.1.1 Sending Requests; 18.1.2 Receiving Responses; 18.2 Servers
18.2.1 Receiving Requests; 18.2.2 Sending Responses; 18.3 Framing; 18.4 Error Handling
19 Common Message Components; 19.1 SIP and SIPS Uniform Resource Indicators
19.1.1 SIP and SIPS URI Components; 19.1.2 Character Escaping Requirements
19.1.3 Example SIP and SIPS URIs; 19.1.4 URI Comparison; 19.1.5 Forming Requests from a URI
19.1.6 Relating SIP URIs and tel URLs; 19.2 Option Tags; 19.3 Tags; 20 Header Fields; 20.1 Accept
20.5 Allow; 20.7 Authorization; 20.8 Call-ID; 20.10 Contact; 20.11 Content-Disposition
20.12 Content-Encoding; 20.13 Content-Language; 20.14 Content-Length; 20.15 Content-Type; 20.16 CSeq
20.17 Date; 20.19 Expires; 20.20 From; 20.22 Max-Forwards; 20.23 Min-Expires; 20.27 Proxy-Authenticate
20.28 Proxy-Authorization; 20.29 Proxy-Require; 20.30 Record-Route; 20.31 Reply-To; 20.32 Require
20.33 Retry-After; 20.34 Route; 20.35 Server; 20.36 Subject; 20.37 Supported; 20.38 Timestamp; 20.39 To
20.40 Unsupported; 20.41 User-Agent; 20.42 Via; 20.43 Warning; 20.44 WWW-Authenticate
21 Response Codes; 21.1 Provisional 1xx; 21.1.1 100 Trying; 21.1.2 180 Ringing
21.1.3 181 Call Is Being Forwarded; 21.1.4 182 Queued; 21.1.5 183 Session Progress; 21.2 Successful 2xx
21.3 Redirection 3xx; 21.3.3 302 Moved Temporarily; 21.4 Request Failure 4xx
21.4.2 401 Unauthorized; 21.4.6 405 Method Not Allowed
21.4.8 407 Proxy Authentication Required; 21.4.9 408 Request Timeout; 21.4.15 420 Bad Extension
21.4.18 480 Temporarily Unavailable
21.4.19 481 Call/Transaction Does Not Exist; 21.4.20 482 Loop Detected; 21.4.21 483 Too Many Hops
21.4.25 487 Request Terminated; 21.4.26 488 Not Acceptable Here; 21.4.27 491 Request Pending
21.5 Server Failure 5xx; 21.5.1 500 Server Internal Error; 21.5.2 501 Not Implemented
21.5.4 503 Service Unavailable; 21.6 Global Failures 6xx; 22 Usage of HTTP Authentication
22.1 Framework; 22.2 User-to-User Authentication; 22.3 Proxy-to-User Authentication
22.4 The Digest Authentication Scheme; 25 Augmented BNF for the SIP Protocol; 25.1 Basic Rules
26 Security Considerations; A Table of Timer Values""",
    3262: """
3 UAS Behavior; 4 UAC Behavior; 5 The Offer/Answer Model and PRACK""",
    3263: """
4 Client Usage; 4.1 Selecting a Transport Protocol; 4.2 Determining Port and IP Address; 4.3 Details of
 RFC 2782 Process; 5 Server Usage""",
    3264: """
4 Protocol Operation; 5 Generating the Initial Offer; 5.1 Unicast Streams; 6 Generating the Answer
6.1 Unicast Streams; 7 Offerer Processing of the Answer; 8 Modifying the Session
8.1 Adding a Media Stream; 8.2 Removing a Media Stream; 8.3 Modifying a Media Stream
8.4 Putting a Unicast Media Stream on Hold; 9 Indicating Capabilities""",
    3311: """
4 Overview of Operation; 5 UPDATE Handling; 5.1 Sending an UPDATE; 5.2 Receiving an UPDATE""",
    3323: """
4 Privacy Services; 4.1 User Agent Behavior; 4.1.1 URIs, Display-Names and Privacy
4.2 The Privacy Header; 5 Privacy Service Behavior""",
    3325: """
5 Proxy Behavior; 6 Hints for Multiple Identities; 7 Requesting Privacy; 9 Header Syntax
9.1 The P-Asserted-Identity Header; 9.2 The P-Preferred-Identity Header""",
    3326: """
2 The Reason Request Header Field""",
    3420: """
2 Body Type Definition: message/sipfrag; 3 Examples; 3.1 Valid message/sipfrag Parts
3.2 Invalid message/sipfrag Parts; 4 Discussion; 5 IANA Considerations""",
    3515: """
2 The REFER Method; 2.1 The Refer-To Header Field; 2.2 Header Field Support for the REFER Method
2.3 Message Body Inclusion; 2.4 Behavior of SIP User Agents; 2.4.1 Forming a REFER Request
2.4.2 Processing a REFER Request; 2.4.3 Accessing the Referred-to Resource
2.4.4 Using SIP Events to Report the Results of the Reference; 2.4.5 The Body of the NOTIFY
2.4.6 Multiple REFER Requests in a Dialog
2.4.7 Using the Subscription-State Header Field with Event Refer
2.5 Behavior of SIP Registrars/Redirect Servers; 2.6 Behavior of SIP Proxies
3 Package Details: Event refer; 3.4 Subscription Duration; 3.9 Handling of Forked Requests
3.10 Rate of Notifications; 4.1 Prototypical REFER callflow; 4.2 Multiple REFERs in a dialog
5 Security Considerations; 5.3.3 Limiting the Breach""",
    3550: """
5 RTP Data Transfer Protocol; 5.1 RTP Fixed Header Fields; 6 RTP Control Protocol; 6.4.1 SR: Sender Report
 RTCP Packet""",
    3551: """
4.5.14 PCMA and PCMU; 6 Payload Type Definitions""",
    3581: """
3 Client Behavior; 4 Server Behavior""",
    3891: """
3 User Agent Server Behavior: Receiving a Replaces Header
4 User Agent Client Behavior: Sending a Replaces Header; 5 Proxy Behavior; 6 Syntax
6.1 The Replaces Header; 6.2 New Option Tag for Require and Supported Headers
7 Usage Examples; 8 Security Considerations""",
    3892: """
2 The Referred-By Mechanism; 2.1 Referrer Behavior; 2.2 Referee Behavior; 2.3 Refer Target Behavior
3 The Referred-By Header Field; 4 The Referred-By Token; 5 The 429 Provide Referrer Identity Response""",
    3911: """
3 Applicability of Join; 4 User Agent Server Behavior: Receiving a Join Header
5 User Agent Client Behavior: Sending a Join Header; 7 Syntax; 7.1 The Join Header""",
    3966: """
3 URI Syntax; 4 URI Comparisons; 5 Phone Numbers and Their Context
5.1.1 Separators in Phone Numbers; 5.1.4 Global Numbers; 5.1.5 Local Numbers""",
    3986: """
2.1 Percent-Encoding; 3 Syntax Components; 6.2.2 Syntax-Based Normalization""",
    4028: """
7 User Agent Client Behavior; 9 UAS Behavior; 10 Performing Refreshes""",
    4291: """
2.5.5.2 IPv4-Mapped IPv6 Address""",
    4320: """
4 Normative Updates to RFC 3261; 4.1 Action 1: Make the best use of
 provisional responses; 4.2 Action 2: Remove the useless late-response storm""",
    4475: """
3.1 Parser Tests; 3.1.1 Valid Messages; 3.1.2 Invalid Messages
3.1.2.1 Extraneous Header Field Separators; 3.1.2.15 Non-token Characters in Display Name
3.2 Transaction Layer Semantics
3.3 Application-Layer Semantics; 3.4 Backward Compatibility""",
    4488: """
3 Motivation; 4 Definitions
5 Preventing Forking of REFER Requests; 6 Example""",
    4508: """
3 Definitions; 4 Examples; 5 Security Considerations""",
    4538: """
3 User Agent Client Behavior; 4 User Agent Server Behavior; 6 Syntax; 7 Target-Dialog Header Field""",
    4566: """
5 SDP Specification; 5.2 Origin; 5.14 Media Descriptions; 6 SDP Attributes; 9 SDP Grammar""",
    4579: """
4.2 Focus UA; 5 User Agent and Focus Call Flows""",
    4733: """
2.3 Payload Format; 7.1.1 Registration of Media Type audio/telephone-event""",
    4916: """
4 Behaviour""",
    5057: """
3 Examples of Multiple Usages; 3.1 Transfer; 4 Usage Creation and Destruction; 4.1 Invite Usages
5 Proper Handling of Multiple Usages
5.1 A Survey of the Effect of Failure Responses on Usages and Dialogs; 5.2 Transaction Timeouts
5.3 Matching Requests to Usages; 5.4 Target Refresh Requests; 5.5 Refreshing and Terminating Usages
5.6 Refusing New Usages; 5.7 Replacing Usages; 6 Avoiding Multiple Usages""",
    5359: """
2.1 Call Hold; 2.2 Consultation Hold; 2.4 Transfer - Unattended; 2.5 Transfer - Attended
2.6 Transfer - Instant Messaging""",
    5393: """
4 Updates to RFC 3261; 5.1 Max-Breadth Header Field""",
    5407: """
3 Race Conditions; 3.1 Receiving Message in the Moratorium State; 3.3.3 Receiving REFER (Established State)
 in the Mortal State""",
    5589: """
4 Requirements; 5 Using REFER to Achieve Call Transfer; 6 Basic Transfer
6.1 Successful Transfer; 6.2 Transfer with Dialog Reuse; 6.3 Failed Transfer
6.3.1 Target Busy; 6.3.2 Transfer Target Does Not Answer; 7 Transfer with Consultation Hold
7.1 Exposing Transfer Target; 7.2 Protecting Transfer Target; 7.3 Attended Transfer
7.4 Recovery When One Party Does Not Support REFER; 7.5 Attended Transfer When Contact URI Is Not Known to
 Route to a Unique User Agent; 7.6 Semi-Attended Transfer; 7.7 Attended Transfer Fallback to Basic Transfer
8 Transfer with Referred-By; 9 Transfer as an Ad Hoc Conference; 10 Transfer with Multiple Parties
11 Gateway Transfer Issues; 12 Security Considerations""",
    5621: """
3 Message Body Encoding; 3.1 Background on Message Body Encoding""",
    5626: """
3.5.1 CRLF Keep-Alive Technique; 4.4.1 Keep-Alive with CRLF""",
    5806: """
3 Overview; 3.1 When Is the Diversion Header Used; 4 Extension Syntax""",
    6026: """
7 Change Details; 7.1 Server Transaction Impacts; 7.2 Client Transaction Impacts
7.3 Proxy Considerations; 8.4 Pages 126 through 128; 8.5 Pages 134 to 135""",
    6076: """
4 SIP Performance Metrics; 4.3 Session Request Delay; 4.4 Session Disconnect Delay""",
    6141: """
3 Clarifications on the Handling of Re-INVITE; 4 Refreshing a Dialog's Targets""",
    6665: """
3.1 SUBSCRIBE; 3.2 NOTIFY; 4 Node Behavior; 4.1 Subscriber Behavior
4.1.2 Creating and Maintaining Subscriptions; 4.1.2.1 Requesting a Subscription
4.1.2.2 Refreshing of Subscriptions; 4.1.2.3 Unsubscribing; 4.1.2.4 Confirmation of Subscription Creation
4.1.3 Receiving and Processing State Information; 4.1.4 Forking of SUBSCRIBE Requests
4.2 Notifier Behavior; 4.2.1 Subscription Establishment and Maintenance
4.2.1.1 Initial SUBSCRIBE Transaction Processing; 4.2.1.2 Confirmation of Subscription Creation/Refreshing
4.2.1.3 Authentication/Authorization of SUBSCRIBE Requests; 4.2.1.4 Refreshing of Subscriptions
4.2.2 Sending State Information to Subscribers; 4.3 Proxy Behavior; 4.4 Common Behavior
4.4.1 Dialog Creation and Termination; 4.4.4 "Allow-Events" Header Field Usage
4.5 Targeting Subscriptions at Devices; 4.5.1 Using GRUUs to Route to Devices; 4.5.2 Sharing Dialogs
4.6 CANCEL Requests for SUBSCRIBE and NOTIFY Transactions; 8.2.1 "Event" Header Field
8.2.2 "Allow-Events" Header Field; 8.2.3 "Subscription-State" Header Field; 8.3.1 202 (Accepted)
8.3.2 489 (Bad Event); 8.4 Augmented BNF Definitions""",
    6864: """
4.1 IPv4 ID Used Only for Fragmentation""",
    7044: """
9 User Agent Handling of the History-Info Header Field""",
    7433: """
4 Normative Definition""",
    7614: """
4 The Explicit Subscription Extension; 4.1 Sending a REFER; 4.2 Processing a REFER Response
4.3 Processing a Received REFER; 4.4 Subscribing to the refer Event; 4.5 Processing a Received SUBSCRIBE
4.6 Sending a NOTIFY; 4.7 Managing refer Event State; 4.8 The Refer-Events-At Header Field
5 The nosub Extension; 5.3 Processing a Received REFER; 7 Updates to RFC 3515""",
    7616: """
3 Digest Access Authentication Scheme; 3.4 The Authorization Header Field
3.4.1 Response; 3.4.2 A1; 3.4.3 A2; 3.2 Representation of Digest Values
3.3 The WWW-Authenticate Response Header Field; 3.9 Example; 3.9.1 Example with SHA-256 and MD5""",
    7621: """
2 Clarifications""",
    7647: """
3 Use of GRUU Is Mandatory; 4 Dialog Reuse Is Prohibited; 5 The 202 Response Code Is Deprecated""",
    8200: """
4 IPv6 Extension Headers; 8.1 Upper-Layer Checksums""",
    8217: """
3 Updates to RFC 3261; 4 Updates to RFCs Defining SIP Extension Header Fields""",
    8224: """
4 Identity Header Field Syntax; 6 Authentication and Verification Service Behavior; 12 Privacy""",
    8760: """
2.3 UAS Behavior; 2.4 UAC Behavior; 2.6 HTTP Digest Authentication Scheme Modifications""",
    8866: """
5 SDP Specification; 5.1 Protocol Version; 5.2 Origin; 5.7 Connection Information; 5.14 Media Descriptions
6 SDP Attributes; 6.6 rtpmap; 6.7 Media Direction Attributes; 9 SDP Grammar""",
}


def _read(number: int, text: str) -> dict[tuple[int, str], str]:
    joined = text.strip().replace("\n ", " ")
    items = (item.strip() for line in joined.split("\n") for item in line.split("; "))
    return {(number, section): title for section, _, title in (item.partition(" ") for item in items)}


SECTIONS: dict[tuple[int, str], str] = {
    key: title for number, text in _TABLE.items() for key, title in _read(number, text).items()
}
"""(RFC number, section) to title."""


def cite(text: str) -> tuple[int, str]:
    """Read `RFC NNNN section X` and return (number, section). Raises ValueError when unknown."""
    match = _CITATION.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a citation; write 'RFC 3515 section 2.4.1'")
    key = (int(match[1]), match[2])
    if key not in SECTIONS:
        raise ValueError(f"{text} does not stand in harness/base/spec.py")
    return key


def title(text: str) -> str:
    """Return the title of the cited section. Raises ValueError when unknown."""
    return SECTIONS[cite(text)]
