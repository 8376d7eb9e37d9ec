"""The tables. Rows are dumb: core's frozen types are the truth, the verbs translate.

Append-only: revision, voteevent, fact, transition. Caches of folds: sample.state and
sample.current, written in the transaction that appends (`winnow doctor` folds again).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.votes import Source, State, Verdict
from storage.columns import at_, choice_, id_, json_, text_
from storage.kinds import FactKind, OutboxKind, OutboxState, Role


class Dataset(SQLModel, table=True):
    """A dataset; `number` is the current version of its recipe."""

    id: int | None = id_()
    name: str = text_(unique=True)
    number: int = 1
    channel_id: str | None = text_(default=None, index=True)
    workspace_url: str | None = text_(default=None)
    paused: bool = False
    added_at: datetime = at_()


class RecipeVersion(SQLModel, table=True):
    """A recipe as it was added, to the byte."""

    __table_args__ = (UniqueConstraint("dataset_id", "number"),)
    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id")
    number: int
    text: str = text_()
    path: str = text_()
    at: datetime = at_()


class Roster(SQLModel, table=True):
    """Who may vote on a dataset, as last resolved in Slack; `present`: in its channel, too."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    user_id: str = text_(primary_key=True)
    role: Role = choice_(Role, "role")
    present: bool = True


class Batch(SQLModel, table=True):
    """What was posted at one time."""

    __table_args__ = (UniqueConstraint("dataset_id", "number"),)
    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id")
    number: int
    at: datetime = at_()
    closed_at: datetime | None = at_(default=None)


