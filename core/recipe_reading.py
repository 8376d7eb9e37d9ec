"""Reading a recipe's YAML, and telling what is wrong with it by file, line and key.

YAML 1.2: `off`, `no` and `yes` are text. Everything that is wrong is told at once.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from core.errors import UsageError
from core.jsonl import encodable

Place = tuple[str | int, ...]
"""Where a value stands: keys, and positions in lists from 0."""

LATER = frozenset({("judge",), ("review", "blind"), ("export", "tokenizer")})
"""Keys of SURFACE.md that this version does not have yet."""

_COMMENT_HINT = (
    "Give it a value, or leave the key out. A text that begins with # needs quotes: YAML takes "
    "it for a comment."
)


@dataclass(frozen=True)
class Problem:
    """One thing to mend; `line` counts from 1, `key` is dotted and counts list items from 1."""

    line: int
    key: str
    what: str
    hint: str = ""


class RecipeError(UsageError):
    """A recipe that cannot be used; `problems` has everything that is wrong with it, by line.

    One problem is `error` and `hint`; of several, `error` has each on a line of its own.
    """

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.file = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        self.line = self.problems[0].line
        self.key = self.problems[0].key
        told = [(self._sentence(problem), problem.hint) for problem in self.problems]
        if len(told) == 1:
            super().__init__(*told[0])
        else:
            super().__init__("\n".join(f"{error} {hint}".strip() for error, hint in told))

    def _sentence(self, problem: Problem) -> str:
        key = f"{problem.key}: " if problem.key else ""
        return f"{self.file}:{problem.line}: {key}{problem.what}."


@dataclass(frozen=True)
class Document:
    """A recipe as YAML has it: plain data, and the line of every value in it."""

    data: dict[str, Any]
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest place around it that the file has."""
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def key(self, place: Place) -> str:
        """The place as people write it, such as `teachers.2.weight`."""
        while place not in self.lines and isinstance(place[-1], int):
            place = place[:-1]
        return _dotted(place)


def _dotted(place: Place) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in place)


class _TextConstructor(SafeConstructor):
    """Dates stay the text that was written; a recipe has none."""


_TextConstructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read(text: str, source: str) -> Document:
    """Read YAML into plain data.

    Raises:
        RecipeError: the text is no YAML, has a key twice, holds what no database can hold, refers
            to itself, or is no mapping.
    """
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        lines, wrong = _index(node)
        if wrong:
            raise RecipeError(source, wrong)
        data = _loader().load(text)
        # Through JSON, which no tagged value, cycle or key that is not text survives.
        plain = json.loads(json.dumps(data))
    except YAMLError as error:
        raise RecipeError(source, [_syntax_problem(error, text)]) from error
    except (RecursionError, TypeError, ValueError) as error:
        what = "is nested too deeply, or holds a value that no recipe has, such as a set"
        raise RecipeError(source, [Problem(1, "", what)]) from error
    if not isinstance(plain, dict):
        raise RecipeError(
            source, [Problem(1, "", "holds no keys", "Begin with `name:` and `goal:`.")]
        )
    return Document(plain, lines)


def _loader() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _TextConstructor
    return yaml


def _index(root: Node | None) -> tuple[dict[Place, int], list[Problem]]:
    """The line of every place; every key that stands twice, and every text no database holds."""
    lines: dict[Place, int] = {(): 1}
    wrong = []
    for place, node in _walk((), root):
        line = node.start_mark.line + 1
        if place in lines and place:
            what = f"stands twice, here and in line {lines[place]}"
            wrong.append(Problem(line, _dotted(place), what))
        lines[place] = line
    return lines, wrong + _unstorable(root)


def _unstorable(root: Node | None) -> list[Problem]:
    # In each scalar, keys too: escapes such as "\0" put there what YAML itself refuses as it is.
    what = "holds a NUL character or half of a surrogate pair, which no database can hold"
    found = []
    for node in _scalars(root):
        if "\x00" in node.value or not encodable(node.value):
            found.append(Problem(node.start_mark.line + 1, "", what))
    return found


def _scalars(node: Node | None) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, MappingNode):
        for pair in node.value:
            for part in pair:
                yield from _scalars(part)
    elif isinstance(node, SequenceNode):
        for part in node.value:
            yield from _scalars(part)


