"""README and docs/: links lead somewhere, scenarios are scenarios, commands exist."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from harness.cli.main import program
from harness.suite.collect import collect
from tests.console import commands, environment_in, saved_as
from tests.markdown import anchors, fences, links

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(name: str) -> None:
    lost = []
    for link in links(text_of(name)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(link)
    assert lost == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached = {"README.md"}
    waiting = ["README.md"]
    while waiting:
        name = waiting.pop()
        for link in links(text_of(name)):
            target = ((ROOT / name).parent / link.partition("#")[0]).resolve()
            found = str(target.relative_to(ROOT)) if target.is_relative_to(ROOT) else ""
            if found.endswith(".md") and found not in reached:
                reached.add(found)
                waiting.append(found)
    assert set(NAMES) - reached == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_that_is_shown_has_no_mistake(name: str, tmp_path: Path) -> None:
    for fence in fences(text_of(name)):
        if fence.language == "yaml" and fence.text.startswith("scenario:"):
            path = tmp_path / f"{fence.line}.yaml"
            path.write_text(fence.text, encoding="utf-8")
            assert [item.error for item in collect([str(path)]) if item.error] == [], f"{name}:{fence.line}"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_shown_exists_with_its_options(name: str) -> None:
    text = text_of(name)
    shown = [command for fence in fences(text) for command, _ in commands(fence)]
    shown += [
        line for fence in fences(text) if fence.language in ("", "sh") for line in fence.text.splitlines()
    ]
    shown += re.findall(r"`(siptransfer [a-z][^`]*)`", text)
    for line in shown:
        _, sign, words = line.replace("\\\n", "").partition("siptransfer ")
        if (
            not sign
            or words.startswith(("-", "COMMAND", "["))
            or not line.lstrip("$ ").startswith("siptransfer")
        ):
            continue
        command, *given = shlex.split(words, comments=True)
        assert command in program.commands, line
        known = {option for each in program.commands[command].params for option in each.opts} | {"--help"}
        assert [word for word in given if re.match("--?[a-z]", word) and word not in known] == [], line


def shell_lines(value: object) -> list[str]:
    """Lines of the scripts of a CI file (`run:` or `script:`), in order."""
    if isinstance(value, list):
        return [line for item in value for line in shell_lines(item)]
    if not isinstance(value, dict):
        return []
    own = [value[key] for key in ("run", "script") if key in value]
    lines = [line for each in own for line in (each if isinstance(each, list) else [each])]
    return lines + [line for key in value if key not in ("run", "script") for line in shell_lines(value[key])]


def test_the_files_for_ci_servers_are_yaml_and_their_commands_run(tmp_path: Path) -> None:
    blocks = {saved_as(fence): fence.text for fence in fences(text_of("docs/ci.md")) if saved_as(fence)}
    typed = [*re.findall(r"sh '\.venv/bin/(siptransfer [^']*)'", blocks["Jenkinsfile"])]
    for name in (".github/workflows/transfers.yml", ".gitlab-ci.yml"):
        typed += [
            line for line in shell_lines(yaml.safe_load(blocks[name])) if line.startswith("siptransfer")
        ]
    assert len(typed) == 3
    folder = tmp_path / "here"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "scenarios" / "busy.yaml").write_text(blocks["scenarios/busy.yaml"], encoding="utf-8")
    for line in typed:
        done = subprocess.run(
            line, shell=True, cwd=folder, env=environment_in(folder), check=False, timeout=60
        )
        assert done.returncode == 0
        for file in re.findall(r"--(?:html|junit|history) (\S+)", line):
            assert (folder / file).exists()
            (folder / file).unlink()


def test_make_pages_makes_every_page_that_says_it_is_made() -> None:
    makefile = text_of("Makefile")
    for name in NAMES:
        made = re.search(r"`python -m harness\.([\w.]+)`", text_of(name)[:600])
        if made and name.startswith("docs/"):
            assert f"{made[1]}:{Path(name).stem}" in makefile, name
