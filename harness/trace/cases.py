"""Groups legs, transfers and what is left over to cases: closed groups that a judge looks at alone.

Legs belong together when a transfer, a bridge, Replaces or a Call-ID joins them. Every message of
the trace ends up in exactly one case. Must not live here: how the pieces are found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.base.endpoint import Endpoint
from harness.trace.entries import MessageEntry, Trace
from harness.trace.legs import Calls
from harness.trace.model import Case, Leg, Transaction, Transfer, end_of
from harness.trace.transfers import replacements
from harness.wire.sip.transfer import refer_to, replaces_of


def collect(
    trace: Trace, calls: Calls, transfers: Sequence[Transfer], strays: Sequence[MessageEntry]
) -> list[Case]:
    """The cases of a trace in the order of their first messages; none for a trace without messages."""
    groups = _Groups()
    for leg in calls.legs:
        groups.join(("leg", leg.number), ("call", leg.call_id))
        if leg.bridged is not None:
            groups.join(("leg", leg.number), ("leg", leg.bridged.number))
    for link in replacements(calls.legs):
        groups.join(("leg", link.leg.number), ("leg", link.replaced.number))
    for transfer in transfers:
        _join_transfer(groups, transfer)
    sorter = _Sorter(trace, groups)
    for leg in calls.legs:
        sorter.case(("leg", leg.number), leg.transactions[0].request.n).legs.append(leg)
    for transfer in transfers:
        sorter.case(("transfer", transfer.number), transfer.refer.request.n).transfers.append(transfer)
    for transaction in calls.others:
        sorter.other(transaction)
    for stray in strays:
        sorter.stray(stray)
    return sorter.cases()


_Node = tuple[str, int | str]


@dataclass(slots=True)
class _Groups:
    """Union-find over legs, transfers and Call-IDs."""

    _parent: dict[_Node, _Node] = field(default_factory=dict)

    def root(self, node: _Node) -> _Node:
        """The one node that stands for the group."""
        parent = self._parent.setdefault(node, node)
        while parent != node:
            grandparent = self._parent[parent]
            self._parent[node] = grandparent
            node, parent = parent, grandparent
        return node

    def join(self, one: _Node, other: _Node) -> None:
        """Make both groups one."""
        self._parent[self.root(other)] = self.root(one)

    def knows(self, node: _Node) -> bool:
        """Whether something was ever joined to this node."""
        return node in self._parent


def _join_transfer(groups: _Groups, transfer: Transfer) -> None:
    own: _Node = ("transfer", transfer.number)
    message = transfer.refer.request.message
    groups.join(own, ("call", message.call_id))
    legs: list[Leg | None] = [
        transfer.leg,
        transfer.about,
        transfer.moved,
        *transfer.triggered,
        *transfer.despite,
    ]
    for leg in legs:
        if leg is not None:
            groups.join(own, ("leg", leg.number))
    target = refer_to(message)
    replaces = replaces_of(target.uri) if target is not None else None
    if replaces is not None and replaces.call_id:
        groups.join(own, ("call", replaces.call_id))


@dataclass(slots=True)
class _Sorter:
    """Opens a case for each group on first use."""

    trace: Trace
    groups: _Groups
    _cases: dict[_Node, Case] = field(default_factory=dict)
    _first: dict[_Node, int] = field(default_factory=dict)
    _end_ns: int | None = None

    def case(self, node: _Node, n: int) -> Case:
        """The case of a group; `n` is the number of an entry in it."""
        root = self.groups.root(node)
        if root not in self._cases:
            if self._end_ns is None:
                self._end_ns = end_of(self.trace)
            self._cases[root] = Case(0, self.trace, known_end_ns=self._end_ns)
            self._first[root] = n
        self._first[root] = min(self._first[root], n)
        return self._cases[root]

    def other(self, transaction: Transaction) -> None:
        """A transaction outside every leg: with its Call-ID, its ends, or alone."""
        request = transaction.request
        ends = {transaction.sender, transaction.receiver}
        self._place(request.message.call_id, ends, request.n).others.append(transaction)

    def stray(self, entry: MessageEntry) -> None:
        """A message outside every transaction."""
        ends = {entry.source, entry.destination}
        self._place(entry.message.call_id, ends, entry.n).strays.append(entry)

    def cases(self) -> list[Case]:
        """All cases, numbered."""
        found = [self._cases[root] for root in sorted(self._cases, key=lambda root: self._first[root])]
        for number, case in enumerate(found, 1):
            case.number = number
        return found

    def _place(self, call_id: str, ends: set[Endpoint], n: int) -> Case:
        if call_id and self.groups.knows(("call", call_id)):
            return self.case(("call", call_id), n)
        calls = [case for case in self._cases.values() if case.legs or case.transfers]
        if len(calls) == 1:
            return calls[0]
        for case in calls:
            if any(ends == {leg.caller, leg.callee} for leg in case.legs):
                return case
        return self.case(("left over", ""), n)
