"""What the stack answers by itself to requests inside a dialog: BYE, NOTIFY, re-INVITE, OPTIONS, ACK.

One function for each method, in one table. A request that scripts must see becomes an event of the
leg after it was answered; REFER is the one they answer themselves. Must not live here: requests
outside a dialog (`host.py`).
"""

from collections.abc import Callable

from harness.protocol.dialog import TARGET_REFRESH
from harness.protocol.leg import Leg
from harness.protocol.transaction import ServerTransaction
from harness.wire.sip.headers import Event, SubscriptionState
from harness.wire.sip.message import Message
from harness.wire.sip.transfer import sipfrag

Answer = Callable[[Leg, ServerTransaction, Message], None]


def answer(leg: Leg, transaction: ServerTransaction, request: Message) -> None:
    """Answer a request that belongs to the dialog of `leg`, and tell the leg of it."""
    dialog = leg.dialog
    number = request.cseq_number
    if number < dialog.remote_number:  # RFC 3261 section 12.2.2
        leg.reply(transaction, 500, [("Retry-After", "1")])
        return
    dialog.remote_number = number
    if request.method in TARGET_REFRESH:
        dialog.refresh(request)
    handler = ANSWERS.get(request.method)
    if handler is None:
        leg.reply(transaction, 405, leg.host.capabilities[:1])  # RFC 3261 section 8.2.1
        return
    handler(leg, transaction, request)


def take_ack(leg: Leg, ack: Message) -> None:
    """An ACK to a 2xx of ours: stop repeating it; it may carry the answer to our offer."""
    # RFC 3261 section 13.2.2.4: of this dialog, and with the CSeq number of the INVITE it answers.
    if ack.from_tag != leg.dialog.remote_tag or not leg.stop_repeating(ack.cseq_number):
        return
    if ack.body and leg.session.step("receive answer"):
        leg.session.remote = ack.body
    elif leg.session.state == "offered" and not ack.body:
        leg.session.step("fail")
    if leg.step("ACK"):
        leg.put("ACK", message=ack)


def _bye(leg: Leg, transaction: ServerTransaction, request: Message) -> None:
    if not leg.step("BYE"):
        leg.reply(transaction, 481)  # RFC 3261 section 15.1.2
        return
    leg.reply(transaction, 200)
    leg.put("BYE", message=request, transaction=transaction, lasting=True)


def _notify(leg: Leg, transaction: ServerTransaction, request: Message) -> None:
    event = Event.parse(request.first("event") or "")
    if event.package != "refer":
        leg.reply(transaction, 489)  # RFC 6665 section 4.1.3: Bad Event
        return
    subscriber = next((known for known in reversed(leg.subscribers) if known.matches(request)), None)
    if subscriber is None:
        leg.reply(transaction, 481)
        return
    state = SubscriptionState.parse(request.first("subscription-state") or "")
    leg.reply(transaction, 200)
    subscriber.notified(state.state == "terminated")
    # RFC 3515 section 2.4.5: whatever else a body says, only a sipfrag reports.
    status = (sipfrag(request.body).status or 0) if request.content_type == "message/sipfrag" else 0
    leg.put("NOTIFY", status=status, message=request, transaction=transaction)


def _reinvite(leg: Leg, transaction: ServerTransaction, request: Message) -> None:
    if leg.over:
        leg.reply(transaction, 481)
    elif leg.session.state == "offered":
        leg.reply(transaction, 491)  # RFC 3261 section 14.2: glare
    elif not leg.up:
        leg.reply(transaction, 500, [("Retry-After", "1")])
    else:
        body = leg.session.description_for(request.body)
        if body is None:
            leg.reply(transaction, 488)  # RFC 3261 section 14.2: the session stays as it was
            return
        headers = [*leg.host.capabilities, ("Content-Type", "application/sdp")]
        leg.reply(transaction, 200, headers, body)
        leg.repeat_2xx(transaction)
        leg.put("INVITE", message=request, transaction=transaction)


def _refer(leg: Leg, transaction: ServerTransaction, request: Message) -> None:
    if leg.over:
        leg.reply(transaction, 481)
    elif not leg.host.takes_refer:
        leg.reply(transaction, 603)  # RFC 5057 section 5.6: the refusal that never ends the dialog
    else:
        leg.put("REFER", message=request, transaction=transaction)


def _options(leg: Leg, transaction: ServerTransaction, _: Message) -> None:
    if leg.over:
        leg.reply(transaction, 481)
    else:
        leg.reply(transaction, 200, leg.host.capabilities)


ANSWERS: dict[str, Answer] = {
    "BYE": _bye,
    "INVITE": _reinvite,
    "NOTIFY": _notify,
    "OPTIONS": _options,
    "REFER": _refer,
}
"""Methods that a host takes inside a dialog; every other one gets 405."""
