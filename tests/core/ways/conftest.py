import pytest

import prompts
from core.planning import Call, Cell
from core.recipe import parse
from core.records import Conversation, Instruction, Turn
from core.templates import Template
from core.ways import WAYS, Material, Parent, Passage, Wording

RECIPE = """\
name: r
goal: Calm people down.
format: {format}
language: [en, zh, fi]
channel: "#r"
teachers: replay:x.jsonl
persona: {{asker: a worried parent, answerer: a patient nurse}}
flow: [listen, advise]
style: plain words
forbid: [doses of drugs]
turns: [2, 4]
"""


@pytest.fixture(scope="session")
def recipe():
    """A recipe that says everything; of one format or the other, or with lines of its own."""

    def make(kind="instruction", text=RECIPE):
        return parse(text.format(format=kind))

    return make


@pytest.fixture(scope="session")
def bare_recipe():
    """A recipe that says no more than it must."""
    return parse(RECIPE.format(format="instruction").partition("persona")[0])


@pytest.fixture(scope="session")
def task():
    return Instruction(instruction="Add.", input="2 2", output="4", history=(("q", "a"),))


@pytest.fixture(scope="session")
def talk():
    asked = Turn(role="user", content="痒")
    return Conversation(turns=(asked, Turn(role="assistant", content="哦")))


@pytest.fixture(scope="session")
def wording(recipe):
    """The wording of a recipe, by the prompts as they are shipped or by a template of one's own."""

    def make(of=None, template=None):
        def shipped(name, language):
            return Template.parse(prompts.text(name, language), f"{name}.{language}.md")

        return Wording(of or recipe(), shipped if template is None else lambda *_: template)

    return make


@pytest.fixture(scope="session")
def begin(recipe, wording):
    """The first step of a call, and the call, as (step, call)."""

    def make(way, material=None, *, of=None, template=None, cell=None, count=3, temperature=None):
        of = of or recipe()
        spec, cell = of.teachers[0], cell or Cell("fever", "hard", "en")
        call = Call(0, spec, way, temperature, cell, count)
        return WAYS[way].begin(call, wording(of, template), material or Material()), call

    return make


@pytest.fixture(scope="session")
def parent():
    """A sample that a call starts from."""

    def make(record, sample=1, *, teacher="", cell=None):
        return Parent(sample, 0, record, cell or Cell("fever", "hard", "en"), sample, teacher)

    return make


@pytest.fixture(scope="session")
def material(parent):
    """All that any way needs, made of one record."""

    def make(record):
        parents = (parent(record, 1), parent(record, 2, teacher="replay:x.jsonl"))
        passage = Passage("leaflet.md", "leaflet.md § 1", "Drink a lot when you have a fever.")
        return Material(seeds=(record,), parents=parents, passage=passage, about="nights")

    return make
