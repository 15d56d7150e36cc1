"""The house rules as tests: sizes, names, one test module for each module, one file for each library.

Reads source files only; imports nothing of the package, so that it runs with pytest alone.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "harness"
TESTS = ROOT / "tests"

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
STRAY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "stuff", "tools"}
LIBRARY_HOMES = {
    "click": "cli/",
    "jinja2": ("report/page.py", "scenario/template.py"),
    "pydantic": "scenario/typed.py",
    "pyshark": "capture/tshark.py",
    "rich": "report/terminal.py",
    "scapy": "capture/",
    "sqlite3": "results/history.py",
    "yaml": "scenario/source.py",
}
"""Where a third-party library may be imported: a file, or a folder in which one file does it; jinja2 serves
two masters, pages of our own and the texts of `send_raw`, that share nothing but the grammar."""

TOP_LEVEL = {
    *("harness", "scenarios", "captures", "reports", "tests", "docs", "benchmarks"),
    *("conftest.py", "tox.ini", "pyproject.toml", "Makefile", "LICENSE"),
    *("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"),
}


def sources(folder: Path) -> list[Path]:
    """Python files below a folder, in a fixed order."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name, line and length of every function of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1


def imports(path: Path) -> set[str]:
    """First parts of the names of all modules a file imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def has_code(path: Path) -> bool:
    """Whether an __init__.py holds more than docstrings, imports and plain assignments."""
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree(path).body)


ALL = sources(PACKAGE) + sources(TESTS) + [ROOT / "conftest.py"]


def test_functions_are_under_70_lines() -> None:
    long = [
        f"{shown(path)}:{line} {name}: {length}"
        for path in ALL
        for name, line, length in functions(path)
        if length >= FUNCTION_LINES_MAX
    ]
    assert not long


def test_nine_functions_in_ten_are_at_most_35_lines() -> None:
    lengths = sorted(length for path in sources(PACKAGE) for _, _, length in functions(path))
    assert lengths[len(lengths) * 9 // 10] <= 35


def test_files_of_the_package_are_under_400_lines() -> None:
    sizes = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources(PACKAGE)}
    assert {name: size for name, size in sizes.items() if size >= FILE_LINES_MAX} == {}


def test_every_file_starts_with_a_note_on_what_lives_there() -> None:
    silent = [shown(path) for path in ALL if path.stat().st_size and not ast.get_docstring(tree(path))]
    assert not silent


def test_every_module_has_its_own_test_module() -> None:
    missing = []
    for path in sources(PACKAGE):
        inside = path.relative_to(PACKAGE)
        if path.name == "__init__.py":
            if not has_code(path):
                continue
            inside = inside.parent.with_name(f"{inside.parent.name}.py")
        if path.name != "__main__.py" and not (TESTS / inside.parent / f"test_{inside.name}").exists():
            missing.append(shown(path))
    assert not missing


def test_every_test_folder_is_a_package() -> None:
    bare = {path.parent for path in sources(TESTS) if not (path.parent / "__init__.py").exists()}
    assert not bare


def test_no_name_says_nothing() -> None:
    stray = [shown(path) for path in ALL if STRAY_NAMES & set(re.split(r"[._/]", shown(path)))]
    assert not stray


def test_nothing_sleeps_outside_live_tests() -> None:
    sleepers = [
        shown(path)
        for path in sources(TESTS)
        if re.search(r"(?<!\.)\bsleep\(|time\.sleep\(|asyncio\.sleep\(", path.read_text(encoding="utf-8"))
        and not {"live", "real"} & set(path.parts)
        and path != Path(__file__)
    ]
    assert not sleepers


@pytest.mark.parametrize("library", sorted(LIBRARY_HOMES))
def test_a_library_is_imported_in_its_one_file(library: str) -> None:
    importers = [str(path.relative_to(PACKAGE)) for path in sources(PACKAGE) if library in imports(path)]
    home = LIBRARY_HOMES[library]
    homes = home if isinstance(home, tuple) else (home,)
    assert len(importers) == len(homes), "a library that is listed is used, and in one file"
    assert all(name.startswith(home) for name, home in zip(importers, homes, strict=True))


def test_no_library_beyond_the_list_is_imported() -> None:
    known = set(sys.stdlib_module_names) | set(LIBRARY_HOMES) | {"harness", "pytest", ""}
    strangers = {shown(path): imports(path) - known for path in sources(PACKAGE)}
    assert {name: found for name, found in strangers.items() if found} == {}


def top_level() -> set[str]:
    """First parts of all paths that git tracks, hidden ones left out: reports of a user are no part of
    the project. In an unpacked archive, where git knows nothing: whatever .gitignore does not name."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z"]
    with suppress(OSError, subprocess.CalledProcessError):
        tracked = subprocess.run(listing, capture_output=True, check=True).stdout.decode().split("\0")
        if "pyproject.toml" in tracked:
            return {name.partition("/")[0] for name in tracked if name and not name.startswith(".")}
    made = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    return {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - made


def test_the_top_level_is_fixed() -> None:
    assert top_level() - TOP_LEVEL == set()


def test_what_the_readme_says_to_type_leaves_nothing_beside_the_sources() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    reports = re.findall(r"--(?:html|json|junit|pcap)[ =]([\w./]+)", text)
    assert reports
    assert [path for path in reports if not path.startswith("reports/")] == []


def test_the_readme_starts_with_the_line_for_a_bare_machine() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert "apt-get install -y git make python3-venv" in first


def test_lint_types_and_layout_passed_before() -> None:
    """`.ci/test` runs them first and leaves the verdict here."""
    told = os.environ.get("SIPTRANSFER_CHECKS", "passed")
    assert told == "passed", "tox -e lint,types,layout failed; its output stands above"
