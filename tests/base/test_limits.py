"""The bounds of the program."""

import ast
from pathlib import Path

from harness.base import limits


def test_every_bound_is_positive_and_says_why() -> None:
    tree = ast.parse(Path(limits.__file__).read_text(encoding="utf-8"))
    names = [
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    assert names
    for name in names:
        assert getattr(limits, name) > 0, name
    for before, after in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(before, ast.Assign):
            assert isinstance(after, ast.Expr), ast.unparse(before)


def test_every_bound_is_used() -> None:
    package = Path(limits.__file__).parents[1]
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py")) if path.name != "limits.py"
    )
    unused = [name for name in vars(limits) if name.isupper() and name not in source]
    assert unused == []
