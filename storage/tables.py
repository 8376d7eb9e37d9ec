"""The tables. Rows are dumb: core's frozen types are the truth, the verbs translate.

Append-only: revision, voteevent, fact, transition. Caches of folds: sample.state and
sample.current, written in the transaction that appends (`winnow doctor` folds again).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, MetaData, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.votes import Source, State, Verdict
from storage.kinds import FactKind, OutboxKind, OutboxState, RequestState, Role
from storage.types import Json, UtcDateTime, choice

# Names from day one: SQLite's batch migrations cannot drop a constraint that has none.
SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Any:  # noqa: ANN401 - sqlmodel's Field is untyped
    return Field(default=None, primary_key=True)


def _text(**more: Any) -> Any:  # noqa: ANN401
    return Field(sa_type=Text, **more)


def _at(**more: Any) -> Any:  # noqa: ANN401
    return Field(sa_type=UtcDateTime, **more)


def _json(**more: Any) -> Any:  # noqa: ANN401
    return Field(sa_type=Json, **more)


def _choice(kind: type[StrEnum], column: str) -> Any:  # noqa: ANN401
    return Field(sa_type=choice(kind, column))


class Dataset(SQLModel, table=True):
    """A dataset; `number` is the current version of its recipe."""

    id: int | None = _id()
    name: str = _text(unique=True)
    number: int = 1
    channel_id: str | None = _text(default=None, index=True)
    workspace_url: str | None = _text(default=None)
    paused: bool = False
    added_at: datetime = _at()


class RecipeVersion(SQLModel, table=True):
    """A recipe as it was added, to the byte."""

    __table_args__ = (UniqueConstraint("dataset_id", "number"),)
    id: int | None = _id()
    dataset_id: int = Field(foreign_key="dataset.id")
    number: int
    text: str = _text()
    path: str = _text()
    at: datetime = _at()


class Roster(SQLModel, table=True):
    """Who may vote on a dataset, as last resolved in Slack; `present`: in its channel, too."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    user_id: str = _text(primary_key=True)
    role: Role = _choice(Role, "role")
    present: bool = True


class Request(SQLModel, table=True):
    """A paid call to a teacher: reserved before it, settled after."""

    id: int | None = _id()
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    teacher: str = _text()
    ask: str = _text()
    prompt: str = _text()
    prompt_hash: str = _text()
    parameters: dict[str, Any] = _json()
    seeds: list[str] = _json()
    person: str | None = _text(default=None)
    state: RequestState = _choice(RequestState, "state")
    reserved_usd: str | None = _text(default=None)
    cost_usd: str | None = _text(default=None)
    input_tokens: int = 0
    output_tokens: int = 0
    usage: dict[str, Any] | None = _json(default=None)
    reply: str | None = _text(default=None)
    stop: str | None = _text(default=None)
    error: str | None = _text(default=None)
    at: datetime = _at(index=True)
    settled_at: datetime | None = _at(default=None)


class Batch(SQLModel, table=True):
    """What was posted at one time."""

    __table_args__ = (UniqueConstraint("dataset_id", "number"),)
    id: int | None = _id()
    dataset_id: int = Field(foreign_key="dataset.id")
    number: int
    at: datetime = _at()
    closed_at: datetime | None = _at(default=None)


class Sample(SQLModel, table=True):
    """A training example with its origin; `recipe` is the version it was posted under."""

    __table_args__ = (Index(None, "dataset_id", "state"),)
    id: int | None = _id()
    dataset_id: int = Field(foreign_key="dataset.id")
    state: State = _choice(State, "state")
    current: int = 0
    category: str = _text()
    difficulty: str | None = _text(default=None)
    language: str = _text()
    request_id: int | None = Field(default=None, foreign_key="request.id")
    origin: dict[str, Any] = _json()
    reason: str | None = _text(default=None)
    explanation: str | None = _text(default=None)
    raw: str | None = _text(default=None)
    imported_by: str | None = _text(default=None)
    batch_id: int | None = Field(default=None, foreign_key="batch.id", index=True)
    recipe: int = 1
    split: str | None = _text(default=None)
    at: datetime = _at()


class Revision(SQLModel, table=True):
    """A version of a sample's record; `base` is the revision that it replaced."""

    __table_args__ = (Index(None, "channel", "ts"),)
    sample_id: int = Field(foreign_key="sample.id", primary_key=True)
    number: int = Field(primary_key=True)
    record: str = _text()
    author: str | None = _text(default=None)
    base: int | None = None
    channel: str | None = _text(default=None)
    ts: str | None = _text(default=None)
    at: datetime = _at()


class VoteEvent(SQLModel, table=True):
    """A verdict put or taken away; never changed."""

    id: int | None = _id()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    user_id: str = _text()
    verdict: Verdict = _choice(Verdict, "verdict")
    token: str = _text()
    present: bool
    counted: bool
    source: Source = _choice(Source, "source")
    at: datetime = _at()
    seen_at: datetime = _at()


