"""What each key means, in one sentence for editors: block -> key -> sentence.

Only for keys that carry no description in `model.py` itself; a test holds that every key has one, and
not two. Must not live here: keys, types, defaults (`model.py`, `compile.py`).
"""

from harness.base.definitions import TIMES

_WAY = "This request must not be sent: {} by anybody, {to: human} to one party"

MEANINGS: dict[str, dict[str, str]] = {
    "Scenario": {
        "caller": "Whose call is moved",
        "agent": "The AI agent that sends the REFER",
        "human": "The person that the transfer is for",
        "people": "Anybody else: a name, and what that party does",
        "carrier": "The B2BUA between them; without a word it is honest",
        "context": "What the agent hands over with the call",
        "fallback": "Who is tried next when an attempt failed",
        "expect": "What must be true in the end; beside these words, names of parties",
    },
    "Person": {"role": "What this party is: a person, a voicemail box or a queue"},
    "Carrier": {
        "profile": "A whole carrier: rfc (honest, the default), asterisk, freeswitch; docs/carriers.md",
        "challenges": "Requests that it answers with 401 or 407 first",
    },
    "Challenges": {
        "INVITE": "401 or 407 to the caller's INVITE",
        "REFER": "401 or 407 to the agent's REFER",
    },
    "Refuses": {
        "refer": "The answer to the REFER",
        "notify": "202 to the REFER, and this status in the NOTIFY",
    },
    "Context": {
        "headers": "Header fields on the REFER, copied to the human's INVITE by an honest carrier",
        "sent_in": "Where they stand: in the REFER itself, or in the URI of its Refer-To",
    },
    "Fallback": {
        "when": "Failures it is meant for (default: all of them)",
        "to": "The party that is tried",
    },
    "Attempt": {
        "refer": "accepted, a code, or the final responses in order: [407, 202]",
        "reported": "The last sipfrag's code, or connected, or failed",
        "outcome": "How it really ended, as the human's own call shows",
        "truth": "The report against the outcome",
        "caller_fate": "Where it left the caller; held: on hold when the next attempt began, or to the end",
    },
    "PartyExpect": {
        "fate": "Where this party is in the end",
        "within": "How soon: 5s",
        "never": "What must not become of it at any time",
        "alone": "How long its call may be up with nobody behind it: under 5s",
        "dead_air": "How long it may hear nobody: under 2s",
    },
    "Latency": {name: time.sentence for name, time in TIMES.items()},
    "Way": {"to": "The party it must not reach", "from": "The party that must not send it"},
    "Never": {
        **dict.fromkeys(
            (
                "INVITE", "BYE", "CANCEL", "REFER", "NOTIFY", "SUBSCRIBE", "UPDATE", "INFO", "MESSAGE",
                "OPTIONS", "PRACK",
            ),
            _WAY,
        ),
        "for": "Only for this long after the first REFER: 5s",
    },
    "Violations": {
        "includes": "Rules that must be found broken; breaking others still fails the scenario",
        "exactly": "All rules that are broken, no more and no fewer; [] for none",
        "by": "Who breaks them",
    },
    "Expect": {
        "outcome": "How the last attempt really ended, whatever was reported",
        "reaches": "The party that got the caller in the end",
        "attempts": "One block for each attempt, in order",
        "refer": "accepted, a code, or the final responses in order: [407, 202]",
        "progress": "Codes that the NOTIFYs tell, in this order; others may stand between them",
        "progress_exactly": "The same, and no others",
        "truth": "The reports against the outcome (default: truthful or not-owed)",
        "legs_left": "Calls that are up in the end: [caller-human]",
        "latency": "Upper limits on times: under 4s",
        "never": "Requests that must not be seen: {INVITE: {to: human}, for: 5s}",
        "violations": "Rules that must be found broken; finding them is a success",
    },
}  # fmt: skip
