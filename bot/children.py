"""Processes that the demo starts, each in a process group of its own: none outlives the demo."""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.errors import WinnowError

_LOOK_SECONDS = 0.05
_STOP_SECONDS = 10.0


@dataclass
class Child:
    """A process that runs beside the demo; what it writes goes to the file `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def lines(self) -> list[str]:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()

    def wait_for(self, opening: str, seconds: float) -> str:
        """Wait for a line that begins so, and return it.

        Raises:
            WinnowError: the process ended, or was silent for so long.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.lines():
                if line.startswith(opening):
                    return line
            self.check()
            time.sleep(_LOOK_SECONDS)
        raise WinnowError(f"The {self.name} was not ready within {seconds:.0f} s.", self._see_log())

    def check(self) -> None:
        """Raise `WinnowError`, with the last line it wrote, if the process has ended."""
        status = self.process.poll()
        if status is not None:
            last = next((line for line in reversed(self.lines()) if line.strip()), "nothing")
            raise WinnowError(
                f"The {self.name} ended with status {status}; the last it said: {last}",
                self._see_log(),
            )

    def stop(self) -> None:
        """Ask it to end, then end its whole group."""
        if self.process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _see_log(self) -> str:
        return f"All of it is in {self.log}."


class Children:
    """The running processes; leaving the `with` block, for whatever reason, ends them all."""

    def __init__(self) -> None:
        self._running: list[Child] = []
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        atexit.register(self.stop)
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, _leave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        atexit.unregister(self.stop)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def start(
        self, name: str, module: Sequence[str], *, folder: Path, environ: Mapping[str, str]
    ) -> Child:
        """Start `python -m MODULE …` in a folder; its output goes to NAME.log there."""
        log = folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", *module],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(environ),
                start_new_session=True,
            )
        child = Child(name, process, log)
        self._running.append(child)
        return child

    def check(self) -> None:
        """Raise `WinnowError` if one of them has ended."""
        for child in self._running:
            child.check()

    def stop(self) -> None:
        """End them all, the last one first."""
        while self._running:
            self._running[-1].stop()
            self._running.pop()


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
