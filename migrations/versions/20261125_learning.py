"""Measures, observations, aims and tests of change."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261125_learning"
down_revision = "20261124_documents"
branch_labels = None
depends_on = None

ORGANIZATIONS = (
    "(SELECT NULLIF(current_setting('palanca.organizations', true), '')::uuid[])::uuid[]"
)
TENANT = f"organization_id = ANY ({ORGANIZATIONS})"
ERASING = "(SELECT current_setting('palanca.erasing', true) = 'on')"
GRANTS = {
    "measure": "SELECT, INSERT, DELETE",
    "observation": "SELECT, INSERT, UPDATE (superseded_at), DELETE",
    "aim": "SELECT, INSERT, DELETE,"
    " UPDATE (title, elements, drivers, board_adopted_on, closed_on, closed_why)",
    "change_test": "SELECT, INSERT, DELETE,"
    " UPDATE (ended_on, happened, study, decision, studied_at)",
}


def protect() -> None:
    """Rows are their organization's; they go only while something is being erased."""
    for table, grants in GRANTS.items():
        op.execute(f"GRANT {grants} ON {table} TO palanca_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO palanca_app"
            f" USING ({TENANT}) WITH CHECK ({TENANT})"
        )
        op.execute(
            f"CREATE POLICY {table}_erasing ON {table} AS RESTRICTIVE FOR DELETE TO palanca_app"
            f" USING ({ERASING})"
        )


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "measure",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("unit", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("lower", "higher", name="direction", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column(
            "chart",
            sa.Enum(
                "run",
                "i",
                "xbar",
                "s",
                "p",
                "p_prime",
                "u",
                "u_prime",
                "c",
                "g",
                "t",
                name="kind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "frequency",
            sa.Enum(
                "year",
                "half",
                "quarter",
                "month",
                "week",
                "day",
                name="frequency",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("per", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("element", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("definition", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("per > 0 AND per < 'Infinity'", name=op.f("ck_measure_per_positive")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_measure_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_measure")),
        sa.UniqueConstraint(
            "organization_id", "code", name=op.f("uq_measure_organization_id_code")
        ),
    )
    op.create_table(
        "aim",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("baseline", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("target", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("by", sa.Date(), nullable=False),
        sa.Column("elements", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("drivers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("board_adopted_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_why", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "baseline > '-Infinity' AND baseline < 'Infinity'", name=op.f("ck_aim_baseline_finite")
        ),
        sa.CheckConstraint(
            "target > '-Infinity' AND target < 'Infinity'", name=op.f("ck_aim_target_finite")
        ),
        sa.CheckConstraint("by > from_on", name=op.f("ck_aim_by_later")),
        sa.ForeignKeyConstraint(
            ["organization_id", "measure_id"],
            ["measure.organization_id", "measure.id"],
            name=op.f("fk_aim_organization_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_aim_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_aim")),
    )
    op.create_index("ix_aim_measure", "aim", ["organization_id", "measure_id"], unique=False)
    op.create_table(
        "observation",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("period", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("value", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("numerator", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("denominator", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("sample", postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=True),
        sa.Column(
            "missing",
            sa.Enum(
                "suppressed",
                "not_collected",
                name="missing",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "mark",
            sa.Enum(
                "intervention",
                "rebase",
                "excluded",
                name="mark",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "denominator > '-Infinity' AND denominator < 'Infinity'",
            name=op.f("ck_observation_denominator_finite"),
        ),
        sa.CheckConstraint(
            "numerator > '-Infinity' AND numerator < 'Infinity'",
            name=op.f("ck_observation_numerator_finite"),
        ),
        sa.CheckConstraint(
            "value > '-Infinity' AND value < 'Infinity'", name=op.f("ck_observation_value_finite")
        ),
        sa.CheckConstraint(
            "(missing IS NOT NULL) = (value IS NULL AND numerator IS NULL AND sample IS NULL)",
            name=op.f("ck_observation_value_or_why_not"),
        ),
        sa.CheckConstraint(
            "superseded_at >= recorded_at", name=op.f("ck_observation_superseded_after_recorded")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "measure_id"],
            ["measure.organization_id", "measure.id"],
            name=op.f("fk_observation_organization_id_measure_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_observation_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_observation")),
    )
    op.create_index(
        "ix_observation_measure",
        "observation",
        ["organization_id", "measure_id", "starts_on"],
        unique=False,
    )
    op.create_index(
        "uq_observation_period",
        "observation",
        ["measure_id", "period", "organization_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "change_test",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("aim_id", sa.Uuid(), nullable=False),
        sa.Column("follows_id", sa.Uuid(), nullable=True),
        sa.Column("driver", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("element", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("title", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("prediction", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("plan", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column(
            "scale",
            sa.Enum(
                "one",
                "few",
                "unit",
                "several_units",
                "organization",
                name="scale",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("happened", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("study", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column(
            "decision",
            sa.Enum(
                "adopt",
                "adapt",
                "abandon",
                name="decision",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("studied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_on >= starts_on", name=op.f("ck_change_test_ended_after_start")),
        sa.CheckConstraint(
            "num_nulls(ended_on, happened, study, decision, studied_at) IN (0, 5)",
            name=op.f("ck_change_test_studied_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "aim_id"],
            ["aim.organization_id", "aim.id"],
            name=op.f("fk_change_test_organization_id_aim_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "follows_id"],
            ["change_test.organization_id", "change_test.id"],
            name=op.f("fk_change_test_organization_id_follows_id"),
            ondelete="SET NULL (follows_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_change_test_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_change_test")),
    )
    op.create_index(
        "ix_change_test_aim", "change_test", ["organization_id", "aim_id"], unique=False
    )
    op.create_index(
        "ix_change_test_follows",
        "change_test",
        ["organization_id", "follows_id"],
        unique=False,
        postgresql_where=sa.text("follows_id IS NOT NULL"),
    )
    protect()


def downgrade() -> None:
    for table in ("change_test", "observation", "aim", "measure"):
        op.drop_table(table)
