"""How selective the sample behind a release is, for members."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_with_sample"
down_revision = "20261123_with_panel"
branch_labels = None
depends_on = None

ORGANIZATIONS = (
    "(SELECT cardinality(NULLIF(current_setting('palanca.organizations', true), '')::uuid[]) > 0)"
)
NETWORK = "(SELECT NULLIF(current_setting('palanca.network', true), '') IS NOT NULL)"
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "release_coverage",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("instrument", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_number"],
            ["release.number"],
            name=op.f("fk_release_coverage_release_number"),
        ),
        sa.PrimaryKeyConstraint(
            "release_number", "instrument", "version", name=op.f("pk_release_coverage")
        ),
    )
    # Not for palanca_release, which answers everybody.
    op.execute("GRANT SELECT, INSERT ON release_coverage TO palanca_app")
    op.execute("ALTER TABLE release_coverage ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE release_coverage FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY release_coverage_member ON release_coverage TO palanca_app"
        f" USING ({ORGANIZATIONS} OR {NETWORK} OR {OPERATOR}) WITH CHECK ({OPERATOR})"
    )


def downgrade() -> None:
    op.drop_table("release_coverage")
