"""How carriers behave, as data: profiles of whole carriers, and quirks that change one thing each.

Must not live here: code that behaves (`call.py`, `refer.py`).
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class Profile:
    """What a carrier does with a REFER. The defaults are the profile `rfc`."""

    refer_status: int = 202
    """2xx to a REFER it takes (202: RFC 3515; 200: RFC 7647 section 5)."""
    notify_before_answer: bool = False
    """The first NOTIFY is sent before the 2xx to the REFER."""
    reports: Literal["all", "final", "none"] = "all"
    """Which statuses of the target are told: 100, 18x and the final one; the final one; nothing."""
    says_200: Literal["when answered", "at once", "when ringing"] = "when answered"
    """When it reports 200; anything but the first is a lie."""
    dials: bool = True
    """False: it accepts the REFER and calls nobody."""
    event_id: Literal["from the second on", "always", "never"] = "from the second on"
    """Which REFERs of a dialog its NOTIFYs name by Event: refer;id=CSeq (RFC 3515 section 2.4.6)."""
    collapses_to: int | None = None
    """Every failure is reported as this status."""
    final_as_active: bool = False
    """The final sipfrag comes with Subscription-State active; the subscription never ends."""
    line_end: str = "\r\n"
    """What ends the sipfrag."""
    honours_refer_sub: bool = False
    """Refer-Sub: false is granted: no NOTIFY (RFC 4488)."""
    takes_refer_from_caller: bool = False
    """Carries out a REFER that comes from the caller's side."""
    expires_s: int = 180
    """Duration of the refer subscription; longer than the 120 s ring window."""
    drops_caller_on_failure: bool = False
    """Hangs up on the caller when the target could not be reached."""
    hangs_up_on_referrer: bool = False
    """Sends BYE to the referrer itself once it reported success."""
    copies_referred_by: bool = True
    copies_context: bool = True
    """X- headers and User-to-User of the REFER go into the triggered INVITE."""


@dataclass(frozen=True, slots=True)
class Quirk:
    """One deviation: what it does, and the fields of Profile it changes."""

    text: str
    changes: tuple[tuple[str, object], ...]


PROFILES: dict[str, tuple[str, Profile]] = {
    "rfc": ("Honest: 202, NOTIFY 100 at once, then the target's 18x and its real final code.", Profile()),
    "asterisk": (
        "Says 200 as soon as the target rings and 503 for every failure, and drops the caller then.",
        Profile(
            says_200="when ringing", collapses_to=503, drops_caller_on_failure=True,
            honours_refer_sub=True, copies_context=False,
        ),
    ),
    "freeswitch": (
        "Says 200 before it dials, hangs up on the agent, and drops the caller when the target fails.",
        Profile(
            reports="final", says_200="at once", hangs_up_on_referrer=True, drops_caller_on_failure=True,
            copies_context=False,
        ),
    ),
}  # fmt: skip
"""Name -> (one sentence, behaviour). The PBXs tell the lies that real ones were measured to tell."""

QUIRKS: dict[str, Quirk] = {
    "notify-200-at-once": Quirk(
        "Reports 200 right after accepting the REFER, whatever the target does.", (("says_200", "at once"),)
    ),
    "notify-200-when-ringing": Quirk("Reports 200 when the target rings.", (("says_200", "when ringing"),)),
    "no-notify": Quirk("Accepts the REFER, executes it, and never sends a NOTIFY.", (("reports", "none"),)),
    "black-hole": Quirk(
        "Accepts the REFER, then does nothing: no call, no NOTIFY.", (("reports", "none"), ("dials", False))
    ),
    "notify-no-provisional": Quirk("Sends only the final NOTIFY.", (("reports", "final"),)),
    "refer-200": Quirk(
        "Answers REFER with 200 instead of 202 (RFC 7647 section 5).", (("refer_status", 200),)
    ),
    "event-id": Quirk("Names the REFER in every NOTIFY: Event: refer;id=CSeq.", (("event_id", "always"),)),
    "no-event-id": Quirk(
        "Never names the REFER in a NOTIFY, not even the second REFER of a call (RFC 3515 section 2.4.6).",
        (("event_id", "never"),),
    ),
    "collapse-to-503": Quirk("Reports every failure as 503.", (("collapses_to", 503),)),
    "drop-caller-on-failure": Quirk(
        "Hangs up on the caller when the transfer failed.", (("drops_caller_on_failure", True),)
    ),
    "bye-agent-on-success": Quirk(
        "Hangs up on the agent once it reported success.", (("hangs_up_on_referrer", True),)
    ),
    "notify-before-202": Quirk(
        "Sends the first NOTIFY before it answers the REFER.", (("notify_before_answer", True),)
    ),
    "sipfrag-bare-lf": Quirk("Ends the sipfrag with a bare LF.", (("line_end", "\n"),)),
    "norefersub": Quirk("Grants Refer-Sub: false: no NOTIFY (RFC 4488).", (("honours_refer_sub", True),)),
    "never-terminates": Quirk(
        "Sends the final sipfrag as active; the subscription never ends.", (("final_as_active", True),)
    ),
    "loses-referred-by": Quirk("Does not copy Referred-By to the target.", (("copies_referred_by", False),)),
    "loses-context": Quirk("Does not copy context headers to the target.", (("copies_context", False),)),
    "refer-from-caller": Quirk(
        "Carries out a REFER of the caller as well, so that a stranger dials at the carrier's cost.",
        (("takes_refer_from_caller", True),),
    ),
    "short-subscription": Quirk("Grants a subscription of 60 s only.", (("expires_s", 60),)),
}


@lru_cache(maxsize=256)
def profile_of(name: str, quirks: tuple[str, ...]) -> Profile:
    """The named profile with the changes of the quirks, in order. Raises KeyError for unknown names."""
    profile = PROFILES[name][1]
    for quirk in quirks:
        profile = replace(profile, **dict(QUIRKS[quirk].changes))  # type: ignore[arg-type]  # names are tested
    return profile
