"""What people read: the same in both languages, all of it used."""

import ast
import string
from pathlib import Path

import pytest

from bot.texts import en, say, zh

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "core", "storage")


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def bases(texts):
    return {key.removesuffix(".one") for key in texts}


def trees(*rooms):
    files = [file for room in rooms for file in (ROOT / room).rglob("*.py")]
    return [
        ast.parse(file.read_text(encoding="utf-8"))
        for file in files
        if file.parent != ROOT / "bot" / "texts"
    ]


def calls(tree):
    """Each `say(lang, "key", name=…)` with a literal key: the key and the names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "say":
            for key in (part for part in node.args[1:2] if isinstance(part, ast.Constant)):
                yield key.value, {keyword.arg for keyword in node.keywords}


def literals(tree):
    """Every string in the code; the store writes a key down as `key` or `key:details`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(":")[0]


def test_both_languages_say_the_same_things():
    assert bases(en.TEXTS) == bases(zh.TEXTS)


@pytest.mark.parametrize("key", sorted(bases(en.TEXTS)))
def test_both_languages_take_the_same_values(key):
    assert placeholders(en.TEXTS[key]) == placeholders(zh.TEXTS[key])


@pytest.mark.parametrize("texts", [en.TEXTS, zh.TEXTS], ids=["en", "zh"])
def test_a_variant_for_one_belongs_to_a_text_that_counts(texts):
    for key in texts:
        if key.endswith(".one"):
            base = texts[key.removesuffix(".one")]
            assert "n" in placeholders(base)
            assert placeholders(base) - {"n"} == placeholders(texts[key]) - {"n"}


def test_every_text_that_is_said_exists():
    said = {key for tree in trees("bot") for key, _ in calls(tree)}
    assert said - set(en.TEXTS) == set()


def test_every_text_is_given_the_values_it_takes():
    for tree in trees("bot"):
        for key, names in calls(tree):
            assert None in names or names == placeholders(en.TEXTS[key]), key


def test_every_text_is_used():
    used = {text for tree in trees(*ROOMS) for text in literals(tree)}
    assert bases(en.TEXTS) - used == set()


@pytest.mark.parametrize(
    ("lang", "n", "expected"),
    [("en", 1, "~1 min"), ("en", 2, "~2 min"), ("zh", 2, "约2分钟")],
)
def test_a_text_is_said_in_a_language(lang, n, expected):
    assert say(lang, "minutes", n=n) == expected


def test_one_of_something_is_singular():
    assert say("en", "left_out", n=1) == "… 1 turn left out"
    assert say("en", "left_out", n=2) == "… 2 turns left out"
    assert say("zh", "left_out", n=1) == "…… 略去 1 条"


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ("exported", {"version": "v0001"}, "Export v0001: 1 record · +1 · corrected 0 · "),
        ("stats_rate", {"share": "100%"}, "*100%* of 1 decided is approved"),
        ("stats_agreement_none", {"least": 30}, "there is 1."),
    ],
)
def test_one_record_is_not_spoken_of_as_many(key, values, expected):
    counts = {"added": 1, "corrected": 0, "withdrawn": 0} if key == "exported" else {}
    assert expected in say("en", key, n=1, **values, **counts)


@pytest.mark.parametrize(("lang", "home"), [("en", "in your Home"), ("zh", "您的主页")])
def test_where_a_frozen_sample_is_settled_is_told_whole(lang, home):
    told = say(lang, "frozen", sample="7")
    assert home in told
    assert "`/winnow status`" in told


def test_values_with_braces_are_put_in_as_they_are():
    assert say("en", "correction_invalid", error="{x}") == "This cannot be saved: {x}"
