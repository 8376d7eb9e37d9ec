"""Drafts: what a person typed into the Correct form of a sample and has not saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage import folding
from storage.engine import Store, inserting
from storage.tables import Draft, Inbox


@dataclass(frozen=True)
class Typed:
    """The form's texts that differ from the revision, by block_id; none: as the revision has them.

    `form` is the key under which the form is accepted (`Proposal.key`), `at` the keystroke's time.
    """

    form: str
    user: str
    sample: int
    revision: int
    texts: Mapping[str, str]
    at: datetime


def keep(store: Store, typed: Typed, *, anew: bool = False) -> bool:
    """Keep what a form holds now; what was typed later stays, in whatever order it arrives.

    With `anew` it takes the place of the person's drafts of other revisions, too. Tells whether it
    was kept: a form that was saved has nothing left to keep.
    """
    with store.write() as session:
        # Locked, so that a keystroke and the form's acceptance see each other.
        folding.lock(session, typed.sample)
        if session.get(Inbox, typed.form) is not None:
            return False
        if anew:
            forget(session, typed.user, typed.sample, until=typed.at)
        insert = inserting(session.get_bind().dialect.name, Draft).values(
            user_id=typed.user,
            sample_id=typed.sample,
            revision=typed.revision,
            texts=dict(typed.texts),
            at=typed.at,
        )
        newest = insert.on_conflict_do_update(
            index_elements=["user_id", "sample_id", "revision"],
            set_={"texts": insert.excluded.texts, "at": insert.excluded.at},
            where=col(Draft.at) <= insert.excluded.at,
        ).returning(col(Draft.revision))
        return session.connection().execute(newest).first() is not None


def of(store: Store, user: str, sample: int) -> dict[int, dict[str, str]]:
    """A person's drafts of a sample: {revision: {block_id: text}}, by revision."""
    with store.read() as session:
        rows = session.exec(
            select(Draft)
            .where(Draft.user_id == user, Draft.sample_id == sample)
            .order_by(col(Draft.revision))
        ).all()
    return {row.revision: dict(row.texts) for row in rows}


def forget(session: Session, user: str, sample: int, *, until: datetime | None = None) -> None:
    """Drop a person's drafts of a sample (those typed up to a time, where one is given)."""
    old = delete(Draft).where(col(Draft.user_id) == user, col(Draft.sample_id) == sample)
    session.connection().execute(old if until is None else old.where(col(Draft.at) <= until))
