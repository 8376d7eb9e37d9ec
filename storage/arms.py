"""What each arm has brought: a teacher, a way of asking, its prompt's wording, a temperature."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func

from core.recipe_ways import WAYS
from core.steering import Arm, Record
from core.votes import State
from storage import requests
from storage.engine import Store
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.tables import Sample


@dataclass(frozen=True)
class Line:
    """What is counted of an arm; `prompt` is its prompt's name, and a call takes some requests."""

    arm: Arm
    prompt: str
    calls: int
    requests: int
    record: Record


def lines(store: Store, dataset_id: int) -> list[Line]:
    """The arms that were asked, in the order in which they first were.

    A call belongs to one arm, with all its steps and samples: to the wording of its first step.
    """
    with store.read() as session:
        asked = session.execute(_ASKED, {"dataset": dataset_id}).all()
        brought = session.execute(_BROUGHT, {"dataset": dataset_id}).all()
    first: dict[tuple[Any, ...], tuple[Arm, str]] = {}
    sums: dict[Arm, _Sums] = {}
    arms: dict[int, Arm] = {}
    for request, call, teacher, way, temperature, prompt, wording, paid in asked:
        # Two runs at a time may number calls alike; then at least these tell them apart.
        arm, opening = first.setdefault(
            (call, teacher, way, temperature), (Arm(teacher, way, wording, temperature), prompt)
        )
        arms[request] = arm
        sums.setdefault(arm, _Sums(opening)).add(call, paid)
    for request, state, samples in brought:
        if request in arms:
            sums[arms[request]].states[state] += samples
    return [found.line(arm) for arm, found in sums.items()]


@dataclass
class _Sums:
    prompt: str
    calls: set[int] = field(default_factory=set)
    requests: int = 0
    paid: Decimal | None = Decimal(0)
    states: Counter[State] = field(default_factory=Counter)

    def add(self, call: int, paid: Decimal | None) -> None:
        self.calls.add(call)
        self.requests += 1
        self.paid = None if self.paid is None or paid is None else self.paid + paid

    def line(self, arm: Arm) -> Line:
        approved, rejected = self.states[State.APPROVED], self.states[State.REJECTED]
        passed = self.states.total() - self.states[State.DISCARDED]
        record = Record(passed, approved, approved + rejected, self.paid)
        return Line(arm, self.prompt, len(self.calls), self.requests, record)


_ASKED = (
    columns(
        col(Request.id),
        col(Request.number),
        col(Request.teacher),
        col(Request.ask),
        col(Request.parameters)["temperature"].as_float(),
        col(Request.prompt),
        col(Request.prompt_hash),
        requests.counted(),
    )
    .where(
        col(Request.dataset_id) == bindparam("dataset"),
        col(Request.state) != RequestState.OWED,
        col(Request.ask).in_(WAYS),  # rewriting on a person's wish is planned by nobody
    )
    .order_by(col(Request.id))
)
_BROUGHT = (
    columns(col(Sample.request_id), col(Sample.state), func.count())
    .where(col(Sample.dataset_id) == bindparam("dataset"), col(Sample.request_id).is_not(None))
    .group_by(col(Sample.request_id), col(Sample.state))
)


def records(store: Store, dataset_id: int) -> dict[Arm, Record]:
    """What each arm has brought."""
    return {line.arm: line.record for line in lines(store, dataset_id)}


def cached(store: Store, dataset_id: int) -> dict[str, float]:
    """The share of the input tokens that each teacher's provider read from its cache."""
    with store.read() as session:
        rows = session.execute(
            columns(
                col(Request.teacher),
                func.sum(col(Request.input_tokens)),
                func.sum(col(Request.cached_tokens)),
            )
            .where(col(Request.dataset_id) == dataset_id)
            .group_by(col(Request.teacher))
            .order_by(col(Request.teacher))
        ).all()
    return {teacher: cached / read for teacher, read, cached in rows if read}
