"""Every cell of the four transaction machines, driven through the real transactions, and their
timing as RFC 3261 section 17 and RFC 6026 have it: written from the text, not from the tables.
"""

import pytest

from harness.base.endpoint import Endpoint, Transport
from harness.protocol.transaction import (
    ACTIONS,
    ClientTransaction,
    InviteServerTransaction,
    ServerTransaction,
    status_class,
)
from harness.protocol.transaction_tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
)
from harness.wire.sip.message import Message, parse
from tests.ends import THEM, Bench, ask, reply
from tests.protocol.cells import Cell, expected, illegal, legal, mistaken

INVITE_CLIENT_CELLS = expected(
    """
    idle: start -> calling / INVITE
    calling: 1xx -> proceeding / told:180; 2xx -> accepted / told:200; 3xx-6xx -> completed / ACK told:486
    calling: A -> calling / INVITE; B -> terminated / failed:408; transport error -> terminated / failed:503
    proceeding: 1xx -> proceeding / told:180; 2xx -> accepted / told:200
    proceeding: 3xx-6xx -> completed / ACK told:486; given up -> terminated
    completed: 3xx-6xx -> completed / ACK; D -> terminated; transport error -> terminated
    accepted: 2xx -> accepted / told:200; M -> terminated
    """
)
NON_INVITE_CLIENT_CELLS = expected(
    """
    idle: start -> trying / OPTIONS
    trying: E -> trying / OPTIONS; F -> terminated / failed:408; transport error -> terminated / failed:503
    trying: 1xx -> proceeding / told:180; 2xx -> completed / told:200; 3xx-6xx -> completed / told:486
    proceeding: E -> proceeding / OPTIONS; F -> terminated / failed:408
    proceeding: transport error -> terminated / failed:503
    proceeding: 1xx -> proceeding / told:180; 2xx -> completed / told:200; 3xx-6xx -> completed / told:486
    completed: K -> terminated
    """
)
INVITE_SERVER_CELLS = expected(
    """
    proceeding: INVITE -> proceeding / 180; send 1xx -> proceeding / 180; send 2xx -> accepted / 200
    proceeding: send 3xx-6xx -> completed / 486
    completed: INVITE -> completed / 486; G -> completed / 486; H -> terminated / late; ACK -> confirmed
    confirmed: ACK -> confirmed; I -> terminated
    accepted: INVITE -> accepted; ACK -> accepted; send 2xx -> accepted / 200; L -> terminated
    """
)
NON_INVITE_SERVER_CELLS = expected(
    """
    trying: request -> trying; send 2xx -> completed / 200; send 3xx-6xx -> completed / 486
    trying: send 1xx -> proceeding / 100
    proceeding: request -> proceeding / 100; send 1xx -> proceeding / 100
    proceeding: send 2xx -> completed / 200; send 3xx-6xx -> completed / 486
    completed: request -> completed / 200; J -> terminated
    """
)
STATUS = {"1xx": 180, "2xx": 200, "3xx-6xx": 486}


