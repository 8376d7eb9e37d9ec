"""The part of a recipe that says how teachers are asked."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from core.recipe_reading import refused
from core.recipe_values import Count, OneOrMany, Part, Some

Way = Literal[
    "seeds",
    "meta",
    "self-instruct",
    "documents",
    "evolve",
    "augment",
    "dialogue",
    "contrast",
    "mend",
]
WAYS: tuple[str, ...] = get_args(Way)

Variant = Literal[
    "paraphrase",
    "synonyms",
    "back-translation",
    "translation",
    "colloquial",
    "misspelt",
    "incomplete",
    "false-premise",
    "injection",
    "declined",
    "shorter",
]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

_ONE_PAIR = ("self-instruct", "evolve")
_PAIR = 2


def unfit(way: Way, kind: str, least_turns: int) -> tuple[str, str] | None:
    """Why a way cannot make what a recipe wants, and the remedy; None if it can.

    Args:
        way: of asking.
        kind: the recipe's `format`.
        least_turns: the least number of messages that a conversation may have.
    """
    if way == "dialogue" and kind == "instruction":
        return "asks for dialogues", "Make the `format` conversation."
    if way in _ONE_PAIR and kind == "conversation" and least_turns > _PAIR:
        return (
            f"asks with {way}, which makes one question and its answer, but `turns` begins at "
            f"{least_turns}",
            "Let `turns` begin at 2, or ask with dialogue.",
        )
    return None


def _each_once(kinds: tuple[str, ...]) -> tuple[str, ...]:
    for number, kind in enumerate(kinds):
        if kind in kinds[:number]:
            raise refused(f"has {kind} twice")
    return kinds


class Augment(Part):
    """How approved samples are varied."""

    kinds: Annotated[tuple[Variant, ...], Some, AfterValidator(_each_once), OneOrMany()] = Field(
        VARIANTS, description="The variants to ask for, taken in turn (docs/recipes.md)."
    )
    most: Count = Field(3, description="The most variants of one sample.")
