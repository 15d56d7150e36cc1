"""Scripts: what a party does, as generators that read top to bottom.

A script yields only `Wait`; the host resumes it with the `Hit` that ended the wait. Events stay in
the inbox of the source they happened to until some wait takes them, so nothing is lost between two
waits and a leg can be handed from one script to another. Must not live here: SIP.
"""

from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from harness.base.endpoint import Endpoint
from harness.base.limits import INBOX_EVENTS_MAX
from harness.protocol.dialog import Headers
from harness.protocol.timers import Alarm, Timers
from harness.wire.sip.message import Message

if TYPE_CHECKING:
    from harness.protocol.leg import Leg
    from harness.protocol.stack import Stack
    from harness.protocol.transaction import ClientTransaction, ServerTransaction

T = TypeVar("T")


class Event(NamedTuple):
    """Something that happened to a source. `number` orders all events of one host.

    `kind` is a request method, `1xx`, `final` or `done`. `lasting` events (BYE, done) are
    seen by every wait, the others by the first one that takes them.
    """

    number: int
    kind: str
    status: int = 0
    """Of a final response; 408 and 503 also when none came (RFC 3261 section 8.1.3.1)."""
    message: Message | None = None
    transaction: "ClientTransaction | ServerTransaction | None" = None
    lasting: bool = False


class Source:
    """Something scripts can wait on: a leg or a task."""

    __slots__ = ("host", "inbox", "waiters")

    def __init__(self, host: "Stack") -> None:
        self.host = host
        self.inbox: list[Event] = []
        self.waiters: list[Task] = []

    def put(
        self,
        kind: str,
        *,
        status: int = 0,
        message: Message | None = None,
        transaction: "ClientTransaction | ServerTransaction | None" = None,
        lasting: bool = False,
    ) -> None:
        """Record an event and let those who wait for it go on."""
        self.host.events += 1
        event = Event(self.host.events, kind, status, message, transaction, lasting)
        if len(self.inbox) >= INBOX_EVENTS_MAX:
            self.inbox.remove(next((known for known in self.inbox if not known.lasting), self.inbox[0]))
        self.inbox.append(event)
        for task in self.waiters.copy():
            if task.offer(self, event) and not lasting:
                return

    def wanted(self, when: "When") -> str:
        """What a condition on this source waits for, in words."""
        return " or ".join(when.kinds)


class When(NamedTuple):
    """A condition: an event of `source` of one of these kinds, and of `transaction` when one is named."""

    source: Source | None
    kinds: tuple[str, ...]
    transaction: "ClientTransaction | None" = None

    @property
    def name(self) -> str:
        """What is waited for: serves 'still waiting for ...'."""
        return "the time to pass" if self.source is None else self.source.wanted(self)

    def accepts(self, event: Event) -> bool:
        """True when an event of the source is what is waited for."""
        return event.kind in self.kinds and (
            self.transaction is None or event.transaction is self.transaction
        )


TIMED_OUT = When(None, ())


class Hit(NamedTuple):
    """What ended a wait: the condition and its event (None for TIMED_OUT)."""

    when: When
    event: Event | None = None

    @property
    def status(self) -> int:
        """Status of the final response that was hit; 0 when it was something else."""
        return 0 if self.event is None else self.event.status


class Wait(NamedTuple):
    """All that a script yields."""

    conditions: tuple[When, ...]
    deadline_ns: int | None


Script = Generator[Wait, Hit, T]


class Interrupted(Exception):
    """A condition given to `unless` came true during a wait."""

    def __init__(self, hit: Hit) -> None:
        super().__init__(hit.when.name)
        self.hit = hit


class Unless:
    """What `Task.unless` returns; nests."""

    __slots__ = ("_conditions", "_kept", "_task")

    def __init__(self, task: "Task", conditions: tuple[When, ...]) -> None:
        self._task = task
        self._conditions = conditions
        self._kept: tuple[When, ...] = ()

    def __enter__(self) -> None:
        self._kept = self._task.guards
        self._task.guards = (*self._kept, *self._conditions)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._task.guards = self._kept


