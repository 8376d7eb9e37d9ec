from datetime import timedelta
from decimal import Decimal

import jsonschema
import pytest

from core.recipe import json_schema, parse
from core.recipe_reading import read

SHORT = """\
name: greetings
goal: Greet people.
format: instruction
language: en
channel: "#greetings"
teachers: [anthropic:claude-haiku-4-5]
"""

LONG = """\
name: dermatology-zh
goal: 回答皮肤问题，安抚焦虑，不替代就诊。
format: conversation
language: [zh, en]
channel: C0123ABCD
teachers:
  - anthropic:claude-haiku-4-5
  - model: openai:qwen2.5:7b@http://gpu.local:8000/v1
    weight: 2
    temperature: [0.7, 1]
    concurrency: 4
    max_output_tokens: 2048
    price: {input: 0.10, output: "0.4"}
  - replay:replies.jsonl
curators: ["@ana", U0123ABCD]
reviewers: [channel, "@dermatologists"]
target: 40
categories: {acne: 2, eczema: 1}
difficulty: {easy: 1, hard: 0.5}
seeds: seeds.json
persona: {asker: an anxious patient, answerer: a careful dermatologist}
flow: [comfort, ask back, advise]
style: plain words
forbid: [drug doses]
turns: [4, 8]
per_call: 3
documents: leaflets/
ask: [seeds, documents, dialogue, augment]
augment: {kinds: shorter, most: 2}
dialogue: two_roles
prompt: mine.md
steer: auto
checks:
  language: off
  duplicates: {threshold: 0.8}
  length: {answer: [20, 3000], turn-1: [2, 500]}
  must_match: {last_answer: 就诊}
review:
  lead: 1
  max_votes: 3
  queue_after: 12h
  expire_after: 30d
  share_comments: true
  guidelines: https://example.org/rules
  emoji: {approve: [ok_hand], skip: shrug}
schedule:
  timezone: Asia/Shanghai
  batch: 0 9 * * mon-fri
  batch_size: 5
  max_open: 20
  export: 0 18 * * fri
  export_unchanged: true
budget: {per_day_usd: 2.50, total_usd: 60, confirm_above_usd: 0.5, per_person_day: 5}
export:
  formats: [alpaca, sharegpt]
  splits: {train: 0.8, test: 0.2}
  to: [out/]
  license: cc-by-4.0
  reviewer_names: pseudonym
ui: en
"""


def _with(key_line, text=SHORT):
    """The short recipe with one key replaced, or added at the end (line 7)."""
    key = key_line.partition(":")[0]
    lines = [key_line if line.startswith(f"{key}:") else line for line in text.splitlines()]
    return "\n".join(lines if key_line in lines else [*lines, key_line])


def test_a_short_recipe_has_the_documented_defaults():
    recipe = parse(SHORT)
    assert recipe.languages == ("en",)
    assert recipe.reviewers == "channel"
    assert (recipe.target, recipe.per_call, recipe.turns) == (500, 5, (2, 6))
    assert recipe.categories == {"general": 1}
    assert recipe.ask == ("meta",)
    assert recipe.ui == "en"
    assert recipe.review.queue_after == timedelta(days=7)
    assert recipe.review.expire_after is None
    assert recipe.budget.confirm_above_usd == Decimal("1.00")
    assert not recipe.budget.capped
    assert recipe.export.formats == ("alpaca",)
    assert recipe.export.splits == {"train": 0.9, "validation": 0.05, "test": 0.05}
    assert recipe.export.to == ("exports/",)
    assert recipe.schedule.zone.key == "UTC"


def test_every_key_may_be_set():
    recipe = parse(LONG)
    assert recipe.languages == ("zh", "en")
    assert recipe.reviewers == ("channel", "@dermatologists")
    assert recipe.seeds == ("seeds.json",)
    assert recipe.style == ("plain words",)
    assert recipe.ask == ("seeds", "documents", "dialogue", "augment")
    assert recipe.documents == "leaflets/"
    assert (recipe.augment.kinds, recipe.augment.most) == (("shorter",), 2)
    assert (recipe.dialogue, recipe.steer) == ("two_roles", "auto")
    assert recipe.turns == (4, 8)
    assert recipe.review.queue_after == timedelta(hours=12)
    assert recipe.schedule.batch == "0 9 * * mon-fri"
    assert recipe.budget.per_day_usd == Decimal("2.5")
    assert recipe.budget.capped
    assert recipe.export.formats == ("alpaca", "sharegpt")
    assert recipe.persona.asker == "an anxious patient"


