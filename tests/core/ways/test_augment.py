import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.planning import Call, Cell
from core.recipe_ways import VARIANTS, Augment
from core.records import Conversation, Instruction, Turn, to_json
from core.ways import WAYS, Material, Step

TASK = Instruction(
    instruction="May a child of 6 take it?",
    input="21 kg",
    output="Yes, it may.",
    system="Be brief.",
)
OTHER = Instruction(instruction="How do I lower a fever at night?", output="Give it water.")


def _talk(*texts):
    roles = ("user", "assistant") * (len(texts) // 2)
    turns = (Turn(role=role, content=text) for role, text in zip(roles, texts, strict=True))
    return Conversation(turns=tuple(turns))


TALK = _talk("He is hot!", "How hot?", "39 degrees.", "Let him drink a lot, please.")


@pytest.fixture(scope="session")
def ask(recipe, wording, parent):
    """The first step for one kind of variant, with what its replies are read by."""

    def make(variant, *records, kind="instruction", language="en", number=0, langs=("en", "zh")):
        augment = Augment(kinds=variant)
        of = recipe(kind).model_copy(update={"augment": augment, "languages": langs})
        cell = Cell("fever", "hard", language)
        parents = tuple(parent(record, n, cell=cell) for n, record in enumerate(records, 1))
        call = Call(number, of.teachers[0], "augment", None, cell, len(records))
        step = WAYS["augment"].begin(call, wording(of), Material(parents=parents))

        def read(reply, of_step=step):
            again = Step.from_json(json.loads(json.dumps(of_step.to_json())))
            text = reply if isinstance(reply, str) else json.dumps({"variants": reply})
            return WAYS["augment"].read(call, wording(of), again, text)

        return step, read, wording(of)

    return make


def test_a_rewording_keeps_everything_but_the_question(ask):
    step, read, _ = ask("paraphrase", TASK, OTHER)
    (made, second) = read([
        {"number": 2, "instruction": "At night, what brings a fever down?"},
        {"number": 1, "instruction": "Is it allowed for a child of 6?"},
    ]).made  # fmt: skip
    question = "Is it allowed for a child of 6?"
    assert made.record == TASK.model_copy(update={"instruction": question})
    assert (made.parent.sample, made.variant, made.cell) == (1, "paraphrase", made.parent.cell)
    assert second.parent.record == OTHER
    assert step.count == 2


def test_a_conversation_gives_the_users_messages_alone(ask):
    step, read, _ = ask("colloquial", TALK, kind="conversation")
    assert "messages" in step.ask.schema["properties"]["variants"]["items"]["properties"]
    (made,) = read([{"number": 1, "messages": ["He's burning up!", "39, I guess."]}]).made
    said = [turn.content for turn in made.record.turns]
    assert said == ["He's burning up!", "How hot?", "39, I guess.", "Let him drink a lot, please."]


def test_a_shorter_answer_leaves_the_question_as_it_is(ask):
    _, read, _ = ask("shorter", TALK, kind="conversation")
    (made,) = read([{"number": 1, "answers": ["How?", "Drink, please."]}]).made
    said = [turn.content for turn in made.record.turns]
    assert said == ["He is hot!", "How?", "39 degrees.", "Drink, please."]


@pytest.mark.parametrize(
    "row",
    [
        {"number": "1.", "question": "Is it allowed for a child of 6?"},
        {"instruction": "Is it allowed for a child of 6?", "input": "21 kg", "output": "?"},
        {"messages": ["Is it allowed for a child of 6?"]},
        {
            "turns": [
                {"role": "user", "content": "Is it allowed for a child of 6?"},
                {"role": "assistant", "content": "x"},
            ]
        },
        "Is it allowed for a child of 6?",
    ],
)
def test_a_reply_in_another_shape_is_understood(row, ask):
    _, read, _ = ask("paraphrase", TASK)
    (made,) = read([row]).made
    assert made.record.instruction == "Is it allowed for a child of 6?"
    assert made.record.output == TASK.output


@pytest.mark.parametrize("variant", ["incomplete", "false-premise", "injection", "declined"])
def test_a_question_asked_otherwise_brings_its_own_answer(variant, ask):
    step, read, _ = ask(variant, TASK)
    whole = {
        "instruction": "May it take it?",
        "input": "",
        "output": "How old is it?",
        "history": [],
    }
    (made,) = read([{"number": 1, **whole}]).made
    assert (made.record.output, made.record.input) == ("How old is it?", "")
    assert made.record.system == "Be brief."
    assert "system" not in step.ask.schema["properties"]["variants"]["items"]["properties"]


def test_a_translation_is_of_the_other_language(ask):
    step, read, _ = ask("translation", TASK)
    assert step.language == "zh"
    assert "译成简体中文" in step.ask.prompt
    row = {"instruction": "6岁的孩子能吃吗？", "input": "21公斤", "output": "可以吃。"}
    (made,) = read([{"number": 1, "system": "简短回答。", "history": [], **row}]).made
    assert made.cell == Cell("fever", "hard", "zh")
    assert made.record.system == "简短回答。"


def test_a_back_translation_goes_through_another_language_without_the_original(ask):
    step, read, wording = ask("back-translation", TASK, OTHER, langs=("en",))
    assert step.language == "zh"
    assert "Yes, it may." not in step.ask.prompt
    there = read([
        {"number": 1, "messages": ["6岁的孩子可以吃吗？"]},
        {"number": 2, "messages": ["How do I lower it?"]},
    ])  # fmt: skip
    assert there.made == ()
    assert "Number 2: Its question is written in Latin" in there.broken[0].explanation
    back = there.next
    assert (back.language, back.count) == ("en", 1)
    assert "6岁的孩子可以吃吗？" in back.ask.prompt
    assert "child" not in back.ask.prompt
    (made,) = read([{"number": 1, "messages": ["Can children of 6 have it?"]}], back).made
    assert made.record == TASK.model_copy(update={"instruction": "Can children of 6 have it?"})
    assert (made.variant, made.notes) == ("back-translation", {"pivot": "zh"})
    again = wording.correct(
        step, json.dumps({"variants": [{"number": 1, "messages": ["6岁能吃？"]}]}), there.broken
    )
    rest = read([{"number": 2, "messages": ["夜里怎样退烧？"]}], again)
    assert rest.broken == ()
    assert [one["sample"] for one in rest.next.state["parents"]] == [2]


def test_a_variant_that_breaks_its_rule_is_asked_for_once_more(ask):
    _, read, _ = ask("paraphrase", TASK, OTHER)
    found = read([
        {"number": 1, "instruction": "may a CHILD of 6 take it"},
        {"number": 2, "instruction": ["One?", "Two?"]},
    ])  # fmt: skip
    assert found.made == ()
    assert [piece.again for piece in found.broken] == [True, True]
    first, second = (piece.explanation for piece in found.broken)
    assert first == "Number 1: It has the same words as the sample."
    assert second.startswith("Number 2: It has 2 texts where the sample has 1")


def test_a_correction_is_read_for_what_was_still_open(ask):
    step, read, wording = ask("paraphrase", TASK, OTHER)
    reply = json.dumps({"variants": [{"number": 1, "instruction": "Is it for 6 year olds?"}]})
    (missing,) = read(reply).broken
    assert missing.explanation == "Number 2 is missing."
    again = wording.correct(step, reply, [missing])
    rows = [{"instruction": "What lowers a fever at night?"}]
    assert [made.parent.sample for made in read(rows, again).made] == [2]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", ["instruction", "conversation"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_task_is_worded_in_both_languages_and_shows_a_reply_that_fits(
    variant, kind, language, ask
):
    record = TASK if kind == "instruction" else TALK
    step, *_ = ask(variant, record, kind=kind, language=language)
    line = next(li for li in step.ask.system.splitlines() if li.startswith('{"variants"'))
    jsonschema.validate(json.loads(line), step.ask.schema)
    head = step.ask.prompt.split("<samples>")[0]
    assert len(head) > 60
    assert "{" not in head
    assert ("请" in head) == (step.language == "zh")


