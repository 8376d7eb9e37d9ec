"""Everything a person can name is written down, and nothing that is written down is missing."""

import ast
import re
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from bot import cli
from core.recipe import json_schema
from core.votes import State

ROOMS = ("bot", "core", "prompts", "sandbox", "storage")
SETTING = re.compile(r"(?:SLACK|WINNOW|ANTHROPIC|OPENAI)_[A-Z_]*[A-Z]")


@pytest.fixture(scope="module")
def pages(root):
    paths = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}


@pytest.fixture(scope="module")
def quoted(pages):
    """Every word that the documentation shows as code, in backticks or in a block."""
    code = re.findall(r"```.*?```|`[^`\n]+`", "\n".join(pages.values()), re.DOTALL)
    return {word for span in code for word in re.findall(r"[\w-]+", span)}


def commands(command: TyperCommand | TyperGroup, path: str) -> Iterator[tuple[str, TyperCommand]]:
    if not isinstance(command, TyperGroup):
        yield path, command
        return
    for name, below in command.commands.items():
        if not below.hidden:
            yield from commands(below, f"{path} {name}")


def keys(schema: object) -> Iterator[str]:
    """The names of all properties, at whatever depth."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        schema = list(schema.values())
    if isinstance(schema, list):
        for item in schema:
            yield from keys(item)


def settings_named(paths) -> set[str]:
    """The environment variables that stand as whole strings in the code."""
    return {
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SETTING.fullmatch(node.value)
    }


def test_the_readme_lists_every_command_and_no_other(pages):
    every = dict(commands(typer.main.get_command(cli.app), "winnow"))
    listed = re.findall(r"^\| `(winnow [a-z -]+)` \|", pages["README.md"], re.MULTILINE)
    assert sorted(listed) == sorted(every)


def test_every_command_has_help():
    every = commands(typer.main.get_command(cli.app), "winnow")
    assert [path for path, command in every if not command.help] == []


def test_the_readme_lists_every_setting_and_no_other(root, pages):
    rows = re.findall(r"^\| (`[A-Z].*?) \|", pages["README.md"], re.MULTILINE)
    used = settings_named(path for room in ROOMS for path in (root / room).rglob("*.py"))
    assert {name for row in rows for name in SETTING.findall(row)} == used


def test_the_settings_of_the_tests_are_written_down(root, quoted):
    used = settings_named(
        path for room in ("tests", "bench") for path in (root / room).rglob("*.py")
    )
    assert used - quoted == set()


def test_every_key_of_a_recipe_is_written_down(quoted):
    assert set(keys(json_schema())) - quoted == set()


def test_every_state_is_written_down(quoted):
    assert {state.value for state in State} - quoted == set()


def test_every_prompt_is_written_down(root, quoted):
    names = {path.name.partition(".")[0] for path in (root / "prompts").glob("*.md")}
    assert names, "no prompt was found"
    assert names - quoted == set()


def test_it_is_told_why_each_scope_is_needed(root, pages):
    scopes = set(
        re.findall(
            r"^ +- ([a-z]+:[a-z]+|commands) #", (root / "manifest.yml").read_text("utf-8"), re.M
        )
    )
    listed = set(re.findall(r"^\| `([a-z:]+)` \|", pages["docs/security.md"], re.MULTILINE))
    assert listed == scopes


def test_links_between_pages_lead_somewhere(root, pages):
    broken = [
        f"{page}: {target}"
        for page, text in pages.items()
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
        if not (root / page).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_every_picture_is_made_by_a_make_target_and_shown_on_a_page(root, pages):
    folder = root / "docs" / "pictures"
    taken = re.findall(r'Picture\("([\w-]+)"', (folder / "take.py").read_text("utf-8"))
    simulation = (root / "bench" / "simulation" / "steering.py").read_text("utf-8")
    taken += re.findall(r'"pictures" / "([\w-]+)\.png"', simulation)
    shown = {
        (root / page).parent.joinpath(target).resolve().relative_to(root).as_posix()
        for page, text in pages.items()
        for target in re.findall(r'(?:!\[[^]]*\]\(|src=")([^")]+)', text)
    }
    there = {path.relative_to(root).as_posix() for path in folder.glob("*.png")}
    assert shown == there == {f"docs/pictures/{name}.png" for name in taken}
