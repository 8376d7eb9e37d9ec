"""Many questions to several teachers at once, behind synchronous calls."""

import asyncio
import queue
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from core.errors import TeacherError
from core.teachers.base import Ask, Outcome, Reply, Teacher
from core.teachers.lane import Lane
from core.teachers.patience import Patience

_GOODBYE = 5.0  # seconds that closing the connections may take


class Engine:
    """Asks each teacher as fast as it bears, on one event loop in a thread of its own.

    One thread hands over requests (`room`, `submit`) and takes what becomes of them (`outcomes`);
    every key that was submitted comes out once. Nothing here is stored: of what was under way when
    the process ends, nobody knows whether it was charged.

    A teacher may be in one engine at a time. On leaving, what is under way is cut off and the
    teachers hang up.
    """

    def __init__(
        self,
        teachers: Mapping[str, Teacher],
        concurrency: Mapping[str, int],
        patience: Patience | None = None,
        *,
        loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
        chance: random.Random | None = None,
    ) -> None:
        """Start; nothing is sent yet.

        Args:
            teachers: by the recipe's `model`.
            concurrency: how many requests each of them may have under way.
            patience: how long to wait and how often to ask again.
            loop: makes the event loop; its clock is the engine's.
            chance: spreads the pauses.
        """
        self._teachers = teachers
        self._loop = loop()
        self._done: queue.SimpleQueue[tuple[str, Outcome | Exception]] = queue.SimpleQueue()
        self._lanes = {
            model: Lane(
                teacher,
                concurrency[model],
                patience or Patience(),
                chance or random.SystemRandom(),
                self._loop,
                lambda key, outcome: self._done.put((key, outcome)),
            )
            for model, teacher in teachers.items()
        }
        self._submitted: Counter[str] = Counter()
        self._handed_back = 0
        self._inbox: deque[tuple[str, str, Ask]] = deque()
        self._bug: Exception | None = None
        # A daemon: a server that hangs must not hold up the end of the process.
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="winnow-teachers", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def under_way(self) -> int:
        """How many keys have not come out yet."""
        return self._submitted.total() - self._handed_back

    def room(self, model: str) -> int:
        """How many more requests are worth handing over now; 0 for a teacher that is given up."""
        lane = self._lanes[model]
        return max(0, lane.limit - (self._submitted[model] - lane.finished))

    def submit(self, model: str, key: str, ask: Ask) -> None:
        """Hand over a request; the key is the caller's and comes back with the outcome."""
        self._submitted[model] += 1
        self._inbox.append((model, key, ask))
        if len(self._inbox) == 1:  # else the loop has not come to the one before it
            self._loop.call_soon_threadsafe(self._take_in)

    def outcomes(self, timeout: float | None = None) -> list[tuple[str, Outcome]]:
        """What came since the last call; waits until something did, if anything is under way.

        Args:
            timeout: seconds after which an empty list is returned.

        Raises:
            Exception: a bug in a teacher.
        """
        came: list[tuple[str, Outcome]] = []
        while self.under_way and self._bug is None:
            try:
                wait = not came
                key, outcome = self._done.get(wait, timeout if wait else None)
            except queue.Empty:
                break
            self._handed_back += 1
            if isinstance(outcome, Reply | TeacherError):
                came.append((key, outcome))
            else:
                self._bug = outcome
        if self._bug is not None and not came:
            bug, self._bug = self._bug, None  # what came beside it may still be taken
            raise bug
        return came

    def cancel(self) -> list[str]:
        """Send nothing more and end what is under way, at once.

        Returns:
            The keys that this ended. They come out of `outcomes` like all others: NotAskedError for
            what was never sent, UnansweredError for what may have been charged.
        """
        return asyncio.run_coroutine_threadsafe(self._cancel(), self._loop).result()

    def close(self) -> None:
        """Cancel what is under way and hang up; safe to call twice."""
        if self._loop.is_closed():
            return
        try:
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(_GOODBYE)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _take_in(self) -> None:
        while self._inbox:
            model, key, ask = self._inbox.popleft()
            self._lanes[model].put(key, ask)

    async def _cancel(self) -> list[str]:
        self._take_in()
        return [key for lane in self._lanes.values() for key in lane.cancel()]

    async def _hang_up(self) -> None:
        tasks = [task for lane in self._lanes.values() for task in lane.tasks]
        await self._cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for teacher in self._teachers.values():
            await teacher.hang_up()
        await self._loop.shutdown_asyncgens()


def ask_one(teacher: Teacher, ask: Ask, patience: Patience | None = None) -> Reply:
    """Ask a single question and wait for the reply; the teacher hangs up afterwards.

    Raises:
        TeacherError: none came.
    """
    with Engine({teacher.name: teacher}, {teacher.name: 1}, patience) as engine:
        engine.submit(teacher.name, "", ask)
        [(_, outcome)] = engine.outcomes()
    if isinstance(outcome, TeacherError):
        raise outcome
    return outcome
