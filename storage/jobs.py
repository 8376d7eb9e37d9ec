"""Runs of scheduled jobs: one row per job and due time, whichever process gets there first."""

from datetime import datetime

from sqlmodel import col, select

from storage.engine import Store, add_new
from storage.tables import JobRun


def begin(store: Store, dataset_id: int, job: str, due: datetime) -> bool:
    """Claim a due time; false when some process already has it."""
    with store.write() as session:
        return add_new(
            session, JobRun, dataset_id=dataset_id, job=job, due=due, started_at=store.now()
        )


def end(store: Store, dataset_id: int, job: str, due: datetime, error: str | None = None) -> None:
    """Write how a run ended."""
    with store.write() as session:
        row = session.exec(
            select(JobRun).where(
                JobRun.dataset_id == dataset_id, JobRun.job == job, JobRun.due == due
            )
        ).one()
        row.ended_at, row.error = store.now(), error
        session.add(row)


def last_due(store: Store, dataset_id: int, job: str) -> datetime | None:
    """The latest due time that was begun."""
    with store.read() as session:
        return session.exec(
            select(JobRun.due)
            .where(JobRun.dataset_id == dataset_id, JobRun.job == job)
            .order_by(col(JobRun.due).desc())
        ).first()
