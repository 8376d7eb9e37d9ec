"""What reading a document gives: its text, and the marks by which people find a place in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.errors import UsageError

_LONGEST_LABEL = 80


class UnreadableError(UsageError):
    """A file that gives no passage; one sentence says why, and the others are read all the same."""


class Mark(NamedTuple):
    """Where a section (its heading) or a page begins, in characters from 0, and what it is called.

    An empty label is a heading without words: a place to cut, but none to name.
    """

    start: int
    label: str


@dataclass(frozen=True)
class Document:
    """The text of a file. `marks` are in order; `kind` says what they mark."""

    file: str
    text: str
    marks: tuple[Mark, ...] = ()
    kind: Literal["section", "page"] = "section"


class Block(NamedTuple):
    """A piece of a document: a heading, a paragraph, a row of a table, an item of a list."""

    text: str
    kind: Literal["heading", "paragraph", "row", "item"] = "paragraph"


def of_blocks(file: str, blocks: Iterable[Block]) -> Document:
    """A document of blocks: an empty line between two, but none inside a table or a list."""
    parts: list[str] = []
    marks: list[Mark] = []
    length, before = 0, ""
    for block in blocks:
        text = storable(block.text).strip()
        if not text:
            continue
        between = "\n" if block.kind == before and before in ("row", "item") else "\n\n"
        parts.append(between if parts else "")
        length += len(parts[-1])
        if block.kind == "heading":
            marks.append(Mark(length, label(text)))
        parts.append(text)
        length, before = length + len(text), block.kind
    return Document(file, "".join(parts), tuple(marks))


def label(text: str) -> str:
    """A heading as it names a place: on one line, and short."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LABEL else f"{line[:_LONGEST_LABEL].rstrip()}…"


def storable(text: str) -> str:
    """The text as every database can hold it: without NUL, and half a surrogate pair replaced."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def missing(file: str, package: str) -> UsageError:
    """What to say where an optional library is not installed."""
    return UsageError(
        f"Reading {file} needs the package {package}, which is not installed.",
        "Install the extra `documents`: pip install 'winnow-bot[documents]'.",
    )
