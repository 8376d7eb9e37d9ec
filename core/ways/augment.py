"""`augment`: variants of approved samples. What only rewords a question keeps the answer as it is.

A call makes one kind of variant, of each of its parents. The prompt has a paragraph for each task:
the kinds, and `messages`, which are translated there and back for a back-translation. The way back
does not see the original.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from core.asking import TEXT, a_list, an_object, as_asked, fenced, record_schema
from core.asking import example as dots
from core.parsing import Broken, broken_piece, read_record
from core.planning import Call, in_turn
from core.recipe import Recipe
from core.recipe_ways import Variant
from core.records import Conversation, Record, with_fields
from core.ways.answering import NUMBER
from core.ways.base import (
    Made,
    Material,
    Parent,
    Read,
    Source,
    Step,
    parents_from_json,
    parents_to_json,
)
from core.ways.figures import lost
from core.ways.rows import Row, numbered, read_open, shown
from core.ways.variant_rows import ROWS, Messages, Texts, Whole
from core.ways.variants import KINDS, Part, fault, foreign_text, texts
from core.ways.wording import Wording

_KEYS: dict[Part, tuple[str, str]] = {
    "questions": ("instruction", "messages"),
    "answers": ("output", "answers"),
}
"""Under which key a reply has a part: of an instruction (one text), of a conversation (a list)."""
_NOTHING = Material()


class Augment:
    """One step, or two for a back-translation."""

    name = "augment"
    prompts: tuple[str, ...] = ("augment",)
    source: Source | None = "approved"

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """Ask for the variants; see `Way`."""
        recipe, language = wording.recipe, call.cell.language
        variant = _variant(call, recipe)
        if variant == "translation":
            language = _another(call, recipe)
        parents = material.parents[: call.count]
        state = {
            "variant": variant,
            "language": language,
            "parents": parents_to_json(parents),
            "notes": {},
        }
        if variant == "back-translation":
            pivot = "zh" if language.startswith("en") else "en"
            said = [list(texts(parent.record, "questions").values()) for parent in parents]
            return _step(call, wording, _messages(said, pivot), {**state, "pivot": pivot})
        task = _variants(recipe, variant, language, parents)
        return _step(call, wording, task, state, replace(material, seeds=()))

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:
        """The variants, or the way back of a back-translation; see `Way`."""
        if "pivot" in step.state:
            return _back(call, wording, step, reply)
        count = len(step.state["parents"])
        good, broken = read_open(step, reply, count, partial(_made, step))
        return Read(tuple(good[number] for number in sorted(good)), tuple(broken))


def _made(step: Step, reply: str, asked: Sequence[int]) -> tuple[dict[int, Made], list[Broken]]:
    """The variants that keep to the rules, by the numbers of their parents, and what is wrong."""
    parents = parents_from_json(step.state["parents"])
    variant, language = step.state["variant"], step.state["language"]
    rows, broken = numbered(reply, "variants", ROWS[KINDS[variant].part], asked)
    good: dict[int, Made] = {}
    for number, row in rows.items():
        parent = parents[number - 1]
        record = _record(row, parent, variant)
        wrong = record if isinstance(record, str) else fault(variant, parent, record, language)
        if wrong or isinstance(record, str):
            broken.append(_broken(number, row, wrong or ""))
        else:
            cell = parent.cell._replace(language=language)
            good[number] = Made(record, cell, parent, variant, step.state["notes"])
    return good, broken


def _variant(call: Call, recipe: Recipe) -> Variant:
    """Whose turn it is of the recipe's kinds."""
    several = len(recipe.languages) > 1
    kinds = [kind for kind in recipe.augment.kinds if several or kind != "translation"]
    return kinds[in_turn(len(kinds), call.number, "augment", 1)[0]]


def _another(call: Call, recipe: Recipe) -> str:
    """Whose turn it is of the recipe's languages but the call's."""
    others = [code for code in recipe.languages if code != call.cell.language]
    return others[in_turn(len(others), call.number, "translation", 1)[0]]


class _Task(NamedTuple):
    """What a step asks for: its paragraph in the prompt, what it shows, what a variant holds."""

    name: str
    language: str
    shown: list[dict[str, Any]]
    properties: dict[str, Any]
    dots: dict[str, Any]


