"""What a week came to, for the summary after the weekly export."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, col, func, select

from core.votes import State
from storage import requests
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.tables import Sample, Transition, VoteEvent

_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Week:
    """Counts of the seven days up to a time.

    Attributes:
        approved: samples whose approval dates from this week and stands.
        before: the same of the week before.
        rejected: samples whose rejection dates from this week and stands.
        corrected: of the approved, those that people corrected.
        voters: who cast a vote that counts, sorted.
        per_approved_usd: all that was spent ever, by approved sample that was generated; None when
            there is none, nothing was asked for, or a price is unknown.
    """

    approved: int
    before: int
    rejected: int
    corrected: int
    voters: tuple[str, ...]
    per_approved_usd: Decimal | None


def week(store: Store, dataset: Dataset, until: datetime) -> Week:
    """Count what happened in the week up to `until`, that instant included."""
    spent = requests.spent(store, dataset.id)
    with store.read() as session:
        this = _decided(session, dataset.id, until)
        approved = [sample for sample in this if sample.state is State.APPROVED]
        last = _decided(session, dataset.id, until - _WEEK)
        return Week(
            approved=len(approved),
            before=sum(sample.state is State.APPROVED for sample in last),
            rejected=len(this) - len(approved),
            corrected=sum(sample.current > 0 for sample in approved),
            voters=_voters(session, dataset.id, until),
            per_approved_usd=_per_approved(session, dataset.id, spent),
        )


def _decided(session: Session, dataset_id: int, until: datetime) -> list[Sample]:
    """The samples that came to the decision they have now in the week up to a time."""
    came = func.max(Transition.at)
    rows = session.exec(
        select(Sample)
        .join(Transition, col(Transition.sample_id) == col(Sample.id))
        .where(
            Sample.dataset_id == dataset_id,
            col(Sample.state).in_([State.APPROVED, State.REJECTED]),
            Transition.new == Sample.state,
        )
        .group_by(col(Sample.id))
        .having(came > until - _WEEK, came <= until)
    )
    return list(rows.all())


def _voters(session: Session, dataset_id: int, until: datetime) -> tuple[str, ...]:
    rows: Iterable[str] = session.exec(
        select(VoteEvent.user_id)
        .join(Sample, col(Sample.id) == col(VoteEvent.sample_id))
        .where(
            Sample.dataset_id == dataset_id,
            col(VoteEvent.counted).is_(True),
            col(VoteEvent.present).is_(True),
            VoteEvent.at > until - _WEEK,
            VoteEvent.at <= until,
        )
        .distinct()
    ).all()
    return tuple(sorted(rows))


def _per_approved(session: Session, dataset_id: int, spent: Decimal) -> Decimal | None:
    approved = session.exec(
        select(func.count())
        .select_from(Sample)
        .where(
            Sample.dataset_id == dataset_id,
            Sample.state == State.APPROVED,
            col(Sample.imported_by).is_(None),
        )
    ).one()
    settled, priced = session.exec(
        select(func.count(col(Request.id)), func.count(col(Request.cost_usd))).where(
            Request.dataset_id == dataset_id, Request.state == RequestState.SETTLED
        )
    ).one()
    return spent / approved if approved and settled and priced == settled else None
