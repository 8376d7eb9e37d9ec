"""import-linter's contracts (pyproject.toml), and what they cannot say of core."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CORE_MAY_IMPORT = sys.stdlib_module_names | {
    "core",
    "jinja2",
    "numpy",
    "pydantic",
    "pydantic_core",
    "rapidfuzz",
    "ruamel",
}

HOME = {
    "anthropic": "core/teachers/anthropic.py",
    "bs4": "core/documents/html.py",
    "docx": "core/documents/docx.py",
    "openai": "core/teachers/openai.py",
    "pypdf": "core/documents/pdf.py",
}
"""Libraries that one file of core alone may import."""


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, wherever in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return {name.partition(".")[0] for name in names}


def asks_the_clock(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    )


def test_imports_keep_to_the_layers(root):
    lint = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([lint], cwd=root, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_core_outside_teachers_imports_only_what_the_design_allows(root):
    strange = {
        f"{path.relative_to(root)}: {name}"
        for path in (root / "core").rglob("*.py")
        if "teachers" not in path.parts
        for name in imported(path) - CORE_MAY_IMPORT - HOME.keys()
    }
    assert strange == set()


@pytest.mark.parametrize(("library", "home"), HOME.items())
def test_what_only_one_thing_needs_is_imported_by_one_file(root, library, home):
    rooms = ("bot", "core", "prompts", "sandbox", "storage")
    importers = {
        path.relative_to(root).as_posix()
        for room in rooms
        for path in (root / room).rglob("*.py")
        if library in imported(path)
    }
    assert importers == {home}


def test_core_outside_teachers_asks_no_clock(root):
    asking = {
        f"{path.relative_to(root)}:{node.lineno}"
        for path in (root / "core").rglob("*.py")
        if "teachers" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if asks_the_clock(node)
    }
    imports = {
        f"{path.relative_to(root)}: time"
        for path in (root / "core").rglob("*.py")
        if "teachers" not in path.parts and "time" in imported(path)
    }
    assert asking | imports == set()
