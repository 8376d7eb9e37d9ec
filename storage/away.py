"""Days on which a person does not review: nobody names them then, and their votes count as ever."""

from sqlalchemy import delete
from sqlmodel import col, select

from core import naming
from storage.datasets import Dataset
from storage.engine import Store, add_new
from storage.tables import Away, Inbox


def today(store: Store, dataset: Dataset) -> str:
    """The day it is now (ISO 8601), in the time zone of the dataset's schedule."""
    day, _ = naming.today(store.now(), dataset.recipe.schedule.zone)
    return day


def leave(store: Store, dataset_id: int, user: str, day: str, *, key: str) -> bool:
    """Note that a person is away for a day, or take it back if they were; tells which it is now.

    `key` names the click: heard again, it changes nothing.
    """
    whose = (
        col(Away.dataset_id) == dataset_id,
        col(Away.user_id) == user,
        col(Away.day) == day,
    )
    now = store.now()
    with store.write() as session:
        if not add_new(session, Inbox, key=key, at=now):
            return session.exec(select(Away).where(*whose)).first() is not None
        left = add_new(session, Away, dataset_id=dataset_id, user_id=user, day=day, at=now)
        if not left:
            session.connection().execute(delete(Away).where(*whose))
        return left


def away(store: Store, dataset_id: int, day: str) -> frozenset[str]:
    """Who is away on a day."""
    with store.read() as session:
        rows = session.exec(
            select(Away.user_id).where(Away.dataset_id == dataset_id, Away.day == day)
        )
        return frozenset(rows.all())
