"""A message that a script hands over as bytes, sent from a leg as if it were one of ours.

With a transaction where it is a request that can have one: then it is retransmitted, its responses
reach the leg, and a REFER is told its reports. Must not live here: how the bytes are made
(`actors/raw.py`).
"""

from harness.protocol.leg import Leg
from harness.protocol.subscription import Subscriber
from harness.protocol.transaction import ClientTransaction
from harness.wire.sip.message import Message, parse


def send_raw(leg: Leg, data: bytes, *, retransmit: bool = True) -> Message:
    """Send the bytes to where requests of this leg go. Never raises on what they are."""
    host = leg.host
    message = parse(data)
    destination, transport = host.hop(leg)
    if not retransmit or not _can_be_answered(leg, message):
        host.transmit(destination, transport, message)
        return message
    transaction = ClientTransaction(
        host, leg, message, method=message.method, number=message.cseq_number, branch=message.branch,
        destination=destination, transport=transport,
    )  # fmt: skip
    host.clients[(message.branch, message.method)] = transaction
    if message.method == "REFER":
        leg.subscribers.append(Subscriber(leg, message.cseq_number))
    transaction.start()
    return message


def _can_be_answered(leg: Leg, message: Message) -> bool:
    """A request with what makes a transaction (RFC 3261 section 17.1.3), and a branch of its own."""
    if not message.is_request or not message.branch or message.method in ("", "ACK", "CANCEL"):
        return False
    if message.cseq_method != message.method:
        return False  # its responses could not be told from those to another method
    return (message.branch, message.method) not in leg.host.clients
