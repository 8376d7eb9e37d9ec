"""Markdown and plain text: the text as it stands, with headings as marks in Markdown."""

import re
from collections.abc import Iterator

from core.documents.base import Document, Mark, UnreadableError, label

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_FRONT_MATTER = re.compile(r"---\n(?:.*\n)*?(?:---|\.\.\.)(?:\n|\Z)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")


def read_text(file: str, data: bytes) -> Document:
    """Plain text. Its lines end at a line feed, whatever they ended at in the file.

    Raises:
        UnreadableError: it is no UTF-8 (or UTF-16 with its mark), or no text at all.
    """
    return Document(file, _decoded(file, data))


def read_markdown(file: str, data: bytes) -> Document:
    """Markdown, its marks kept: teachers read them.

    Raises:
        UnreadableError: as `read_text`.
    """
    text = _decoded(file, data)
    return Document(file, text, tuple(_headings(text)))


def _decoded(file: str, data: bytes) -> str:
    encoding = "utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{file} is not UTF-8.", "Save it as UTF-8.") from error
    if "\x00" in text:
        raise UnreadableError(f"{file} is no text: it holds NUL characters.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _headings(text: str) -> Iterator[Mark]:
    """`# ATX` headings and underlined ones, none in code or in front matter."""
    front = _FRONT_MATTER.match(text)
    start, fence = front.end() if front else 0, ""
    before = above = Mark(start, "")
    for line in text[start:].split("\n"):
        heading = _ATX.fullmatch(line)
        if opened := _FENCE.match(line):
            fence = _fence_after(fence, opened[1])
        elif heading and not fence:
            yield Mark(start, _plain(heading[1] or ""))
        elif not fence and above.label and not before.label and _UNDERLINE.fullmatch(line):
            yield above  # a single line; a rule below a paragraph or a table is mostly no underline
        plain = "" if heading or opened or fence else _plain(line)
        before, above = above, Mark(start, plain)
        start += len(line) + 1


def _fence_after(fence: str, found: str) -> str:
    """The fence that is open after one was found: one as long of the same kind closes it."""
    if not fence:
        return found
    return "" if found.startswith(fence) else fence


def _plain(heading: str) -> str:
    """A heading without Markdown's marks."""
    return label(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", _LINK.sub(r"\1", heading)))
