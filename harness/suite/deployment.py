"""The deployment file: where real systems are, how our players log in there, what may be called.

    carrier: {uri: "sip:lab@127.0.0.1:5060"}
    credentials: {agent: {user: lab, password: {env: SIP_PASSWORD}}}
    limits: {allowed_targets: ["+1800555*"]}

Secrets come from the environment or a file; they never stand in a message of this program. Must not
live here: scenarios, sockets.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from harness.base.errors import ScenarioError, UsageError
from harness.base.span import Mistake, Span
from harness.scenario.plan import Plan
from harness.scenario.source import Node, Pair, Scalar, Series, Table, read
from harness.scenario.steps import Refer, Send, SendRaw, Step
from harness.scenario.vocabulary import suggest
from harness.suite.dialling import dangerous, readings

ROLES = ("caller", "agent", "human", "carrier")
_KEYS = (*ROLES, "credentials", "limits")
_LATER = ("triggers", "dids", "claims")
_LATER_OF_ROLE = ("srtp", "codecs", "audio")
_LATER_OF_LIMITS = ("max_calls", "max_call_seconds")


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the file says. Addresses by role, logins by party name."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    credentials: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    allowed_targets: tuple[str, ...] = ()

    def systems_for(self, plan: Plan) -> dict[str, str]:
        """Role -> URI of the real systems that take part in a plan: the one it names, else all."""
        if plan.under_test is None:
            return dict(self.addresses)
        return {role: uri for role, uri in self.addresses.items() if role == plan.under_test}

    def applied_to(self, plan: Plan) -> Plan:
        """The plan with our players' logins. Raises nothing: names that do not occur are left."""
        parties = tuple(
            replace(party, credentials=self.credentials.get(party.name, party.credentials))
            for party in plan.parties
        )
        return replace(plan, parties=parties)

    def refuse_dangerous(self, plan: Plan, *, outside: bool = False) -> None:
        """Raise UsageError when a plan would have a real system dial a number it must not.

        `outside`: the carrier is a real one beyond this machine, which may call whom it likes; then the
        numbers it is told must stand in `allowed_targets`.
        """
        if outside and not self.allowed_targets:
            raise UsageError(
                f"{plan.id}: the carrier is outside this machine, and nothing says whom it may call",
                do='Write limits: {allowed_targets: ["+1800555*"]} in a file and name it by --deployment.',
            )
        for who, target, dialled in _targets(plan):
            if dangerous(target):
                raise UsageError(
                    f"{plan.id}: {who} {target}, an emergency or premium number",
                    do="Numbers like that are never dialled on a real system; use one of yours.",
                )
            if dialled and self.allowed_targets and not self._allowed(target):
                raise UsageError(
                    f"{plan.id}: {who} {target}, not one of allowed_targets",
                    do="Add it to limits in the deployment file, or give the scenario another number.",
                )

    def _allowed(self, target: str) -> bool:
        written = (target, *(f"+{digits}" for digits in readings(target)))
        return any(fnmatchcase(number, pattern) for number in written for pattern in self.allowed_targets)


_URI = re.compile(r"(?i)(?:sips?|tel):[^\s<>\",;?]+")
_FILLED_IN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def _targets(plan: Plan) -> Iterator[tuple[str, str, bool]]:
    """Every number or URI that a system may come to call: whose, what, and whether a transfer goes there."""
    for party in plan.parties:
        yield f"{party.name} has the number", party.number, party.role not in ("caller", "agent")
        if party.behaviour.redirects_to is not None:
            yield f"{party.name} redirects to", party.behaviour.redirects_to, True
    known = {party.name for party in plan.parties}
    for step in plan.steps:
        where = f"step {step.number} (line {step.line}) names"
        for target in _named_by(step):
            if target not in known:
                yield where, target, True


def _named_by(step: Step) -> Iterator[str]:
    """Numbers and URIs in a message that a step sends; of a template what stands there as it is written."""
    match step:
        case Refer():
            yield step.target
        case Send():
            for _, value in step.headers:
                yield from _URI.findall(value)
        case SendRaw():
            yield from _URI.findall(_FILLED_IN.sub("", step.text))


