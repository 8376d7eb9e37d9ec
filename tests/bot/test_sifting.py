"""From a stored reply to what is kept of it: reading, sifting, and the entries of the log."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.pending import Pending
from bot.prompting import Prompting
from bot.reading import Answer, Reading, read_reply
from bot.sifting import Sieve
from core.errors import UsageError
from core.parsing import Broken
from core.planning import Call, Cell
from core.recipe import parse
from core.records import Instruction
from core.ways import WAYS, Made, Material, Parent
from storage.reading import Look
from storage.samples import Known

RECIPE = """\
name: desk
goal: Answers questions about a backup box.
format: instruction
language: en
channel: "#desk"
teachers: ["openai:m@http://127.0.0.1:9/v1"]
"""
CELL = Cell("setup", "hard", "en")
GOOD = '{"instruction": "Where does it go?", "output": "Into the router."}'
BAD = '{"instruction": "Why?", "output": ""}'
PARENT = Parent(7, 2, Instruction(instruction="How do I reset it?", output="Hold it."), CELL, 3)


@pytest.fixture
def recipe():
    return lambda more="": parse(RECIPE + more)


@pytest.fixture
def wording(recipe):
    return Prompting(recipe(), Path()).wording


@pytest.fixture
def pending(recipe, wording):
    """A request for three records."""
    call = Call(4, recipe().teachers[0], "meta", None, CELL, 3)
    step = WAYS["meta"].begin(call, wording, Material())
    return Pending(call, step, ("0" * 12,), "the blue light", "U1")


@pytest.fixture
def answer(pending):
    return lambda text, stop="end": Answer(9, pending, text, stop, "m-2026", Decimal("0.03"))


@pytest.fixture
def reading(answer):
    """A reading that gave these; its call may be of another way."""

    def make(*made, broken=(), way="meta"):
        told = answer("")
        call = replace(told.pending.call, way=way)
        told = replace(told, pending=replace(told.pending, call=call))
        return Reading(told, made, broken, ())

    return make


def look(*known, families=(), variants=()):
    return Look(frozenset({9}), list(known), dict(families), dict(variants))


def record(asked="Where does it go?", **more):
    return Instruction(instruction=asked, output="Into the router.", **more)


def test_a_request_comes_back_from_the_log_as_it_was_and_with_its_key(pending, wording, recipe):
    correction = wording.correct(pending.step, "x", [Broken("x", "It is no JSON.")])
    for one in (pending, pending.then(correction, corrects=9), pending.again()):
        back = Pending.from_json(json.loads(json.dumps(one.json)), recipe())
        assert (back, back.key) == (one, one.key)


def test_a_key_tells_apart_whatever_makes_another_answer_or_another_request(pending, wording):
    ask = pending.step.ask
    changed = [
        replace(pending, step=replace(pending.step, ask=replace(ask, **{name: value})))
        for name, value in [
            ("system", "s"), ("prompt", "p"), ("previous", (("user", "u"),)), ("schema", None),
            ("max_output_tokens", 1), ("temperature", 0.5),
        ]
    ]  # fmt: skip
    spec = pending.call.teacher.model_copy(update={"model": "openai:m@http://127.0.0.1:8/v1"})
    changed += [
        replace(pending, call=replace(pending.call, teacher=spec)),
        replace(pending, call=replace(pending.call, number=5)),
        pending.then(pending.step),
        pending.then(wording.correct(pending.step, "x", [Broken("x", "y")]), corrects=9),
        pending.again(),
    ]
    keys = {one.key for one in (pending, *changed)}
    assert len(keys) == 1 + len(changed)
    assert replace(pending, about="another", person="U2").key == pending.key


def test_a_request_of_a_teacher_that_is_gone_can_still_be_read(pending, recipe):
    text = RECIPE.replace("openai:m@http://127.0.0.1:9/v1", "anthropic:claude-haiku-4-5")
    back = Pending.from_json(pending.json, parse(text))
    assert back.call.teacher.model == pending.call.teacher.model


def test_what_is_broken_is_asked_for_again_by_itself_and_once(answer, wording):
    read = read_reply(answer(f'{{"records": [{GOOD}, {BAD}]}}'), wording)
    assert (len(read.made), len(read.broken)) == (1, 1)
    (correction,) = read.further
    assert (correction.step.corrects, correction.step.count, correction.corrects) == (True, 1, 9)
    assert (correction.place, correction.expects, correction.call.number) == (1, 1, 4)
    again = replace(answer(BAD), pending=correction)
    assert read_reply(again, wording).further == ()


def test_a_reply_that_gave_nothing_is_asked_for_in_full_and_a_refusal_not_at_all(answer, wording):
    (correction,) = read_reply(answer("Sure thing!"), wording).further
    assert correction.step.count == 3
    refused = read_reply(answer("I can't help with that.", "refusal"), wording)
    assert refused.further == ()
    assert [piece.explanation for piece in refused.broken] == ["The teacher refused to answer."]
    assert len(read_reply(answer(GOOD, "refusal"), wording).made) == 1


def test_a_piece_that_no_asking_mends_is_kept_and_not_asked_for(answer, wording):
    read = read_reply(answer(f'{{"records": [{GOOD}, {BAD}]}}'), wording)
    told = Reading(read.answer, read.made, tuple(replace(b, again=False) for b in read.broken), ())
    sieve = Sieve(wording.recipe)
    (settling,) = sieve.sift([told], look())
    assert [new.reason for new in settling.news] == [None, "schema"]


def test_a_sample_remembers_where_it_comes_from(reading, recipe):
    made = Made(record(), notes={"operation": "deepen"})
    (settling,) = Sieve(recipe()).sift([reading(made, broken=(Broken("x", "y"),))], look())
    new, discarded = settling.news
    assert new.origin == {
        "teacher": "openai:m@http://127.0.0.1:9/v1",
        "model": "m-2026",
        "ask": "meta",
        "prompt": "meta",
        "prompt_hash": new.origin["prompt_hash"],
        "parameters": {"max_output_tokens": 4096, "count": 3},
        "seeds": ["0" * 12],
        "request": 9,
        "about": "the blue light",
        "cost_usd": "0.01500000",
        "operation": "deepen",
    }
    assert (new.category, new.difficulty, new.language, new.request_id) == (*CELL, 9)
    assert (discarded.reason, discarded.raw, discarded.explanation) == ("schema", "x", "y")


def test_a_reply_that_is_read_already_gives_nothing(reading, recipe):
    done = replace(look(), unread=frozenset())
    assert Sieve(recipe()).sift([reading(Made(record()))], done) == []


def test_what_other_runs_brought_meanwhile_is_not_brought_again(reading, recipe):
    sieve = Sieve(recipe())
    sieve.know([Known(3, 3, record())])
    other = Known(12, 12, record("Is it loud at night?"))
    made = [Made(record("Is it loud at night?")), Made(record("What does it cost?"))]
    (settling,) = sieve.sift([reading(*made)], look(other))
    assert [new.reason for new in settling.news] == ["duplicate", None]
    assert sieve.seen == 12


def test_a_variant_belongs_to_its_parents_family_and_cell(reading, recipe):
    other = Cell("backup", None, "en")
    variant = Made(record("How do I reset it, please?"), other, PARENT, "paraphrase")
    sieve = Sieve(recipe())
    sieve.know([Known(7, 3, PARENT.record)])
    (settling,) = sieve.sift([reading(variant)], look(families={7: 3}))
    (new,) = settling.news
    assert (new.reason, new.parent_id, new.family) == (None, 7, 3)
    assert (new.category, new.difficulty) == ("backup", None)
    assert (new.origin["parent"], new.origin["variant"]) == (7, "paraphrase")


def test_a_parent_alone_is_kept_but_makes_no_family(reading, recipe):
    evolved = Made(record("How do I reset it when it is warm outside?"), None, PARENT)
    sieve = Sieve(recipe())
    sieve.know([Known(7, 3, PARENT.record)])
    (settling,) = sieve.sift([reading(evolved)], look(families={7: 3}))
    assert [(new.parent_id, new.family) for new in settling.news] == [(7, None)]


def test_variants_beyond_the_most_are_discarded_and_explained(reading, recipe):
    asked = ["Where is the plug?", "Is it loud?", "What does it cost?"]
    made = [Made(record(text), None, PARENT, "synonyms") for text in asked]
    sieve = Sieve(recipe("augment: {most: 3}"))
    (settling,) = sieve.sift([reading(*made)], look(families={7: 3}, variants={7: 1}))
    assert [new.reason for new in settling.news] == [None, None, "variants"]
    assert settling.news[2].explanation == ("Sample 7 has 3 variants already (augment.most is 3).")


def test_an_answer_for_contrast_and_a_mended_text_are_no_samples(reading, recipe):
    second = Made(record(), None, PARENT, contrast="second")
    (settling,) = Sieve(recipe()).sift([reading(second, way="contrast")], look())
    (contrast,) = settling.contrasts
    assert (settling.news, contrast.sample, contrast.revision) == ([], 7, 2)
    assert (contrast.kind, contrast.record, contrast.origin["request"]) == ("second", record(), 9)
    (settling,) = Sieve(recipe()).sift([reading(Made(record(), None, PARENT), way="mend")], look())
    (mended,) = settling.mended
    assert (settling.news, mended.sample, mended.revision) == ([], 7, 2)
    assert mended.teacher == "openai:m@http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("front", "way", "sentence"),
    [
        ("ask: meta", "seeds", "asks with meta, not seeds"),
        ("", None, "begins no way of asking"),
    ],
)
def test_a_prompt_of_ones_own_begins_its_own_way(tmp_path, recipe, front, way, sentence):
    (tmp_path / "mine.md").write_text(
        f"---\nname: mine\nlanguage: en\n{front}\ndescription: d\nvariables: []\n---\n"
        "# System\nS\n# Prompt\nP\n# Correction\nC\n"
    )
    with pytest.raises(UsageError, match=sentence):
        Prompting(recipe("prompt: mine.md"), tmp_path, way=way)


def test_a_prompt_of_ones_own_stands_for_the_first_of_its_way(tmp_path, recipe):
    (tmp_path / "mine.md").write_text(
        "---\nname: mine\nlanguage: en\nask: self-instruct\ndescription: d\nvariables: []\n---\n"
        "# System\nS\n# Prompt\nP\n# Correction\nC\n"
    )
    found = Prompting(recipe("prompt: mine.md"), tmp_path)
    assert found.ways == ("self-instruct",)
    mine = found.template("self-instruct", "en")
    assert mine.source == found.template("mine", "en").source == "mine.md"
    assert found.template("answers", "en").source == "prompt answers"


def test_a_variant_of_a_sample_of_the_same_run_belongs_to_its_family(reading, recipe):
    sieve = Sieve(recipe())
    (settling,) = sieve.sift([reading(Made(PARENT.record))], look())
    sieve.stored(settling.news, [7])
    same = Made(PARENT.record, CELL, PARENT, "paraphrase")
    other = Made(record("How do I reset it please?"), CELL, PARENT, "paraphrase")
    (settling,) = sieve.sift([reading(same, other)], look(families={7: 7}))
    assert [new.reason for new in settling.news] == ["duplicate", None]
    assert sieve.seen == 7
