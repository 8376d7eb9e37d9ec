"""DOCX, by python-docx: paragraphs, lists and tables, without headers, footers and notes."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from core.documents.base import Block, Document, UnreadableError, missing, of_blocks

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

_MOST_UNPACKED = 500_000_000
"""Bytes. A DOCX is a ZIP: a small one can unpack to what no memory holds."""


def read_docx(file: str, data: bytes) -> Document:
    """Its text in reading order; a table's rows as `| a | b |`.

    Raises:
        UnreadableError: it is no DOCX, wants a password, or unpacks to more than 500 MB.
        UsageError: python-docx is not installed.
    """
    try:
        import docx
    except ImportError as error:
        raise missing(file, "python-docx") from error
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
        if unpacked > _MOST_UNPACKED:
            raise UnreadableError(f"{file} unpacks to {unpacked / 1e6:,.0f} MB, too much to read.")
        content = docx.Document(BytesIO(data)).iter_inner_content()
        blocks = [block for part in content for block in _blocks(part)]
    except UnreadableError:
        raise
    # A damaged file fails in any way: KeyError, BadZipFile, lxml's errors. One with a password
    # is no ZIP.
    except Exception as error:
        raise UnreadableError(
            f"{file} cannot be read as DOCX: it is damaged, or locked by a password."
        ) from error
    return of_blocks(file, blocks)


def _blocks(part: "Paragraph | Table") -> Iterator[Block]:
    from docx.table import Table

    if isinstance(part, Table):
        yield from _rows(part)
        return
    style = (part.style.name if part.style else None) or ""
    if style.startswith(("Heading", "Title")):
        yield Block(part.text, "heading")
    elif part.text.strip() and (style.startswith("List") or _numbered(part)):
        yield Block(f"- {part.text.strip()}", "item")
    else:
        yield Block(part.text)


def _numbered(paragraph: "Paragraph") -> bool:
    """Whether Word shows a bullet or a number before it."""
    properties = paragraph._p.pPr
    return properties is not None and properties.numPr is not None


def _rows(table: "Table") -> Iterator[Block]:
    for row in table.rows:
        # Cells that were merged stand in each of their places: one of them is enough.
        cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}
        if any(cells.values()):
            yield Block(f"| {' | '.join(cells.values())} |", "row")
