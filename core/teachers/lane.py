"""One teacher's requests: how many at a time, how fast, when again, and what becomes of each."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from random import Random
from typing import NamedTuple

from core.errors import TeacherError
from core.teachers.base import Ask, Heard, NotAskedError, Outcome, Teacher, UnansweredError
from core.teachers.caching import ALONE, Openings
from core.teachers.failures import AttemptError, Failure
from core.teachers.pacing import Pace, Sent
from core.teachers.patience import Patience
from core.teachers.window import Window

_ALL_USED = "the teacher {} takes the next one in {:.0f} minutes, by the limits that it announces."
_LATER = "Ask again later."

Done = Callable[[str, Outcome | Exception], None]


@dataclass(eq=False)
class _Request:
    """What is asked, and how it went so far.

    Attributes:
        key: the caller's name for it.
        prefix: stands for what its prompt begins with, if the provider keeps that.
        begun: when its first attempt began.
        attempts: those that ended without a reply.
        faults: those of them that failed for another reason than want of room.
        unanswered: those of them that may have been charged.
    """

    key: str
    ask: Ask
    prefix: str | None
    begun: float = 0.0
    attempts: int = 0
    faults: int = 0
    unanswered: int = 0


class _End(NamedTuple):
    """Why nothing more is sent; `fatal` and `hint` as in TeacherError."""

    why: str
    hint: str = ""
    fatal: bool = False


class Lane:
    """All requests to one model at one address; lives in its event loop's thread.

    Every request that is put in comes out once, by `done`: with a reply, a TeacherError or, for a
    bug of ours, another exception. Times are the loop's, in seconds.
    """

    def __init__(
        self,
        teacher: Teacher,
        bound: int,
        patience: Patience,
        chance: Random,
        loop: asyncio.AbstractEventLoop,
        done: Done,
    ) -> None:
        self.finished = 0
        self._teacher = teacher
        self._patience = patience
        self._chance = chance
        self._loop = loop
        self._done = done
        self._window = Window(1 if teacher.in_order else bound)
        self._pace = Pace()
        self._openings = Openings()
        # All that did not come out yet; of them, those that wait for their turn, for the first
        # request of their prefix, or for an answer. The rest rests after a fault, and keeps its
        # place meanwhile: else a server that breaks down for a minute would be shown everything.
        self._held: dict[_Request, None] = {}
        self._waiting: deque[_Request] = deque()
        self._parked: dict[str, list[_Request]] = {}
        self._flying: dict[_Request, asyncio.Task[None]] = {}
        self._resting = 0
        self._closed_until = 0.0
        # Since the last reply: how often the lane was closed, and what failed otherwise.
        self._storms = 0
        self._faults = 0
        self._answered_at = -inf
        self._alarm: asyncio.TimerHandle | None = None
        self._end: _End | None = None

    @property
    def limit(self) -> int:
        """How many requests may be under way now; 0 once nothing more is sent."""
        return 0 if self._end is not None else self._window.limit

    @property
    def tasks(self) -> list["asyncio.Task[None]"]:
        """The attempts under way."""
        return list(self._flying.values())

    def put(self, key: str, ask: Ask) -> None:
        """Take a request; it goes out when its turn comes."""
        self._safely(self._take, key, ask)

    def cancel(self) -> list[str]:
        """End everything at once; returns the keys that come out for that reason."""
        cut = [request.key for request in self._held]
        for request, task in self._flying.items():
            task.cancel()
            request.unanswered += 1
        self._flying.clear()
        self._end_all(_End("the run was cancelled."))
        return cut

    # Sending

    def _safely(self, step: Callable[..., None], *arguments: object) -> None:
        """Tell a bug of ours to the caller, who would else wait for ever."""
        try:
            step(*arguments)
        except Exception as bug:
            self._done("", bug)

    def _take(self, key: str, ask: Ask) -> None:
        request = _Request(key, ask, self._teacher.prefix(ask).key)
        self._held[request] = None
        self._waiting.append(request)
        if self._end is not None:
            self._end_all(self._end)
        else:
            self._pump()

    def _pump(self) -> None:
        """Send what may be sent now, and wake when more may."""
        now = self._loop.time()
        while self._waiting and len(self._flying) + self._resting < self._window.limit:
            wait = self._wait(now)
            if wait > 0:
                self._wake_in(wait)
                break
            request = self._waiting.popleft()
            if request.prefix is not None and self._openings.must_wait(request.prefix, now):
                self._parked.setdefault(request.prefix, []).append(request)
            else:
                self._send(request, now)

    def _wait(self, now: float) -> float:
        """Seconds until the first that waits may be sent."""
        paced = self._pace.wait(self._waiting[0].ask, now)
        if paced > self._patience.total and not self._flying:
            self._end_all(_End(_ALL_USED.format(self._teacher.name, paced / 60), _LATER))
        return max(self._closed_until - now, paced)

    def _wake_in(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_later(seconds, self._safely, self._pump)

    def _send(self, request: _Request, now: float) -> None:
        if not request.attempts:
            request.begun = now
        if request.prefix is not None and self._openings.sent(request.prefix, now):
            self._loop.call_later(ALONE, self._safely, self._unpark, request.prefix)
        sent = self._pace.send(request.ask, now)
        self._flying[request] = self._loop.create_task(self._attempt(request, sent))

    async def _attempt(self, request: _Request, sent: Sent) -> None:
        heard: Heard | Exception
        try:
            async with asyncio.timeout(self._patience.whole(request.ask.max_output_tokens)):
                heard = await self._teacher.attempt(request.ask, self._patience)
        except TimeoutError:
            heard = AttemptError("no answer in time", unanswered=True, timed_out=True)
        except asyncio.CancelledError:
            if request not in self._flying:
                raise
            # Not by us: a library let its own cancellation out, which nobody would hear of.
            heard = AttemptError("the connection was given up", unanswered=True)
        except Exception as error:
            heard = error
        if self._flying.pop(request, None) is not None:
            self._safely(self._hear, request, sent, heard)

    def _unpark(self, prefix: str) -> None:
        parked = self._parked.pop(prefix, [])
        self._waiting.extendleft(reversed(parked))
        if parked:
            self._pump()

    # Hearing

    def _hear(self, request: _Request, sent: Sent, heard: Heard | Exception) -> None:
        now = self._loop.time()
        self._learn(request, sent, heard, now)
        if isinstance(heard, Heard):
            self._answered(request, heard, now)
        elif isinstance(heard, AttemptError):
            self._failed(request, heard, sent.at, now)
        else:
            self._give_up(request, heard)
        self._pump()

    def _learn(self, request: _Request, sent: Sent, heard: Heard | Exception, now: float) -> None:
        usage = heard.reply.usage if isinstance(heard, Heard) else None
        limits = heard.limits if isinstance(heard, Heard | AttemptError) else ()
        self._pace.hear(sent, limits, usage, now)
        if request.prefix is not None:
            self._openings.ended(request.prefix, now, answered=isinstance(heard, Heard))
            self._unpark(request.prefix)

    def _answered(self, request: _Request, heard: Heard, now: float) -> None:
        self._storms = self._faults = 0
        self._answered_at = now
        self._window.answered(now)
        lost = request.unanswered
        self._finish(request, replace(heard.reply, unanswered=lost) if lost else heard.reply)

    def _failed(self, request: _Request, last: AttemptError, sent_at: float, now: float) -> None:
        request.attempts += 1
        request.unanswered += last.unanswered
        full = last.told_to_wait or last.timed_out
        news = self._window.overloaded(sent_at, now) if full else False
        if last.told_to_wait:
            self._storms += news
            again_at = self._close_until(now, last.retry_after, news=news)
        else:
            request.faults += 1
            self._faults += 1
            rounds = 1 + self._faults // self._window.limit
            again_at = now + self._pause(max(request.faults, rounds), last.retry_after)
        explained = self._explained(request, last, now)
        if self._is_last(request, last, again_at):
            self._give_up(request, explained)
        elif request.unanswered >= (self._patience.charged or inf):
            self._rest(again_at, self._hand_back, request, explained)
        elif last.told_to_wait:
            self._waiting.appendleft(request)
        else:
            self._rest(again_at, self._waiting.appendleft, request)

    def _rest(
        self, until: float, then: Callable[..., None], request: _Request, *more: object
    ) -> None:
        """Do something with a request later; it keeps its place until then."""

        def resume() -> None:
            self._resting -= 1
            if request in self._held:
                then(request, *more)
                self._pump()

        self._resting += 1
        self._loop.call_at(until, self._safely, resume)

    def _close_until(self, now: float, retry_after: float | None, *, news: bool) -> float:
        """Send nothing for a while; returns until when.

        What was under way when the lane was closed says nothing new, unless it says how long.
        """
        asked_for = self._patience.asked_for(retry_after)
        wait = self._pause(self._storms, retry_after) if news else asked_for
        self._closed_until = max(self._closed_until, now + wait)
        return self._closed_until

    def _pause(self, failures: int, retry_after: float | None) -> float:
        backoff = self._patience.pause(failures, self._chance.random())
        return max(backoff, self._patience.asked_for(retry_after))

    def _is_last(self, request: _Request, last: AttemptError, again_at: float) -> bool:
        if not last.passing or self._end is not None:
            return True
        too_often = request.faults >= self._patience.attempts
        return too_often or again_at - request.begun > self._patience.total

    # Ending

    def _explained(self, request: _Request, last: AttemptError, now: float) -> TeacherError:
        failure = Failure(
            last=last,
            attempts=request.attempts,
            seconds=now - request.begun,
            unanswered=request.unanswered,
            others_answered=self._answered_at >= request.begun,
        )
        return self._teacher.explain(failure)

    def _hand_back(self, request: _Request, explained: TeacherError) -> None:
        """Let the caller decide whether another attempt is paid for."""
        attempts = request.unanswered
        error, hint = explained.error, explained.hint
        back = UnansweredError(error, hint, fatal=False, attempts=attempts, again=True)
        self._finish(request, back)

    def _give_up(self, request: _Request, error: Exception) -> None:
        """Let a request end with this error; if it is fatal, what is not under way ends too."""
        self._finish(request, error)
        if isinstance(error, TeacherError) and error.fatal and self._end is None:
            why = f"an earlier request failed: {error.error}"
            self._end_all(_End(why, error.hint, fatal=True))

    def _end_all(self, end: _End) -> None:
        """Send nothing more; what is not under way comes out."""
        self._end = end
        self._waiting.clear()
        self._parked.clear()
        if self._alarm is not None:
            self._alarm.cancel()
        for request in [each for each in self._held if each not in self._flying]:
            self._finish(request, self._not_asked(request, end))

    def _not_asked(self, request: _Request, end: _End) -> TeacherError:
        if not request.unanswered:
            return NotAskedError(f"Not asked, because {end.why}", end.hint, fatal=end.fatal)
        return UnansweredError(
            f"The teacher {self._teacher.name} was asked, but not waited for, because {end.why}",
            end.hint,
            fatal=end.fatal,
            attempts=request.unanswered,
        )

    def _finish(self, request: _Request, outcome: Outcome | Exception) -> None:
        del self._held[request]
        self.finished += 1
        self._done(request.key, outcome)
