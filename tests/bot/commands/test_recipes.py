"""`winnow recipe`: what is shown is a recipe again, and means the same."""

from pathlib import Path

import pytest

from bot import recipes
from core.recipe import parse

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*/recipe.yml"))
LEAST = """\
name: desk
goal: "Help: always."
format: conversation
language: zh
channel: C0123ABCD
teachers: anthropic:claude-haiku-4-5
"""
MORE = [
    "",
    "checks: {default: off}",
    "checks: {language: off, must_match: {last_answer: 'on|off'}, length: {answer: [3, 9]}}",
    "review: {queue_after: never, expire_after: 36h, share_comments: true}",
    "review: {queue_after: 90m, emoji: {skip: zzz}}",
    "reviewers: [channel, '@li']",
    "curators: '@kim'",
    "budget: {per_day_usd: 0.1, confirm_above_usd: 0}",
    "ui: en",
    "export: {to: [a/, b/], splits: {train: 1}, license: cc0-1.0}",
    "schedule: {timezone: Asia/Shanghai, batch: '0 9 * * mon-fri', export_unchanged: true}",
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_is_right_and_shown_as_it_is(path):
    recipe = recipes.check(path)
    assert recipe == parse(recipes.as_yaml(recipe))


@pytest.mark.parametrize("more", MORE)
def test_what_is_shown_is_the_same_recipe(more):
    recipe = parse(f"{LEAST}{more}\n")
    again = parse(recipes.as_yaml(recipe))
    assert recipes.shown(recipe) == recipes.shown(again)
    assert recipe.check_settings() == again.check_settings()
    assert recipe.model_copy(update={"checks": None}) == again.model_copy(update={"checks": None})


def test_a_teachers_settings_are_shown():
    settings = "temperature: [0.2, 1], price: {input: 0.25, output: 2}"
    teacher = f"[{{model: 'openai:m@http://127.0.0.1:9/v1', {settings}}}]"
    recipe = parse(LEAST.replace("anthropic:claude-haiku-4-5", teacher))
    (teacher,) = recipes.shown(recipe)["teachers"]
    assert teacher["price"] == {"input": 0.25, "output": 2.0}
    assert recipe == parse(recipes.as_yaml(recipe))


def test_defaults_are_filled_in():
    shown = recipes.shown(parse(LEAST))
    assert (
        shown["target"],
        shown["per_call"],
        shown["ask"],
        shown["ui"],
    ) == (500, 5, ["meta"], "zh")
    assert (shown["review"]["queue_after"], shown["review"]["expire_after"]) == ("7d", "never")
    assert (
        shown["checks"]["language"],
        shown["checks"]["must_match"],
        shown["checks"]["duplicates"]["threshold"],
    ) == ("on", "off", 0.7)
    assert shown["categories"] == {"general": 1.0}


def test_a_file_that_is_no_text_is_refused(winnow, tmp_path):
    (tmp_path / "recipe.yml").write_bytes(b"\xff\xfen\x00")
    ran = winnow("recipe", "check", "recipe.yml")
    assert (ran.status, ran.err) == (2, "recipe.yml is not UTF-8. Save it as UTF-8.\n")


def test_documents_that_give_nothing_are_told_of_and_a_missing_folder_is_refused(
    winnow, write_recipe, tmp_path
):
    path = write_recipe('"openai:small"', "documents: leaflets")
    assert "documents: leaflets cannot be read" in winnow("recipe", "check", path).err
    (tmp_path / "leaflets").mkdir()
    (tmp_path / "leaflets" / "a.md").write_text("Keep out of the sun.", "utf-8")
    (tmp_path / "leaflets" / "b.md").write_text(" ", "utf-8")
    for verb in ("check", "add"):
        ran = winnow("recipe", verb, path)
        assert (ran.status, ran.err) == (0, "b.md holds no text.\n")