def test_a_teacher_is_read_into_provider_name_and_address():
    told = [(t.provider, t.name, t.address) for t in parse(LONG).teachers]
    assert told == [
        ("anthropic", "claude-haiku-4-5", None),
        ("openai", "qwen2.5:7b", "http://gpu.local:8000/v1"),
        ("replay", "replies.jsonl", None),
    ]
    own = parse(LONG).teachers[1]
    assert (own.weight, own.temperature, own.max_output_tokens) == (2, (0.7, 1), 2048)
    assert own.price is not None
    assert (own.price.input, own.price.output) == (Decimal("0.1"), Decimal("0.4"))


def test_reasons_are_the_recipe_s_own_or_none():
    assert parse(SHORT).review.reasons == ()
    own = parse(SHORT + "review: {reasons: [wrong dose, no warning]}\n")
    assert own.review.reasons == ("wrong dose", "no warning")
    assert parse(SHORT + "review: {reasons: wrong dose}\n").review.reasons == ("wrong dose",)


def test_an_emoji_setting_replaces_its_own_verdict_alone():
    emoji = parse(LONG).review.emoji
    assert emoji["approve"] == ("ok_hand",)
    assert emoji["skip"] == ("shrug",)
    assert emoji["reject"] == parse(SHORT).review.emoji["reject"]
    assert emoji["flag"] == ("triangular_flag_on_post",)


@pytest.mark.parametrize(
    ("languages", "ui"),
    [("en", "en"), ("zh", "zh"), ("[zh, en]", "zh"), ("[de, zh-Hant]", "zh"), ("[no, fi]", "en")],
)
def test_the_language_of_the_cards_is_the_first_of_english_and_chinese(languages, ui):
    assert parse(_with(f"language: {languages}")).ui == ui


def test_norwegian_is_a_language_and_no_boolean():
    assert parse(_with("language: no")).languages == ("no",)


def test_seeds_are_asked_with_when_there_are_any():
    assert parse(_with("seeds: [a.json, b.jsonl]")).ask == ("seeds",)


def test_conversations_are_exported_as_sharegpt_unless_told_otherwise():
    text = _with("format: conversation")
    assert parse(text).export.formats == ("sharegpt",)
    assert parse(_with("export: {to: [out]}", text)).export.formats == ("sharegpt",)
    assert parse(_with("export: {formats: alpaca}", text)).export.formats == ("alpaca",)


def test_recipes_share_no_default_that_can_be_changed():
    first, second = parse(SHORT), parse(SHORT)
    assert first == second
    for one, other in [
        (first.categories, second.categories),
        (first.difficulty, second.difficulty),
        (first.checks.length, second.checks.length),
        (first.review.emoji, second.review.emoji),
        (first.export.splits, second.export.splits),
    ]:
        assert one is not other


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        (
            "{}",
            {
                "schema": {},
                "language": {},
                "length": {"question": (2, 4000), "answer": (1, 12000)},
                "duplicates": {"threshold": 0.7, "fields": "question"},
            },
        ),
        ("{default: off}", {"schema": {}}),
        (
            "{default: off, duplicates: on}",
            {"schema": {}, "duplicates": {"threshold": 0.7, "fields": "question"}},
        ),
        (
            "{default: off, duplicates: {fields: answer}, must_match: {each_answer: a+}}",
            {
                "schema": {},
                "must_match": {"each_answer": "a+"},
                "duplicates": {"threshold": 0.7, "fields": "answer"},
            },
        ),
        ("{language: off, length: false, duplicates: 'off'}", {"schema": {}}),
        (
            "{default: off, length: {output: [5, 10]}}",
            {"schema": {}, "length": {"output": (5, 10)}},
        ),
        (
            "{default: off, length: on}",
            {"schema": {}, "length": {"question": (2, 4000), "answer": (1, 12000)}},
        ),
    ],
)
def test_the_checks_that_are_on_have_their_settings_whole(checks, expected):
    assert parse(_with(f"checks: {checks}")).check_settings() == expected


@pytest.mark.parametrize("text", [SHORT, LONG])
def test_the_json_schema_accepts_real_recipes(text):
    jsonschema.validate(read(text, "r.yml").data, json_schema())


@pytest.mark.parametrize(
    "key_line",
    [
        "chanel: x",
        "language: 5",
        "ask: evolved",
        "steer: automatic",
        "teachers: [{weight: 1}]",
        "checks: {length: {output: 5}}",
        "checks: {language: }",
        "review: {queue_after: 7}",
        "export: {formats: dpo}",
        "reviewers: 1",
    ],
)
def test_the_json_schema_refuses_what_an_editor_can_see(key_line):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(read(_with(key_line), "r.yml").data, json_schema())


def test_the_json_schema_is_one_and_describes_every_key():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    mappings = [schema, *schema["$defs"].values()]
    silent = [
        (mapping["title"], key)
        for mapping in mappings
        for key, value in mapping.get("properties", {}).items()
        if not value.get("description")
    ]
    assert silent == []
