"""Where exports go: folders that hold whole versions and nothing else, whatever kills the process.

A version is written beside its place and renamed, then published in the database. Beside the
folder `NAME` of the versions lie `.NAME.lock`, which one process holds at a time, and, while a
version is under way, `.NAME.staged`.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from core.errors import UsageError, WinnowError
from storage.datasets import Dataset


def folders(dataset: Dataset, to: str | None) -> tuple[Path, ...]:
    """The folders of a dataset's versions, one in each destination; absolute.

    A recipe's `export.to` is relative to the recipe's file, wherever a command is run: versions
    stand side by side. `to` comes from a command line and is relative to the working directory.

    Raises:
        UsageError: `to` is an address, or empty.
    """
    if to == "":
        raise UsageError("--to is empty.", "Name a folder, or leave it out.")
    if to is not None and "://" in to:
        raise UsageError(
            f"--to: {to} is an address, which is not yet available in this version of Winnow.",
            "Name a folder.",
        )
    given = dataset.recipe.export.to
    named = [dataset.folder / place for place in given] if to is None else [Path(to)]
    return tuple(dict.fromkeys(place.resolve() / dataset.name for place in named))


@contextmanager
def held(places: Sequence[Path]) -> Iterator[list["Shelf"]]:
    """Hold these folders until the end; whoever else wants one of them waits.

    Raises:
        WinnowError: one of them cannot be made or locked.
    """
    with ExitStack() as stack:
        # In one order for all processes, so that no two wait for each other.
        shelves = {place: stack.enter_context(_locked(place)) for place in sorted(places)}
        yield [shelves[place] for place in places]


@contextmanager
def _locked(place: Path) -> Iterator["Shelf"]:
    with ExitStack() as stack:
        with _explained(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(_beside(place, "lock"), os.O_RDWR | os.O_CREAT, 0o644)
            stack.callback(os.close, lock)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield Shelf(place, lock)


class Shelf:
    """A folder of versions that this process holds.

    While a version is put there and not yet published, the lock file holds its number. A folder of
    that number which the database does not know was left by a process that died in between.
    """

    def __init__(self, place: Path, lock: int) -> None:
        self.place = place
        self._lock = lock
        self._staged = _beside(place, "staged")
        self._removed = _beside(place, "removed")

    def path(self, version: int) -> Path:
        """Where a version stands, or would."""
        return self.place / f"v{version:04d}"

    def clear(self, published: int) -> None:
        """Remove what a process that died has left; `published` is the last version published.

        Raises:
            WinnowError: something cannot be removed.
        """
        noted = os.pread(self._lock, 20, 0).strip()
        with _explained(self.place):
            for leftover in (self._staged, self._removed):
                if leftover.exists():
                    shutil.rmtree(leftover)
            if noted.isdigit() and int(noted) > published:
                self._remove(self.path(int(noted)))

    def put(self, version: int, files: Mapping[str, bytes]) -> None:
        """Write a version's folder, on the disk to the last byte before it takes its name.

        Raises:
            WinnowError: it could not be written; nothing of it is left.
        """
        with _explained(self.place):
            try:
                _write(self._staged, files)
                self._note(version)
                self.place.mkdir(exist_ok=True)
                self._staged.rename(self.path(version))
            except OSError:
                shutil.rmtree(self._staged, ignore_errors=True)
                raise
            _sync(self.place)
            _sync(self.place.parent)

    def settle(self) -> None:
        """The version that was put here is published: it stays for good."""
        os.ftruncate(self._lock, 0)

    def take_back(self, version: int) -> None:
        """Remove a version that was put here and not published.

        Raises:
            WinnowError: it cannot be removed.
        """
        with _explained(self.place):
            self._remove(self.path(version))

    def _remove(self, version: Path) -> None:
        """Remove a version's folder, out of sight first: it is never seen in parts."""
        if version.exists():
            version.rename(self._removed)
            shutil.rmtree(self._removed)

    def _note(self, version: int) -> None:
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, b"%d\n" % version, 0)
        os.fsync(self._lock)


def _beside(place: Path, what: str) -> Path:
    return place.with_name(f".{place.name}.{what}")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    inside = sorted({folder, *((folder / name).parent for name in files)})
    for place in inside:
        place.mkdir()
    for name, content in files.items():
        with (folder / name).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for place in inside:
        _sync(place)


def _sync(folder: Path) -> None:
    """Have the names in a folder on the disk, not only the contents behind them."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WinnowError(
            f"The export could not be written to {place}: {error.strerror or error}.",
            "Make room or allow writing there, or name another folder (--to, export.to).",
        ) from error