class Fact(SQLModel, table=True):
    """An event that is no vote: settlements, freezing, time, withdrawn revisions."""

    id: int | None = _id()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    kind: FactKind = _choice(FactKind, "kind")
    revision: int
    user_id: str | None = _text(default=None)
    value: str | None = _text(default=None)
    reason: str = _text(default="")
    at: datetime = _at()


class Transition(SQLModel, table=True):
    """A change of state, with its cause."""

    id: int | None = _id()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    old: State = _choice(State, "old")
    new: State = _choice(State, "new")
    cause: str = _text()
    at: datetime = _at()


class Comment(SQLModel, table=True):
    """A reply in a sample's thread that changed no text, as its author last wrote it."""

    __table_args__ = (UniqueConstraint("channel", "ts"),)
    id: int | None = _id()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    user_id: str = _text()
    text: str = _text()
    field: str | None = _text(default=None)
    channel: str = _text()
    ts: str = _text()
    at: datetime = _at()


class Post(SQLModel, table=True):
    """A message that is in Slack.

    `replies` is their number when its thread was last read; `read_at` is when its reactions were.
    """

    __table_args__ = (UniqueConstraint("channel", "ts"),)
    id: int | None = _id()
    key: str = _text(unique=True)
    kind: OutboxKind = _choice(OutboxKind, "kind")
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    sample_id: int | None = Field(default=None, foreign_key="sample.id", index=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id", index=True)
    revision: int | None = None
    channel: str = _text()
    ts: str = _text()
    thread_ts: str | None = _text(default=None)
    replies: int = 0
    read_at: datetime | None = _at(default=None)
    at: datetime = _at()


class Outbox(SQLModel, table=True):
    """A wanted Slack call."""

    __table_args__ = (Index(None, "state", "not_before"),)
    id: int | None = _id()
    key: str = _text(unique=True)
    kind: OutboxKind = _choice(OutboxKind, "kind")
    state: OutboxState = _choice(OutboxState, "state")
    priority: int
    generation: int = 1
    dataset_id: int | None = Field(default=None, foreign_key="dataset.id")
    sample_id: int | None = Field(default=None, foreign_key="sample.id")
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    post_id: int | None = Field(default=None, foreign_key="post.id")
    revision: int | None = None
    args: dict[str, Any] = _json()
    not_before: datetime = _at()
    claimed_until: datetime | None = _at(default=None)
    attempts: int = 0
    error: str | None = _text(default=None)
    at: datetime = _at()


class Inbox(SQLModel, table=True):
    """A delivery that was handled: event, click, modal, command."""

    key: str = _text(primary_key=True)
    at: datetime = _at()


class Told(SQLModel, table=True):
    """What a person was told once."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    user_id: str = _text(primary_key=True)
    what: str = _text(primary_key=True)
    at: datetime = _at()


class JobRun(SQLModel, table=True):
    """A due time of a scheduled job that some process took; while it works, it renews its hold."""

    __table_args__ = (UniqueConstraint("dataset_id", "job", "due"),)
    id: int | None = _id()
    dataset_id: int = Field(foreign_key="dataset.id")
    job: str = _text()
    due: datetime = _at()
    started_at: datetime = _at()
    held_until: datetime = _at()
    ended_at: datetime | None = _at(default=None)
    error: str | None = _text(default=None)


class Export(SQLModel, table=True):
    """A published version."""

    __table_args__ = (UniqueConstraint("dataset_id", "version"),)
    id: int | None = _id()
    dataset_id: int = Field(foreign_key="dataset.id")
    version: int
    path: str = _text()
    manifest: dict[str, Any] = _json()
    at: datetime = _at()


class ExportItem(SQLModel, table=True):
    """A record of a version: which revision, in which split."""

    export_id: int = Field(foreign_key="export.id", primary_key=True)
    sample_id: int = Field(foreign_key="sample.id", primary_key=True, index=True)
    record_id: str = _text()
    revision: int
    split: str = _text()


class Reason(SQLModel, table=True):
    """Why a person rejects a revision, one choice from the card's menu; the last one counts."""

    id: int | None = _id()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    user_id: str = _text()
    reason: str = _text()
    at: datetime = _at()


class Naming(SQLModel, table=True):
    """A reviewer named to cast the vote that a contested revision lacks, and may pass it on."""

    __table_args__ = (UniqueConstraint("sample_id", "revision", "user_id"),)
    id: int | None = _id()
    sample_id: int = Field(foreign_key="sample.id")
    revision: int
    user_id: str = _text()
    at: datetime = _at(index=True)
    declined_at: datetime | None = _at(default=None)


class Away(SQLModel, table=True):
    """A day (of the schedule's time zone, ISO 8601) on which a person does not review."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    user_id: str = _text(primary_key=True)
    day: str = _text(primary_key=True)
    at: datetime = _at()


class Draft(SQLModel, table=True):
    """What a person typed into the Correct form of a revision and has not saved.

    `texts` holds {block_id: text} of the inputs that differ from the revision.
    """

    user_id: str = _text(primary_key=True)
    sample_id: int = Field(foreign_key="sample.id", primary_key=True)
    revision: int = Field(primary_key=True)
    texts: dict[str, str] = _json()
    at: datetime = _at()
