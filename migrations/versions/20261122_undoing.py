"""Erasures, what remains of the erased in releases, and rows that may go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_undoing"
down_revision = "20261122_trail"
branch_labels = None
depends_on = None

ORGANIZATIONS = (
    "(SELECT NULLIF(current_setting('palanca.organizations', true), '')::uuid[])::uuid[]"
)
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"
ERASING = "(SELECT current_setting('palanca.erasing', true) = 'on')"
TENANT = f"organization_id = ANY ({ORGANIZATIONS})"

POLICIES = {
    "erasure": (f"{TENANT} OR {ERASING}", TENANT),
    "erased_contribution": (f"{OPERATOR} OR {ERASING}", ERASING),
}
ERASABLE = (
    "assessment",
    "invitation",
    "participation",
    "partner_grant",
    "release_contribution",
    "result",
    "submission",
)
"""Tenants' rows that go, and only while something is being erased."""

GRANTS = {
    **dict.fromkeys(ERASABLE, "DELETE"),
    "erasure": "SELECT, INSERT, UPDATE (called_off_at, begun_at, finished_at, counts)",
    "erased_contribution": "SELECT, INSERT",
    "invitation": "DELETE, UPDATE (used_on)",
    "organization": "UPDATE (network_id, external_id, erase_at, erased_at)",
    "client": "UPDATE (name, data_use)",
}
REFERENCES = (
    ("submission", "supersedes_id"),
    ("invitation", "submission_id"),
)
"""What refers to a submission, and forgets it when it goes."""


def protect() -> None:
    """Give each role what it needs and no more."""
    for table, grants in GRANTS.items():
        op.execute(f"GRANT {grants} ON {table} TO palanca_app")
    for table, (visible, writable) in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO palanca_app"
            f" USING ({visible}) WITH CHECK ({writable})"
        )
    for table in ERASABLE:
        op.execute(
            f"CREATE POLICY {table}_erasing ON {table} AS RESTRICTIVE FOR DELETE TO palanca_app"
            f" USING ({ERASING})"
        )


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "erasure",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum(
                "organization",
                "respondent",
                name="subject",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("due_at >= requested_at", name=op.f("ck_erasure_due_later")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_erasure_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_erasure")),
    )
    op.create_table(
        "erased_contribution",
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_version_id", sa.Uuid(), nullable=False),
        sa.Column("cohorts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("figures", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_version_id"],
            ["instrument_version.id"],
            name=op.f("fk_erased_contribution_instrument_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["release_number"],
            ["release.number"],
            name=op.f("fk_erased_contribution_release_number"),
        ),
        sa.PrimaryKeyConstraint("release_number", "id", name=op.f("pk_erased_contribution")),
    )
    op.create_index(
        op.f("ix_erased_contribution_instrument_version_id"),
        "erased_contribution",
        ["instrument_version_id"],
        unique=False,
    )
    for column in ("erase_at", "erased_at"):
        op.add_column("organization", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    for table, column in REFERENCES:
        name = op.f(f"fk_{table}_organization_id_{column}")
        op.drop_constraint(name, table, type_="foreignkey")
        op.create_foreign_key(
            name,
            table,
            "submission",
            ["organization_id", column],
            ["organization_id", "id"],
            ondelete=f"SET NULL ({column})",
        )
    op.drop_constraint(op.f("ck_invitation_used_by_submission"), "invitation", type_="check")
    op.drop_column("invitation", "used_at")
    op.add_column("invitation", sa.Column("used_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_invitation_used_by_submission"),
        "invitation",
        "submission_id IS NULL OR used_on IS NOT NULL",
    )
    protect()


def downgrade() -> None:
    raise RuntimeError("What was erased is not brought back: restore a backup")
