"""PDF, by pypdf: the text that a page holds, not what stands in its pictures."""

import logging
from io import BytesIO

from core.documents.base import Document, Mark, UnreadableError, missing, storable


def read_pdf(file: str, data: bytes) -> Document:
    """The text of its pages, a page's number as its mark.

    Raises:
        UnreadableError: it is no PDF, wants a password, or holds no text, as a scan does.
        UsageError: pypdf is not installed.
    """
    try:
        import pypdf
    except ImportError as error:
        raise missing(file, "pypdf") from error
    # What it mends by itself it logs as a warning, up to thousands of lines for one file.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(BytesIO(data))
        pages = [storable(page.extract_text()).strip() for page in reader.pages]
    except (pypdf.errors.FileNotDecryptedError, pypdf.errors.DependencyError) as error:
        raise UnreadableError(f"{file} is locked by a password.", "Save it without one.") from error
    # A damaged PDF fails in any way: KeyError, ValueError, RecursionError, its own errors.
    except Exception as error:
        raise UnreadableError(f"{file} cannot be read as PDF.") from error
    if not any(pages):
        raise UnreadableError(
            f"{file} holds no text: its pages are pictures.",
            "Have its text recognised (OCR), and save it anew.",
        )
    return _joined(file, pages)


def _joined(file: str, pages: list[str]) -> Document:
    """The pages' text in one; a sentence may go on from one page to the next."""
    marks, length = [], 0
    for number, page in enumerate(pages, 1):
        marks.append(Mark(length, str(number)))
        length += len(page) + 1
    return Document(file, "\n".join(pages), tuple(marks), "page")
