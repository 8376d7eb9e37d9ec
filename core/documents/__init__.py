"""Documents: reading Markdown, text, HTML, PDF and DOCX, and cutting them into passages.

Pure: bytes in, passages out; `bot.documents` reads the folder. The libraries for HTML, PDF and
DOCX are the extra `documents`, each imported by one function when it is needed.
"""

from collections.abc import Callable
from pathlib import PurePosixPath

from core.documents.base import Document, UnreadableError
from core.documents.cutting import cut
from core.documents.docx import read_docx
from core.documents.html import read_html
from core.documents.pdf import read_pdf
from core.documents.text import read_markdown, read_text
from core.ways.base import Passage

__all__ = ["KINDS", "Document", "UnreadableError", "cut", "passages", "reader"]

Reader = Callable[[str, bytes], Document]
KINDS: dict[str, Reader] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_text,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
"""By a file's suffix, what reads it."""


def passages(file: str, data: bytes) -> list[Passage]:
    """The passages of a file.

    Args:
        file: its path inside the folder of documents; passages and errors name it so.
        data: its bytes.

    Raises:
        UnreadableError: it gives none; one sentence says why.
        UsageError: the library that reads it is not installed.
    """
    document = reader(file)(file, data)
    if not document.text.strip():
        raise UnreadableError(f"{file} holds no text.")
    return cut(document)


def reader(file: str) -> Reader:
    """What reads a file of this name.

    Raises:
        UnreadableError: nothing does.
    """
    suffix = PurePosixPath(file).suffix.lower()
    if suffix not in KINDS:
        raise UnreadableError(f"{file} is of no kind that can be read ({', '.join(KINDS)}).")
    return KINDS[suffix]
