"""Approved samples that new ones are made from: examples to show, parents of variants."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, or_, select

from core.exports.splits import split_of
from core.planning import Cell
from core.records import Record, from_json
from core.votes import State
from storage import folding
from storage.datasets import Dataset
from storage.engine import Store
from storage.exports import record_id
from storage.run_tables import Contrast, Rewrite
from storage.tables import Revision, Sample, Transition

_COLUMNS: tuple[Any, ...] = (
    Sample.id,
    Sample.current,
    Sample.category,
    Sample.difficulty,
    Sample.language,
    Sample.family,
    col(Sample.origin)["teacher"].as_string(),
    col(Sample.origin)["variant"].as_string(),
)
HELD_OUT = "test"
"""The split that measures a model: nothing that is written later may have seen it."""


@dataclass(frozen=True)
class Pooled:
    """An approved sample, without its text.

    `family` is the number of the first of its line, its own where it has no parent. `variant` tells
    how it varies its parent, `variants` how many variants there are of it; `contrasted`: its
    current revision has a second answer already.
    """

    sample: int
    revision: int
    cell: Cell
    family: int
    teacher: str
    variant: str | None
    variants: int
    contrasted: bool


def newest(store: Store) -> tuple[int, ...]:
    """The last row of each table that the pools are read from: while they stay, the pools do."""
    ids = (Sample.id, Transition.id, Contrast.id, Rewrite.id)
    with store.read() as session:
        return tuple(session.exec(select(func.max(number))).one() or 0 for number in ids)


def approved(store: Store, dataset: Dataset) -> list[Pooled]:
    """All approved samples but those that are held out, by number."""
    with store.read() as session:
        rows = session.execute(
            columns(*_COLUMNS)
            .where(col(Sample.dataset_id) == dataset.id, col(Sample.state) == State.APPROVED)
            .order_by(col(Sample.id))
        ).all()
        variants = _variants(session, dataset.id)
        contrasted = _contrasted(session, dataset.id)
        out = held_out(session, dataset)
    return [
        Pooled(
            sample=number,
            revision=current,
            cell=Cell(category, difficulty, language),
            family=family or number,
            teacher=teacher or "",
            variant=variant,
            variants=variants.get(number, 0),
            contrasted=(number, current) in contrasted,
        )
        for number, current, category, difficulty, language, family, teacher, variant in rows
        if (family or number) not in out
    ]


def held_out(session: Session, dataset: Dataset) -> set[int]:
    """The families, by the number of their first sample, that the test split has a sample of.

    A sample that no export has drawn a split for yet is judged by the one that it would draw, once
    it is approved; one that an export has drawn stays held out, whatever becomes of it.
    """
    rows = session.exec(
        select(Sample.id, Sample.family, Sample.split).where(
            Sample.dataset_id == dataset.id,
            or_(Sample.state == State.APPROVED, Sample.split == HELD_OUT),
        )
    ).all()
    shares = {str(name): share for name, share in dataset.recipe.export.splits.items()}
    return {
        family or number
        for number, family, split in rows
        if number and (split or split_of(record_id(dataset, family or number), shares)) == HELD_OUT
    }


def _variants(session: Session, dataset_id: int) -> dict[int, int]:
    rows = session.exec(
        select(Sample.parent_id, func.count())
        .where(
            Sample.dataset_id == dataset_id,
            col(Sample.parent_id).is_not(None),
            col(Sample.origin)["variant"].as_string().is_not(None),
            col(Sample.state).not_in([State.DISCARDED, State.REJECTED]),
        )
        .group_by(col(Sample.parent_id))
    ).all()
    return {parent: number for parent, number in rows if parent}


def _contrasted(session: Session, dataset_id: int) -> set[tuple[int, int]]:
    rows = session.exec(
        select(Contrast.sample_id, Contrast.revision)
        .join(Sample, col(Sample.id) == col(Contrast.sample_id))
        .where(Sample.dataset_id == dataset_id)
    ).all()
    return {(sample, revision) for sample, revision in rows}


def flagged(store: Store, dataset: Dataset) -> list[Pooled]:
    """Samples that a flag froze and no teacher has mended, by number.

    Mending lifts no flag: it is for the experts to say whether the new text is better. Nor is a
    sample mended that a person has had rewritten in its thread, or may still.
    """
    with store.read() as session:
        mended = select(Revision.sample_id).where(col(Revision.author).contains(":"))
        gone = ["failed", "dropped"]
        rewritten = select(Rewrite.sample_id).where(col(Rewrite.state).not_in(gone))
        rows = session.exec(
            select(Sample)
            .where(
                Sample.dataset_id == dataset.id,
                Sample.state == State.FROZEN,
                col(Sample.id).not_in(mended.union(rewritten)),
            )
            .order_by(col(Sample.id))
        ).all()
        return list(_flagged(store, session, rows))


def _flagged(store: Store, session: Session, rows: Iterable[Sample]) -> Iterator[Pooled]:
    for row in rows:
        if folding.outcome_of(store, session, row).flags:
            yield Pooled(
                sample=row.id or 0,
                revision=row.current,
                cell=Cell(row.category, row.difficulty, row.language),
                family=row.family or row.id or 0,
                teacher=row.origin.get("teacher", ""),
                variant=row.origin.get("variant"),
                variants=0,
                contrasted=False,
            )


def records(store: Store, pooled: Sequence[Pooled]) -> list[Record]:
    """The texts of some samples, in their order: of a corrected one as it was corrected."""
    if not pooled:
        return []
    with store.read() as session:
        return [
            from_json(session.get_one(Revision, (one.sample, one.revision)).record)
            for one in pooled
        ]
