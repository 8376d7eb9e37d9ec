"""Prompt templates: Markdown that an expert edits without touching Python.

A template has YAML front matter and the sections `# System`, `# Prompt` and `# Correction`, each a
Jinja template. It is rendered in a sandbox, and every variable that is missing is told at once.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, Self

from jinja2 import StrictUndefined, TemplateSyntaxError, meta
from jinja2 import Template as JinjaTemplate
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from core.errors import UsageError
from core.recipe_ways import Way
from core.records import explain

SECTIONS = ("System", "Prompt", "Correction")
_FRONT = re.compile(r"---\n(.*?\n)---\n(.*)", re.DOTALL)
_HEADING = re.compile(rf"^# ({'|'.join(SECTIONS)})[ \t]*\n", re.MULTILINE)


class TemplateError(UsageError):
    """A template that cannot be used; whoever edits it mends it."""


class FrontMatter(BaseModel):
    """What a template says of itself; `ask` is missing where it is a later step of a way."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(min_length=1)
    language: Literal["en", "zh"]
    ask: Way | None = None
    description: str = Field(min_length=1)
    variables: list[str]
    version: int = 1


@dataclass(frozen=True)
class Template:
    """A checked template; `hash` tells one wording from another."""

    name: str
    language: Literal["en", "zh"]
    ask: Way | None
    description: str
    variables: tuple[str, ...]
    version: int
    sections: Mapping[str, str]
    hash: str
    source: str

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """Read a template; `source` names it in errors.

        Raises:
            TemplateError: no front matter, an unknown or missing key, a missing section, a syntax
                error, or variables that the front matter does not list.
        """
        text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        found = _FRONT.fullmatch(text)
        if not found:
            raise TemplateError(
                f"{source} has no front matter.", "Begin it with --- lines around `name:` and more."
            )
        front = _front_matter(found[1], source)
        sections = _sections(found[2], source)
        strange = sorted(_used(sections, source) - set(front.variables))
        if strange:
            raise TemplateError(
                f"{source} uses {_named(strange)}, which its front matter does not list.",
                "List them under `variables`, or mend their names.",
            )
        return cls(
            **front.model_dump(exclude={"variables"}),
            variables=tuple(front.variables),
            sections=sections,
            hash=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12],
            source=source,
        )

    def render(self, variables: Mapping[str, Any]) -> dict[str, str]:
        """Render System and Prompt, by these names.

        Raises:
            TemplateError: names all variables that are missing, or what failed while rendering.
        """
        return {name: self.render_section(name, variables) for name in ("System", "Prompt")}

    def render_section(self, section: str, variables: Mapping[str, Any]) -> str:
        """Render one section.

        Raises:
            TemplateError: as `render`.
        """
        body = self.sections[section]
        missing = sorted(_used({section: body}, self.source) - set(variables))
        if missing:
            raise TemplateError(
                f"{self.source} needs {_named(missing)}, which nothing fills in.",
                f"There are: {', '.join(sorted(variables))}.",
            )
        try:
            return _compiled(body).render(variables).strip()
        # An expert's expression may fail in any way, such as 1 / 0 or a missing attribute.
        except Exception as error:
            raise TemplateError(f"{self.source}, section {section}: {error}.") from error


def _front_matter(text: str, source: str) -> FrontMatter:
    try:
        return FrontMatter.model_validate(YAML(typ="safe", pure=True).load(text) or {})
    except YAMLError as error:
        problem = str(getattr(error, "problem", None) or error)
        raise TemplateError(f"{source}: the front matter is no YAML: {problem}.") from error
    except ValidationError as error:
        keys = ", ".join(FrontMatter.model_fields)
        raise TemplateError(f"{source}: {explain(error)}.", f"Keys: {keys}.") from error


def _sections(body: str, source: str) -> dict[str, str]:
    before, *parts = _HEADING.split(body)
    names = tuple(parts[::2])
    if before.strip() or names != SECTIONS:
        raise TemplateError(
            f"{source} must have the sections # System, # Prompt and # Correction, each once, in "
            "this order, and nothing before them."
        )
    return dict(zip(names, parts[1::2], strict=True))


def _used(sections: Mapping[str, str], source: str) -> set[str]:
    """Every variable that must come from outside, those inside conditions included."""
    used: set[str] = set()
    for name, body in sections.items():
        try:
            used |= _undeclared(body)
        except TemplateSyntaxError as error:
            raise TemplateError(
                f"{source}, section {name}, its line {error.lineno}: {error.message}"
            ) from error
    return used


# A run fills in the same few sections thousands of times; compiling one takes 10 ms.
@lru_cache(maxsize=256)
def _compiled(body: str) -> JinjaTemplate:
    return _environment().from_string(body)


@lru_cache(maxsize=256)
def _undeclared(body: str) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(_environment().parse(body)))


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # No autoescape: prompts are plain text for a model, not HTML.
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _named(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
