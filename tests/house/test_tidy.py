"""The size and the habits of every file of ours."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("polidat", "pipelines", "pages", "stripe_sandbox")
FILES = sorted(
    path for room in OURS for path in (ROOT / room).rglob("*.py") if "migrations/versions" not in path.as_posix()
)

BANNED = {
    r"\bFIXME\b|\bTODO\b": "open an issue",
    r"datetime\.now\(": "take `now` as an argument",
    r"\.commit\(\)": "the unit of work commits",
    r"\bprint\(": "return it, or tell the progress",
}
FLOATS = {r"\bfloat\(": "money is integers in minor units"}
MAY_TELL_THE_TIME = ("polidat/wiring/house.py", "stripe_sandbox/")
MAY_COMMIT = ("polidat/db/", "stripe_sandbox/")


def faults_of(source: str, name: str) -> list[str]:
    """Return what is untidy in a file, one sentence each."""
    tree = ast.parse(source)
    faults = [f"{name}: {lines} lines, at most 400" for lines in [len(source.splitlines())] if lines > 400]
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    if len(imports) > 20 and not name.endswith("__init__.py"):
        faults.append(f"{name}: {len(imports)} import statements, at most 20")
    for each in ast.walk(tree):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and body_lines(each) > 40:
            faults.append(f"{name}: {each.name} has {body_lines(each)} body lines, at most 40")
    faults += [
        f"{name}: `{pattern}`: {instead}" for pattern, instead in banned_in(name).items() if re.search(pattern, source)
    ]
    if name.startswith("pages/"):
        faults += drawn_inside_a_unit_of_work(tree, name)
    return faults


def banned_in(name: str) -> dict[str, str]:
    """Return the patterns that must not occur in this file, with what to do instead."""
    banned = dict(BANNED)
    if name.startswith(MAY_TELL_THE_TIME):
        del banned[r"datetime\.now\("]
    if name.startswith(MAY_COMMIT):
        del banned[r"\.commit\(\)"]
    if name.startswith(("polidat/cli", "stripe_sandbox/")):
        del banned[r"\bprint\("]
    if name.startswith(("polidat/ledger/", "polidat/payments/")):
        banned |= FLOATS
    return banned


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body; a docstring is free."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def drawn_inside_a_unit_of_work(tree: ast.AST, name: str) -> list[str]:
    """Every st. call may raise a rerun, which would roll the write back and tell nobody."""
    return [
        f"{name}:{inner.lineno}: st.{inner.attr} inside a unit of work"
        for each in ast.walk(tree)
        if isinstance(each, ast.With) and any("unit_of_work" in ast.unparse(item.context_expr) for item in each.items)
        for inner in ast.walk(each)
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == "st"
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_file_is_tidy(path: Path):
    assert faults_of(path.read_text(), path.relative_to(ROOT).as_posix()) == []


def test_a_planted_offender_is_found():
    offender = "def f():\n" + "    x = 1\n" * 41 + "# TODO: later\n"
    drawing = "with house().unit_of_work() as session:\n    st.success('x')\n"

    assert len(faults_of(offender, "polidat/x.py")) == 2
    assert len(faults_of(drawing, "pages/x.py")) == 1
    assert len(faults_of("x = 1\n" * 401, "polidat/x.py")) == 1
    assert len(faults_of("x = float('1')\n", "polidat/ledger/x.py")) == 1
