"""Many requests to one teacher at a time, behind one synchronous generator."""

import queue
import threading
from collections.abc import Iterator, Sequence

from core.errors import TeacherError
from core.teachers.base import Ask, NotAskedError, Reply, Teacher
from core.teachers.replay import ReplayTeacher

Outcome = Reply | TeacherError


def ask_all(
    teacher: Teacher, asks: Sequence[tuple[str, Ask]], *, concurrency: int
) -> Iterator[tuple[str, Outcome]]:
    """Ask for everything, `concurrency` requests at a time, and yield each outcome as it comes.

    Every key comes out exactly once, with a reply or an error. After a fatal error nothing more
    is sent: what was under way still comes out as it ends, and the rest as NotAskedError, which
    cost nothing. A replay is asked one at a time, so that its lines meet the requests in order.

    Closing the generator early (as a KeyboardInterrupt does) sends nothing more either; replies
    then under way are lost, so their reservations must count as spent. Close the teacher too, to
    end the pauses between attempts.

    Args:
        teacher: whom to ask; its `ask` is called from several threads.
        asks: (key, request) pairs; the key is the caller's and comes back with the outcome.
        concurrency: how many requests may be under way at a time.
    """
    work = _Work(teacher, asks)
    threads = 1 if isinstance(teacher, ReplayTeacher) else min(max(concurrency, 1), len(asks))
    try:
        for _ in range(threads):
            # Daemons: a hung request must not hold up the end of the process.
            threading.Thread(target=work.run, name="winnow-teacher", daemon=True).start()
        for _ in asks:
            key, outcome = work.done.get()
            if isinstance(outcome, BaseException) and not isinstance(outcome, TeacherError):
                raise outcome
            yield key, outcome
    finally:
        work.closed.set()


class _Work:
    def __init__(self, teacher: Teacher, asks: Sequence[tuple[str, Ask]]) -> None:
        self._teacher = teacher
        self._waiting: queue.SimpleQueue[tuple[str, Ask]] = queue.SimpleQueue()
        for pair in asks:
            self._waiting.put(pair)
        self._fatal: TeacherError | None = None
        self.done: queue.SimpleQueue[tuple[str, Outcome | Exception]] = queue.SimpleQueue()
        self.closed = threading.Event()

    def run(self) -> None:
        """Until nothing waits or the generator is closed: take a request, put its outcome."""
        while not self.closed.is_set():
            try:
                key, ask = self._waiting.get_nowait()
            except queue.Empty:
                return
            self.done.put((key, self._outcome(ask)))

    def _outcome(self, ask: Ask) -> Outcome | Exception:
        if self._fatal is not None:
            return NotAskedError(
                f"Not asked, because an earlier request failed: {self._fatal.error}",
                self._fatal.hint,
                fatal=True,
            )
        try:
            return self._teacher.ask(ask)
        except TeacherError as error:
            if error.fatal:
                self._fatal = error
            return error
        except Exception as error:
            return error  # a bug of ours: raised again in the caller's thread
