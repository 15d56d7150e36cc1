"""The RFC sections that code and rules may cite, with their titles.

A citation is the text `RFC NNNN section X`. One table, so that a mistyped section is found by a test
instead of by the reader who looks it up. Must not live here: what the sections say.
"""

import re

_CITATION = re.compile(r"RFC (\d{3,5}) section (\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\Z")

SECTIONS: dict[tuple[int, str], str] = {
    (3261, "8.1.1"): "Generating the Request",
    (3261, "8.1.1.5"): "CSeq",
    (3261, "8.1.1.7"): "Via",
    (3261, "8.1.1.8"): "Contact",
    (3261, "8.1.3.4"): "Processing 3xx Responses",
    (3261, "8.1.3.5"): "Processing 4xx Responses",
    (3515, "2.4.1"): "Forming a REFER Request",
    (3515, "2.4.2"): "Processing a REFER Request",
    (3515, "2.4.5"): "The Body of the NOTIFY",
    (3515, "2.4.7"): "Using the Subscription-State Header Field with Event Refer",
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
