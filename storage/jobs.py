"""Runs of scheduled jobs: one row per job and due time, whichever process gets there first."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select

from storage.engine import Store, add_new
from storage.tables import JobRun

HOLD = timedelta(minutes=5)
"""A run that was not renewed for so long belongs to a process that died."""


def begin(store: Store, dataset_id: int, job: str, due: datetime) -> bool:
    """Claim a due time; false when some process already has it."""
    now = store.now()
    row = {"dataset_id": dataset_id, "job": job, "due": due}
    with store.write() as session:
        return add_new(session, JobRun, **row, started_at=now, held_until=now + HOLD)


def renew(store: Store, dataset_id: int, job: str, due: datetime) -> None:
    """Say that the process that runs it is alive."""
    _set(store, _at(dataset_id, job, due), held_until=store.now() + HOLD)


def take_over(store: Store, dataset_id: int, job: str) -> datetime | None:
    """The latest due time if the process that began it died at it; it is the caller's from now on.

    What an earlier due time left undone is not made up: of several, the latest counts (rule 8).
    """
    with store.read() as session:
        row = session.exec(
            select(JobRun)
            .where(JobRun.dataset_id == dataset_id, JobRun.job == job)
            .order_by(col(JobRun.due).desc())
        ).first()
    if row is None or row.ended_at is not None or row.held_until > store.now():
        return None
    seen = (*_at(dataset_id, job, row.due), col(JobRun.held_until) == row.held_until)
    return row.due if _set(store, seen, held_until=store.now() + HOLD) else None


def end(store: Store, dataset_id: int, job: str, due: datetime, error: str | None = None) -> None:
    """Write how a run ended."""
    _set(store, _at(dataset_id, job, due), ended_at=store.now(), error=error)


def _at(dataset_id: int, job: str, due: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(JobRun.dataset_id) == dataset_id, col(JobRun.job) == job, col(JobRun.due) == due)


def _set(store: Store, which: tuple[ColumnElement[bool], ...], **values: object) -> bool:
    """Change a run; tells whether there was one."""
    changed = update(JobRun).where(*which).values(**values).returning(col(JobRun.id))
    with store.write() as session:
        return session.connection().execute(changed).first() is not None


def last_due(store: Store, dataset_id: int, job: str) -> datetime | None:
    """The latest due time that was begun."""
    with store.read() as session:
        return session.exec(
            select(JobRun.due)
            .where(JobRun.dataset_id == dataset_id, JobRun.job == job)
            .order_by(col(JobRun.due).desc())
        ).first()
