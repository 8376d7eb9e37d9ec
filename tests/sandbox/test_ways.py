"""Every way of asking, by its shipped prompts, gets from the teacher what it can read."""

from pathlib import Path

import anthropic
import pytest

import prompts
from core import formats
from core.planning import Call, Cell
from core.recipe import parse
from core.records import record_of
from core.templates import Template
from core.ways import WAYS, Material, Parent, Passage, Wording
from sandbox import banks
from sandbox.banks import Deck
from sandbox.dialects import Anthropic, OpenAI
from sandbox.replies import draft

EXAMPLES = Path(__file__).parents[2] / "examples"
PASSAGE = "Hold its button for 3 seconds, no longer. 设备须放在干燥阴凉处，请按住按钮三秒。"
CALLS = {"augment": 11}  # as many as there are variants; of other ways a few
EACH, FEW = 3, 3


def openai_question(ask):
    form = {"type": "json_schema", "json_schema": {"name": "reply", "schema": ask.schema}}
    system = {"role": "system", "content": ask.system}
    body = {"model": "x", "messages": [system, *ask.messages()], "response_format": form}
    return OpenAI().read({}, body)


def anthropic_question(ask):
    form = {"type": "json_schema", "schema": anthropic.transform_schema(ask.schema)}
    body = {"model": "x", "system": ask.system, "messages": ask.messages(), "max_tokens": 9999}
    body["output_config"] = {"format": form}
    return Anthropic().read({"anthropic-version": "2026-10-21"}, body)


class Teaching:
    """One bank's teacher, asked for its example's recipe in two languages."""

    def __init__(self, bank, question):
        text = (EXAMPLES / bank / "recipe.yml").read_text("utf-8")
        language = bank[-2:]
        self.recipe = parse(text.replace(f"language: {language}", "language: [en, zh]"))
        self.seeds = formats.read((EXAMPLES / bank / "seeds.jsonl").read_bytes()).records
        self.good = [entry for entry in banks.load(bank) if entry.flaw is None]
        self.cell = Cell(next(iter(self.recipe.categories)), None, language)
        self.deck, self.question = Deck(bank, banks.load(bank), 7), question
        for entry in self.good:
            self.deck.tell(entry)

    def material(self, number):
        own = self.recipe.teachers[0].model
        parents = tuple(
            Parent(
                n, 0, record_of(entry.record), self.cell, n, ("another", own)[number % 2], ("rude",)
            )
            for n, entry in enumerate(self.good[2 * number : 2 * number + EACH])
        )
        seeds = tuple(line.record for line in self.seeds[:EACH])
        return Material(seeds, parents, Passage("a.md", "a.md § 1", PASSAGE))

    def ask(self, name, **recipe):
        """What a way makes in some calls, and the pieces of replies that it cannot read."""
        wording = Wording(self.recipe.model_copy(update=recipe), template)
        made, broken = [], []
        for number in range(CALLS.get(name, FEW)):
            call = Call(number, self.recipe.teachers[0], name, None, self.cell, EACH)
            step = WAYS[name].begin(call, wording, self.material(number))
            while step:
                reply = draft(self.question(step.ask), self.deck).text
                read = WAYS[name].read(call, wording, step, reply)
                made, broken, step = [*made, *read.made], [*broken, *read.broken], read.next
        return made, broken


def template(name, language):
    return Template.parse(prompts.text(name, language), f"{name}.{language}.md")


@pytest.fixture(params=[openai_question, anthropic_question], ids=["openai", "anthropic"])
def teaching(request):
    return lambda bank: Teaching(bank, request.param)


@pytest.mark.parametrize("name", sorted(set(WAYS) - {"dialogue"}))
@pytest.mark.parametrize("bank", banks.names())
def test_a_way_gets_most_of_what_it_asks_for(teaching, bank, name):
    made, broken = teaching(bank).ask(name)
    assert len(made) >= FEW
    assert len(broken) <= len(made) / 2, [piece.explanation for piece in broken]


def test_a_dialogue_comes_whole_with_its_plan(teaching):
    made, broken = teaching("dermatology-zh").ask("dialogue", dialogue="one_call")
    assert (broken, len(made)) == ([], FEW * EACH)
    assert all(one.notes["plan"] for one in made)


def test_every_kind_of_variant_comes(teaching):
    teacher = teaching("support-en")
    made, _ = teacher.ask("augment")
    assert {one.variant for one in made} == set(teacher.recipe.augment.kinds)


def test_two_roles_speak_in_turn_until_their_conversation_is_whole(teaching):
    made, broken = teaching("dermatology-zh").ask("dialogue", dialogue="two_roles")
    assert (broken, len(made)) == ([], FEW)
    assert all(one.notes["plan"] for one in made)
