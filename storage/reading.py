"""Reading stored replies: what each gave is stored with the fact that it was read, once.

The transaction locks the dataset, so that of two runs each sees what the other has stored.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from core.records import Record, to_json
from storage import corrections, folding, samples
from storage.engine import Store
from storage.kinds import RequestState
from storage.requests import Wanted, lock, write_owed
from storage.run_tables import Contrast, Request
from storage.samples import Known, New


@dataclass(frozen=True)
class Contrasted:
    """A second answer to a sample's question; `kind` as in the table Contrast."""

    sample: int
    revision: int
    record: Record
    kind: str
    origin: dict[str, Any]


@dataclass(frozen=True)
class Mended:
    """A teacher's rewriting of a flagged sample's revision."""

    sample: int
    revision: int
    record: Record
    teacher: str


@dataclass(frozen=True)
class Settling:
    """What a stored reply gave: samples, what is no sample, and further requests of its call."""

    id: int
    news: Sequence[New] = ()
    contrasts: Sequence[Contrasted] = ()
    mended: Sequence[Mended] = ()
    owed: Sequence[Wanted] = ()


@dataclass(frozen=True)
class Settled:
    """The same, stored, in numbers; `mended` counts new revisions, `owed` has requests by keys."""

    id: int
    samples: list[int]
    contrasts: int
    mended: int
    owed: dict[str, int]


@dataclass(frozen=True)
class Look:
    """What a settling transaction finds, once its dataset is locked.

    Attributes:
        unread: the requests whose stored replies are still to be read.
        known: records that came since `seen`, by whomever.
        families: of each sample that replies refer to, the number of the first of its line.
        variants: how many variants it has that are not discarded or rejected.
    """

    unread: frozenset[int]
    known: list[Known]
    families: Mapping[int, int]
    variants: Mapping[int, int]


def settle(
    store: Store,
    dataset_id: int,
    requests: Collection[int],
    sift: Callable[[Look], Iterable[Settling]],
    *,
    seen: int = 0,
    parents: Collection[int] = (),
    run_id: int | None = None,
) -> list[Settled]:
    """Store what replies gave, and that they are read.

    Args:
        store: the database.
        dataset_id: whose requests they are.
        requests: those whose replies were read.
        sift: decides what becomes of each record; pure, as it runs inside the transaction. What
            it says of requests that are not unread is left out.
        seen: the highest number of a sample whose record `sift` knows.
        parents: samples that the replies refer to.
        run_id: the run that further requests belong to.
    """
    now = store.now()
    with store.write() as session:
        lock(session, dataset_id)
        unread = _unread(session, requests)
        look = Look(
            unread,
            samples.since(session, dataset_id, seen),
            samples.families(session, parents),
            samples.variants(session, parents),
        )
        settling = [one for one in sift(look) if one.id in unread]
        for number in sorted({each.sample for one in settling for each in one.mended}):
            folding.lock(session, number)  # all of them before the batch of one: see storage.engine
        news = [new for one in settling for new in one.news]
        numbers = iter(samples.insert(session, dataset_id, news, now))
        settled = [
            Settled(
                id=one.id,
                samples=[next(numbers) for _ in one.news],
                contrasts=_contrast(session, one, now),
                mended=sum(_mend(store, session, each) for each in one.mended),
                owed=write_owed(session, dataset_id, one.owed, run_id, now),
            )
            for one in settling
        ]
        if settling:
            done = [{"which": one.id, "settled_at": now} for one in settling]
            session.connection().execute(_SETTLED, done)
        return settled


_SETTLED = (
    update(Request)
    .where(col(Request.id) == bindparam("which"))
    .values(state=RequestState.SETTLED, pending=None, settled_at=bindparam("settled_at"))
)


def _unread(session: Session, requests: Collection[int]) -> frozenset[int]:
    rows = select(Request.id).where(
        col(Request.id).in_(requests), Request.state == RequestState.ANSWERED
    )
    return frozenset(number for number in session.exec(rows) if number)


def _contrast(session: Session, one: Settling, now: datetime) -> int:
    session.add_all(
        Contrast(
            sample_id=each.sample,
            revision=each.revision,
            record=to_json(each.record),
            kind=each.kind,
            origin=each.origin,
            request_id=one.id,
            at=now,
        )
        for each in one.contrasts
    )
    return len(one.contrasts)


def _mend(store: Store, session: Session, one: Mended) -> bool:
    mended = corrections.mend(store, session, one.sample, one.revision, one.record, one.teacher)
    return mended is not None
