"""The reference of all rules for the docs: what each demands, and which scenarios and captures exercise it.

`python -m harness.cli.rule_page > docs/rules.md` writes the page (`make pages`); a test holds it fresh.
Run it in the project's root. Must not live here: the rules.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from harness.base.spec import title
from harness.capture.reader import read
from harness.judge.finding import PROFILES
from harness.judge.judgement import judge
from harness.judge.rule import RuleInfo
from harness.judge.rule_remedies import REMEDIES
from harness.judge.rules import ALL
from harness.suite.collect import collect
from harness.suite.play import Settings
from harness.suite.run import run_item
from harness.trace.entries import Trace

SHOWN = 3
"""How many names stand behind a rule."""

HEAD = """# The rules

Made of the rules as they are (`make pages`). Each is held against whoever is named; a rule of a profile
counts only with `--profile` of that name. The counts say in how many of this project's scenarios and
captures of real systems a rule had something to look at.
"""

NEVER = """Nothing in this project's scenarios and captures gives these rules something to look at; each has
a failing example in the tests.
"""

LEFT_OUT = """## Left out

- RFC3261-15.1.1-1 (media stops with the BYE): a trace holds no media yet.
- RFC3892-3-1 (proxies keep Referred-By): both sides of a proxy are rarely in one trace.
- RFC5589-12-1 (every REFER is authenticated): a trace does not show what a connection proves;
  `unauthenticated-refer-accepted` and `refer-from-other-source-accepted` tell what it does show.
- RFC4538-3-4, -4-1 and -6-1 (who announces tdialog, what it authorises): RFC5589-5-2 and RFC7647-4-3 cover
  what a trace decides.
- late-bye and notify-unanswered: the facts of RFC5589-6.1-1 with `ghost-leg`, and of RFC6665-4.1.3-2.
"""

Uses = dict[str, list[str]]
"""Rule id to the names of what exercised it."""


def page(root: Path) -> str:
    """The whole Markdown page, ending in one line feed."""
    scenarios, captures = _uses(_played(root)), _uses(_captured(root))
    practices = [each.info for each in ALL.values() if each.info.level == "PRACTICE"]
    stated = [each.info for each in ALL.values() if each.info.level != "PRACTICE"]
    never = [name for name in ALL if name not in scenarios and name not in captures]
    parts = [
        HEAD,
        f"{len(stated)} rules follow from an RFC, {len(practices)} are practices beyond them.\n",
        "## Rules that an RFC states\n",
        *(_section(info, scenarios, captures) for info in stated),
        "## Practices\n",
        *(_section(info, scenarios, captures) for info in practices),
        "## Never exercised\n",
        NEVER,
        "\n".join(f"- `{name}`" for name in never) + "\n",
        LEFT_OUT,
    ]
    return "\n".join(parts)


def _played(root: Path) -> Iterator[tuple[str, Trace]]:
    for item in collect([str(root / "scenarios")]):
        trace = run_item(item, Settings(), "x").trace
        if trace is not None:
            yield Path(item.path).stem, trace


def _captured(root: Path) -> Iterator[tuple[str, Trace]]:
    for path in sorted((root / "captures").glob("*.pcap*")):
        yield path.name, read(path)


def _uses(traces: Iterator[tuple[str, Trace]]) -> Uses:
    """Which rules had something to look at in which trace, in any profile."""
    found: Uses = {}
    for name, trace in traces:
        seen = {
            rule
            for profile in PROFILES
            for rule, verdict in judge(trace, profile=profile).verdicts.items()
            if verdict != "not-applicable"
        }
        for rule in sorted(seen):
            found.setdefault(rule, []).append(name)
    return found


def _section(info: RuleInfo, scenarios: Uses, captures: Uses) -> str:
    who = "whoever breaks it" if info.role == "any" else f"the {info.role}"
    source = "a practice" if info.cites == "practice" else f"{info.cites} ({title(info.cites)})"
    lines = [
        f"### {info.id}\n",
        f"{info.text.removesuffix('.')}.\n",
        f"- {info.level}, `{info.severity}`, held against {who}; {source}",
    ]
    if info.profile:
        named = [name for name, rfcs in PROFILES.items() if info.profile in rfcs]
        outside = "; elsewhere it is information" if info.remark else ""
        lines.append(f"- profile {', '.join(named)}{outside}")
    lines.append(f"- what to do: {REMEDIES.get(info.id, 'do what the rule says')}")
    lines.append(f"- {_exercised(info.id, scenarios, captures)}\n")
    return "\n".join(lines)


def _exercised(rule: str, scenarios: Uses, captures: Uses) -> str:
    by = [*dict.fromkeys(scenarios.get(rule, ())), *captures.get(rule, ())]
    if not by:
        return "never exercised"
    counts = [
        _count(len(scenarios.get(rule, ())), "scenario"),
        _count(len(captures.get(rule, ())), "capture"),
    ]
    return f"applicable in {', '.join(counts)}: {', '.join(by[:SHOWN])}{' ...' if len(by) > SHOWN else ''}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    sys.stdout.write(page(Path.cwd()))
