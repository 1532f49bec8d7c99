"""Lattices as versions, and wishes for cohorts."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_wishes"
down_revision = "20261123_result_items"
branch_labels = None
depends_on = None

CLIENT = "(SELECT NULLIF(current_setting('palanca.client', true), '')::uuid)"
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "lattice_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("definition", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("seed_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_lattice_version")),
    )
    op.create_table(
        "cohort_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("attributes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                name="wishstatus",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lattice_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_cohort_request_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["lattice_version"],
            ["lattice_version.version"],
            name=op.f("fk_cohort_request_lattice_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_request")),
    )
    for column in ("client_id", "lattice_version"):
        op.create_index(op.f(f"ix_cohort_request_{column}"), "cohort_request", [column])
    op.execute("GRANT SELECT, INSERT ON lattice_version TO palanca_app")
    op.execute("GRANT SELECT, INSERT ON cohort_request TO palanca_app")
    op.execute(
        "GRANT UPDATE (status, decided_at, lattice_version) ON cohort_request TO palanca_app"
    )
    op.execute("ALTER TABLE cohort_request ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE cohort_request FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY cohort_request_client ON cohort_request TO palanca_app"
        f" USING (client_id = {CLIENT} OR {OPERATOR})"
        f" WITH CHECK (client_id = {CLIENT} OR {OPERATOR})"
    )


def downgrade() -> None:
    op.drop_table("cohort_request")
    op.drop_table("lattice_version")
