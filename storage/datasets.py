"""Datasets: a recipe with its stored state, and who may vote on it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import bindparam, delete
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from core import recipe as recipes
from core.errors import UsageError
from core.recipe import Recipe
from storage.engine import LOCKED, Store, add_new, must
from storage.kinds import Role
from storage.tables import Dataset as Row
from storage.tables import RecipeVersion, Roster


@dataclass(frozen=True)
class Dataset:
    """A dataset as the other rooms see it; `folder` is what the recipe's paths are relative to."""

    id: int
    name: str
    number: int
    recipe: Recipe
    folder: Path
    channel_id: str | None
    workspace_url: str | None
    paused: bool
    added_at: datetime


@dataclass(frozen=True)
class Added:
    """What `recipe add` did: `number` is the recipe's version; `new` tells whether it changed."""

    dataset: Dataset
    new: bool


def add(store: Store, text: str, path: Path) -> Added:
    """Add a recipe, or a new version of it when its text differs from the stored one.

    Raises:
        RecipeError: names file, line and key.
    """
    recipe = recipes.parse(text, str(path))
    now, place = store.now(), str(path.resolve())
    with store.write() as session:
        add_new(session, Row, name=recipe.name, number=0, paused=False, added_at=now)
        row = session.exec(
            select(Row).where(Row.name == recipe.name).with_for_update(key_share=True)
        ).one()
        last = _version(session, row) if row.number else None
        new = last is None or (last.text, last.path) != (text, place)
        if new:
            row.number += 1
            session.add(row)
            session.add(
                RecipeVersion(
                    dataset_id=row.id or 0, number=row.number, text=text, path=place, at=now
                )
            )
    return Added(get(store, recipe.name), new)


def _version(session: Session, row: Row) -> RecipeVersion:
    return session.exec(
        select(RecipeVersion).where(
            RecipeVersion.dataset_id == row.id, RecipeVersion.number == row.number
        )
    ).one()


def _dataset(store: Store, session: Session, row: Row) -> Dataset:
    version = _version(session, row)
    return Dataset(
        id=row.id or 0,
        name=row.name,
        number=row.number,
        recipe=store.recipe(row.id or 0, row.number),
        folder=Path(version.path).parent,
        channel_id=row.channel_id,
        workspace_url=row.workspace_url,
        paused=row.paused,
        added_at=row.added_at,
    )


def get(store: Store, name: str) -> Dataset:
    """A dataset by name.

    Raises:
        UsageError: there is none; the hint lists those there are.
    """
    with store.read() as session:
        row = session.exec(select(Row).where(Row.name == name)).first()
        if row is None:
            names = session.exec(select(Row.name).order_by(Row.name)).all()
            known = (
                f"There are: {', '.join(names)}." if names else "Add one: winnow recipe add FILE."
            )
            raise UsageError(f"There is no dataset {name}.", known)
        return _dataset(store, session, row)


def by_id(store: Store, dataset_id: int) -> Dataset:
    """A dataset by its key."""
    with store.read() as session:
        return _dataset(store, session, session.get_one(Row, dataset_id))


def every(store: Store) -> list[Dataset]:
    """All datasets, by name."""
    with store.read() as session:
        rows = session.exec(select(Row).order_by(Row.name)).all()
        return [_dataset(store, session, row) for row in rows]


def in_channel(store: Store, channel_id: str) -> list[Dataset]:
    """The datasets reviewed in a channel, by name."""
    return [dataset for dataset in every(store) if dataset.channel_id == channel_id]


def pause(store: Store, dataset_id: int, paused: bool) -> None:
    """Stop or resume generating and posting; votes go on."""
    with store.write() as session:
        row = must(
            session.get(Row, dataset_id, with_for_update=LOCKED), "There is no such dataset."
        )
        row.paused = paused
        session.add(row)


def place(
    store: Store,
    dataset_id: int,
    channel_id: str,
    people: Mapping[str, Role],
    workspace_url: str,
    *,
    absent: Collection[str] = (),
) -> None:
    """Store what the bot resolved in Slack: the channel's id, and who reviews and curates.

    Votes keep the eligibility they were stored with. `absent` are those who are not in the channel.
    """
    with store.write() as session:
        row = must(
            session.get(Row, dataset_id, with_for_update=LOCKED), "There is no such dataset."
        )
        row.channel_id, row.workspace_url = channel_id, workspace_url
        session.add(row)
        session.connection().execute(delete(Roster).where(col(Roster.dataset_id) == dataset_id))
        session.add_all(
            Roster(dataset_id=dataset_id, user_id=user, role=role, present=user not in absent)
            for user, role in people.items()
        )


_ROLE = columns(col(Roster.role)).where(
    col(Roster.dataset_id) == bindparam("dataset"), col(Roster.user_id) == bindparam("user")
)


def role_of(session: Session, dataset_id: int, user: str) -> Role | None:
    """What a person may do in a dataset; None: may not vote."""
    role: Role | None = (
        session.connection().execute(_ROLE, {"dataset": dataset_id, "user": user}).scalar()
    )
    return role


def people(store: Store, dataset_id: int) -> dict[str, Role]:
    """Who may vote, by Slack id."""
    with store.read() as session:
        rows = session.exec(select(Roster).where(Roster.dataset_id == dataset_id)).all()
        return {row.user_id: row.role for row in rows}
