"""The deployment file: where real systems are, how our players log in there, what may be called.

    carrier: {uri: "sip:lab@127.0.0.1:5060"}
    credentials: {agent: {user: lab, password: {env: SIP_PASSWORD}}}
    limits: {allowed_targets: ["+1800555*"]}

Secrets come from the environment or a file; they never stand in a message of this program. Must not
live here: scenarios, sockets.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from harness.base.errors import ScenarioError, UsageError
from harness.base.span import Mistake, Span
from harness.scenario.plan import Plan
from harness.scenario.source import Node, Pair, Scalar, Series, Table, read
from harness.scenario.vocabulary import suggest

ROLES = ("caller", "agent", "human", "carrier")
_KEYS = (*ROLES, "credentials", "limits")
_LATER = ("triggers", "dids", "claims")
_LATER_OF_ROLE = ("srtp", "codecs", "audio")
_LATER_OF_LIMITS = ("max_calls", "max_call_seconds")

EMERGENCY = ("112", "911", "999", "000", "110", "118", "119", "933", "988")
"""Numbers that are never dialled on a real system, with or without a plus."""

PREMIUM = ("+1900", "+1976", "+4490", "+4487", "+49900", "+339", "+3490", "+979")
"""Prefixes of premium-rate numbers that are never dialled on a real system."""


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

    def refuse_dangerous(self, plan: Plan) -> None:
        """Raise UsageError when a plan would have a real system dial a number it must not."""
        for party in plan.parties:
            number = party.number.removeprefix("+")
            if number in EMERGENCY or party.number.startswith(PREMIUM):
                raise UsageError(
                    f"{plan.id}: {party.name} has the number {party.number}, an emergency or premium number",
                    do="Numbers like that are never dialled on a real system; use one of yours.",
                )
            target = party.role not in ("caller", "agent")
            if target and self.allowed_targets and not self._allowed(party.number):
                raise UsageError(
                    f"{plan.id}: {party.name} has the number {party.number}, not one of allowed_targets",
                    do="Add it to limits in the deployment file, or give the scenario another number.",
                )

    def _allowed(self, number: str) -> bool:
        return any(fnmatchcase(number, pattern) for pattern in self.allowed_targets)


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
