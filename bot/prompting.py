"""A dataset's prompts: the wording of each of its ways of asking."""

from pathlib import Path
from typing import get_args

import prompts
from core.errors import UsageError
from core.recipe import Recipe, Way
from core.recipe_ways import unfit
from core.templates import Template
from core.ways import WAYS, Wording

_WAYS: tuple[Way, ...] = get_args(Way)


class Prompting:
    """Finds the prompts of one dataset and reads each once; `ways` are those to ask in, in turn.

    A recipe's own prompt stands for the one that its way begins with, and is the only way then.
    """

    def __init__(self, recipe: Recipe, folder: Path, *, way: str | None = None) -> None:
        """`way` asks in this way alone, instead of the recipe's.

        Raises:
            UsageError: no such way, or a prompt that cannot be read or used.
        """
        self._own = recipe.prompt
        self._folder = folder
        self._templates: dict[tuple[str, str], Template] = {}
        self._names: dict[str, str] = {}
        self.ways = self._ways(recipe, way)
        for each in self.ways:
            if why := unfit(each, recipe.format, recipe.turns[0]):
                raise UsageError(f"{recipe.name} {why[0]}.", why[1])
            for language in recipe.languages:
                self.template(WAYS[each].prompts[0], language)
        self.wording = Wording(recipe, self.template)

    def template(self, name: str, language: str) -> Template:
        """A prompt by its name, in a language.

        Raises:
            UsageError: it cannot be read or used.
        """
        if (name, language) not in self._templates:
            place = self._names.get(name, name)
            self._templates[name, language] = self._read(place, language)
        return self._templates[name, language]

    def _ways(self, recipe: Recipe, way: str | None) -> tuple[Way, ...]:
        if way is not None and way not in WAYS:
            raise UsageError(f"There is no way of asking {way}.", f"Ways: {', '.join(WAYS)}.")
        if self._own is None:
            return recipe.ask if way is None else tuple(each for each in _WAYS if each == way)
        own = self._read(self._own, recipe.languages[0])
        if own.ask is None:
            raise UsageError(
                f"prompt: {self._own} begins no way of asking.", "Give it an `ask`, such as meta."
            )
        if way not in (None, own.ask):
            raise UsageError(
                f"The recipe's prompt {self._own} asks with {own.ask}, not {way}.",
                "Leave --ask out, or `prompt` in the recipe.",
            )
        self._names = dict.fromkeys((own.name, WAYS[own.ask].prompts[0]), self._own)
        return (own.ask,)

    def _read(self, name: str, language: str) -> Template:
        if name in prompts.names():
            return Template.parse(prompts.text(name, language), f"prompt {name}")
        try:
            text = (self._folder / name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise UsageError(
                f"prompt: {name} cannot be read: {why}.",
                f"Name a file beside the recipe, or one of {', '.join(prompts.names())}.",
            ) from error
        return Template.parse(text, name)
