"""The rounds of generation: plan, reserve, ask, read, check, settle, until there are enough.

Requests go out in waves, as many at a time as the teachers may have under way, so that each wave
is planned by what the one before it brought, and an interruption leaves few requests unaccounted
for (those under way, whose reservations count as spent).
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from bot.prompting import Prompting
from bot.seeds import short_hash
from bot.sifting import Sieve, Sifted, storable
from bot.tallies import Generated, Progress, Tally, cost_of, cost_of_failure
from core import asking, planning
from core.asking import Composed
from core.errors import TeacherError
from core.planning import Call
from core.recipe import TeacherSpec, Way
from core.teachers import ask_all
from core.teachers.base import NotAskedError, Reply, Teacher
from core.votes import State
from storage import planning as planned
from storage import requests, samples
from storage.datasets import Dataset
from storage.engine import Store
from storage.requests import Paid, Wanted

MOST_RECORDS = 3
"""A run stops after this many records for each candidate wanted (SURFACE.md)."""
_FOR_WANT_OF_REPLIES = ("teacher", "records")


@dataclass(frozen=True)
class Pending:
    """A request to be made: the plan, and what is sent; `corrects` is the one it asks again for."""

    call: Call
    composed: Composed
    corrects: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What the request log and the origins keep of how it was sent."""
        known = {
            "temperature": self.call.temperature,
            "max_output_tokens": self.call.teacher.max_output_tokens,
            "count": self.call.count,
            "corrects": self.corrects,
        }
        return {name: value for name, value in known.items() if value is not None}


def plan(
    store: Store,
    dataset: Dataset,
    numbers: Sequence[int],
    specs: Sequence[TeacherSpec],
    ways: Sequence[Way],
    category: str | None,
) -> list[Call]:
    """Plan requests by what the store holds now; see core.planning."""
    return planning.plan(
        dataset.recipe,
        numbers,
        teachers=specs,
        ways=ways,
        covered=planned.covered(store, dataset.id),
        asked=planned.asked(store, dataset.id),
        category=category,
    )


@dataclass(frozen=True)
class Wish:
    """What a run is asked for: how many candidates, of which category, about what, by whom."""

    wanted: int
    category: str | None = None
    about: str = ""
    person: str | None = None


