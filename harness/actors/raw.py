"""`send_raw` and `send`: a message as the scenario writes it, from what a leg and the parties know.

A template sees the views below and nothing else. Must not live here: what a template may hold
(`scenario/template.py`), when a message is sent (`stage.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.protocol.leg import Leg
from harness.scenario.rendering import checked_arguments
from harness.scenario.steps import SendRaw
from harness.scenario.template import render
from harness.wire.sip.grammar import canonical
from harness.wire.sip.headers import NameAddress

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party as a template sees it."""

    name: str
    number: str
    uri: str
    """What a REFER would name."""


class LegView:
    """A call as a template of one party sees it: the words of `CALL_WORDS`."""

    def __init__(self, leg: Leg, method: str, line_end: str = "\n") -> None:
        self._leg = leg
        self._method = method
        self._line_end = line_end
        self._branch = ""

    @property
    def remote_target(self) -> str:
        """URI of the next request."""
        return self._leg.dialog.target

    @property
    def call_id(self) -> str:
        """Call-ID."""
        return self._leg.dialog.call_id

    @property
    def local_tag(self) -> str:
        """Our tag."""
        return self._leg.dialog.local_tag

    @property
    def remote_tag(self) -> str:
        """Their tag; empty before there is a dialog."""
        return self._leg.dialog.remote_tag

    @property
    def local_uri(self) -> str:
        """URI of our From."""
        return str(NameAddress.parse(self._leg.dialog.local).uri)

    @property
    def remote_uri(self) -> str:
        """URI of our To."""
        return str(NameAddress.parse(self._leg.dialog.remote).uri)

    @property
    def contact(self) -> str:
        """Our Contact value."""
        return self._leg.contact

    @property
    def cseq(self) -> int:
        """CSeq number of our last request in this call."""
        return self._leg.dialog.local_number

    @property
    def branch(self) -> str:
        """A branch that no other message has."""
        return self._leg.host.new_branch()

    def headers(self, cseq: object = "next", branch: object = "new", method: object = "") -> str:
        """The header fields of a request in this call: Via, Max-Forwards, Route, From, To, Call-ID, CSeq,
        Contact. `cseq`: next, same, or a number. `branch`: new, same as in the last headers(), or a text.
        `method` is that of the request line unless it is given. Raises TemplateFailed.
        """
        checked_arguments(cseq, branch, method)
        leg = self._leg
        dialog, host = leg.dialog, leg.host
        if cseq == "next":
            number = dialog.next_number()
        else:
            number = dialog.local_number if cseq == "same" else int(str(cseq))
        if branch == "new" or (branch == "same" and not self._branch):
            self._branch = host.new_branch()
        elif branch != "same":
            self._branch = str(branch)
        rows = [
            ("Via", host.via(self._branch, host.hop(leg)[1])),
            ("Max-Forwards", "70"),
            *[("Route", route) for route in dialog.routes],
            ("From", dialog.local),
            ("To", dialog.remote),
            ("Call-ID", dialog.call_id),
            ("CSeq", f"{number} {method or self._method}"),
            ("Contact", leg.contact),
        ]
        return self._line_end.join(f"{name}: {value}" for name, value in rows)


def written(step: SendRaw, legs: Mapping[str, Leg], parties: Mapping[str, PartyView]) -> bytes:
    """The bytes of a raw message. Raises TemplateFailed."""
    line_end = "\r\n" if step.exact else "\n"  # nobody mends it afterwards
    views = {name: LegView(leg, step.method, line_end) for name, leg in legs.items()}
    return composed(render(step.text, {**parties, **views}), exact=step.exact)


def composed(text: str, *, exact: bool) -> bytes:
    """The text as a message: CRLF line ends, a Content-Length where none is written, the empty line."""
    data = text.encode("utf-8", "replace")
    if exact:
        return data
    head, _, body = _LINE_END.sub(b"\r\n", data).partition(b"\r\n\r\n")
    head = head.rstrip(b"\r\n")
    names = (row.partition(b":")[0].decode("latin-1").strip() for row in head.split(b"\r\n")[1:])
    if "content-length" not in map(canonical, names):
        head += b"\r\nContent-Length: %d" % len(body)
    return head + b"\r\n\r\n" + body
