"""Assessments, submissions, results and releases."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_rounds_and_releases"
down_revision = "20261122_catalog_and_access"
branch_labels = None
depends_on = None

ORGANIZATIONS = (
    "(SELECT NULLIF(current_setting('palanca.organizations', true), '')::uuid[])::uuid[]"
)
TENANT = f"organization_id = ANY ({ORGANIZATIONS})"

POLICIES = dict.fromkeys(("assessment", "submission", "result", "release_contribution"), TENANT)
GRANTS = {
    "assessment": "SELECT, INSERT, UPDATE (locked_at)",
    "submission": "SELECT, INSERT, UPDATE (superseded_at, withdrawn_at)",
    "result": "SELECT, INSERT",
    "release": "SELECT, INSERT",
    "release_cell": "SELECT, INSERT",
    "release_contribution": "SELECT, INSERT",
}


def protect() -> None:
    """Give each role what it needs and no more; what is published can only be added to."""
    for table, grants in GRANTS.items():
        op.execute(f"GRANT {grants} ON {table} TO palanca_app")
    for table, visible in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO palanca_app"
            f" USING ({visible}) WITH CHECK ({visible})"
        )


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("manifest", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_release")),
    )
    op.create_table(
        "release_cell",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("instrument", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cohort", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("figure", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_number"], ["release.number"], name=op.f("fk_release_cell_release_number")
        ),
        sa.PrimaryKeyConstraint(
            "release_number",
            "instrument",
            "version",
            "cohort",
            "figure",
            name=op.f("pk_release_cell"),
        ),
    )
    op.create_table(
        "assessment",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_version_id", sa.Uuid(), nullable=False),
        sa.Column("period", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "locked_at >= opened_at", name=op.f("ck_assessment_locked_after_opened")
        ),
        sa.ForeignKeyConstraint(
            ["instrument_version_id"],
            ["instrument_version.id"],
            name=op.f("fk_assessment_instrument_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_assessment_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_assessment")),
        sa.UniqueConstraint(
            "organization_id",
            "instrument_version_id",
            "period",
            name=op.f("uq_assessment_organization_id_instrument_version_id_period"),
        ),
    )
    op.create_index(
        "ix_assessment_published",
        "assessment",
        ["instrument_version_id", "period_end"],
        unique=False,
    )
    op.create_table(
        "release_contribution",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("cohorts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "assessment_id"],
            ["assessment.organization_id", "assessment.id"],
            name=op.f("fk_release_contribution_organization_id_assessment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_release_contribution_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["release_number"],
            ["release.number"],
            name=op.f("fk_release_contribution_release_number"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "assessment_id",
            "release_number",
            name=op.f("pk_release_contribution"),
        ),
    )
    op.create_index(
        op.f("ix_release_contribution_release_number"),
        "release_contribution",
        ["release_number"],
        unique=False,
    )
    op.create_table(
        "result",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("respondents", sa.Integer(), nullable=False),
        sa.Column("overall", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("section_scores", postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=False),
        sa.Column("detail", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "0 <= ALL (section_scores) AND 100 >= ALL (section_scores)",
            name=op.f("ck_result_sections_in_range"),
        ),
        sa.CheckConstraint("overall BETWEEN 0 AND 100", name=op.f("ck_result_overall_in_range")),
        sa.CheckConstraint("respondents >= 0", name=op.f("ck_result_respondents_counted")),
        sa.ForeignKeyConstraint(
            ["organization_id", "assessment_id"],
            ["assessment.organization_id", "assessment.id"],
            name=op.f("fk_result_organization_id_assessment_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "assessment_id", name=op.f("pk_result")),
    )
    op.create_table(
        "submission",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "individual", "consensus", name="mode", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "administrative",
                "physician",
                "nursing",
                "board",
                "finance",
                "patient_family",
                "other",
                name="role",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("respondent_hash", sa.LargeBinary(), nullable=True),
        sa.Column("external_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("idempotency_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("answers", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column(
            "notes", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "focus", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("overall", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("section_scores", postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=False),
        sa.Column("receipt_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("supersedes_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "mode = 'consensus' OR role IS NOT NULL",
            name=op.f("ck_submission_individual_has_role"),
        ),
        sa.CheckConstraint("-2 <= ALL (answers)", name=op.f("ck_submission_answers_in_range")),
        sa.CheckConstraint(
            "0 <= ALL (section_scores) AND 100 >= ALL (section_scores)",
            name=op.f("ck_submission_sections_in_range"),
        ),
        sa.CheckConstraint(
            "octet_length(receipt_sha256) = 32", name=op.f("ck_submission_receipt_is_sha256")
        ),
        sa.CheckConstraint(
            "overall BETWEEN 0 AND 100", name=op.f("ck_submission_overall_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "assessment_id"],
            ["assessment.organization_id", "assessment.id"],
            name=op.f("fk_submission_organization_id_assessment_id"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_submission_client_id")),
        sa.ForeignKeyConstraint(
            ["organization_id", "supersedes_id"],
            ["submission.organization_id", "submission.id"],
            name=op.f("fk_submission_organization_id_supersedes_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_submission_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "organization_id",
            "client_id",
            "idempotency_key",
            name=op.f("uq_submission_organization_id_client_id_idempotency_key"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "supersedes_id",
            name=op.f("uq_submission_organization_id_supersedes_id"),
        ),
    )
    op.create_index(op.f("ix_submission_client_id"), "submission", ["client_id"], unique=False)
    op.create_index(
        "ix_submission_assessment", "submission", ["organization_id", "assessment_id"], unique=False
    )
    op.create_index(
        "uq_submission_external_id",
        "submission",
        ["organization_id", "external_id"],
        unique=True,
        postgresql_where=sa.text(
            "external_id IS NOT NULL AND superseded_at IS NULL AND withdrawn_at IS NULL"
        ),
    )
    op.create_index(
        "uq_submission_consensus",
        "submission",
        ["organization_id", "assessment_id"],
        unique=True,
        postgresql_where=sa.text(
            "mode = 'consensus' AND superseded_at IS NULL AND withdrawn_at IS NULL"
        ),
    )
    op.create_index(
        "uq_submission_respondent",
        "submission",
        ["organization_id", "assessment_id", "respondent_hash"],
        unique=True,
        postgresql_where=sa.text(
            "respondent_hash IS NOT NULL AND superseded_at IS NULL AND withdrawn_at IS NULL"
        ),
    )
    protect()
    op.execute("GRANT SELECT ON release, release_cell TO palanca_release")


def downgrade() -> None:
    for table in (
        "release_contribution",
        "result",
        "submission",
        "assessment",
        "release_cell",
        "release",
    ):
        op.drop_table(table)