class Sample(SQLModel, table=True):
    """A training example with its origin; `recipe` is the version it was posted under.

    A variant has its parent's number, and as `family` that of the first of its line.
    """

    __table_args__ = (Index(None, "dataset_id", "state"),)
    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id")
    state: State = choice_(State, "state")
    current: int = 0
    category: str = text_()
    difficulty: str | None = text_(default=None)
    language: str = text_()
    request_id: int | None = Field(default=None, foreign_key="request.id")
    origin: dict[str, Any] = json_()
    reason: str | None = text_(default=None)
    explanation: str | None = text_(default=None)
    raw: str | None = text_(default=None)
    imported_by: str | None = text_(default=None)
    parent_id: int | None = Field(default=None, foreign_key="sample.id")
    family: int | None = Field(default=None, index=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id", index=True)
    recipe: int = 1
    split: str | None = text_(default=None)
    at: datetime = at_()


class Revision(SQLModel, table=True):
    """A version of a sample's record; `base` is the revision that it replaced."""

    __table_args__ = (Index(None, "channel", "ts"),)
    sample_id: int = Field(foreign_key="sample.id", primary_key=True)
    number: int = Field(primary_key=True)
    record: str = text_()
    author: str | None = text_(default=None)
    base: int | None = None
    channel: str | None = text_(default=None)
    ts: str | None = text_(default=None)
    at: datetime = at_()


class VoteEvent(SQLModel, table=True):
    """A verdict put or taken away; never changed."""

    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    user_id: str = text_()
    verdict: Verdict = choice_(Verdict, "verdict")
    token: str = text_()
    present: bool
    counted: bool
    source: Source = choice_(Source, "source")
    at: datetime = at_()
    seen_at: datetime = at_()


class Fact(SQLModel, table=True):
    """An event that is no vote: settlements, freezing, time, withdrawn revisions."""

    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    kind: FactKind = choice_(FactKind, "kind")
    revision: int
    user_id: str | None = text_(default=None)
    value: str | None = text_(default=None)
    reason: str = text_(default="")
    at: datetime = at_()


class Transition(SQLModel, table=True):
    """A change of state, with its cause."""

    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    old: State = choice_(State, "old")
    new: State = choice_(State, "new")
    cause: str = text_()
    at: datetime = at_()


class Comment(SQLModel, table=True):
    """A reply in a sample's thread that changed no text, as its author last wrote it."""

    __table_args__ = (UniqueConstraint("channel", "ts"),)
    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    user_id: str = text_()
    text: str = text_()
    field: str | None = text_(default=None)
    channel: str = text_()
    ts: str = text_()
    at: datetime = at_()


class Post(SQLModel, table=True):
    """A message that is in Slack.

    `replies` is their number when its thread was last read; `read_at` is when its reactions were.
    """

    __table_args__ = (UniqueConstraint("channel", "ts"),)
    id: int | None = id_()
    key: str = text_(unique=True)
    kind: OutboxKind = choice_(OutboxKind, "kind")
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    sample_id: int | None = Field(default=None, foreign_key="sample.id", index=True)
    batch_id: int | None = Field(default=None, foreign_key="batch.id", index=True)
    run_id: int | None = Field(default=None, foreign_key="run.id", index=True)
    revision: int | None = None
    channel: str = text_()
    ts: str = text_()
    thread_ts: str | None = text_(default=None)
    replies: int = 0
    read_at: datetime | None = at_(default=None)
    at: datetime = at_()


class Outbox(SQLModel, table=True):
    """A wanted Slack call."""

    __table_args__ = (Index(None, "state", "not_before"),)
    id: int | None = id_()
    key: str = text_(unique=True)
    kind: OutboxKind = choice_(OutboxKind, "kind")
    state: OutboxState = choice_(OutboxState, "state")
    priority: int
    generation: int = 1
    dataset_id: int | None = Field(default=None, foreign_key="dataset.id")
    sample_id: int | None = Field(default=None, foreign_key="sample.id")
    batch_id: int | None = Field(default=None, foreign_key="batch.id")
    post_id: int | None = Field(default=None, foreign_key="post.id")
    run_id: int | None = Field(default=None, foreign_key="run.id")
    revision: int | None = None
    args: dict[str, Any] = json_()
    not_before: datetime = at_()
    claimed_until: datetime | None = at_(default=None)
    attempts: int = 0
    error: str | None = text_(default=None)
    at: datetime = at_()


class Inbox(SQLModel, table=True):
    """A delivery that was handled: event, click, modal, command."""

    key: str = text_(primary_key=True)
    at: datetime = at_()


class Told(SQLModel, table=True):
    """What a person was told once."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    user_id: str = text_(primary_key=True)
    what: str = text_(primary_key=True)
    at: datetime = at_()


class JobRun(SQLModel, table=True):
    """A due time of a scheduled job that some process took; while it works, it renews its hold."""

    __table_args__ = (UniqueConstraint("dataset_id", "job", "due"),)
    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id")
    job: str = text_()
    due: datetime = at_()
    started_at: datetime = at_()
    held_until: datetime = at_()
    ended_at: datetime | None = at_(default=None)
    error: str | None = text_(default=None)


class Export(SQLModel, table=True):
    """A published version."""

    __table_args__ = (UniqueConstraint("dataset_id", "version"),)
    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id")
    version: int
    path: str = text_()
    manifest: dict[str, Any] = json_()
    at: datetime = at_()


class ExportItem(SQLModel, table=True):
    """A record of a version: which revision, in which split."""

    export_id: int = Field(foreign_key="export.id", primary_key=True)
    sample_id: int = Field(foreign_key="sample.id", primary_key=True, index=True)
    record_id: str = text_()
    revision: int
    split: str = text_()


class Reason(SQLModel, table=True):
    """Why a person rejects a revision, one choice from the card's menu; the last one counts."""

    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    user_id: str = text_()
    reason: str = text_()
    at: datetime = at_()


class Naming(SQLModel, table=True):
    """A reviewer named to cast the vote that a contested revision lacks, and may pass it on."""

    __table_args__ = (UniqueConstraint("sample_id", "revision", "user_id"),)
    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id")
    revision: int
    user_id: str = text_()
    at: datetime = at_(index=True)
    declined_at: datetime | None = at_(default=None)


class Away(SQLModel, table=True):
    """A day (of the schedule's time zone, ISO 8601) on which a person does not review."""

    dataset_id: int = Field(foreign_key="dataset.id", primary_key=True)
    user_id: str = text_(primary_key=True)
    day: str = text_(primary_key=True)
    at: datetime = at_()


class Draft(SQLModel, table=True):
    """What a person typed into the Correct form of a revision and has not saved.

    `texts` holds {block_id: text} of the inputs that differ from the revision.
    """

    user_id: str = text_(primary_key=True)
    sample_id: int = Field(foreign_key="sample.id", primary_key=True)
    revision: int = Field(primary_key=True)
    texts: dict[str, str] = json_()
    at: datetime = at_()
