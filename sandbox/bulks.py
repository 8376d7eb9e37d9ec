"""Bulks: requests handed in together, answered together some time later, at half the price.

Both providers call this their batch API. A bulk is answered when somebody looks at it, the second
time at the earliest or a minute late, so that everyone sees it under way once; until then it costs
nothing.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sandbox.dialects import Declined, Dialect
from sandbox.refusals import BadRequest

WINDOW = timedelta(hours=24)  # both providers give up then
PREFIXES = {"anthropic": "msgbatch", "openai": "batch"}
UNSEEN = timedelta(minutes=1)
"""By so much a bulk that nobody looked at twice ends later."""
WHOLE = ("failed", "expired")

Json = dict[str, Any]
Outcome = Literal["succeeded", "errored", "canceled", "expired"]
Fate = Outcome | Literal["asked"]


@dataclass(frozen=True)
class Plan:
    """How the next bulk goes.

    Attributes:
        seconds: How long it takes by the sandbox's clock; over a day, it expires after one.
        errored: How many of its requests meet a server error.
        expired: How many of its requests are not reached in time.
        whole: What befalls all of it, if anything; "failed" before any request is asked.
    """

    seconds: float = 0.0
    errored: int = 0
    expired: int = 0
    whole: str | None = None


def plan_of(body: object) -> Plan:
    """The plan that a body asks for; `BadRequest` where it is none."""
    known = Plan.__dataclass_fields__
    if not isinstance(body, dict) or set(body) - set(known):
        raise BadRequest(f"teacher: bulk is an object with {', '.join(known)}.")
    plan = Plan(**body)
    if not isinstance(plan.seconds, int | float) or plan.seconds < 0:
        raise BadRequest("teacher: seconds of a bulk must be a number from 0.")
    if any(type(number) is not int or number < 0 for number in (plan.errored, plan.expired)):
        raise BadRequest("teacher: errored and expired must be whole numbers from 0.")
    if plan.whole not in (None, *WHOLE):
        raise BadRequest(f"teacher: whole must be one of {', '.join(WHOLE)}.")
    return plan


class Plans:
    """The plan of the next bulk; later ones take as long, but nothing befalls them."""

    def __init__(self) -> None:
        self.next = Plan()

    def take(self) -> Plan:
        """The plan of the bulk that begins now."""
        plan, self.next = self.next, Plan(self.next.seconds)
        return plan


@dataclass(frozen=True)
class Task:
    """One request of a bulk; `body` is what a single call would send."""

    custom_id: str
    body: Json


@dataclass(frozen=True)
class Result:
    """What became of a request; `status` and `body` are its HTTP answer, if it was asked."""

    custom_id: str
    outcome: Outcome
    status: int = 0
    body: Json = field(default_factory=dict)


@dataclass
class Bulk:
    """One bulk; `headers` are those it was handed in with, `results` stand in no order."""

    id: str
    begun: datetime
    tasks: tuple[Task, ...]
    headers: Mapping[str, str]
    plan: Plan
    looks: int = 0
    cancelled: datetime | None = None
    ended: datetime | None = None
    results: tuple[Result, ...] = ()

    @property
    def counts(self) -> Counter[Outcome]:
        """How many requests came to what; empty until it has ended."""
        return Counter(result.outcome for result in self.results)

    def due(self, now: datetime) -> bool:
        """Whether whoever looks now finds it ended."""
        if self.cancelled or self.plan.whole == "failed":
            return True
        takes = min(timedelta(seconds=self.plan.seconds), WINDOW)
        return now - self.begun >= takes + (timedelta(0) if self.looks > 1 else UNSEEN)

    def fates(self, chance: random.Random) -> list[Fate]:
        """What is to become of each task, in their order."""
        number = len(self.tasks)
        if self.cancelled:
            return ["canceled"] * number
        if self.plan.whole == "failed":
            return ["errored"] * number
        if self.plan.whole == "expired" or self.plan.seconds > WINDOW.total_seconds():
            return ["expired"] * number
        fates: list[Fate] = []
        fates += ["errored"] * self.plan.errored
        fates += ["expired"] * self.plan.expired
        fates += ["asked"] * (number - len(fates))
        del fates[number:]
        chance.shuffle(fates)
        return fates


class Say(Protocol):
    """How a teacher answers one request of a bulk: with a status and a body."""

    def __call__(
        self, dialect: Dialect, headers: Mapping[str, str], body: Json, *, bulk: str
    ) -> tuple[int, Json]:
        """See `sandbox.teacher.Teacher.say`."""
        ...


class Bulks:
    """One provider's bulks, newest first."""

    def __init__(
        self,
        dialect: Dialect,
        say: Say,
        plans: Plans,
        seed: int,
        now: Callable[[], datetime],
    ) -> None:
        self.dialect = dialect
        self.now = now
        self.all: list[Bulk] = []
        self._say = say
        self._plans = plans
        self._seed = seed

    def begin(self, tasks: tuple[Task, ...], headers: Mapping[str, str]) -> Bulk:
        """Take in a bulk."""
        name = f"{PREFIXES[self.dialect.provider]}_sandbox_{len(self.all) + 1:06d}"
        bulk = Bulk(name, self.now(), tasks, headers, self._plans.take())
        self.all.insert(0, bulk)
        return bulk

    def find(self, name: str) -> Bulk:
        """The bulk of that id; `Declined` where none has it."""
        for bulk in self.all:
            if bulk.id == name:
                return bulk
        raise Declined("missing", f"No batch found with id '{name}'.")

    def look(self, bulk: Bulk) -> None:
        """Somebody asks how far it is."""
        bulk.looks += 1
        self._pass_time(bulk)

    def listed(self) -> list[Bulk]:
        """All bulks as they stand now, newest first."""
        for bulk in self.all:
            self._pass_time(bulk)
        return self.all

    def cancel(self, bulk: Bulk) -> None:
        """Give up what is not answered yet; it has ended at the next look."""
        if bulk.ended is not None:
            raise Declined("400", f"Batch {bulk.id} has ended and cannot be cancelled.")
        bulk.cancelled = bulk.cancelled or self.now()

    def _pass_time(self, bulk: Bulk) -> None:
        now = self.now()
        if bulk.ended is None and bulk.due(now):
            self._end(bulk, now)

    def _end(self, bulk: Bulk, now: datetime) -> None:
        chance = random.Random(f"{self._seed}/{bulk.id}")  # noqa: S311 - an order, not a secret
        fates = zip(bulk.tasks, bulk.fates(chance), strict=True)
        results = [self._result(bulk, task, fate) for task, fate in fates]
        chance.shuffle(results)
        if [result.custom_id for result in results] == [task.custom_id for task in bulk.tasks]:
            results.reverse()  # nobody may rely on the order
        bulk.results, bulk.ended = tuple(results), now

    def _result(self, bulk: Bulk, task: Task, fate: Fate) -> Result:
        if fate == "asked":
            status, body = self._say(self.dialect, bulk.headers, task.body, bulk=bulk.id)
            return Result(task.custom_id, "succeeded" if status == 200 else "errored", status, body)
        result = Result(task.custom_id, fate)
        if fate == "errored":
            status, body = self.dialect.error(Declined("500"), f"req_{bulk.id}_{task.custom_id}")
            return replace(result, status=status, body=body)
        return result


def page_of(bulks: list[Bulk], limit: int, after: str | None) -> tuple[list[Bulk], bool]:
    """At most `limit` bulks that are older than the one called `after`, and whether more are."""
    names = [bulk.id for bulk in bulks]
    if after is not None and after not in names:
        raise Declined("400", f"There is no batch {after} to begin after.")
    rest = bulks[names.index(after) + 1 :] if after is not None else bulks
    return rest[:limit], len(rest) > limit


def limit_of(query: Mapping[str, str], most: int) -> int:
    """How many a list may show; both providers show 20 unless told."""
    limit = query.get("limit", "20")
    if not limit.isdecimal() or not 1 <= int(limit) <= most:
        raise Declined("400", f"limit: must be a whole number from 1 to {most}.")
    return int(limit)
