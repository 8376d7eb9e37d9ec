"""Putting a request to a teacher together: recipe, template and examples become an `Ask`.

What people or models wrote (seeds, a person's wish, a broken reply) stands in the prompt as data:
JSON between two tags that it cannot contain.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.parsing import Broken
from core.recipe import Recipe, Way
from core.records import Conversation, Instruction, Record
from core.teachers.base import Ask
from core.templates import Template

_LANGUAGE_NAMES = {
    "en": {"en": "English", "zh": "Chinese (simplified characters)"},
    "zh": {"en": "英文", "zh": "简体中文"},
}
_OTHER_LANGUAGE = {"en": "the language with the code {}", "zh": "代码为 {} 的语言"}
_QUOTED_CHARACTERS = 200
"""Enough to tell which record is meant; the whole of it stands in the quoted reply."""
_TEXT: dict[str, Any] = {"type": "string"}


@dataclass(frozen=True)
class Composed:
    """A request with its origin: what a sample must remember of how it was asked for."""

    ask: Ask
    template: Template
    way: Way
    language: str
    category: str
    difficulty: str | None
    seeds: tuple[Record, ...]
    about: str

    @property
    def prompt(self) -> str:
        """The prompt's name, as the origin of a sample has it."""
        return self.template.name

    @property
    def prompt_hash(self) -> str:
        """Tells one wording of the prompt from another."""
        return self.template.hash


def compose(
    recipe: Recipe,
    template: Template,
    *,
    way: Way,
    language: str,
    category: str,
    difficulty: str | None,
    seeds: Sequence[Record],
    about: str,
    count: int,
    max_output_tokens: int = 4096,
    temperature: float | None = None,
) -> Composed:
    """Ask for `count` records of one category, difficulty and language.

    Args:
        recipe: what dataset is wanted.
        template: the prompt's wording.
        way: the way of asking, kept for the origin.
        language: the code of the language that the records are to be in.
        category: one of the recipe's.
        difficulty: one of the recipe's, or None.
        seeds: examples to show, in this order; may be empty.
        about: what a person asked for, or "".
        count: how many records.
        max_output_tokens: the teacher's.
        temperature: the teacher's; None sends none.

    Raises:
        TemplateError: the template needs a variable that there is not.
    """
    with_system = any(seed.system for seed in seeds)
    variables = {
        **_from_recipe(recipe),
        "language": _language_name(language, template.language),
        "category": category,
        "difficulty": difficulty,
        "seeds": fenced("seeds", [_as_asked(seed, with_system) for seed in seeds]),
        "about": fenced("about", [about]) if about.strip() else "",
        "count": count,
        "example": json.dumps({"records": [_example(recipe, with_system)]}, ensure_ascii=False),
    }
    rendered = template.render(variables)
    ask = Ask(
        system=rendered["System"],
        prompt=rendered["Prompt"],
        schema=schema(recipe, count, with_system=with_system),
        max_output_tokens=max_output_tokens,
        temperature=temperature,
    )
    return Composed(ask, template, way, language, category, difficulty, tuple(seeds), about)


def correct(
    composed: Composed, reply: str, broken: Sequence[Broken], *, count: int | None = None
) -> Composed:
    """Ask once more, for what is broken in a reply alone, quoting what is wrong with each.

    Args:
        composed: the request that was answered.
        reply: its answer, as it came.
        broken: what could not be used of it.
        count: records wanted; by default as many as are broken.

    Raises:
        TemplateError: the template's `# Correction` needs a variable that there is not.
    """
    ask, count = composed.ask, count or len(broken)
    quoted = [{"begins": one.text[:_QUOTED_CHARACTERS], "wrong": one.explanation} for one in broken]
    prompt = composed.template.render_section(
        "Correction", {"broken": fenced("broken", quoted), "count": count}
    )
    previous = (*ask.previous, ("user", ask.prompt), ("assistant", _encodable(reply)))
    narrowed = _for_count(ask.schema, count) if ask.schema else None
    again = replace(ask, prompt=prompt, previous=previous, schema=narrowed)
    return replace(composed, ask=again)


def _encodable(reply: str) -> str:
    """A reply as a turn of its own: chat APIs refuse an empty one, and UTF-8 half a surrogate."""
    return reply.encode("utf-8", "replace").decode().strip() or "{}"


def fenced(tag: str, values: Sequence[object]) -> str:
    """Data that a prompt shows: a line of JSON each, between `<tag>` and `</tag>`; "" if none.

    No value can contain the closing tag, nor the `<|…|>` tokens by which servers tell turns apart:
    both are written with JSON's own escapes.
    """
    lines = [json.dumps(value, ensure_ascii=False) for value in values]
    safe = [line.replace("</", "<\\/").replace("<|", "\\u003c|") for line in lines]
    return "\n".join([f"<{tag}>", *safe, f"</{tag}>"]) if safe else ""


def schema(recipe: Recipe, count: int, *, with_system: bool = False) -> dict[str, Any]:
    """The JSON Schema of a reply; every key is required, as OpenAI's strict mode wants it."""
    if recipe.format == "conversation":
        turn = _object(role={"type": "string", "enum": ["user", "assistant"]}, content=_TEXT)
        record: dict[str, Any] = {"turns": {"type": "array", "items": turn}}
    else:
        pair = _object(question=_TEXT, answer=_TEXT)
        record = {
            "history": {"type": "array", "items": pair},
            "instruction": _TEXT,
            "input": _TEXT,
            "output": _TEXT,
        }
    system: dict[str, Any] = {"system": _TEXT} if with_system else {}
    records = {"type": "array", "items": _object(**system, **record)}
    return _for_count(_object(records=records), count)


def _object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _for_count(reply: dict[str, Any], count: int) -> dict[str, Any]:
    records = {**reply["properties"]["records"], "minItems": 1, "maxItems": count}
    return {**reply, "properties": {"records": records}}


def _from_recipe(recipe: Recipe) -> dict[str, Any]:
    return {
        "goal": recipe.goal,
        "format": recipe.format,
        "asker": recipe.persona.asker,
        "answerer": recipe.persona.answerer,
        "flow": recipe.flow,
        "style": recipe.style,
        "forbid": recipe.forbid,
        "least_turns": recipe.turns[0],
        "most_turns": recipe.turns[1],
    }


def _language_name(code: str, prompt_language: str) -> str:
    names = _LANGUAGE_NAMES[prompt_language]
    return names.get(code, _OTHER_LANGUAGE[prompt_language].format(code))


def _as_asked(record: Record, with_system: bool) -> dict[str, Any]:
    """A record in the shape that the reply is asked for."""
    system = {"system": record.system} if with_system else {}
    if isinstance(record, Conversation):
        return {**system, "turns": [turn.model_dump() for turn in record.turns]}
    return {
        **system,
        "history": [{"question": asked, "answer": told} for asked, told in record.history],
        "instruction": record.instruction,
        "input": record.input,
        "output": record.output,
    }


def _example(recipe: Recipe, with_system: bool) -> dict[str, Any]:
    dots: Record
    if recipe.format == "conversation":
        roles = ["user", "assistant"] * (recipe.turns[0] // 2)
        dots = Conversation.model_validate(
            {"turns": tuple({"role": role, "content": "…"} for role in roles)}
        )
    else:
        dots = Instruction(instruction="…", output="…")
    return _as_asked(dots, with_system)
