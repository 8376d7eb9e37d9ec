"""Exports: which revisions leave, in which split, and what changed since the last version.

The one export query is here: with core's decision it is the only place where a record becomes
`Approved` (tests/repo/test_approved.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, func, select

from core.approved import Approved
from core.exports.changes import changes
from core.exports.splits import split_of
from core.records import from_json
from core.votes import Outcome, State, approve, stands
from storage import folding, outbox
from storage.datasets import Dataset
from storage.engine import Store, add_new
from storage.tables import Export, ExportItem, RecipeVersion, Revision, Sample

_MOST_NAMED = 20
"""Withdrawn records that a message to curators names; the manifest lists all."""


@dataclass(frozen=True)
class Collected:
    """What the next version would hold.

    Attributes:
        version: the next number.
        items: approved records, each with its split.
        previous: record id to revision in the last version.
        previous_version: that version's number, None when there is none.
        recipe: the number of the recipe's version.
        recipe_sha256: the hash of the recipe's text.
        at: when this was gathered.
    """

    version: int
    items: tuple[tuple[Approved, str], ...]
    previous: dict[str, int]
    previous_version: int | None
    recipe: int
    recipe_sha256: str
    at: datetime


@dataclass(frozen=True)
class Version:
    """A published export."""

    version: int
    path: str
    manifest: dict[str, Any]
    at: datetime


def collect(store: Store, dataset: Dataset) -> Collected:
    """Gather all approved records and give each a split, once and for ever."""
    with store.read() as session:
        last = folding.last_export(session, dataset.id)
        before = _items(session, last)
        approved = [*_reviewed(store, session, dataset, before), *_imported(session, dataset)]
        recipe_sha256 = _recipe_sha256(session, dataset)
    approved.sort(key=lambda record: record.sample)
    splits = _splits(store, dataset, approved)
    return Collected(
        version=(last.version if last else 0) + 1,
        items=tuple((record, splits[record.sample]) for record in approved),
        previous={item.record_id: item.revision for item in before.values()},
        previous_version=last.version if last else None,
        recipe=dataset.number,
        recipe_sha256=recipe_sha256,
        at=store.now(),
    )


def _splits(store: Store, dataset: Dataset, records: Sequence[Approved]) -> dict[int, str]:
    """The split of each record's sample; one that has none draws it now, with its family."""
    drawn = select(Sample.id, Sample.split).where(
        Sample.dataset_id == dataset.id, col(Sample.split).is_not(None)
    )
    with store.read() as session:
        known = {number: split for number, split in session.exec(drawn) if number and split}
        first = _families(session, dataset)
    homes = {first.get(number, number): split for number, split in known.items()}
    new = [record for record in records if record.sample not in known]
    if not new:
        return known
    shares = {str(name): share for name, share in dataset.recipe.export.splits.items()}
    rows = []
    for record in sorted(new, key=lambda record: record.sample):
        family = first.get(record.sample, record.sample)
        split = homes.get(family) or split_of(record_id(dataset, family), shares)
        rows.append({"number": record.sample, "drawn": split})
    # Another process may draw at the same time, from other shares: what was written first holds.
    undrawn = update(Sample).where(
        col(Sample.id) == bindparam("number"), col(Sample.split).is_(None)
    )
    with store.write() as session:
        session.connection().execute(undrawn.values(split=bindparam("drawn")), rows)
        return {number: split for number, split in session.exec(drawn) if number and split}


def _families(session: Session, dataset: Dataset) -> dict[int, int]:
    """Of each variant, the number of the first of its line."""
    rows = select(Sample.id, Sample.family).where(
        Sample.dataset_id == dataset.id, col(Sample.family).is_not(None)
    )
    return {number: family for number, family in session.exec(rows) if number and family}


def _recipe_sha256(session: Session, dataset: Dataset) -> str:
    text = session.exec(
        select(RecipeVersion.text).where(
            RecipeVersion.dataset_id == dataset.id, RecipeVersion.number == dataset.number
        )
    ).one()
    return sha256(text.encode()).hexdigest()


def record_id(dataset: Dataset, sample: int) -> str:
    """The name of a record in every export; it never changes."""
    return f"{dataset.name}-{sample}"


def _items(session: Session, export: Export | None) -> dict[int, ExportItem]:
    if export is None:
        return {}
    rows = session.exec(select(ExportItem).where(ExportItem.export_id == export.id)).all()
    return {row.sample_id: row for row in rows}


