"""How the carrier executes one REFER: accept or refuse, call the target, report what became of it.

A lie is a field of the profile; the path below is the same for honest and lying carriers. Must not
live here: what happens to the legs afterwards (`call.py`).
"""

from harness.actors import patience
from harness.actors.carrier.network import Network, Route, identity
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
    transaction, request = refer.transaction, refer.message
    assert isinstance(transaction, ServerTransaction), "a REFER that came in"
    assert request is not None, "a REFER is a message"
    notifier = _accept(network, referrer, transaction, request)
    if network.refuses_by_notify is not None:
        _tell(network, notifier, network.refuses_by_notify)
        return None
    if network.profile.says_200 == "at once":
        _tell(network, notifier, 200)
    if not network.profile.dials:
        return None
    named = refer_to(request)
    assert named is not None, "`refused` has looked"
    try:
        with me.unless(moved.request("BYE")):
            target = yield from _reach(me, network, moved, notifier, request, named.uri)
    except Interrupted:
        yield from _call_off(me, network, notifier)
        return None
    if target is not None and me.parent is not None:
        me.parent.adopt(target, me)
    return target


def _accept(network: Network, leg: Leg, transaction: ServerTransaction, request: Message) -> Notifier | None:
    """Send the 2xx and the first NOTIFY. None when no NOTIFY is due (RFC 4488) or none is sent."""
    profile = network.profile
    if profile.honours_refer_sub and refer_sub(request) is False:
        leg.reply(transaction, profile.refer_status, [("Refer-Sub", "false")])
        return None
    notifier = None
    if profile.reports != "none":
        later = sum(1 for known in leg.notifiers) > 0  # RFC 3515 section 2.4.6: from the second REFER on
        number = request.cseq_number if profile.event_id or later else None
        notifier = Notifier(leg, refer_number=number, expires_s=profile.expires_s, line_end=profile.line_end)
        leg.notifiers.append(notifier)
    if notifier is not None and profile.notify_before_answer and profile.reports == "all":
        notifier.tell(100)
    leg.reply(transaction, profile.refer_status)
    if notifier is not None and not profile.notify_before_answer and profile.reports == "all":
        notifier.tell(100)
    return notifier


def _reach(
    me: Task, network: Network, moved: Leg, notifier: Notifier | None, request: Message, uri: Uri
) -> Script[Leg | None]:
    """Call the target, following redirections; report progress and the end."""
    for _ in range(REDIRECTS_MAX):
        route = network.route(uri)
        if route is None:
            _tell(network, notifier, 404)
            return None
        target = _call(me, network, moved, request, route)
        status, message = yield from _outcome(me, network, target, notifier)
        if 200 <= status < 300:
            _tell(network, notifier, 200)
            return target
        contact = message.contact if message is not None and 300 <= status < 400 else None
        if contact is None:
            _tell(network, notifier, status)
            return None
        uri = contact.uri
    _tell(network, notifier, 482)
    return None


def _call(me: Task, network: Network, moved: Leg, request: Message, route: Route) -> Leg:
    extra: list[tuple[str, str]] = []
    referred_by = request.first("referred-by")
    if referred_by is not None and network.profile.copies_referred_by:  # RFC 3892 section 2.2
        extra.append(("Referred-By", referred_by))
    if network.profile.copies_context:
        extra += [(name, value) for name, value in request.headers() if _is_context(name)]
    leg = me.call(route.uri, sender=identity(moved), destination=route.destination, extra=extra)
    leg.name = "the target"
    return leg


def _outcome(
    me: Task, network: Network, target: Leg, notifier: Notifier | None
) -> Script[tuple[int, Message | None]]:
    """Wait for the target's final response; give up after the ring window."""
    invite = target.invite
    assert invite is not None, "Task.call has sent it"
    deadline_ns = me.host.now_ns + network.no_answer_after_ns
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
        if network.profile.says_200 == "when ringing" and hit.status in (180, 183):
            _tell(network, notifier, 200)
        elif network.profile.reports == "all":
            _tell(network, notifier, hit.status)


def _call_off(me: Task, network: Network, notifier: Notifier | None) -> Script[None]:
    """The moved party hung up: nobody is left to be connected."""
    for leg in me.legs:
        leg.release()
        if leg.invite is not None and not leg.over:
            yield from me.wait(leg.final(leg.invite), timeout_ns=patience.SIGNALLING_NS)
    _tell(network, notifier, 487)


def _tell(network: Network, notifier: Notifier | None, status: int) -> None:
    profile = network.profile
    if notifier is None:
        return
    if status >= 300 and profile.collapses_to is not None:
        status = profile.collapses_to
    notifier.tell(status, final_as_active=profile.final_as_active)


def _is_context(name: str) -> bool:
    plain = canonical(name)
    return plain.startswith(CONTEXT_PREFIX) or plain in CONTEXT_NAMES
