"""HTML, by Beautiful Soup and the parser of the standard library."""

import warnings
from typing import TYPE_CHECKING

from core.documents.base import Block, Document, UnreadableError, missing, of_blocks

if TYPE_CHECKING:
    from bs4 import Tag

_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_PARAGRAPHS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr",
    "html", "legend", "main", "ol", "p", "section", "summary", "table", "tbody", "tfoot", "thead",
    "ul",
}  # fmt: skip
_UNSEEN = {
    "button", "canvas", "head", "iframe", "math", "nav", "noscript", "object", "script", "select",
    "style", "svg", "template", "textarea",
}  # fmt: skip


def read_html(file: str, data: bytes) -> Document:
    """What a reader of the page sees, without menus; a table's rows as `| a | b |`.

    Raises:
        UnreadableError: it cannot be read.
        UsageError: Beautiful Soup is not installed.
    """
    try:
        from bs4 import BeautifulSoup
    except ImportError as error:
        raise missing(file, "beautifulsoup4") from error
    try:
        with warnings.catch_warnings():
            # It warns of what resembles XML or an address; either is read as HTML all the same.
            warnings.simplefilter("ignore")
            soup = BeautifulSoup(data, "html.parser")
        page = _Page()
        page.read(soup)
    # The parser may fail in any way on what is no HTML, and a hostile page nests without end.
    except Exception as error:
        raise UnreadableError(f"{file} cannot be read as HTML.") from error
    return of_blocks(file, page.blocks())


class _Page:
    """The blocks of a page, gathered in reading order."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._line: list[str] = []
        self._item = False

    def blocks(self) -> list[Block]:
        """What was read."""
        self._end()
        return self._blocks

    def read(self, tag: "Tag") -> None:
        """Read what stands inside a tag."""
        from bs4.element import NavigableString, Tag

        for child in tag.children:
            if isinstance(child, Tag):
                self._tag(child)
            elif type(child) is NavigableString:  # its subclasses are comments and the like
                self._line.append(str(child))

    def _tag(self, tag: "Tag") -> None:
        if tag.name in _UNSEEN or tag.has_attr("hidden"):
            return
        if tag.name in _HEADINGS:
            self._add(Block(_inline(tag), "heading"))
        elif tag.name == "tr":
            cells = [_inline(cell) for cell in tag.find_all(["td", "th"])]
            self._add(Block(f"| {' | '.join(cells)} |" if any(cells) else "", "row"))
        elif tag.name == "pre":
            self._add(Block(tag.get_text()))
        elif tag.name == "li":
            self._end()
            self._item = True
            self.read(tag)
            self._end()
        elif tag.name in _PARAGRAPHS:
            self._end()
            self.read(tag)
            self._end()
        else:
            self._line.append(" " if tag.name == "br" else "")
            self.read(tag)

    def _add(self, block: Block) -> None:
        self._end()
        self._blocks.append(block)

    def _end(self) -> None:
        """Whatever stood before is a block of its own."""
        text = " ".join("".join(self._line).split())
        self._line = []
        if text:
            self._blocks.append(Block(f"- {text}", "item") if self._item else Block(text))
            self._item = False


def _inline(tag: "Tag") -> str:
    return " ".join(tag.get_text(" ").split())
