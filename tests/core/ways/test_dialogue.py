import json

import jsonschema
import pytest

from core.planning import Call, Cell
from core.ways import WAYS, Material
from core.ways.situations import KINDS, kind, messages

WAY = WAYS["dialogue"]
PLAN = {"asker": "a father", "wants": "to sleep", "withholds": "the dose", "turn": "he doubts"}


def _talk(*messages_):
    roles = ["user", "assistant"] * len(messages_)
    return [{"role": role, "content": text} for role, text in zip(roles, messages_, strict=False)]


@pytest.fixture
def whole(begin, recipe):
    return begin("dialogue", of=recipe("conversation"))


@pytest.fixture
def two_roles(begin, recipe):
    return recipe("conversation").model_copy(update={"dialogue": "two_roles"})


def test_the_example_of_the_reply_has_a_plan_and_fits_its_schema(whole):
    step, _ = whole
    line = next(line for line in step.ask.system.splitlines() if line.startswith('{"records"'))
    jsonschema.validate(json.loads(line), step.ask.schema)
    assert list(json.loads(line)["records"][0]) == ["plan", "turns"]


def test_conversations_are_kept_with_their_plans(whole, wording, recipe):
    step, call = whole
    rows = [
        {"plan": PLAN, "turns": _talk("a", "b", "c", "d")},
        {"conversations": [{"from": "human", "value": "e"}, {"from": "gpt", "value": "f"}]},
    ]
    read = WAY.read(call, wording(recipe("conversation")), step, json.dumps({"records": rows}))
    assert [len(made.record.turns) for made in read.made] == [4, 2]
    assert [made.notes for made in read.made] == [{"plan": PLAN}, {}]
    assert read.broken == ()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"plan": PLAN, "turns": _talk(*"abcdef")}, "It has 6 messages; 2 to 4 are wanted."),
        ({"plan": PLAN, "turns": _talk("a", "b", "c")}, "pairs of a user's and an assistant's"),
        ({"plan": PLAN}, "the keys of no known format"),
    ],
)
def test_a_conversation_of_another_length_or_form_is_asked_for_again(
    row, sentence, whole, wording, recipe
):
    step, call = whole
    read = WAY.read(call, wording(recipe("conversation")), step, json.dumps([row]))
    assert read.made == ()
    assert sentence in read.broken[0].explanation
    assert read.broken[0].again


def test_a_conversation_that_is_cut_off_costs_its_neighbour_nothing(whole, wording, recipe):
    step, call = whole
    text = json.dumps({"records": [{"plan": PLAN, "turns": _talk("a", "b")}] * 2})[:-20]
    read = WAY.read(call, wording(recipe("conversation")), step, text)
    assert len(read.made) == len(read.broken) == 1
    assert "cut off" in read.broken[0].explanation


def _say(step, call, wording, of, **said):
    jsonschema.validate(said, step.ask.schema)
    return WAY.read(call, wording(of), step, json.dumps(said))


def test_two_roles_write_message_by_message_until_the_length_is_reached(begin, wording, two_roles):
    step, call = begin("dialogue", Material(about="teething"), of=two_roles)
    assert (step.prompt, step.count) == ("dialogue-situation", 1)
    assert "teething" in step.ask.prompt
    said = ["My son is hot.", "How hot is he?", "39, since noon.", "Then call us."]
    step = _say(step, call, wording, two_roles, **PLAN).next
    for place, text in enumerate(said[: step.state["most"]]):
        asking = place % 2 == 0
        assert step.prompt == ("dialogue-asker" if asking else "dialogue-answerer")
        shown = f"{step.ask.system}\n{step.ask.prompt}"
        assert ("the dose" in shown) is asking
        assert all(earlier in shown for earlier in said[:place])
        more = {"done": False} if asking else {}
        read = _say(step, call, wording, two_roles, message=text, **more)
        step = read.next
    assert [turn.content for turn in read.made[0].record.turns] == said[: place + 1]
    assert (read.made[0].notes, read.next, read.broken) == ({"plan": PLAN}, None, ())


def test_the_asker_may_end_the_conversation_once_it_is_long_enough(begin, wording, two_roles):
    of = two_roles.model_copy(update={"turns": (4, 98)})
    step, call = begin("dialogue", of=of)
    step = _say(step, call, wording, of, **PLAN).next
    early = _say(step, call, wording, of, message="", done=True)
    assert (early.made, early.next) == ((), None)
    assert early.broken[0].explanation == "The conversation is too short to end here."
    for text in ("Hot.", "Since when?", "Noon.", "Come in."):
        more = {"done": False} if step.prompt == "dialogue-asker" else {}
        step = _say(step, call, wording, of, message=text, **more).next
    assert "set `done` to true instead" in step.ask.prompt
    read = _say(step, call, wording, of, message="", done=True)
    assert len(read.made[0].record.turns) == 4


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        ('{"message": " "}', "is empty"),
        ('{"message": "How hot is', "cut off"),
        ("I am sorry.", "no JSON"),
        ('{"message": "my son has been hot since noon, what should I do"}', "repeats an earlier"),
    ],
)
def test_a_message_that_fails_is_asked_for_again_and_nothing_is_kept(
    reply, sentence, begin, wording, two_roles
):
    step, call = begin("dialogue", of=two_roles)
    step = _say(step, call, wording, two_roles, **PLAN).next
    message = "My son has been hot since noon. What should I do?"
    answering = _say(step, call, wording, two_roles, message=message, done=False).next
    read = WAY.read(call, wording(two_roles), answering, reply)
    assert (read.made, read.next) == ((), None)
    assert sentence in read.broken[0].explanation
    again = wording(two_roles).correct(answering, reply, read.broken)
    mended = _say(again, call, wording, two_roles, message="Call us.")
    assert mended.next or mended.made
    assert WAY.read(call, wording(two_roles), again, reply).next is None


def test_a_situation_must_say_everything(begin, wording, two_roles):
    step, call = begin("dialogue", of=two_roles)
    read = WAY.read(call, wording(two_roles), step, json.dumps({**PLAN, "turn": " "}))
    assert read.broken[0].explanation == "It says nothing under turn."


def test_the_answerer_knows_the_system_text(begin, wording, two_roles, talk):
    seed = talk.model_copy(update={"system": "Be brief."})
    step, call = begin("dialogue", Material(seeds=(seed,)), of=two_roles)
    step = _say(step, call, wording, two_roles, **PLAN).next
    step = _say(step, call, wording, two_roles, message="Hot.", done=False).next
    assert "Be brief." in step.ask.prompt
    assert step.state["system"] == "Be brief."


def test_lengths_are_even_and_every_length_and_kind_has_its_turn(recipe):
    spec, cell = recipe().teachers[0], Cell("fever", None, "en")
    calls = [Call(number, spec, "dialogue", None, cell, 1) for number in range(0, 600, 6)]
    drawn = {(messages(call, 2, 6), kind(call)) for call in calls}
    assert drawn == {(length, one) for length in (2, 4, 6) for one in KINDS}
