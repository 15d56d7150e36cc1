"""The headers of transfers: Refer-To, Replaces, Referred-By, Refer-Sub, Target-Dialog.

RFC 3515, RFC 3891, RFC 3892, RFC 4488, RFC 4538. Lives here: reading and writing their values;
sipfrag bodies come from `sipfrag.py`. Must not live here: what a transfer means. Never raises on a
peer's text.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.wire.sip.defects import Defect, Defects, shown
from harness.wire.sip.grammar import SPACE, is_token, parameter, parameters
from harness.wire.sip.headers import NameAddress
from harness.wire.sip.sipfrag import Sipfrag, sipfrag, sipfrag_body
from harness.wire.sip.uri import Uri

if TYPE_CHECKING:
    from harness.wire.sip.message import Message

__all__ = [
    "ReferTo",
    "ReferredBy",
    "Replaces",
    "Sipfrag",
    "TargetDialog",
    "refer_sub",
    "refer_to",
    "refer_to_text",
    "referred_by",
    "replaces_of",
    "sipfrag",
    "sipfrag_body",
]

ReferTo = NameAddress
"""Refer-To (RFC 3515 section 2.1) is a name-addr; headers for the triggered request are in `uri.headers`."""


@dataclass(frozen=True, slots=True)
class Replaces:
    """Replaces (RFC 3891 section 6.1). Tags are seen from the party that receives the header."""

    call_id: str = ""
    to_tag: str = ""
    from_tag: str = ""
    early_only: bool = False
    defects: tuple[Defect, ...] = ()

    @staticmethod
    def parse(text: str) -> "Replaces":
        """Read an unescaped value: `98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff`. Never raises."""
        defects = Defects()
        call_id, tags = _dialog(text, ("to-tag", "from-tag"), "Replaces", "RFC 3891 section 6.1", defects)
        early_only = any(name.lower() == "early-only" for name, _ in parameters(text.partition(";")[2]))
        return Replaces(call_id, tags[0], tags[1], early_only, defects.result())

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


@dataclass(frozen=True, slots=True)
class TargetDialog:
    """Target-Dialog (RFC 4538 section 7). Tags are seen from the sender of the header."""

    call_id: str = ""
    local_tag: str = ""
    remote_tag: str = ""
    defects: tuple[Defect, ...] = ()

    @staticmethod
    def parse(text: str) -> "TargetDialog":
        """Read `fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544`. Never raises."""
        defects = Defects()
        call_id, tags = _dialog(
            text, ("local-tag", "remote-tag"), "Target-Dialog", "RFC 4538 section 7", defects
        )
        return TargetDialog(call_id, tags[0], tags[1], defects.result())

    def __str__(self) -> str:
        return f"{self.call_id};local-tag={self.local_tag};remote-tag={self.remote_tag}"


_NOBODY = NameAddress()


@dataclass(frozen=True, slots=True)
class ReferredBy:
    """Referred-By (RFC 3892 section 3): who asked for the request. `cid` points at a signed body part."""

    address: NameAddress = _NOBODY
    cid: str = ""

    @staticmethod
    def parse(text: str) -> "ReferredBy":
        """Read `<sip:referrer@referrer.example>;cid="2UWQFN309shb3@referrer.example"`. Never raises."""
        address = NameAddress.parse(text)
        return ReferredBy(address, address.parameter("cid") or "")

    @property
    def uri(self) -> Uri:
        """The referrer's URI."""
        return self.address.uri

    def __str__(self) -> str:
        return self.address.text


def _dialog(
    text: str, names: tuple[str, str], header: str, cites: str, defects: Defects
) -> tuple[str, tuple[str, str]]:
    call_id, _, tail = text.partition(";")
    call_id = call_id.strip(SPACE)
    pairs = parameters(tail)
    if not call_id or any(character in ' \t<>"' for character in call_id.replace('"', "")):
        defects.add("replaces-call-id", f"unreadable Call-ID in {header} {shown(text)} ({cites})")
    tags = []
    for name in names:
        count = sum(written.lower() == name for written, _ in pairs)
        tag = parameter(pairs, name) or ""
        tags.append(tag)
        if count != 1 or not is_token(tag):
            defects.add(
                "replaces-tag", f"{header} needs {name} exactly once with a token ({cites}): {shown(text)}"
            )
    return call_id, (tags[0], tags[1])


def refer_to(message: "Message") -> ReferTo | None:
    """The first Refer-To, None when absent. How many there are: `len(message.values("refer-to"))`."""
    values = message.values("refer-to")
    return NameAddress.parse(values[0]) if values else None


def refer_to_text(target: Uri | str, replaces: Replaces | None = None, *, display: str = "") -> str:
    """Refer-To text with brackets; `replaces` is escaped into the URI (RFC 5589 section 7.2)."""
    uri = Uri.parse(target) if isinstance(target, str) else target
    if replaces is not None:
        kept = tuple(pair for pair in uri.headers if pair[0].lower() != "replaces")
        uri = uri.with_(headers=(*kept, ("Replaces", str(replaces))))
    return NameAddress.of(uri, display).text


def replaces_of(uri: Uri) -> Replaces | None:
    """The Replaces header embedded in a Refer-To URI, None when there is none."""
    text = uri.header("replaces")
    return None if text is None else Replaces.parse(text)


def referred_by(message: "Message") -> ReferredBy | None:
    """The Referred-By header, None when absent."""
    text = message.first("referred-by")
    return None if text is None else ReferredBy.parse(text)


def refer_sub(message: "Message") -> bool | None:
    """Refer-Sub (RFC 4488 section 4): None when absent or neither `true` nor `false`."""
    text = message.first("refer-sub")
    if text is None:
        return None
    return {"true": True, "false": False}.get(text.partition(";")[0].strip(SPACE).lower())
