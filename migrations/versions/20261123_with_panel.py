"""Releases remember which earlier result a panel compares a result with."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_with_panel"
down_revision = "20261123_wishes"
branch_labels = None
depends_on = None

TABLES = ("release_contribution", "erased_contribution")


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in TABLES:
        op.add_column(table, sa.Column("before_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in TABLES:
        op.drop_column(table, "before_id")