def test_every_kind_has_its_turn_even_where_another_way_takes_every_second_call(ask):
    seen = {ask(VARIANTS, TASK, number=n)[0].state["variant"] for n in range(0, 120, 2)}
    assert seen == set(VARIANTS)


def test_with_one_language_translations_are_passed_over(ask):
    kinds = ("translation", "shorter")
    seen = {ask(kinds, TASK, number=n, langs=("en",))[0].state["variant"] for n in range(9)}
    assert seen == {"shorter"}


def test_a_row_that_nests_without_end_is_explained(ask):
    _, read, _ = ask("declined", TASK)
    deep = json.loads("[" * 400 + "]" * 400)
    (broken,) = read([{"number": 1, "instruction": deep, "output": "x"}]).broken
    assert broken.explanation == "Number 1: instruction is no text."


ROWS = st.fixed_dictionaries(
    {"number": st.sampled_from([1, 2, "2", 9, None])},
    optional={
        key: st.one_of(st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3), st.none())
        for key in ("instruction", "messages", "output", "answers", "input", "turns", "history")
    },
)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(VARIANTS), st.lists(ROWS, max_size=3))
def test_rows_of_any_shape_are_read_or_explained(ask, variant, rows):
    _, read, _ = ask(variant, TASK, OTHER)
    found = read(rows)
    assert found.made or found.broken or found.next
    for made in found.made:
        to_json(made.record).encode()