def day_begins(store: Store, dataset: Dataset) -> datetime:
    """The last midnight in the schedule's time zone, in UTC: a budget's day."""
    local = store.now().astimezone(dataset.recipe.schedule.zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


@dataclass(frozen=True)
class _Reserved:
    """A request for which money is set aside; `most` is None where its price is unknown."""

    id: int
    pending: Pending
    most: Decimal | None


class Run:
    """One run of `generate`: its tallies, and what each wave does."""

    def __init__(
        self,
        store: Store,
        dataset: Dataset,
        wish: Wish,
        able: Mapping[str, Teacher],
        prompting: Prompting,
        report: Callable[[Progress], None],
    ) -> None:
        self._store = store
        self._dataset = dataset
        self._wish = wish
        self._able = able
        self._prompting = prompting
        self._report = report
        self._sieve = Sieve(dataset.recipe, samples.known(store, dataset.id))
        self._again: list[Pending] = []
        self._failed: dict[str, TeacherError] = {}
        self._dead: set[str] = set()
        self._under_way = 0
        self._tally = Tally(wish.wanted)

    def go(self, stop: threading.Event) -> None:
        """Ask until there are enough candidates or a reason to stop.

        Raises:
            TeacherError: no teacher gave a single reply.
        """
        try:
            self._check_target()
            while self._more(stop):
                for group in self._wave():
                    if self._more(stop):
                        self._ask(group)
        except KeyboardInterrupt:
            self._tally.stop("interrupted", _interrupted(self._under_way))
        if self._failed and not self._tally.replies and self._tally.stopped in _FOR_WANT_OF_REPLIES:
            raise next(iter(self._failed.values()))

    def result(self, seconds: float) -> Generated:
        """What it came to, after so many seconds."""
        return self._tally.result(seconds, map(str, self._failed.values()))

    def _check_target(self) -> None:
        target = self._dataset.recipe.target
        if samples.count(self._store, self._dataset.id)[State.APPROVED] >= target:
            self._tally.stop("target", f"The target of {target} approved records is reached.")

    def _more(self, stop: threading.Event) -> bool:
        if stop.is_set() and not self._tally.stopped:
            self._tally.stop("interrupted", _interrupted(0))
        return not self._tally.stopped and self._tally.candidates < self._wish.wanted

    def _wave(self) -> list[list[Pending]]:
        """The next requests, by teacher: what is asked again first, then what still lacks."""
        specs = [spec for spec in self._dataset.recipe.teachers if spec.model not in self._dead]
        room = MOST_RECORDS * self._wish.wanted - self._tally.seen
        if not specs:
            self._tally.stop("teacher", " ".join(map(str, self._failed.values())))
            return []
        if room <= 0:
            self._tally.stop("records", _too_few(self._tally))
            return []
        again = [one for one in self._again if one.call.teacher.model not in self._dead]
        self._again = []
        lacking = min(self._wish.wanted - self._tally.candidates, room)
        lacking -= sum(one.call.count for one in again)
        at_once = max(sum(spec.concurrency for spec in specs) - len(again), 0)
        numbers = planning.counts(lacking, self._dataset.recipe.per_call, at_once)
        calls = plan(
            self._store, self._dataset, numbers, specs, self._prompting.ways, self._wish.category
        )
        new = [Pending(call, self._prompting.compose(call, self._wish.about)) for call in calls]
        wave = sorted([*again, *new], key=lambda one: one.call.teacher.model)
        return [list(group) for _, group in groupby(wave, lambda one: one.call.teacher.model)]

    def _ask(self, group: Sequence[Pending]) -> None:
        """Ask one teacher all of its requests of a wave that the budget holds."""
        spec = group[0].call.teacher
        reserved = {str(one.id): one for one in self._reserve(group)}
        asks = [(key, one.pending.composed.ask) for key, one in reserved.items()]
        self._under_way = len(asks)
        for key, outcome in ask_all(self._able[spec.model], asks, concurrency=spec.concurrency):
            if isinstance(outcome, Reply):
                self._replied(reserved[key], outcome)
            else:
                self._refused(reserved[key], outcome)
            self._under_way -= 1
            self._report(self._tally.progress())

    def _reserve(self, group: Sequence[Pending]) -> list[_Reserved]:
        reserved: list[_Reserved] = []
        for one in group:
            most = self._able[one.call.teacher.model].most(one.composed.ask)
            wanted = self._wanted_request(one, most)
            today = day_begins(self._store, self._dataset)
            number = requests.reserve(self._store, self._dataset, wanted, day_begins=today)
            if number is None:
                break
            reserved.append(_Reserved(number, one, most))
        # What found no room while others hold theirs may find some once these are settled.
        left = group[len(reserved) :]
        self._again.extend(one for one in left if one.corrects is not None)
        if not reserved:
            self._tally.stop(*self._spent(most or Decimal(0)))
        return reserved

    def _wanted_request(self, one: Pending, most: Decimal | None) -> Wanted:
        return Wanted(
            teacher=one.call.teacher.model,
            ask=one.composed.way,
            prompt=one.composed.prompt,
            prompt_hash=one.composed.prompt_hash,
            parameters=one.parameters,
            seeds=tuple(short_hash(seed) for seed in one.composed.seeds),
            most_usd=most,
            person=self._wish.person,
        )

    def _spent(self, most: Decimal) -> tuple[str, str]:
        """Which limit does not hold a request of `most` USD."""
        budget = self._dataset.recipe.budget
        spent = requests.spent(self._store, self._dataset.id)
        total_usd = budget.total_usd
        if budget.per_day_usd is None or (total_usd is not None and spent + most > total_usd):
            return "budget_total", _no_room("total_usd", total_usd, spent, most)
        today = day_begins(self._store, self._dataset)
        spent = requests.spent(self._store, self._dataset.id, today)
        return "budget_day", _no_room("per_day_usd", budget.per_day_usd, spent, most)

    def _replied(self, reserved: _Reserved, reply: Reply) -> None:
        one = reserved.pending
        cost = cost_of(reply, reserved.most)
        sifted = self._sieve.sift(
            reply,
            one.composed,
            teacher=one.call.teacher.model,
            request=reserved.id,
            parameters=one.parameters,
            cost_usd=cost,
        )
        paid = Paid(
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            usage=reply.usage.raw or None,
            cost_usd=cost,
            reply=storable(reply.text),
            stop=reply.stop,
        )
        numbers = requests.settle(self._store, self._dataset.id, reserved.id, paid, sifted.news)
        self._tally.replied(paid, sifted, numbers, asked=one.call.count)
        if one.corrects is None and (owed := one.call.count - sifted.records) > 0:
            self._ask_again(reserved, reply, sifted, owed)

    def _ask_again(self, reserved: _Reserved, reply: Reply, sifted: Sifted, owed: int) -> None:
        if sifted.broken:
            one = reserved.pending
            composed = asking.correct(one.composed, reply.text, sifted.broken, count=owed)
            self._again.append(Pending(replace(one.call, count=owed), composed, reserved.id))

    def _refused(self, reserved: _Reserved, error: TeacherError) -> None:
        one = reserved.pending
        paid = Paid(cost_usd=cost_of_failure(error, reserved.most), error=storable(str(error)))
        requests.settle(self._store, self._dataset.id, reserved.id, paid)
        if error.fatal:
            self._dead.add(one.call.teacher.model)
        if isinstance(error, NotAskedError):
            return
        self._failed.setdefault(one.call.teacher.model, error)
        self._tally.failed(paid, asked=one.call.count)


def _no_room(limit: str, usd: Decimal | None, spent: Decimal, most: Decimal) -> str:
    # To the last digit: rounded to cents, the sum could seem to fit.
    return (
        f"The budget ({limit}: {usd}) does not hold another request:"
        f" ${spent.normalize():f} are spent, and one may cost up to ${most.normalize():f}."
    )


def _too_few(tally: Tally) -> str:
    return (
        f"Of {tally.seen} records that came or were asked for in vain, {tally.candidates} passed"
        f" the checks; {tally.wanted} were wanted."
    )


def _interrupted(under_way: int) -> str:
    if not under_way:
        return "Interrupted."
    return f"Interrupted; {under_way} requests were under way and count as spent."
