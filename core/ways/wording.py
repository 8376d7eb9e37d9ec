"""From a call to the words that are sent: the recipe, a prompt and the data of one step."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.asking import (
    as_asked,
    encodable,
    example,
    fenced,
    for_count,
    from_recipe,
    language_name,
)
from core.errors import UsageError
from core.parsing import Broken
from core.planning import Call
from core.recipe import Recipe
from core.records import Record
from core.teachers.base import Ask
from core.templates import Template
from core.ways.base import Material, Step

_QUOTED_CHARACTERS = 200
"""Enough to tell which piece is meant; the whole of it stands in the quoted reply."""


class Wording:
    """The prompts of one recipe, ready to be filled in."""

    def __init__(self, recipe: Recipe, template: Callable[[str, str], Template]) -> None:
        """`template` gives a prompt by its name and language; raises LookupError or UsageError."""
        self.recipe = recipe
        self._template = template

    def step(
        self,
        prompt: str,
        call: Call,
        schema: Mapping[str, Any],
        variables: Mapping[str, Any] | None = None,
        *,
        material: Material | None = None,
        language: str | None = None,
        count: int | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> Step:
        """One request: the prompt filled in with what the recipe, the call and the step say.

        Args:
            prompt: its name.
            call: what is asked for.
            schema: JSON Schema of the reply, whose one list is bounded to `count` items.
            variables: what this step adds to those of every prompt.
            material: the seeds to show and what a person wished; none by default.
            language: of the texts, where it is not the call's.
            count: how many items are asked for, where it is not the call's number of records.
            state: what reading the reply needs.

        Raises:
            TemplateError: the prompt needs a variable that there is not.
        """
        language, count = language or call.cell.language, count or call.count
        template = self._template(prompt, language)
        rendered = template.render(
            {
                **from_recipe(self.recipe),
                **self._from_material(material or Material()),
                "language": language_name(language, template.language),
                "category": call.cell.category,
                "difficulty": call.cell.difficulty,
                "count": count,
                **(variables or {}),
            }
        )
        ask = self.ask(rendered["System"], rendered["Prompt"], call, for_count(schema, count))
        return Step(template.name, template.hash, language, ask, count, state or {})

    def ask(self, system: str, prompt: str, call: Call, schema: Mapping[str, Any]) -> Ask:
        """The request itself, with the teacher's own settings."""
        return Ask(
            system=system,
            prompt=prompt,
            schema=dict(schema),
            max_output_tokens=call.teacher.max_output_tokens,
            temperature=call.temperature,
        )

    def has(self, step: Step) -> bool:
        """Whether the prompt that made a step is still there: the recipe may have lost it since."""
        try:
            self._template(step.prompt, step.language)
        except (LookupError, UsageError):
            return False
        return True

    def correct(
        self, step: Step, reply: str, broken: Sequence[Broken], *, count: int | None = None
    ) -> Step:
        """Ask once more, for what is broken in a reply alone, quoting what is wrong with each.

        Args:
            step: what was asked.
            reply: its answer, as it came.
            broken: what could not be used of it.
            count: items wanted; by default as many as are broken.

        Raises:
            TemplateError: the prompt's `# Correction` needs a variable that there is not.
        """
        ask, count = step.ask, count or len(broken)
        quoted = [
            {"begins": one.text[:_QUOTED_CHARACTERS], "wrong": one.explanation} for one in broken
        ]
        prompt = self._template(step.prompt, step.language).render_section(
            "Correction", {"broken": fenced("broken", quoted), "count": count}
        )
        previous = (*ask.previous, ("user", ask.prompt), ("assistant", encodable(reply)))
        narrowed = for_count(ask.schema, count) if ask.schema else None
        again = replace(ask, prompt=prompt, previous=previous, schema=narrowed)
        return replace(step, ask=again, count=count, corrects=True)

    def _from_material(self, material: Material) -> dict[str, Any]:
        with_system = has_system(material.seeds)
        shown = [as_asked(seed, with_system=with_system) for seed in material.seeds]
        records = {"records": [example(self.recipe, with_system=with_system)]}
        return {
            "seeds": fenced("seeds", shown),
            "about": fenced("about", [material.about]) if material.about.strip() else "",
            "refused": fenced("refused", material.refused),
            "example": json.dumps(records, ensure_ascii=False),
        }


def has_system(seeds: Sequence[Record]) -> bool:
    """Whether new records are to have a system text, since their examples have one."""
    return any(seed.system for seed in seeds)
