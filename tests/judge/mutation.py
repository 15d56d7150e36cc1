"""One of our own players with one fault: what it sends is altered on its way out, and all players react.

    with_fault(cold(), "agent", altering("REFER", without("Contact")))

Must not live here: the faults themselves (`mutants.py`), assertions.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.actors.cast import build, places
from harness.base.endpoint import Endpoint, Transport
from harness.base.instant import MS
from harness.protocol.host import Host
from harness.runtime.virtual.play import addresses, play
from harness.scenario.plan import Plan
from harness.trace.entries import Cast, Header, Trace
from harness.wire.sip.message import Message, parse
from tests.ends import shown
from tests.judge.proxy import Proxy
from tests.ladders import relength

Where = Mapping[str, Endpoint]
Fault = Callable[[Host, Where], None]
"""Makes one host behave wrongly; it also gets everybody's address."""


@dataclass(slots=True)
class Outlet:
    """The way out of one host, as a fault sees it."""

    host: Host
    where: Where
    destination: Endpoint
    transport: Transport
    send_as_is: Callable[[Endpoint, Transport, Message], None]

    def send(self, text: str, to: str = "") -> None:
        """Put a message on the wire."""
        destination = self.where[to] if to else self.destination
        self.send_as_is(destination, self.transport, parse(text.encode("latin-1")))

    def send_in_full(self, text: str) -> None:
        """The same, with the Content-Length corrected."""
        self.send(relength(text))

    def do_later(self, after_ns: int, act: Callable[[], object]) -> None:
        """Do something after some time; the run does not end before."""
        self.host.open_work += 1

        def ring() -> None:
            self.host.open_work -= 1
            act()

        self.host.timers.arm(self.host.now_ns + after_ns, ring)


Act = Callable[[Outlet, str], None]
"""What happens instead of sending a message, given its text."""
Rewrite = Callable[[str], str]
"""The text of a message with a mistake in it."""


def on_sending(what: str, act: Act, *, nth: int = 0, to: str = "", also: str = "") -> Fault:
    """A fault of the messages shown so (`REFER`, `200 BYE`); `nth` counts them, repetitions aside; 0: all.

    `to` names who must be meant to get it, `also` text it must contain.
    """

    def fault(host: Host, where: Where) -> None:
        send = host.transmit
        seen: list[bytes] = []

        def transmit(destination: Endpoint, transport: Transport, message: Message) -> None:
            text = message.raw.decode("latin-1")
            meant = shown(message) == what and (not to or where[to] == destination) and also in text
            if meant and message.raw not in seen:
                seen.append(message.raw)
            if not meant or (nth and seen.index(message.raw) + 1 != nth):
                send(destination, transport, message)
                return
            act(Outlet(host, where, destination, transport, send), text)

        host.transmit = transmit  # type: ignore[method-assign]  # this one host alone is changed

    return fault


def altering(
    what: str, *rewrites: Rewrite, nth: int = 0, to: str = "", also: str = "", length: bool = True
) -> Fault:
    """Send these messages with mistakes; Content-Length is corrected unless `length` is False."""

    def act(outlet: Outlet, text: str) -> None:
        for rewrite in rewrites:
            text = rewrite(text)
        (outlet.send_in_full if length else outlet.send)(text)

    return on_sending(what, act, nth=nth, to=to, also=also)


def withholding(what: str, *, nth: int = 0, to: str = "", also: str = "") -> Fault:
    """Never send these messages."""
    return on_sending(what, lambda _outlet, _text: None, nth=nth, to=to, also=also)


def delaying(what: str, by_ns: int, *, nth: int = 0, to: str = "") -> Fault:
    """Send these messages later."""

    def act(outlet: Outlet, text: str) -> None:
        outlet.do_later(by_ns, lambda: outlet.send(text))

    return on_sending(what, act, nth=nth, to=to)


def following(what: str, rewrite: Rewrite, *, after_ns: int = 100 * MS, nth: int = 0, to: str = "") -> Fault:
    """Send these messages, and some time after each a second one made from it."""

    def act(outlet: Outlet, text: str) -> None:
        outlet.send(text)
        outlet.do_later(after_ns, lambda: outlet.send_in_full(rewrite(text)))

    return on_sending(what, act, nth=nth, to=to)


def both(*faults: Fault) -> Fault:
    """Several alterations that make one fault together."""

    def fault(host: Host, where: Where) -> None:
        for each in faults:
            each(host, where)

    return fault


# --- rewrites -----------------------------------------------------------------------------------


def swap(old: str, new: str) -> Rewrite:
    """Say `new` instead of the regular expression `old`. Raises LookupError where there is none."""

    def rewrite(text: str) -> str:
        changed, count = re.subn(old, new, text, count=1, flags=re.IGNORECASE | re.MULTILINE)
        if not count:
            raise LookupError(f"nothing like {old!r} in\n{text}")
        return changed

    return rewrite


def without(name: str) -> Rewrite:
    """Leave a header field out."""
    return swap(rf"^{name}:[^\r]*\r\n", "")


def having(name: str, value: str) -> Rewrite:
    """Give a header field another value."""
    return swap(rf"^{name}:[^\r]*\r\n", f"{name}: {value}\r\n")


def adding(row: str) -> Rewrite:
    """Add a header row before Content-Length."""
    return swap(r"^Content-Length:", f"{row}\r\nContent-Length:")


def with_body(body: str) -> Rewrite:
    """Another body."""
    return lambda text: text.partition("\r\n\r\n")[0] + "\r\n\r\n" + body


def numbered(by: int, branch: bool = True) -> Rewrite:
    """The CSeq number moved by that much, under a branch of its own."""

    def rewrite(text: str) -> str:
        text = re.sub(r"(?m)^CSeq: (\d+)", lambda found: f"CSeq: {int(found[1]) + by}", text, count=1)
        own = rf"branch=z9hG4bK\1n{by + 99}"
        return re.sub(r"branch=z9hG4bK(\w+)", own, text, count=1) if branch else text

    return rewrite


# --- playing ------------------------------------------------------------------------------------


def with_faults(plan: Plan, faults: Mapping[str, Fault], *, proxy: str = "", seed: int = 7) -> Trace:
    """Play a plan in virtual time in which these parties have a fault each.

    `proxy` names the party before which a record-routing proxy stands.
    """
    names = [*places(plan), *(["proxy"] if proxy else [])]
    where = addresses(names)
    hosts: dict[str, Host] = dict(build(plan, seed, where))
    if proxy:
        seen = {**where, proxy: where["proxy"]}
        hosts["carrier"] = build(plan, seed, seen)["carrier"]
        hosts["proxy"] = Proxy("proxy", where["proxy"], where[proxy])  # type: ignore[assignment]  # all a runtime needs
    for name, fault in faults.items():
        fault(hosts[name], where)
    roles = {party.name: party.role for party in plan.parties}
    cast = tuple(Cast(name, roles.get(name, name), where[name]) for name in names)
    return play(hosts, Header(scenario=plan.title, seed=seed, cast=cast))
