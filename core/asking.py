"""The pieces that every prompt is put together from: fenced data, schemas, what the recipe says.

What people or models wrote (seeds, a person's wish, a broken reply) stands in the prompt as data:
JSON between two tags that it cannot contain.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.recipe import Recipe
from core.records import Conversation, Instruction, Record

_LANGUAGE_NAMES = {
    "en": {"en": "English", "zh": "Chinese (simplified characters)"},
    "zh": {"en": "英文", "zh": "简体中文"},
}
_OTHER_LANGUAGE = {"en": "the language with the code {}", "zh": "代码为 {} 的语言"}
TEXT: dict[str, Any] = {"type": "string"}


def encodable(reply: str) -> str:
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


def record_schema(recipe: Recipe, *, with_system: bool = False) -> dict[str, Any]:
    """The JSON Schema of one record; every key is required, as OpenAI's strict mode wants it."""
    if recipe.format == "conversation":
        turn = an_object(role={"type": "string", "enum": ["user", "assistant"]}, content=TEXT)
        record: dict[str, Any] = {"turns": a_list(turn)}
    else:
        pair = an_object(question=TEXT, answer=TEXT)
        record = {"history": a_list(pair), "instruction": TEXT, "input": TEXT, "output": TEXT}
    system: dict[str, Any] = {"system": TEXT} if with_system else {}
    return an_object(**system, **record)


def records_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a reply that is a list of such records."""
    return an_object(records=a_list(record))


def a_list(item: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a list."""
    return {"type": "array", "items": item}


def an_object(**properties: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object that has all of these keys and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def for_count(reply: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The schema of a reply with its lists bounded to `count` items."""
    bounded = {
        name: {**one, "minItems": 1, "maxItems": count} if one.get("type") == "array" else one
        for name, one in reply["properties"].items()
    }
    return {**reply, "properties": bounded}


def from_recipe(recipe: Recipe) -> dict[str, Any]:
    """What every prompt may say of the recipe."""
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


def language_name(code: str, prompt_language: str) -> str:
    """A language in the words of a prompt's own language."""
    names = _LANGUAGE_NAMES[prompt_language]
    return names.get(code, _OTHER_LANGUAGE[prompt_language].format(code))


def as_asked(record: Record, *, with_system: bool) -> dict[str, Any]:
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


def example(recipe: Recipe, *, with_system: bool) -> dict[str, Any]:
    """A record of dots, to show the shape of a reply."""
    dots: Record
    if recipe.format == "conversation":
        roles = ["user", "assistant"] * (recipe.turns[0] // 2)
        dots = Conversation.model_validate(
            {"turns": tuple({"role": role, "content": "…"} for role in roles)}
        )
    else:
        dots = Instruction(instruction="…", output="…")
    return as_asked(dots, with_system=with_system)