class Task(Source):
    """A running script; `me` inside it. Ends with its parent; releases the legs it still owns."""

    __slots__ = (
        "_alarm",
        "_generator",
        "_wait",
        "alive",
        "children",
        "guards",
        "legs",
        "name",
        "parent",
        "result",
    )

    def __init__(self, host: "Stack", name: str, parent: "Task | None" = None) -> None:
        super().__init__(host)
        self.name = name
        self.parent = parent
        self.children: list[Task] = []
        self.legs: list[Leg] = []
        self.alive = True
        self.result: Any = None
        """What the script returned; None while it runs and after it was cancelled."""
        self._generator: Script[Any] | None = None
        self.guards: tuple[When, ...] = ()
        self._wait: Wait | None = None
        self._alarm: Alarm | None = None

    def wait(self, *conditions: When, timeout_ns: int | None = None) -> Script[Hit]:
        """Wait until the earliest matching event, or for `timeout_ns`.

        Returns the hit; its `when` is one of `conditions` or TIMED_OUT. Raises Interrupted.
        """
        deadline_ns = None if timeout_ns is None else self.host.now_ns + timeout_ns
        guards = self.guards
        if not guards:
            return (yield Wait(conditions, deadline_ns))
        hit = yield Wait((*guards, *conditions), deadline_ns)
        for guard in guards:
            if hit.when is guard:
                raise Interrupted(hit)
        return hit

    def sleep(self, ns: int) -> Script[None]:
        """Let `ns` pass. Raises Interrupted."""
        if ns > 0:
            yield from self.wait(timeout_ns=ns)

    def unless(self, *conditions: When) -> "Unless":
        """`with me.unless(...)`: every wait inside also watches these, and raises Interrupted."""
        return Unless(self, conditions)

    def spawn(self, name: str, make: "Callable[[Task], Script[Any]]") -> "Task":
        """Start a script that ends with this one at the latest."""
        child = Task(self.host, name, self)
        self.children.append(child)
        self.host.begin(child, make)
        return child

    def call(
        self, uri: str, *, sender: str | None = None, destination: Endpoint | None = None, extra: Headers = ()
    ) -> "Leg":
        """Send an INVITE; wait on `leg.final(leg.invite)`. `sender` is the From value without tag."""
        leg = self.host.prepare(uri, sender=sender, destination=destination)
        self.legs.append(leg)
        leg.call(extra)
        return leg

    def done(self) -> When:
        """The script has ended, whatever the reason."""
        return When(self, ("done",))

    def wanted(self, _: When) -> str:
        """Scripts wait for the end of a script only."""
        return f"{self.name} to end"

    def adopt(self, leg: "Leg", of: "Task") -> None:
        """Take over a leg: it is released when this task ends, no longer when `of` ends."""
        if leg in of.legs:
            of.legs.remove(leg)
        self.legs.append(leg)

    # From here on: for the host only.

    def begin(self, generator: "Script[Any]") -> None:
        """Run to the first wait."""
        self._generator = generator
        self.resume(None)

    def resume(self, hit: Hit | None) -> None:
        """Run to the next wait that is not already fulfilled, or to the end."""
        generator = self._generator
        if generator is None or not self.alive:
            return
        try:
            while True:
                wait = next(generator) if hit is None else generator.send(hit)
                hit = _earliest(wait)
                if hit is None:
                    self._block(wait)
                    return
        except (StopIteration, Interrupted) as end:
            self._finish(end.value if isinstance(end, StopIteration) else None)

    def cancel(self) -> None:
        """End the script without letting it wait again; its legs are released by the host."""
        if self.alive:
            self._unblock()
            if self._generator is not None:
                self._generator.close()
            self._finish(None)

    def offer(self, source: Source, event: Event) -> bool:
        """An event happened to a source this task waits on; true when it took it."""
        if self._wait is None:
            return False
        for when in self._wait.conditions:
            if when.source is source and when.accepts(event):
                self._unblock()
                _take(source, event)
                self.host.schedule(self, Hit(when, event))
                return True
        return False

    def waiting_for(self) -> str:
        """What the script waits for, for the message of a run that does not end."""
        if self._wait is None:
            return ""
        return " or ".join(when.name for when in self._wait.conditions) or TIMED_OUT.name

    def _block(self, wait: Wait) -> None:
        self._wait = wait
        for when in wait.conditions:
            if when.source is not None and self not in when.source.waiters:
                when.source.waiters.append(self)
        if wait.deadline_ns is not None:
            self._alarm = self.host.timers.arm(wait.deadline_ns, self._time_out)

    def _unblock(self) -> None:
        wait, self._wait = self._wait, None
        if wait is None:
            return
        Timers.cancel(self._alarm)
        self._alarm = None
        for when in wait.conditions:
            if when.source is not None and self in when.source.waiters:
                when.source.waiters.remove(self)

    def _time_out(self) -> None:
        self._unblock()
        self.host.schedule(self, Hit(TIMED_OUT))

    def _finish(self, result: object) -> None:
        self.alive = False
        self._generator = None
        self.result = result
        for child in self.children:
            child.cancel()
        for leg in self.legs:
            leg.release()
        self.legs = []
        self.host.ended(self)
        self.put("done", lasting=True)


def _earliest(wait: Wait) -> Hit | None:
    best: Hit | None = None
    for when in wait.conditions:
        if when.source is None:
            continue
        for event in when.source.inbox:
            if best is not None and best.event is not None and event.number >= best.event.number:
                break
            if when.accepts(event):
                best = Hit(when, event)
                break
    if best is not None and best.event is not None and best.when.source is not None:
        _take(best.when.source, best.event)
    return best


def _take(source: Source, event: Event) -> None:
    if not event.lasting:
        source.inbox.remove(event)
