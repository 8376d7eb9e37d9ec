"""Rule 1: `Approved` is minted in two places, and nowhere else by whatever trick."""

import ast
from pathlib import Path

MINTS = {"core/votes.py", "storage/exports.py"}
ROOMS = ("bot", "core", "prompts", "sandbox", "storage")


def names_approved(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == "Approved") or (
        isinstance(node, ast.Attribute) and node.attr == "Approved"
    )


def mints(call: ast.Call) -> bool:
    """`Approved(…)`, `Approved.anything(…)`, or Approved handed to a call as an argument.

    The last covers `cast(Approved, …)`, `object.__new__(Approved)` and `partial(Approved, …)`;
    `isinstance` alone may look at the type.
    """
    if isinstance(call.func, ast.Name) and call.func.id == "isinstance":
        return False
    through = isinstance(call.func, ast.Attribute) and names_approved(call.func.value)
    handed = [*call.args, *(keyword.value for keyword in call.keywords)]
    quoted = any(isinstance(arg, ast.Constant) and arg.value == "Approved" for arg in handed)
    return names_approved(call.func) or through or quoted or any(map(names_approved, handed))


def minting_lines(source: str) -> list[int]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return sorted(call.lineno for call in calls if mints(call))


def aliases(source: str) -> list[int]:
    """Lines that give the type another name, under which it could be minted unseen."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found = any(a.name == "Approved" and a.asname for a in node.names)
        elif isinstance(node, ast.Assign):
            found = names_approved(node.value)
        elif isinstance(node, ast.ClassDef):
            found = any(map(names_approved, node.bases))
        else:
            found = isinstance(node, ast.keyword) and names_approved(node.value)
        if found:
            lines.append(getattr(node, "lineno", 0))
    return lines


def sources(root: Path) -> dict[str, str]:
    paths = [path for room in ROOMS for path in (root / room).rglob("*.py")]
    return {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in paths}


def test_approved_is_minted_once_in_each_of_its_two_places(root):
    minted = {
        name: len(lines) for name, text in sources(root).items() if (lines := minting_lines(text))
    }
    assert minted == dict.fromkeys(MINTS, 1)


def test_approved_has_no_other_name(root):
    assert {name for name, text in sources(root).items() if aliases(text)} == set()


def test_the_search_finds_every_way_to_mint():
    tricks = [
        "Approved(record_id='r')",
        "approved.Approved(record_id='r')",
        "Approved.model_construct()",
        "cast(Approved, row)",
        "cast('Approved', row)",
        "object.__new__(Approved)",
    ]
    assert [trick for trick in tricks if not minting_lines(trick)] == []
    assert minting_lines("isinstance(x, Approved)") == []


def test_the_search_finds_every_other_name():
    tricks = [
        "from core.approved import Approved as A",
        "A = Approved",
        "class Mine(Approved): ...",
    ]
    assert [trick for trick in tricks if not aliases(trick)] == []
