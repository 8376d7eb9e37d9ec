"""Messages that name a reviewer: one more kind of what is posted."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BEFORE = ("card", "header", "seed", "update", "tell", "direct", "thread", "weekly", "upload")
_AFTER = (*_BEFORE, "name")
_TABLES = ("outbox", "post")


def upgrade() -> None:
    """Let the columns hold it."""
    _allow(_AFTER)


def downgrade() -> None:
    """Forget such messages."""
    named = "SELECT id FROM post WHERE kind = 'name'"
    op.execute(f"DELETE FROM outbox WHERE kind = 'name' OR post_id IN ({named})")
    op.execute("DELETE FROM post WHERE kind = 'name'")
    _allow(_BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    for table in _TABLES:
        name = op.f(f"ck_{table}_kind")
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, sa.column("kind").in_(kinds))