def read_deployment(path: str, environment: Mapping[str, str] = os.environ) -> Deployment:
    """Read a deployment file. Raises ScenarioError with every mistake, UsageError when it cannot be read."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror or error}", do="Name a deployment file that exists."
        ) from None
    document = read(data, path)
    reader = _Reader(path, environment)
    reader.mistakes += document.mistakes
    deployment = Deployment() if document.root is None else reader.deployment(document.root)
    if reader.mistakes:
        raise ScenarioError(path, sorted(set(reader.mistakes)))
    return deployment


class _Reader:
    """Walks the tree and collects mistakes."""

    def __init__(self, path: str, environment: Mapping[str, str]) -> None:
        self.path = path
        self.environment = environment
        self.mistakes: list[Mistake] = []

    def wrong(self, span: Span, text: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(span, text, hint))

    def deployment(self, root: Table) -> Deployment:
        addresses: dict[str, str] = {}
        credentials: dict[str, tuple[str, str]] = {}
        allowed: tuple[str, ...] = ()
        for pair in self.pairs(root, _KEYS, _LATER):
            key = pair.key.text
            if key == "credentials":
                credentials = dict(self.logins(pair))
            elif key == "limits":
                for limit in self.pairs(pair.value, ("allowed_targets",), _LATER_OF_LIMITS):
                    allowed = tuple(self.texts(limit.value))
            else:
                for part in self.pairs(pair.value, ("uri",), _LATER_OF_ROLE):
                    addresses[key] = self.text(part.value)
        return Deployment(addresses, credentials, allowed)

    def pairs(self, node: Node, known: tuple[str, ...], later: tuple[str, ...] = ()) -> Iterator[Pair]:
        if not isinstance(node, Table):
            self.wrong(
                node.span, "this must be a list of 'key: value' lines", f"known here: {', '.join(known)}"
            )
            return
        for pair in node.pairs:
            key = pair.key.text
            if key in known:
                yield pair
            elif key in later:
                self.wrong(pair.key.span, f"{key!r} cannot be used yet")
            else:
                self.wrong(pair.key.span, f"{key!r} is not known here", suggest(key, list(known)))

    def logins(self, pair: Pair) -> Iterator[tuple[str, tuple[str, str]]]:
        if not isinstance(pair.value, Table):
            self.wrong(pair.value.span, "write PARTY: {user: NAME, password: {env: VARIABLE}}")
            return
        for login in pair.value.pairs:
            parts = {part.key.text: part for part in self.pairs(login.value, ("user", "password"))}
            if isinstance(login.value, Table) and len(parts) < 2:
                self.wrong(login.key.span, f"{login.key.text!r} needs user and password")
            elif len(parts) == 2:
                yield login.key.text, (self.text(parts["user"].value), self.secret(parts["password"].value))

    def secret(self, node: Node) -> str:
        """`{env: NAME}` or `{file: PATH}`; a plain text would end up in version control."""
        if isinstance(node, Scalar):
            self.wrong(
                node.span,
                "a password does not belong into this file",
                "write {env: VARIABLE} or {file: PATH}",
            )
            return ""
        secret = ""
        for pair in self.pairs(node, ("env", "file")):
            name = self.text(pair.value)
            if pair.key.text == "env":
                if name not in self.environment:
                    self.wrong(pair.value.span, f"the environment has no {name}", f"export {name}=...")
                secret = self.environment.get(name, "")
            else:
                try:
                    secret = Path(self.path).parent.joinpath(name).read_text(encoding="utf-8").rstrip("\r\n")
                except (OSError, ValueError):
                    self.wrong(pair.value.span, f"the file {name} cannot be read")
        return secret

    def text(self, node: Node) -> str:
        if isinstance(node, Scalar):
            return node.text
        self.wrong(node.span, "this must be a single value")
        return ""

    def texts(self, node: Node) -> Iterator[str]:
        for item in node.items if isinstance(node, Series) else (node,):
            yield self.text(item)