def _walk(place: Place, node: Node | None) -> Iterator[tuple[Place, Node]]:
    """Each value's place with the node that tells its line: the key's, where there is one."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield (*place, str(key.value)), key
            yield from _walk((*place, str(key.value)), value)
    elif isinstance(node, SequenceNode):
        for number, value in enumerate(node.value):
            yield (*place, number), value
            yield from _walk((*place, number), value)


def _syntax_problem(error: YAMLError, text: str) -> Problem:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = str(error.problem or error.context)
    elif isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        what = f"the character {error.character!r} is not allowed"
    else:
        line, what = 1, str(error)
    return Problem(line, "", f"this is no YAML: {what.strip()}", _syntax_hint(what))


def _syntax_hint(what: str) -> str:
    if "'@'" in what or "'`'" in what:
        return 'Put the text in quotes, such as "@ana".'
    if "\\t" in what:
        return "Indent with spaces, not with tabs."
    if "mapping values" in what:
        return "A text that has a colon and a space in it needs quotes."
    return ""


def refused(what: str, hint: str = "") -> PydanticCustomError:
    """What a validator raises to say what is wrong with a value, and the remedy."""
    return PydanticCustomError("refused", "{what}", {"what": what, "hint": hint})


def problems(
    document: Document, error: ValidationError, known: Mapping[Place, list[str]]
) -> list[Problem]:
    """Turn pydantic's report into sentences for the recipe's author.

    Args:
        document: the recipe that was validated.
        error: what pydantic said of it.
        known: the keys that each mapping of a recipe may have; list positions are left out.
    """
    found = []
    for item in error.errors(include_url=False):
        # A default that waits for another key's value is no mistake of its own.
        if item["type"] != "default_factory_not_called":
            place: Place = tuple(part for part in item["loc"] if part != "[key]")
            what, hint = _told(item, place, known)
            found.append(Problem(document.line(place), document.key(place), what, hint))
    return found


def _told(item: ErrorDetails, place: Place, known: Mapping[Place, list[str]]) -> tuple[str, str]:
    keys = tuple(part for part in place if isinstance(part, str))
    value = item["input"]
    match item["type"]:
        case "extra_forbidden":
            return _unknown(keys, known.get(keys[:-1], []))
        case "missing" if place and isinstance(place[-1], int):
            return f"has fewer than {place[-1] + 1} entries", ""
        case "missing":
            return "is missing", ""
        case "refused":
            return item["ctx"]["what"], item["ctx"]["hint"]
        case "value_error":
            return item["msg"].removeprefix("Value error, "), ""
        case _ if value is None:
            return "is empty", _COMMENT_HINT
        case "literal_error":
            allowed = re.findall(r"'([^']*)'", item["msg"])
            return f"{_message(item)}, not {_shown(value)}", _meant(str(value), allowed)
        case _:
            return f"{_message(item)}, not {_shown(value)}", ""


def _unknown(keys: tuple[str, ...], known: list[str]) -> tuple[str, str]:
    later = "not yet available in this version of Winnow"
    if keys in LATER:
        return later, "Leave it out for now."
    near = _meant(keys[-1], known)
    if keys[:-1] == ("checks",) and not near:
        return later, f"There are: {', '.join(known)}."
    return "unknown key", near or f"Known here: {', '.join(known)}."


_WORDS = {
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "tuple_type": "must be a list",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "decimal_type": "must be an amount in USD",
    "decimal_parsing": "must be an amount in USD",
    "finite_number": "must be a finite number",
}


def _message(item: ErrorDetails) -> str:
    given = item["msg"].replace("Input should be", "must be").replace("Input should", "must")
    return _WORDS.get(item["type"], given[:1].lower() + given[1:])


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"


def nearest(name: str, known: list[str], otherwise: str) -> str:
    """A hint that names the nearest known name, or `otherwise` where none is near."""
    return _meant(name, known) or otherwise


def _meant(name: str, known: list[str]) -> str:
    lower = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), lower, n=1, cutoff=0.6)
    return f"Did you mean `{lower[near[0]]}`?" if near else ""
