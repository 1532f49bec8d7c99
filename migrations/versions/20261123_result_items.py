"""Results keep each item's score; those of before have none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_result_items"
down_revision = "20261123_release_on_days"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "result",
        sa.Column("item_scores", postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=True),
    )
    op.create_check_constraint(
        op.f("ck_result_items_in_range"),
        "result",
        "0 <= ALL (item_scores) AND 100 >= ALL (item_scores)",
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("result", "item_scores")
