"""Reasons, named reviewers, days off and unsaved corrections."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["sample.id"], name=op.f("fk_reason_sample_id_sample")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason")),
    )
    with op.batch_alter_table("reason", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reason_sample_id"), ["sample_id"], unique=False)
    op.create_table(
        "naming",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("declined_at", storage.types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["sample.id"], name=op.f("fk_naming_sample_id_sample")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_naming")),
        sa.UniqueConstraint(
            "sample_id", "revision", "user_id", name=op.f("uq_naming_sample_id_revision_user_id")
        ),
    )
    with op.batch_alter_table("naming", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_naming_at"), ["at"], unique=False)
    op.create_table(
        "away",
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_away_dataset_id_dataset")
        ),
        sa.PrimaryKeyConstraint("dataset_id", "user_id", "day", name=op.f("pk_away")),
    )
    op.create_table(
        "draft",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("texts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", storage.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["sample.id"], name=op.f("fk_draft_sample_id_sample")
        ),
        sa.PrimaryKeyConstraint("user_id", "sample_id", "revision", name=op.f("pk_draft")),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("draft", "away", "naming", "reason"):
        op.drop_table(table)
