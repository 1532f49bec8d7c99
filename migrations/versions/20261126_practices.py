"""Practices, what is published of them, and adoptions."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261126_practices"
down_revision = "20261125_learning"
branch_labels = None
depends_on = None

ORGANIZATIONS = (
    "(SELECT NULLIF(current_setting('palanca.organizations', true), '')::uuid[])::uuid[]"
)
TENANT = f"organization_id = ANY ({ORGANIZATIONS})"
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"
ERASING = "(SELECT current_setting('palanca.erasing', true) = 'on')"
POLICIES = {
    "practice": f"{TENANT} OR ({OPERATOR} AND status = 'in_review')",
    "adoption": TENANT,
}
"""What each table shows; only what is the organization's own may be written."""

GRANTS = {
    "practice": "SELECT, INSERT, DELETE, UPDATE (body, elements, is_anonymous, status,"
    " submitted_at, accepted_at, remark, published_id)",
    "adoption": "SELECT, INSERT, DELETE, UPDATE (ending, ended_on, outcome, note, ended_at)",
}


def protect() -> None:
    """Rows are their organization's, but for what waits for a curator."""
    op.execute(
        "GRANT SELECT, INSERT, UPDATE (taken_down_at, body, words)"
        " ON published_practice TO palanca_app"
    )
    for table, visible in POLICIES.items():
        op.execute(f"GRANT {GRANTS[table]} ON {table} TO palanca_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO palanca_app"
            f" USING ({visible}) WITH CHECK ({TENANT})"
        )
        op.execute(
            f"CREATE POLICY {table}_erasing ON {table} AS RESTRICTIVE FOR DELETE TO palanca_app"
            f" USING ({ERASING})"
        )


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "published_practice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("publish_on", sa.Date(), nullable=False),
        sa.Column("elements", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("words", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("body", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_practice")),
    )
    op.create_index(
        "ix_published_practice_on", "published_practice", ["publish_on", "id"], unique=False
    )
    op.create_table(
        "practice",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("elements", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "in_review",
                "returned",
                "accepted",
                "withdrawn",
                name="status",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("published_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(published_id IS NOT NULL) = (status = 'accepted' OR status = 'withdrawn' AND accepted_at IS NOT NULL)",
            name=op.f("ck_practice_published_once_accepted"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_practice_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_id"], ["published_practice.id"], name=op.f("fk_practice_published_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_practice")),
    )
    op.create_index("ix_practice_in_review", "practice", ["status", "submitted_at"], unique=False)
    op.create_index("ix_practice_published_id", "practice", ["published_id"], unique=False)
    op.create_table(
        "adoption",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("aim_id", sa.Uuid(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ending",
            sa.Enum("done", "abandoned", name="ending", native_enum=False, create_constraint=True),
            nullable=True,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "better",
                "no_change",
                "worse",
                name="outcome",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_on >= started_on", name=op.f("ck_adoption_ended_after_start")),
        sa.CheckConstraint(
            "num_nulls(ending, ended_on, ended_at) IN (0, 3)", name=op.f("ck_adoption_ended_whole")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "aim_id"],
            ["aim.organization_id", "aim.id"],
            name=op.f("fk_adoption_organization_id_aim_id"),
            ondelete="SET NULL (aim_id)",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_adoption_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["published_practice.id"], name=op.f("fk_adoption_practice_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_adoption")),
    )
    op.create_index("ix_adoption_aim", "adoption", ["organization_id", "aim_id"], unique=False)
    op.create_index("ix_adoption_practice_id", "adoption", ["practice_id"], unique=False)
    protect()


def downgrade() -> None:
    for table in ("adoption", "practice", "published_practice"):
        op.drop_table(table)
