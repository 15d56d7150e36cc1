"""One call through the carrier: ring through, bridge two legs, and move them when a REFER says so.

One script a call, a child for each REFER. Must not live here: how a REFER is executed (`refer.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from harness.actors import patience
from harness.actors.carrier.network import Network, identity
from harness.actors.carrier.refer import execute, refused
from harness.protocol.host import Host
from harness.protocol.leg import Leg
from harness.protocol.script import TIMED_OUT, Event, Script, Task, When
from harness.protocol.transaction import ServerTransaction


def carrying(network: Network) -> Callable[[Task, Leg], Script[None]]:
    """The script of each call that reaches the carrier."""

    def script(me: Task, incoming: Leg) -> Script[None]:
        incoming.name = "the calling side"
        transaction = incoming.incoming
        assert transaction is not None, "an incoming leg has its INVITE"
        if network.challenger is not None and not _admitted(network, incoming, transaction):
            return
        route = network.route(transaction.request.to.uri)
        if route is None:
            incoming.reject(404)
            return
        outgoing = me.call(route.uri, sender=identity(incoming), destination=route.destination)
        outgoing.name = "the called side"
        if (yield from _ring_through(me, incoming, outgoing)):
            yield from _Bridge(me, network, incoming, outgoing).hold()

    return script


def expecting(me: Task) -> Script[None]:
    """Keep the run alive until a real system has placed its call."""
    assert isinstance(me.host, Host), "scripts run on hosts"
    arrivals = me.host.arrivals
    yield from me.wait(When(arrivals, ("call",)), timeout_ns=patience.ARRIVAL_NS)


def _admitted(network: Network, incoming: Leg, transaction: ServerTransaction) -> bool:
    assert network.challenger is not None, "asked only when there is one"
    if network.challenger.admits(incoming, transaction):
        return True
    incoming.step("send 3xx-6xx")
    return False


def _ring_through(me: Task, incoming: Leg, outgoing: Leg) -> Script[bool]:
    """Relay the callee's answer to the caller. True when both are connected."""
    invite = outgoing.invite
    assert invite is not None, "Task.call has sent it"
    while True:
        hit = yield from me.wait(
            outgoing.progress(invite),
            outgoing.final(invite),
            incoming.request("CANCEL", "BYE"),
            timeout_ns=patience.answer_ns(me),
        )
        if hit.when is TIMED_OUT or hit.event is None or hit.event.kind in ("CANCEL", "BYE"):
            outgoing.release()
            incoming.reject(480)
            return False
        if hit.event.kind == "1xx":
            incoming.ring(hit.status)
        elif 200 <= hit.status < 300:
            incoming.accept()
            return True
        else:
            incoming.reject(480 if hit.status < 400 else hit.status)
            return False


class _Bridge:
    """Two legs that hear each other through the carrier, and what a REFER does to them."""

    def __init__(self, me: Task, network: Network, near: Leg, far: Leg) -> None:
        self.me = me
        self.network = network
        self.pair = (near, far)
        self.stranger = next((leg for leg in self.pair if network.is_caller(leg)), None)
        self.leaving: Leg | None = None
        """The referrer's leg after a transfer: it is up, but behind it is nobody any more."""
        self.transfer: Task | None = None
        self.referrer: Leg | None = None

    def hold(self) -> Script[None]:
        """Until fewer than two are left; what is still up is released when the script ends."""
        while True:
            talking = [leg for leg in self.pair if not leg.over]
            if self.transfer is None and len(talking) < len(self.pair):
                return
            watched = [
                *talking,
                *([self.leaving] if self.leaving is not None and not self.leaving.over else []),
            ]
            conditions = [leg.request("BYE", "REFER") for leg in watched]
            if self.transfer is not None:
                conditions.append(self.transfer.done())
            hit = yield from self.me.wait(*conditions, timeout_ns=self._patience_ns())
            if hit.event is None:
                if self.leaving is None or self.leaving.over:
                    return
                self.leaving.release()
            elif hit.event.kind == "REFER":
                assert isinstance(hit.when.source, Leg), "a REFER comes in on a leg"
                self._begin_transfer(hit.when.source, hit.event)
            elif hit.event.kind == "done":
                yield from self._end_transfer()

    def _patience_ns(self) -> int:
        if self.leaving is None:
            return patience.call_ns(self.me)
        return self.network.talk_ns if self.leaving.over else patience.LEAVING_NS

    def _begin_transfer(self, referrer: Leg, refer: Event) -> None:
        transaction = refer.transaction
        assert isinstance(transaction, ServerTransaction), "a REFER that came in"
        if refused(self.network, referrer, transaction):
            return
        if self.transfer is not None:
            referrer.reply(transaction, 491)  # one transfer at a time
            return
        if referrer is self.leaving or self._strange(referrer):
            referrer.reply(transaction, 603)
            return
        moved = self.pair[1] if referrer is self.pair[0] else self.pair[0]
        self.referrer = referrer
        self.transfer = self.me.spawn(
            "the transfer", lambda me: execute(me, self.network, moved, referrer, refer)
        )

    def _strange(self, referrer: Leg) -> bool:
        """A caller from the public network is not let dial at our cost, however well he asks."""
        return referrer is self.stranger and not self.network.profile.takes_refer_from_caller

    def _end_transfer(self) -> Script[None]:
        assert self.transfer is not None, "called when it has ended"
        assert self.referrer is not None, "a transfer has a referrer"
        target, referrer = self.transfer.result, self.referrer
        moved = self.pair[1] if referrer is self.pair[0] else self.pair[0]
        self.transfer = None
        profile = self.network.profile
        if isinstance(target, Leg):
            self.pair, self.leaving = (moved, target), referrer
            if profile.hangs_up_on_referrer:
                referrer.release()
        elif profile.drops_caller_on_failure:
            moved.release()
            yield from self._see_off(referrer)

    def _see_off(self, referrer: Leg) -> Script[None]:
        """Nobody is left to be transferred: refuse what the referrer still asks until it hangs up."""
        while True:
            hit = yield from self.me.wait(referrer.request("BYE", "REFER"), timeout_ns=patience.LEAVING_NS)
            if hit.event is None or not isinstance(hit.event.transaction, ServerTransaction):
                return
            if hit.event.kind == "BYE":
                return
            referrer.reply(hit.event.transaction, 603)
