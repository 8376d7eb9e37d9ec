"""Runs of generation, the request log, bulks, families, contrasts and rewritings."""

import hashlib
import json
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_POSTED = ("card", "header", "seed", "update", "tell", "direct", "thread", "weekly", "upload", "name")
_NEWLY_POSTED = ("progress", "rewrite")
_STATES = ("reserved", "settled", "failed")
_NEW_STATES = ("owed", "answered")
_AMOUNTS = ("reserved_usd", "cost_usd")


def _at(name: str, *, nullable: bool) -> "sa.Column[Any]":
    return sa.Column(name, storage.types.UtcDateTime(timezone=True), nullable=nullable)


def _foreign(column: str, table: str, own: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], name=op.f(f"fk_{own}_{column}_{table}")
    )


def upgrade() -> None:
    """Create the tables and let the old ones hold what they need."""
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("wish", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        _at("held_until", nullable=False),
        _at("cancelled_at", nullable=True),
        _at("ended_at", nullable=True),
        sa.Column("stopped", sa.Text(), nullable=True),
        _at("at", nullable=False),
        _foreign("dataset_id", "dataset", "run"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("key", name=op.f("uq_run_key")),
    )
    op.create_index(op.f("ix_run_dataset_id"), "run", ["dataset_id"])
    op.create_table(
        "bulk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("teacher", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitting",
                "submitted",
                "ended",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _at("at", nullable=False),
        _at("submitted_at", nullable=True),
        _at("ended_at", nullable=True),
        _foreign("dataset_id", "dataset", "bulk"),
        _foreign("run_id", "run", "bulk"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk")),
    )
    op.create_index(op.f("ix_bulk_dataset_id"), "bulk", ["dataset_id"])
    for table in ("contrast", "rewrite"):
        _create(table)
        op.create_index(op.f(f"ix_{table}_sample_id"), table, ["sample_id"])
    _change_requests()
    with op.batch_alter_table("sample") as batch:
        batch.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("family", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_sample_parent_id_sample"), "sample", ["parent_id"], ["id"])
        batch.create_index(op.f("ix_sample_family"), ["family"])
    for table in ("post", "outbox"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_{table}_run_id_run"), "run", ["run_id"], ["id"])
            if table == "post":
                batch.create_index(op.f("ix_post_run_id"), ["run_id"])
    _allow(("outbox", "post"), "kind", (*_POSTED, *_NEWLY_POSTED))


def _create(table: str) -> None:
    own: dict[str, list[Any]] = {
        "contrast": [
            sa.Column("record", sa.Text(), nullable=False),
            sa.Column("kind", sa.Text(), nullable=False),
            sa.Column("origin", sa.JSON(none_as_null=True), nullable=False),
        ],
        "rewrite": [
            sa.Column("user_id", sa.Text(), nullable=False),
            sa.Column("wish", sa.Text(), nullable=False),
            sa.Column("key", sa.Text(), nullable=False),
            sa.Column("channel", sa.Text(), nullable=False),
            sa.Column("thread_ts", sa.Text(), nullable=False),
            sa.Column("state", sa.Text(), nullable=False),
            sa.Column("record", sa.Text(), nullable=True),
            sa.UniqueConstraint("key", name=op.f("uq_rewrite_key")),
        ],
    }
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        *own[table],
        sa.Column("request_id", sa.Integer(), nullable=True),
        _at("at", nullable=False),
        _foreign("sample_id", "sample", table),
        _foreign("request_id", "request", table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _change_requests() -> None:
    connection = op.get_bind()
    columns = "id, dataset_id, reserved_usd, cost_usd"
    rows = connection.execute(
        sa.text(f"SELECT {columns} FROM request ORDER BY dataset_id, id")
    ).all()
    with op.batch_alter_table("request") as batch:
        for amount in _AMOUNTS:
            batch.drop_column(amount)
    with op.batch_alter_table("request") as batch:
        for amount in _AMOUNTS:
            batch.add_column(sa.Column(amount, storage.types.Usd(), nullable=True))
        batch.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("bulk_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("key", sa.Text(), nullable=True))
        batch.add_column(sa.Column("model", sa.Text(), nullable=True))
        batch.add_column(sa.Column("pending", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("cached_tokens", sa.Integer(), nullable=False, server_default="0"))
        batch.create_foreign_key(op.f("fk_request_run_id_run"), "run", ["run_id"], ["id"])
        batch.create_foreign_key(op.f("fk_request_bulk_id_bulk"), "bulk", ["bulk_id"], ["id"])
        batch.create_index(op.f("ix_request_run_id"), ["run_id"])
        batch.create_index(op.f("ix_request_bulk_id"), ["bulk_id"])
        batch.create_index(op.f("ix_request_dataset_id_state"), ["dataset_id", "state"])
    request = sa.table(
        "request",
        sa.column("id", sa.Integer()),
        sa.column("number", sa.Integer()),
        sa.column("key", sa.Text()),
        *(sa.column(amount, storage.types.Usd()) for amount in _AMOUNTS),
    )
    made: dict[int, int] = {}
    for row in rows:
        number = made.get(row.dataset_id, 0)
        made[row.dataset_id] = number + 1
        connection.execute(
            request.update()
            .where(request.c.id == row.id)
            .values(
                number=number,
                key=hashlib.sha256(json.dumps(["before 0005", row.id]).encode()).hexdigest(),
                **{a: None if row._mapping[a] is None else Decimal(row._mapping[a]) for a in _AMOUNTS},
            )
        )
    with op.batch_alter_table("request") as batch:
        batch.alter_column("key", existing_type=sa.Text(), nullable=False)
        batch.alter_column("number", existing_type=sa.Integer(), server_default=None)
        batch.alter_column("cached_tokens", existing_type=sa.Integer(), server_default=None)
        batch.create_unique_constraint(op.f("uq_request_dataset_id_key"), ["dataset_id", "key"])
    _allow(("request",), "state", (*_STATES, *_NEW_STATES))


def downgrade() -> None:
    """Drop them; what only they could hold is forgotten, what was paid is kept."""
    for kind in _NEWLY_POSTED:
        posted = f"SELECT id FROM post WHERE kind = '{kind}'"
        op.execute(f"DELETE FROM outbox WHERE kind = '{kind}' OR post_id IN ({posted})")
        op.execute(f"DELETE FROM post WHERE kind = '{kind}'")
    _allow(("outbox", "post"), "kind", _POSTED)
    for table in ("outbox", "post"):
        with op.batch_alter_table(table) as batch:
            if table == "post":
                batch.drop_index(op.f("ix_post_run_id"))
            batch.drop_constraint(op.f(f"fk_{table}_run_id_run"), type_="foreignkey")
            batch.drop_column("run_id")
    with op.batch_alter_table("sample") as batch:
        batch.drop_index(op.f("ix_sample_family"))
        batch.drop_constraint(op.f("fk_sample_parent_id_sample"), type_="foreignkey")
        batch.drop_column("family")
        batch.drop_column("parent_id")
    for table in ("contrast", "rewrite"):
        op.drop_table(table)
    _change_requests_back()
    for table in ("bulk", "run"):
        op.drop_table(table)


def _change_requests_back() -> None:
    connection = op.get_bind()
    op.execute("DELETE FROM request WHERE state = 'owed'")
    op.execute("UPDATE request SET state = 'settled' WHERE state = 'answered'")
    _allow(("request",), "state", _STATES)
    request = sa.table(
        "request",
        sa.column("id", sa.Integer()),
        *(sa.column(amount, storage.types.Usd()) for amount in _AMOUNTS),
    )
    rows = connection.execute(sa.select(request)).all()
    with op.batch_alter_table("request") as batch:
        batch.drop_constraint(op.f("uq_request_dataset_id_key"), type_="unique")
        batch.drop_constraint(op.f("fk_request_run_id_run"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_request_bulk_id_bulk"), type_="foreignkey")
        for index in ("run_id", "bulk_id", "dataset_id_state"):
            batch.drop_index(op.f(f"ix_request_{index}"))
        gone = ("run_id", "bulk_id", "number", "key", "model", "pending", "cached_tokens", *_AMOUNTS)
        for column in gone:
            batch.drop_column(column)
    with op.batch_alter_table("request") as batch:
        for amount in _AMOUNTS:
            batch.add_column(sa.Column(amount, sa.Text(), nullable=True))
    told = sa.table("request", sa.column("id"), *(sa.column(amount) for amount in _AMOUNTS))
    for row in rows:
        amounts = {
            amount: None if row._mapping[amount] is None else f"{row._mapping[amount]:f}"
            for amount in _AMOUNTS
        }
        connection.execute(told.update().where(told.c.id == row.id).values(**amounts))


def _allow(tables: tuple[str, ...], column: str, values: tuple[str, ...]) -> None:
    for table in tables:
        name = op.f(f"ck_{table}_{column}")
        with op.batch_alter_table(table, schema=None) as batch:
            batch.drop_constraint(name, type_="check")
            batch.create_check_constraint(name, sa.column(column).in_(values))
