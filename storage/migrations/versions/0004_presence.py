"""Who of a roster is in the channel; until Slack is read again, everybody."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("present", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.alter_column("present", server_default=None)


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("roster", schema=None) as batch_op:
        batch_op.drop_column("present")
