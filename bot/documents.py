"""The recipe's folder of documents: its files are read here, and cut into passages in core."""

import os
from dataclasses import dataclass
from pathlib import Path

from core import documents
from core.errors import UsageError
from core.ways.base import Passage

MOST_BYTES = 50_000_000
"""Of one file: a book has 1 MB of text, a scanned one rarely more than 50 MB of pictures."""


@dataclass(frozen=True)
class Folder:
    """What a folder of documents gives; `left_out` is a sentence for each file that gives nothing.

    The order is that of the files' paths, and of the passages in each: the same on every machine.
    """

    passages: tuple[Passage, ...]
    left_out: tuple[str, ...]


NONE = Folder((), ())


def read(folder: Path) -> Folder:
    """Read all documents in a folder and those below it; links to folders are not followed.

    Raises:
        UsageError: the folder cannot be read or no file of it gives a passage; a library is not
            installed that one of them needs.
    """
    found: list[Passage] = []
    left_out: list[str] = []
    for name in _names(folder):
        try:
            found.extend(documents.passages(name, _bytes(folder / name, name)))
        except documents.UnreadableError as error:
            left_out.append(str(error))
    if not found:
        raise UsageError(
            f"documents: no file in {folder.name} can be used. {' '.join(left_out)}".strip(),
            f"Put {', '.join(documents.KINDS)} files into it.",
        )
    return Folder(tuple(found), tuple(left_out))


def _names(folder: Path) -> list[str]:
    """The paths of all files below a folder, and of hidden folders, which are not looked into.

    Raises:
        UsageError: the folder, or one in it, cannot be read.
    """
    names = []
    for at, folders, files in os.walk(folder, onerror=_refuse):
        hidden = [name for name in folders if name.startswith(".")]
        folders[:] = [name for name in folders if name not in hidden]
        names += [(Path(at) / name).relative_to(folder).as_posix() for name in hidden + files]
    return sorted(names)


def _refuse(error: OSError) -> None:
    raise UsageError(
        f"documents: {Path(error.filename).name} cannot be read: {error.strerror}.",
        "The path is relative to the recipe's file.",
    ) from error


def _bytes(path: Path, name: str) -> bytes:
    """A file's bytes.

    Raises:
        UnreadableError: it is hidden, of no kind that is read, too large, or cannot be opened.
    """
    if path.name.startswith((".", "~$")):
        raise documents.UnreadableError(f"{name} is hidden.")
    documents.reader(name)
    try:
        if not path.is_file():
            raise documents.UnreadableError(f"{name} is no file.")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise documents.UnreadableError(
                f"{name} has {size / 1e6:,.0f} MB; a document may have {MOST_BYTES / 1e6:.0f}.",
                "Split it, or save it without its pictures.",
            )
        return path.read_bytes()
    except OSError as error:
        raise documents.UnreadableError(f"{name} cannot be read: {error.strerror}.") from error
