"""How the carrier executes one REFER: accept or refuse, call the target, report what became of it.

A lie is a field of the profile; the path below is the same for honest and lying carriers. Must not
live here: what happens to the legs afterwards (`call.py`).
"""

from __future__ import annotations

from harness.actors import patience
from harness.actors.carrier.network import Network, Route, identity
from harness.actors.fallback import next_way
from harness.base.limits import REDIRECTS_MAX
from harness.protocol.leg import Leg
from harness.protocol.script import TIMED_OUT, Event, Interrupted, Script, Task
from harness.protocol.subscription import Notifier
from harness.protocol.transaction import ServerTransaction
from harness.wire.sip.grammar import canonical
from harness.wire.sip.message import Message
from harness.wire.sip.transfer import refer_sub, refer_to
from harness.wire.sip.uri import Uri

CONTEXT_PREFIX = "x-"
CONTEXT_NAMES = frozenset(("user-to-user",))


def refused(network: Network, leg: Leg, transaction: ServerTransaction) -> bool:
    """Answer a REFER that the carrier does not take; False when it may be executed."""
    request = transaction.request
    if network.challenger is not None and not network.challenger.admits(leg, transaction):
        return True
    named = refer_to(request)
    if named is None or len(request.values("refer-to")) != 1:
        leg.reply(transaction, 400)  # RFC 3515 section 2.4.2
        return True
    if network.refuses is not None and (not network.allows or not network.allowed(named.uri)):
        leg.reply(transaction, network.refuses)
        return True
    return False


def execute(me: Task, network: Network, moved: Leg, referrer: Leg, refer: Event) -> Script[Leg | None]:
    """Carry out an acceptable REFER. Returns the target's leg, handed to the parent task, or None."""
    return (yield from _Execution(me, network, moved, referrer, refer).run())


