"""Whether messages can be read at all: what the parser found wrong with them, as findings.

The parser tolerates what it can (`wire/sip`); a receiver may not. Must not live here: rules on what
well-formed messages say (`message.py`), on sipfrags (`sipfrag.py`).
"""

from collections.abc import Iterator

from harness.base.endpoint import Endpoint
from harness.judge.rule import PASSED, Check, rule
from harness.judge.rules.facts import facts_of
from harness.trace.model import Case
from harness.wire.sip.defects import Defect

_HELD_ELSEWHERE = frozenset(
    (
        # Codes of the parser that have a rule of their own.
        *("header-missing", "max-forwards-missing", "from-tag-missing", "cseq-method", "cseq-number"),
        *("branch-cookie", "content-length-missing", "body-short", "extra-octets", "refer-to-repeated"),
        *("brackets-missing", "subscription-state", "request-uri-headers", "empty"),
        *("sipfrag-bare-lf", "sipfrag-empty", "sipfrag-leading-line-ends", "sipfrag-no-colon"),
        *("sipfrag-no-crlf", "sipfrag-no-status-line", "sipfrag-request", "sipfrag-status-line"),
    )
)
_HARMLESS = frozenset(
    # What every stack known to us reads as it was meant.
    ("reason-doubled", "not-utf8", "display-name", "leading-line-ends", "date", "list", "via-parameter")
)


@rule(
    "message-is-well-formed",
    level="PRACTICE",
    severity="interop-risk",
    cites="RFC 3261 section 25",
    role="any",
    text="Messages follow the grammar, so that every receiver reads the same in them",
)
def message_is_well_formed(case: Case) -> Iterator[Check]:
    """The first defect of each message that no other rule tells; harmless ones are information.

    What a party only copied from another one's message is held against that one.
    """
    origin: dict[str, Endpoint] = {}
    for entry in sorted((*facts_of(case).messages, *case.strays), key=lambda each: each.n):
        found = [one for one in entry.message.defects if one.code not in _HELD_ELSEWHERE]
        # The text without its prefix: From of one message comes back as To of another.
        own = [one for one in found if origin.setdefault(_value(one), entry.source) == entry.source]
        if not own:
            yield PASSED
            continue
        worst = next((one for one in own if one.code not in _HARMLESS), None)
        blame = Check.informed if worst is None else Check.failed
        yield blame((worst or own[0]).text, entry, who=entry.source)


def _value(defect: Defect) -> str:
    return defect.text.rpartition(": ")[2]