def _variants(recipe: Recipe, variant: Variant, language: str, parents: Sequence[Parent]) -> _Task:
    """Variants of samples, which are numbered from 1."""
    records = [parent.record for parent in parents]
    with_system = any(record.system for record in records)
    shown = [
        {"number": place, **as_asked(record, with_system=with_system)}
        for place, record in enumerate(records, 1)
    ]
    part = KINDS[variant].part
    if part == "record":
        # Of a system text only a translation is wanted; other variants keep their parent's.
        with_system = with_system and variant == "translation"
        properties = record_schema(recipe, with_system=with_system)["properties"]
        return _Task(variant, language, shown, properties, dots(recipe, with_system=with_system))
    alone, several = _KEYS[part]
    if recipe.format == "conversation":
        return _Task(variant, language, shown, {several: a_list(TEXT)}, {several: ["…", "…"]})
    return _Task(variant, language, shown, {alone: TEXT}, {alone: "…"})


def _messages(messages: Sequence[Sequence[str]], language: str) -> _Task:
    """The translation of what users say, which is numbered from 1."""
    shown = [{"number": place, "messages": said} for place, said in enumerate(messages, 1)]
    return _Task("messages", language, shown, {"messages": a_list(TEXT)}, {"messages": ["…"]})


def _step(
    call: Call,
    wording: Wording,
    task: _Task,
    state: Mapping[str, Any],
    material: Material = _NOTHING,
) -> Step:
    variables = {
        "task": task.name,
        "samples": fenced("samples", task.shown),
        "example": json.dumps({"variants": [{"number": 1, **task.dots}]}, ensure_ascii=False),
    }
    return wording.step(
        "augment",
        call,
        an_object(variants=a_list(an_object(number=NUMBER, **task.properties))),
        variables,
        material=material,
        language=task.language,
        count=len(task.shown),
        state=state,
    )


def _back(call: Call, wording: Wording, step: Step, reply: str) -> Read:
    """The second half of a back-translation, of the messages whose translation can be used."""
    parents, pivot = parents_from_json(step.state["parents"]), step.state["pivot"]

    def read(text: str, asked: Sequence[int]) -> tuple[dict[int, Messages], list[Broken]]:
        rows, broken = numbered(text, "variants", Messages, asked)
        wrong = {
            number: _mistranslated(parents[number - 1].record, row.texts, pivot)
            for number, row in rows.items()
        }
        good = {number: row for number, row in rows.items() if not wrong[number]}
        told = [_broken(number, rows[number], why) for number, why in wrong.items() if why]
        return good, [*broken, *told]

    good, broken = read_open(step, reply, len(parents), read)
    if not good:
        return Read(broken=tuple(broken))
    state = {name: value for name, value in step.state.items() if name != "pivot"} | {
        "parents": [step.state["parents"][number - 1] for number in sorted(good)],
        "notes": {"pivot": pivot},
    }
    said = [good[number].texts for number in sorted(good)]
    task = _messages(said, step.state["language"])
    return Read(broken=tuple(broken), next=_step(call, wording, task, state))


def _mistranslated(record: Record, said: Sequence[str], pivot: str) -> str | None:
    before = texts(record, "questions").values()
    if len(said) != len(before):
        return _count(len(said), len(before))
    if gone := lost("\n".join(before), "\n".join(said)):
        return f"It lacks {', '.join(gone)}: keep every figure."
    return next(filter(None, (foreign_text(text, pivot) for text in said)), None)


def _record(row: Row, parent: Parent, variant: Variant) -> Record | str:
    """The variant that a row gives, or what is wrong with the row."""
    record = parent.record
    if isinstance(row, Whole):
        made = read_record(
            row.record, "conversation" if isinstance(record, Conversation) else "instruction"
        )
        if isinstance(made, Broken):
            return made.explanation
        system = made.system if variant == "translation" and record.system else record.system
        return made.model_copy(update={"system": system})
    said = row.texts if isinstance(row, Texts) else ()
    names = texts(record, KINDS[variant].part)
    if len(said) != len(names):
        return _count(len(said), len(names))
    return with_fields(record, dict(zip(names, said, strict=True)))


def _count(found: int, wanted: int) -> str:
    return f"It has {found} texts where the sample has {wanted}: give each of them, in order."


def _broken(number: int, row: Row, why: str) -> Broken:
    # Not by pydantic's model_dump, which fails on what a record nests more than 255 deep.
    held = row.record if isinstance(row, Whole) else vars(row)
    return broken_piece(shown(held), f"Number {number}: {why}")