class _Execution:
    """One REFER under way: what it needs at every step."""

    def __init__(self, me: Task, network: Network, moved: Leg, referrer: Leg, refer: Event) -> None:
        transaction = refer.transaction
        assert isinstance(transaction, ServerTransaction), "a REFER that came in"
        self.me = me
        self.network = network
        self.moved = moved
        self.referrer = referrer
        self.transaction = transaction
        self.request = transaction.request
        self.notifier: Notifier | None = None
        """None when no NOTIFY is due (RFC 4488) or none is sent."""

    def run(self) -> Script[Leg | None]:
        """Accept, call the target, report. The target's leg goes to the parent task."""
        network = self.network
        self._accept()
        if network.refuses_by_notify is not None:
            self._tell(network.refuses_by_notify)
            return None
        if network.profile.says_200 == "at once":
            self._tell(200)
        if not network.profile.dials:
            return None
        try:
            with self.me.unless(self.moved.request("BYE")):
                target = yield from self._reach()
        except Interrupted:
            yield from self._call_off()
            return None
        if target is not None and self.me.parent is not None:
            self.me.parent.adopt(target, self.me)
        return target

    def _accept(self) -> None:
        """Send the 2xx and the first NOTIFY, in the order of the profile."""
        profile, leg = self.network.profile, self.referrer
        if profile.honours_refer_sub and refer_sub(self.request) is False:
            leg.reply(self.transaction, profile.refer_status, [("Refer-Sub", "false")])
            return
        if profile.reports == "none":
            leg.reply(self.transaction, profile.refer_status)
            return
        # RFC 3515 section 2.4.6: from the second REFER of a dialog on, a NOTIFY names its REFER.
        first = profile.event_id == "always"
        named = first or (profile.event_id == "from the second on" and bool(leg.notifiers))
        number = self.request.cseq_number if named else None
        self.notifier = Notifier(
            leg, refer_number=number, expires_s=profile.expires_s, line_end=profile.line_end
        )
        leg.notifiers.append(self.notifier)
        if profile.notify_before_answer:
            self._report(100)
        leg.reply(self.transaction, profile.refer_status)
        if not profile.notify_before_answer:
            self._report(100)

    def _reach(self) -> Script[Leg | None]:
        """Call the target, following redirections; report progress and the end."""
        named = refer_to(self.request)
        assert named is not None, "`refused` has looked"
        uri: Uri = named.uri
        left = list(self.network.fallback)
        while True:
            target, status = yield from self._try(uri)
            if target is not None:
                self._tell(200)
                return target
            way = next_way(left, status)
            if way is None:
                self._tell(status)
                return None
            left.remove(way)
            uri = Uri.parse(way.uri)

    def _try(self, uri: Uri) -> Script[tuple[Leg | None, int]]:
        """Call one number and whoever it redirects to: the leg that was answered, or why there is none."""
        tried: list[Route] = []
        while len(tried) < REDIRECTS_MAX:
            route = self.network.route(uri)
            if route is None:
                return None, 404
            if route in tried:  # RFC 3261 section 8.1.3.4: no URI is tried twice
                return None, 482
            tried.append(route)
            target = self._call(route)
            status, message = yield from self._outcome(target)
            if 200 <= status < 300:
                return target, status
            contact = message.contact if message is not None and 300 <= status < 400 else None
            if contact is None:
                return None, status
            uri = contact.uri
        return None, 482

    def _call(self, route: Route) -> Leg:
        profile, request = self.network.profile, self.request
        extra: list[tuple[str, str]] = []
        referred_by = request.first("referred-by")
        if referred_by is not None and profile.copies_referred_by:  # RFC 3892 section 2.2
            extra.append(("Referred-By", referred_by))
        if profile.copies_context:
            named = refer_to(request)
            inside = named.uri.headers if named is not None else ()  # RFC 3261 section 19.1.5
            extra += [(name, value) for name, value in (*request.headers(), *inside) if _is_context(name)]
        leg = self.me.call(route.uri, sender=identity(self.moved), destination=route.destination, extra=extra)
        leg.name = "the target"
        return leg

    def _outcome(self, target: Leg) -> Script[tuple[int, Message | None]]:
        """Wait for the target's final response; give up after the ring window."""
        me, invite = self.me, target.invite
        assert invite is not None, "Task.call has sent it"
        deadline_ns = me.host.now_ns + self.network.no_answer_after_ns
        while True:
            left_ns = max(0, deadline_ns - me.host.now_ns)
            hit = yield from me.wait(target.final(invite), target.progress(invite), timeout_ns=left_ns)
            if hit.when is TIMED_OUT:
                target.release()
                hit = yield from me.wait(target.final(invite), timeout_ns=patience.SIGNALLING_NS)
                # The answer may have crossed our CANCEL: the leg was ended, so nobody was reached.
                return (hit.status if hit.status >= 300 else 487), None
            if hit.event is not None and hit.event.kind == "final":
                return hit.status, hit.event.message
            early = self.network.profile.says_200 == "when ringing" and hit.status in (180, 183)
            if early:
                self._tell(200)
            else:
                self._report(hit.status)

    def _call_off(self) -> Script[None]:
        """The moved party hung up: nobody is left to be connected."""
        for leg in self.me.legs:
            leg.release()
            if leg.invite is not None and not leg.over:
                yield from self.me.wait(leg.final(leg.invite), timeout_ns=patience.SIGNALLING_NS)
        self._tell(487)

    def _report(self, status: int) -> None:
        """Tell progress, where the profile tells any; who says 200 at once has none to tell."""
        profile = self.network.profile
        if profile.reports == "all" and profile.says_200 != "at once":
            self._tell(status)

    def _tell(self, status: int) -> None:
        profile = self.network.profile
        if self.notifier is None:
            return
        if status >= 300 and profile.collapses_to is not None:
            status = profile.collapses_to
        self.notifier.tell(status, final_as_active=profile.final_as_active)


def _is_context(name: str) -> bool:
    plain = canonical(name)
    return plain.startswith(CONTEXT_PREFIX) or plain in CONTEXT_NAMES
