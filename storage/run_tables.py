"""The tables of generation: runs, their requests to teachers, and what is no sample."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import at_, choice_, id_, json_, text_, usd_
from storage.kinds import BulkState, RequestState


class Run(SQLModel, table=True):
    """One run of `generate`: what was wished, by whom, and which process works on it.

    `held_by` is "host/pid"; while it works, the process renews its hold. `key` is that of the
    delivery that asked for it, `channel` where that was; both are missing for the command line.
    """

    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    key: str | None = text_(default=None, unique=True)
    wish: dict[str, Any] = json_()
    person: str | None = text_(default=None)
    channel: str | None = text_(default=None)
    candidates: int = 0
    held_by: str = text_()
    held_until: datetime = at_()
    cancelled_at: datetime | None = at_(default=None)
    ended_at: datetime | None = at_(default=None)
    stopped: str | None = text_(default=None)
    at: datetime = at_()


class Request(SQLModel, table=True):
    """A paid call to a teacher: reserved before it, settled after.

    `number` counts a dataset's calls from 0; a call's later requests share it. `key` is a hash of
    all that determines the answer. `pending` is what sending it (again) and reading its reply need;
    it is dropped once the reply is read. `model` is the
    server's own name for who answered.
    """

    __table_args__ = (
        UniqueConstraint("dataset_id", "key"),
        Index(None, "dataset_id", "state"),
    )
    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    run_id: int | None = Field(default=None, foreign_key="run.id", index=True)
    bulk_id: int | None = Field(default=None, foreign_key="bulk.id", index=True)
    number: int = 0
    key: str = text_()
    teacher: str = text_()
    ask: str = text_()
    prompt: str = text_()
    prompt_hash: str = text_()
    parameters: dict[str, Any] = json_()
    seeds: list[str] = json_()
    person: str | None = text_(default=None)
    state: RequestState = choice_(RequestState, "state")
    pending: dict[str, Any] | None = json_(default=None)
    reserved_usd: Decimal | None = usd_(default=None)
    cost_usd: Decimal | None = usd_(default=None)
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usage: dict[str, Any] | None = json_(default=None)
    reply: str | None = text_(default=None)
    stop: str | None = text_(default=None)
    model: str | None = text_(default=None)
    error: str | None = text_(default=None)
    at: datetime = at_(index=True)
    settled_at: datetime | None = at_(default=None)


class Bulk(SQLModel, table=True):
    """Requests handed to a provider's batch API together; `provider_id` is its name for them."""

    id: int | None = id_()
    dataset_id: int = Field(foreign_key="dataset.id", index=True)
    run_id: int | None = Field(default=None, foreign_key="run.id")
    teacher: str = text_()
    state: BulkState = choice_(BulkState, "state")
    provider_id: str | None = text_(default=None)
    error: str | None = text_(default=None)
    at: datetime = at_()
    submitted_at: datetime | None = at_(default=None)
    ended_at: datetime | None = at_(default=None)


class Contrast(SQLModel, table=True):
    """A second answer to the question of an approved sample, for preference pairs; no sample.

    `kind` is `second` (another teacher's) or `weaker` (asked to be worse).
    """

    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    record: str = text_()
    kind: str = text_()
    origin: dict[str, Any] = json_()
    request_id: int | None = Field(default=None, foreign_key="request.id")
    at: datetime = at_()


class Rewrite(SQLModel, table=True):
    """A rewriting that a person wished for in a thread, or that mends a flagged sample.

    `state` is `wished`, `shown`, `accepted`, `dropped` or `failed`.
    """

    id: int | None = id_()
    sample_id: int = Field(foreign_key="sample.id", index=True)
    revision: int
    user_id: str = text_()
    wish: str = text_()
    key: str = text_(unique=True)
    channel: str = text_()
    thread_ts: str = text_()
    state: str = text_()
    record: str | None = text_(default=None)
    request_id: int | None = Field(default=None, foreign_key="request.id")
    at: datetime = at_()
