"""Files of releases, kept as they were signed."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "20261123_release_files"
down_revision = "20261123_queries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "release_file",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("media_type", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_number"], ["release.number"], name=op.f("fk_release_file_release_number")
        ),
        sa.PrimaryKeyConstraint("release_number", "name", name=op.f("pk_release_file")),
    )
    op.execute("GRANT SELECT, INSERT ON release_file TO palanca_app")
    op.execute("GRANT SELECT ON release_file TO palanca_release")


def downgrade() -> None:
    op.drop_table("release_file")
