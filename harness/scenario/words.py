"""The words of the scenario language: values that may be chosen, and words of later versions.

Pure tables. A word of the language that this version cannot play yet is known here, so that its
author hears an honest sentence instead of 'unknown'. Must not live here: types (`model.py`).
"""

from typing import Literal, get_args

Fate = Literal[
    "with-human", "with-agent", "with-voicemail", "in-queue", "held", "alone", "dropped", "hung-up"
]  # fmt: skip
"""What becomes of a party after the handoff."""

Outcome = Literal["connected", "failed", "refused", "abandoned"]
"""How an attempt ended."""

Truth = Literal[
    "truthful", "premature-success", "false-success", "wrong-party", "false-failure", "wrong-status",
    "late", "contradictory", "uninformative", "silent", "undelivered", "not-owed", "undecidable",
]  # fmt: skip
"""What a claim can be, held against the outcome."""

Cause = Literal["busy", "declined", "no-answer", "unreachable", "error"]
"""Why an attempt failed: what `fallback: when:` can name."""

CAUSES: tuple[str, ...] = get_args(Cause)

TRUTH_DEFAULT = ("truthful", "not-owed")
"""What every scenario asks of a carrier without saying so."""

METHODS = (
    "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH",
    "INFO", "REFER", "MESSAGE", "UPDATE",
)  # fmt: skip

RESERVED = ("caller", "agent", "human", "carrier")
"""Names that `people:` cannot take: they are roles."""

OWN_HEADERS = frozenset((
    "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m", "max-forwards", "route",
    "record-route", "content-length", "l", "content-type", "c", "refer-to", "r", "referred-by", "b",
    "refer-sub", "require", "supported", "k", "authorization", "proxy-authorization", "event", "o",
))  # fmt: skip
"""Headers and compact forms that the agent writes itself; `context: headers:` cannot set them."""

SENT_HEADERS = frozenset((
    "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact", "m", "max-forwards", "route",
    "record-route", "content-length", "l",
))  # fmt: skip
"""Headers that `send` writes itself."""

EXPECT_WORDS = frozenset((
    "outcome", "reaches", "attempts", "refer", "progress", "progress_exactly", "truth", "human_sees", "hears",
    "legs_left", "latency", "http", "never", "violations", "media_cut",
))  # fmt: skip
"""Keys of `expect:` that are not names of parties."""

LATER: dict[str, tuple[str, ...]] = {
    "Scenario": ("ring", "sms", "trigger", "repeat"),
    "Caller": ("signed",),
    "Agent": ("then", "briefs", "stays", "leaves_by", "hangs_up_after", "signed"),
    "Callee": ("signed",),
    "Person": ("signed",),
    "Context": ("json",),
    "HumanSees": ("attestation",),
    "Expect": ("hears", "http", "media_cut"),
    "PartyExpect": ("cancelled", "answered-elsewhere", "answered_elsewhere"),
    "StepWords": ("bridge", "replaces", "play", "record", "dtmf", "http"),
    "Challenges": tuple(method for method in METHODS if method not in ("INVITE", "REFER", "ACK", "CANCEL")),
}
"""Model class -> keys that belong to the language, but to a later version."""

LATER_VALUES: dict[str, tuple[str, ...]] = {
    "transfer": ("warm", "attended"),
    "mechanism": (
        "refer-replaces",
        "invite-replaces",
        "internal-join",
        "conference",
        "reinvite-3pcc",
        "redirect-3xx",
        "dial",
    ),
    "sent_in": ("invite", "consult"),
}
"""Field of the model -> values that belong to the language, but to a later version."""

NOT_YET = "is a known word of the language, but not playable in this version"
