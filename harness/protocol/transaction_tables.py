"""The four transaction machines of RFC 3261 section 17 as tables, amended by RFC 6026 and RFC 4320.

Data only. `start E` arms a timer with its first interval, `again E` with the next one, `stop`
cancels both timers of the transaction. A server transaction is told `send ...` by the transaction
user. Must not live here: what the actions do (`transaction.py`).
"""

from harness.protocol.machine import Machine, table

INVITE_CLIENT = Machine(
    name="INVITE client transaction",
    source="RFC 3261 section 17.1.1, RFC 6026 section 8.4",
    states=("idle", "calling", "proceeding", "completed", "accepted", "terminated"),
    events=("start", "1xx", "2xx", "3xx-6xx", "A", "B", "D", "M", "given up", "transport error"),
    initial="idle",
    rows=table(
        """
        idle + start -> calling: send, start A, start B
        calling + A -> calling: send, again A
        calling + B -> terminated: timeout
        calling + transport error -> terminated: stop, failed
        calling + 1xx -> proceeding: stop, pass
        calling + 2xx -> accepted: stop, start M, pass
        calling + 3xx-6xx -> completed: stop, start D, ack, pass
        proceeding + 1xx -> proceeding: pass
        proceeding + 2xx -> accepted: start M, pass
        proceeding + 3xx-6xx -> completed: start D, ack, pass
        proceeding + given up -> terminated             # cancelled, no answer for 64*T1: section 9.1
        completed + 3xx-6xx -> completed: ack
        completed + D -> terminated
        completed + transport error -> terminated: stop
        accepted + 2xx -> accepted: pass                # RFC 6026: a retransmission or another fork
        accepted + M -> terminated
        """
    ),
)

NON_INVITE_CLIENT = Machine(
    name="non-INVITE client transaction",
    source="RFC 3261 section 17.1.2",
    states=("idle", "trying", "proceeding", "completed", "terminated"),
    events=("start", "1xx", "2xx", "3xx-6xx", "E", "F", "K", "transport error"),
    initial="idle",
    rows=table(
        """
        idle + start -> trying: send, start E, start F
        trying + E -> trying: send, again E
        trying + F -> terminated: stop, timeout
        trying + transport error -> terminated: stop, failed
        trying + 1xx -> proceeding: pass                # E stays armed, RFC 3261 section 17.1.2.2
        trying + 2xx -> completed: stop, start K, pass
        trying + 3xx-6xx -> completed: stop, start K, pass
        proceeding + E -> proceeding: send, slow E
        proceeding + F -> terminated: stop, timeout
        proceeding + transport error -> terminated: stop, failed
        proceeding + 1xx -> proceeding: pass
        proceeding + 2xx -> completed: stop, start K, pass
        proceeding + 3xx-6xx -> completed: stop, start K, pass
        completed + K -> terminated
        """
    ),
)

INVITE_SERVER = Machine(
    name="INVITE server transaction",
    source="RFC 3261 section 17.2.1, RFC 6026 section 8.5",
    states=("proceeding", "completed", "confirmed", "accepted", "terminated"),
    events=("INVITE", "ACK", "send 1xx", "send 2xx", "send 3xx-6xx", "G", "H", "I", "L"),
    initial="proceeding",
    rows=table(
        """
        proceeding + INVITE -> proceeding: resend
        proceeding + send 1xx -> proceeding: send
        proceeding + send 2xx -> accepted: send, start L
        proceeding + send 3xx-6xx -> completed: send, start G, start H
        completed + INVITE -> completed: resend
        completed + G -> completed: resend, again G
        completed + H -> terminated: stop, timeout
        completed + ACK -> confirmed: stop, start I
        confirmed + ACK -> confirmed
        confirmed + I -> terminated
        accepted + INVITE -> accepted                   # RFC 6026 section 7.1: absorbed
        accepted + ACK -> accepted
        accepted + send 2xx -> accepted: send
        accepted + L -> terminated
        """
    ),
)

NON_INVITE_SERVER = Machine(
    name="non-INVITE server transaction",
    source="RFC 3261 section 17.2.2 (erratum 1470), RFC 4320 section 4",
    states=("trying", "proceeding", "completed", "terminated"),
    events=("request", "send 1xx", "send 2xx", "send 3xx-6xx", "J"),
    initial="trying",
    rows=table(
        """
        trying + request -> trying
        trying + send 1xx -> proceeding: send
        trying + send 2xx -> completed: send, start J
        trying + send 3xx-6xx -> completed: send, start J
        proceeding + request -> proceeding: resend
        proceeding + send 1xx -> proceeding: send
        proceeding + send 2xx -> completed: send, start J
        proceeding + send 3xx-6xx -> completed: send, start J
        completed + request -> completed: resend
        completed + J -> terminated
        """
    ),
)
