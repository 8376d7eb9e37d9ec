"""From a planned call to the request that is sent: its prompt's wording and its seeds."""

from functools import cached_property
from pathlib import Path
from typing import get_args

import prompts
from bot import seeds
from core.asking import Composed, compose
from core.errors import UsageError
from core.planning import Call, seeds_shown
from core.recipe import Recipe, Way
from core.templates import Template


class Prompting:
    """Composes the requests of one dataset; reads each prompt and the seeds once.

    Raises:
        UsageError: seeds or a prompt that cannot be read or used.
    """

    def __init__(self, recipe: Recipe, folder: Path, *, way: str | None = None) -> None:
        """`way` asks in this way alone, instead of the recipe's."""
        self._recipe = recipe
        self._folder = folder
        self._seeds = seeds.read(recipe, folder)
        self._templates = {
            (name, language): self._template(name, language)
            for name in self._prompts(way)
            for language in recipe.languages
        }
        self._own_way(way)

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """The ways of asking, in the recipe's order; a prompt of one's own has its own way."""
        return tuple(dict.fromkeys(template.ask for template in self._templates.values()))

    def compose(self, call: Call, about: str) -> Composed:
        """The request that a call stands for; `about` is what a person wished, or ""."""
        shown = seeds_shown(len(self._seeds), call.number, self._recipe.name)
        return compose(
            self._recipe,
            self._templates[self._recipe.prompt or call.way, call.cell.language],
            way=call.way,
            language=call.cell.language,
            category=call.cell.category,
            difficulty=call.cell.difficulty,
            seeds=[self._seeds[position] for position in shown],
            about=about,
            count=call.count,
            max_output_tokens=call.teacher.max_output_tokens,
            temperature=call.temperature,
        )

    def _prompts(self, way: str | None) -> tuple[str, ...]:
        ways = get_args(Way)
        if way is not None and way not in ways:
            raise UsageError(f"There is no way of asking {way}.", f"Ways: {', '.join(ways)}.")
        if way == "seeds" and not self._seeds:
            raise UsageError(
                "ask: there are no seeds to ask with.", "Name a file under `seeds` in the recipe."
            )
        if self._recipe.prompt:
            return (self._recipe.prompt,)
        return (way,) if way else self._recipe.ask

    def _own_way(self, way: str | None) -> None:
        if way is not None and self.ways != (way,):
            raise UsageError(
                f"The recipe's prompt {self._recipe.prompt} asks with {self.ways[0]}, not {way}.",
                "Leave --ask out, or `prompt` in the recipe.",
            )

    def _template(self, name: str, language: str) -> Template:
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
