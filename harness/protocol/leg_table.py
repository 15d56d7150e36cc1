"""The life of a leg as a table: from INVITE to BYE, whoever began it (RFC 3261 sections 9, 13, 15).

Data only. Must not live here: what the actions do (`leg.py`).
"""

from harness.protocol.machine import Machine, table

LEG = Machine(
    name="leg",
    source="RFC 3261 sections 9, 13, 15",
    states=(
        "idle",
        "calling",
        "proceeding",
        "cancel wanted",
        "cancelling",
        "incoming",
        "answered",
        "bye wanted",
        "up",
        "ending",
        "ended",
    ),
    events=(
        "send INVITE",
        "1xx",
        "2xx",
        "challenged",
        "failure",
        "INVITE",
        "send 1xx",
        "send 2xx",
        "send 3xx-6xx",
        "ACK",
        "no ACK",
        "CANCEL",
        "BYE",
        "BYE answered",
        "release",
    ),
    initial="idle",
    rows=table(
        """
        idle + send INVITE -> calling
        idle + INVITE -> incoming
        idle + release -> ended
        calling + 1xx -> proceeding
        calling + 2xx -> up: ack
        calling + failure -> ended
        calling + release -> cancel wanted              # CANCEL waits for a 1xx, RFC 3261 section 9.1
        proceeding + 1xx -> proceeding
        proceeding + 2xx -> up: ack
        proceeding + challenged -> calling              # the repeated INVITE needs a 1xx of its own
        proceeding + failure -> ended
        proceeding + BYE -> ended: give up later        # a BYE that overtakes a lost 2xx
        proceeding + release -> cancelling: cancel
        cancel wanted + 1xx -> cancelling: cancel
        cancel wanted + 2xx -> ending: ack, bye
        cancel wanted + failure -> ended
        cancelling + 1xx -> cancelling
        cancelling + 2xx -> ending: ack, bye            # the 2xx crossed the CANCEL
        cancelling + failure -> ended
        cancelling + BYE -> ended
        incoming + send 1xx -> incoming
        incoming + send 2xx -> answered: repeat 2xx
        incoming + send 3xx-6xx -> ended
        incoming + CANCEL -> ended: refuse 487          # RFC 3261 section 9.2
        incoming + BYE -> ended: refuse 487             # RFC 3261 section 15.1.2
        incoming + release -> ended: refuse 480
        answered + ACK -> up: stop
        answered + no ACK -> ending: bye                # RFC 3261 section 13.3.1.4
        answered + CANCEL -> answered                   # too late: 200 to the CANCEL, the call stays
        answered + BYE -> ended: stop
        answered + release -> bye wanted                # no BYE before the ACK, RFC 3261 section 15
        bye wanted + ACK -> ending: stop, bye
        bye wanted + no ACK -> ending: bye
        bye wanted + BYE -> ended: stop
        up + 2xx -> up: ack
        up + ACK -> up
        up + BYE -> ended: stop
        up + release -> ending: bye
        ending + 2xx -> ending: ack
        ending + ACK -> ending
        ending + BYE -> ending                          # both hang up at once
        ending + BYE answered -> ended
        ended + 2xx -> ended: ack                       # acknowledged, but the leg does not come back
        ended + ACK -> ended
        """
    ),
)
