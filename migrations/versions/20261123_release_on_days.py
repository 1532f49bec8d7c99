"""What came of each day of the calendar of releases."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "20261123_release_on_days"
down_revision = "20261123_release_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "release_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("release_number", sa.Integer(), nullable=True),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("detail", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_number"], ["release.number"], name=op.f("fk_release_day_release_number")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_release_day")),
    )
    op.create_index(op.f("ix_release_day_release_number"), "release_day", ["release_number"])
    op.execute("GRANT SELECT, INSERT ON release_day TO palanca_app")


def downgrade() -> None:
    op.drop_table("release_day")