def _reviewed(
    store: Store, session: Session, dataset: Dataset, before: dict[int, ExportItem]
) -> list[Approved]:
    shown = select(Revision).join(Sample, col(Sample.id) == col(Revision.sample_id))
    of_dataset = shown.where(Sample.dataset_id == dataset.id, Sample.state == State.APPROVED).where(
        Revision.number == Sample.current
    )
    current = {row.sample_id: row.record for row in session.exec(of_dataset)}
    found = []
    for sample, outcome in folding.outcomes(store, session, dataset.id):
        number = sample.id or 0
        if number in current:
            approved = approve(
                outcome,
                record_id=record_id(dataset, number),
                sample=number,
                record=from_json(current[number]),
                category=sample.category,
            )
        else:
            approved = _standing(store, session, dataset, sample, outcome, before.get(number))
        if approved is not None:
            found.append(approved)
    return found


def _standing(
    store: Store,
    session: Session,
    dataset: Dataset,
    sample: Sample,
    outcome: Outcome,
    item: ExportItem | None,
) -> Approved | None:
    """An exported revision stands while its correction is not approved, unless it is flagged."""
    if item is None or outcome.flags:
        return None
    facts = folding.facts_of(session, sample)
    if not stands(folding.policy_of(store, sample), facts, item.revision):
        return None
    row = session.get_one(Revision, (sample.id, item.revision))
    return _mint(dataset, sample, row, "reviewed")


def _imported(session: Session, dataset: Dataset) -> list[Approved]:
    rows = session.exec(
        select(Sample, Revision)
        .join(Revision, col(Revision.sample_id) == col(Sample.id))
        .where(
            Sample.dataset_id == dataset.id,
            Sample.state == State.APPROVED,
            col(Sample.imported_by).is_not(None),
            col(Sample.batch_id).is_(None),
            Revision.number == Sample.current,
        )
    ).all()
    return [_mint(dataset, sample, row, "imported") for sample, row in rows]


def _mint(
    dataset: Dataset, sample: Sample, row: Revision, source: Literal["reviewed", "imported"]
) -> Approved:
    return Approved(
        record_id=record_id(dataset, sample.id or 0),
        sample=sample.id or 0,
        revision=row.number,
        record=from_json(row.record),
        source=source,
        category=sample.category,
    )


def publish(
    store: Store, dataset: Dataset, collected: Collected, path: str, manifest: dict[str, Any]
) -> bool:
    """Record a version whose folder is in place; false when another process took the number.

    The curators are told which versions hold the records that this one withdraws.
    """
    with store.write() as session:
        new = add_new(
            session,
            Export,
            dataset_id=dataset.id,
            version=collected.version,
            path=path,
            manifest=manifest,
            at=collected.at,
        )
        if not new:
            return False
        export_id = session.exec(
            select(func.max(Export.id)).where(
                Export.dataset_id == dataset.id, Export.version == collected.version
            )
        ).one()
        session.add_all(
            ExportItem(
                export_id=export_id or 0,
                sample_id=record.sample,
                record_id=record.record_id,
                revision=record.revision,
                split=split,
            )
            for record, split in collected.items
        )
        _tell_withdrawn(session, dataset, collected)
    return True


def _tell_withdrawn(session: Session, dataset: Dataset, collected: Collected) -> None:
    current = {record.record_id: record.revision for record, _ in collected.items}
    withdrawn = changes(collected.previous, current).withdrawn
    if not withdrawn:
        return
    holding = session.exec(
        select(Export.version)
        .join(ExportItem, col(ExportItem.export_id) == col(Export.id))
        .where(Export.dataset_id == dataset.id, col(ExportItem.record_id).in_(withdrawn))
        .distinct()
        .order_by(col(Export.version))
    ).all()
    outbox.tell_curators(
        session,
        dataset.id,
        "export_withdrew",
        collected.at,
        key=f"{dataset.id}:{collected.version}",
        version=f"v{collected.version:04d}",
        records=", ".join(withdrawn[:_MOST_NAMED]) + (" …" if withdrawn[_MOST_NAMED:] else ""),
        versions=list(holding),
    )


def latest(store: Store, dataset_id: int) -> Version | None:
    """The last published version."""
    with store.read() as session:
        row = folding.last_export(session, dataset_id)
        return Version(row.version, row.path, row.manifest, row.at) if row else None