class User:
    """Notes what a client transaction tells."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_response(self, transaction: ClientTransaction, message: Message) -> None:
        self.told.append(f"told:{message.status}")

    def on_failure(self, transaction: ClientTransaction, status: int) -> None:
        self.told.append(f"failed:{status}")

    def ack_for(self, transaction: ClientTransaction, message: Message) -> Message:
        return parse(ask("ACK", 1))


class Client:
    """A client transaction on a real host, and everything that is visible of it."""

    def __init__(self, method: str, transport: Transport = "udp") -> None:
        self.bench = Bench(transport=transport)
        self.user = User()
        self.request = parse(ask(method, 1, branch="z9hG4bKours", transport=transport))
        self.transaction = ClientTransaction(
            self.bench.host,
            self.user,
            self.request,
            method=method,
            number=1,
            branch="z9hG4bKours",
            destination=THEM,
            transport=transport,
        )
        self.bench.host.clients["z9hG4bKours", method] = self.transaction

    def event(self, event: str) -> bool:
        if event == "start":
            self.transaction.start()
            return True
        if event in STATUS:
            return self.transaction.step(event, parse(reply(self.request, STATUS[event])))
        return self.transaction.step(event)

    def seen(self) -> list[str]:
        """What was sent and told since the last time; told comes after sent."""
        told, self.user.told = self.user.told, []
        return [*self.bench.said(), *told]

    def reach(self, *events: str) -> "Client":
        for event in events:
            self.event(event)
        self.seen()
        return self


class Server:
    """A server transaction on a real host, and everything that is visible of it."""

    def __init__(self, method: str, transport: Transport = "udp") -> None:
        self.bench = Bench(transport=transport)
        self.late: list[str] = []
        self.request = parse(ask(method, 1, transport=transport))
        kind = InviteServerTransaction if method == "INVITE" else ServerTransaction
        self.transaction = kind(self.bench.host, self.request, THEM, transport)
        self.transaction.on_timeout = lambda: self.late.append("late")
        self.bench.host.servers[self.request.branch, method, self.transaction.sent_by] = self.transaction

    def event(self, event: str) -> bool:
        if not event.startswith("send "):
            return self.transaction.step(event)
        status = STATUS[event[5:]]
        if status == 180 and self.request.method != "INVITE":
            # Our own hosts never send it (RFC 4320 section 4.1); the machine has the row all the same.
            self.transaction.outgoing = response(self.request, 100)
            return self.transaction.step(event)
        return self.transaction.respond(status, response(self.request, status))

    def seen(self) -> list[str]:
        late, self.late = self.late, []
        return [what.partition(" ")[0] for what in self.bench.said()] + late

    def reach(self, *events: str) -> "Server":
        for event in events:
            self.event(event)
        self.seen()
        return self


def response(request: Message, status: int) -> Message:
    return parse(reply(request, status, tag="our-tag"))


PATHS: dict[str, dict[str, tuple[str, ...]]] = {
    "INVITE client": {
        "idle": (),
        "calling": ("start",),
        "proceeding": ("start", "1xx"),
        "completed": ("start", "1xx", "3xx-6xx"),
        "accepted": ("start", "2xx"),
        "terminated": ("start", "2xx", "M"),
    },
    "non-INVITE client": {
        "idle": (),
        "trying": ("start",),
        "proceeding": ("start", "1xx"),
        "completed": ("start", "2xx"),
        "terminated": ("start", "2xx", "K"),
    },
    "INVITE server": {
        "proceeding": ("send 1xx",),
        "completed": ("send 3xx-6xx",),
        "confirmed": ("send 3xx-6xx", "ACK"),
        "accepted": ("send 2xx",),
        "terminated": ("send 2xx", "L"),
    },
    "non-INVITE server": {
        "trying": (),
        "proceeding": ("send 1xx",),
        "completed": ("send 2xx",),
        "terminated": ("send 2xx", "J"),
    },
}
"""How each state is reached."""

KINDS = {
    "INVITE client": (INVITE_CLIENT, INVITE_CLIENT_CELLS),
    "non-INVITE client": (NON_INVITE_CLIENT, NON_INVITE_CLIENT_CELLS),
    "INVITE server": (INVITE_SERVER, INVITE_SERVER_CELLS),
    "non-INVITE server": (NON_INVITE_SERVER, NON_INVITE_SERVER_CELLS),
}


def made(kind: str, state: str, transport: Transport = "udp") -> Client | Server:
    """A transaction of that kind in that state."""
    method = "OPTIONS" if kind.startswith("non") else "INVITE"
    end: Client | Server = Client(method, transport) if kind.endswith("client") else Server(method, transport)
    end.reach(*PATHS[kind][state])
    assert end.transaction.state == state
    return end


@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_that_is_expected_exists_and_every_state_is_reached(kind: str) -> None:
    machine, cells = KINDS[kind]
    assert mistaken(machine, cells) == []
    assert set(PATHS[kind]) == set(machine.states)


@pytest.mark.parametrize(
    ("kind", "cell"), [(kind, cell) for kind, (_, cells) in KINDS.items() for cell in legal(cells)]
)
def test_a_legal_cell_moves_on_and_does_what_the_clause_says(kind: str, cell: Cell) -> None:
    end = made(kind, cell.state)
    assert end.event(cell.event)
    assert end.transaction.state == cell.next
    assert end.seen() == list(cell.effects)
    assert (cell.next == "terminated") == end.transaction.terminated


@pytest.mark.parametrize(
    ("kind", "state", "event"),
    [
        (kind, *where)
        for kind, (machine, cells) in KINDS.items()
        for where in illegal(machine, cells)
        if where[1] != "start"
    ],
)
def test_an_illegal_cell_changes_nothing_sends_nothing_and_arms_nothing(
    kind: str, state: str, event: str
) -> None:
    end, twin = made(kind, state), made(kind, state)
    before = (end.bench.host.open_work, end.bench.host.next_wake())
    assert end.event(event) is False
    assert end.transaction.state == state
    assert end.seen() == []
    assert (end.bench.host.open_work, end.bench.host.next_wake()) == before
    assert (end.bench.until(70_000), end.seen()) == (twin.bench.until(70_000), twin.seen())


def test_every_word_of_the_tables_is_known() -> None:
    words = {
        action for machine, _ in KINDS.values() for row in machine.rows.values() for action in row.actions
    }
    assert words <= set(ACTIONS)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (100, "1xx"),
        (199, "1xx"),
        (200, "2xx"),
        (299, "2xx"),
        (300, "3xx-6xx"),
        (486, "3xx-6xx"),
        (699, "3xx-6xx"),
    ],
)
def test_a_status_belongs_to_one_of_three_classes(status: int, name: str) -> None:
    assert status_class(status) == name


# Timing. RFC 3261 section 17.1.1.2: INVITE at 0, then T1, doubled each time, for 64*T1.
INVITE_TIMES_MS = [0, 500, 1500, 3500, 7500, 15_500, 31_500]
# Section 17.1.2.2: doubled up to T2 = 4 s: eleven times in all.
OTHER_TIMES_MS = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]


@pytest.mark.parametrize(("method", "times"), [("INVITE", INVITE_TIMES_MS), ("OPTIONS", OTHER_TIMES_MS)])
def test_an_unanswered_request_is_repeated_on_udp_and_given_up_after_32_s(
    method: str, times: list[float]
) -> None:
    end = Client(method)
    end.event("start")
    end.bench.until(31_999)
    assert end.user.told == []
    end.bench.until(32_000)
    assert end.user.told == ["failed:408"]
    end.bench.until(200_000)
    assert end.bench.times_ms(method) == times
    assert end.bench.host.open_work == 0 and end.bench.host.clients == {}


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS"])
def test_nothing_is_repeated_on_tcp_but_it_is_given_up_after_32_s(method: str) -> None:
    end = Client(method, "tcp")
    end.event("start")
    end.bench.until(32_000)
    assert end.bench.times_ms(method) == [0]
    assert end.user.told == ["failed:408"]


def test_a_provisional_response_ends_the_repetition_of_an_invite_and_its_patience() -> None:
    end = Client("INVITE")
    end.event("start")
    end.bench.until(700)
    end.event("1xx")
    end.bench.until(300_000)
    assert end.bench.times_ms("INVITE") == [0, 500]
    assert end.user.told == ["told:180"]


def test_after_a_provisional_response_another_request_is_repeated_every_4_s() -> None:
    """RFC 3261 section 17.1.2.2: Timer E stays armed; when it fires in Proceeding it is reset with T2."""
    end = Client("OPTIONS")
    end.event("start")
    end.bench.until(700)
    end.event("1xx")
    end.bench.until(60_000)
    assert end.bench.times_ms("OPTIONS") == [0, 500, *range(1500, 32_000, 4000)]
    assert end.user.told == ["told:180", "failed:408"]


@pytest.mark.parametrize(("transport", "times"), [("udp", OTHER_TIMES_MS), ("tcp", [0])])
def test_a_refused_invite_is_repeated_until_its_ack_or_for_32_s(
    transport: Transport, times: list[float]
) -> None:
    """RFC 3261 section 17.2.1: Timer G doubles up to T2 on UDP; Timer H ends it everywhere."""
    end = Server("INVITE", transport)
    end.event("send 3xx-6xx")
    end.bench.until(31_999)
    assert end.transaction.state == "completed" and end.late == []
    end.bench.until(60_000)
    assert end.bench.times_ms("486 INVITE") == times
    assert end.transaction.state == "terminated" and end.late == ["late"]


def test_the_ack_ends_the_repetition_of_a_refusal() -> None:
    end = Server("INVITE")
    end.event("send 3xx-6xx")
    end.bench.until(600)
    end.event("ACK")
    end.bench.until(100_000)
    assert end.bench.times_ms("486 INVITE") == [0, 500]
    assert end.late == []


LINGERING = [
    # RFC 3261 table 4, RFC 6026 section 7: (kind, path, udp ms, tcp ms)
    ("INVITE client", "completed", 32_000, 0),  # D
    ("INVITE client", "accepted", 32_000, 32_000),  # M
    ("non-INVITE client", "completed", 5_000, 0),  # K
    ("INVITE server", "confirmed", 5_000, 0),  # I
    ("INVITE server", "accepted", 32_000, 32_000),  # L
    ("non-INVITE server", "completed", 32_000, 0),  # J
]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("kind", "state", "udp_ms", "tcp_ms"), LINGERING)
def test_a_settled_transaction_stays_for_its_peer_and_no_longer(
    kind: str, state: str, udp_ms: int, tcp_ms: int, transport: Transport
) -> None:
    stays_ms = udp_ms if transport == "udp" else tcp_ms
    method = "OPTIONS" if kind.startswith("non") else "INVITE"
    end = (Client if kind.endswith("client") else Server)(method, transport)
    end.reach(*PATHS[kind][state])
    assert end.transaction.terminated == (stays_ms == 0)
    if stays_ms:
        end.bench.until(stays_ms - 1)
        assert end.transaction.state == state
        end.bench.until(stays_ms)
    assert end.transaction.terminated
    assert end.bench.host.clients == {} and end.bench.host.servers == {}


def test_a_settled_transaction_wakes_nobody() -> None:
    for kind, state, _, _ in LINGERING:
        end = made(kind, state)
        assert end.bench.host.next_wake() is None
        assert end.bench.host.idle()


def test_a_second_final_response_is_refused_and_the_first_one_stays() -> None:
    end = Server("OPTIONS")
    end.event("send 2xx")
    first = end.transaction.outgoing
    assert not end.transaction.respond(486, response(end.request, 486))
    assert (end.transaction.outgoing, end.transaction.status) == (first, 200)
    assert end.transaction.answered


@pytest.mark.parametrize("status", [180, 183])
def test_another_request_is_never_answered_with_a_telling_provisional_response(status: int) -> None:
    """RFC 4320 section 4.1."""
    end = Server("OPTIONS")
    with pytest.raises(AssertionError):
        end.transaction.respond(status, response(end.request, 486))


def test_a_repeated_request_gets_the_same_bytes_again() -> None:
    for method in ("OPTIONS", "INVITE"):
        end = Server(method)
        end.event("send 3xx-6xx")
        end.transaction.repeat()
        end.bench.collect()
        first, second = end.bench.sent
        assert first.data == second.data and first.destination == Endpoint(*THEM)
