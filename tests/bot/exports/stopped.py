"""Exports that are stopped at each step in turn; a process of its own for test_stopped.py.

`stopped.py killed|full BASE` copies the folder BASE to its neighbours 1, 2, …, and in each lets a
child export to `exports`. The n-th child is stopped before its n-th step, a call that changes the
destination, or (`killed`) one that takes or commits a transaction. `killed`: it gets SIGKILL;
`full`: the call fails as on a full disk, and the error goes to the file `told`. The first child
that gets through is the last.
"""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import event

from bot.versions import export_now
from core.errors import WinnowError
from storage import datasets
from storage.engine import Store, open_store

NEEDS_ROOM = {"open", "os.mkdir", "os.rename"}
NEEDS_NONE = {"os.remove", "os.rmdir", "os.truncate"}


def before_changes(destination: Path, kinds: set[str], step: Callable[..., None]) -> None:
    """Have `step` called before each call of these kinds that changes the destination."""

    def audit(kind: str, arguments: tuple) -> None:
        if kind not in kinds or (kind == "open" and not arguments[2] & os.O_CREAT):
            return
        if kind in NEEDS_NONE or str(destination) in str(arguments[0]):
            step()

    sys.addaudithook(audit)


def at_step(number: int, stop: Callable[[], None]) -> Callable[..., None]:
    steps = count(1)

    def step(*_: object) -> None:
        if next(steps) == number:
            stop()

    return step


def killed(store: Store, folder: Path, number: int) -> None:
    step = at_step(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
    before_changes(folder / "exports", NEEDS_ROOM | NEEDS_NONE, step)
    event.listen(store.engine, "checkout", step)
    event.listen(store.engine, "commit", step)
    export_now(store, datasets.get(store, "care"), to=str(folder / "exports"))


def full(store: Store, folder: Path, number: int) -> None:
    def stop() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before_changes(folder / "exports", NEEDS_ROOM, at_step(number, stop))
    try:
        export_now(store, datasets.get(store, "care"), to=str(folder / "exports"))
    except WinnowError as error:
        (folder / "told").write_text(str(error), encoding="utf-8")
        os._exit(error.exit_code)


def opened(base: Path, name: str) -> tuple[Store, Path]:
    """A copy of BASE and the store in it."""
    folder = shutil.copytree(base, base.with_name(name))
    url = f"sqlite:///{folder / 'winnow.db'}"
    return open_store(url, lambda: datetime(2026, 3, 3, tzinfo=UTC)), folder


def main(how: Callable[[Store, Path, int], None], base: Path) -> None:
    store, folder = opened(base, "0")  # so that each child finds templates and queries compiled
    export_now(store, datasets.get(store, "care"), to=str(folder / "exports"))
    store.close()
    shutil.rmtree(folder)
    for number in count(1):
        child = os.fork()
        if not child:
            how(*opened(base, str(number)), number)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            return
        if status not in (-signal.SIGKILL, WinnowError.exit_code):
            sys.exit(f"child {number} ended with {status}")


if __name__ == "__main__":
    main({"killed": killed, "full": full}[sys.argv[1]], Path(sys.argv[2]))
