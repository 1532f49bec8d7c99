"""Imports: what was pushed, and the report of every line."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_uploads"
down_revision = "20261122_undoing"
branch_labels = None
depends_on = None

CLIENT = "(SELECT NULLIF(current_setting('palanca.client', true), '')::uuid)"
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"
ERASING = "(SELECT current_setting('palanca.erasing', true) = 'on')"

OWN = f"client_id = {CLIENT}"
POLICIES = {
    # Workers look for what waits; what is in it they see as the client that pushed it.
    "import_run": (f"{OWN} OR {OPERATOR} OR {ERASING}", OWN),
    # An erasure takes an organization out of reports, after which they are not of it any more.
    "import_part": (f"{OWN} OR {ERASING}", f"{OWN} OR {ERASING}"),
}
GRANTS = {
    "import_run": "SELECT, INSERT, DELETE, UPDATE (status, parts, parts_done, lines, done, accepted,"
    " unchanged, superseded, rejected, warnings, problem, started_at, finished_at)",
    "import_part": "SELECT, INSERT, UPDATE (raw, report, rejected, warnings, organizations)",
}


def protect() -> None:
    """Give the service what it needs and no more; imports go only when their time is over."""
    for table, grants in GRANTS.items():
        op.execute(f"GRANT {grants} ON {table} TO palanca_app")
    for table, (visible, writable) in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO palanca_app"
            f" USING ({visible}) WITH CHECK ({writable})"
        )
    op.execute(
        "CREATE POLICY import_run_erasing ON import_run AS RESTRICTIVE FOR DELETE TO palanca_app"
        f" USING ({ERASING})"
    )
    # They are deflated already.
    for name in ("raw", "report"):
        op.execute(f"ALTER TABLE import_part ALTER {name} SET STORAGE EXTERNAL")


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "import_run",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("retry_name", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "validate", "commit", name="importmode", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column(
            "atomicity",
            sa.Enum(
                "row",
                "organization",
                "all",
                name="atomicity",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "format",
            sa.Enum(
                "ndjson",
                "json",
                "csv",
                "xlsx",
                "fhir",
                name="format",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("defaults", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "running",
                "succeeded",
                "failed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("parts_done", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("superseded", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column(
            "problem", postgresql.JSON(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('queued', 'running')) = (finished_at IS NULL)",
            name=op.f("ck_import_run_finished_at_its_end"),
        ),
        sa.CheckConstraint("0 <= done AND done <= lines", name=op.f("ck_import_run_lines_counted")),
        sa.CheckConstraint(
            "0 <= parts_done AND parts_done <= parts", name=op.f("ck_import_run_parts_counted")
        ),
        sa.CheckConstraint(
            "octet_length(fingerprint) = 32", name=op.f("ck_import_run_fingerprint_is_sha256")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_import_run_client_id")),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_import_run")),
        sa.UniqueConstraint(
            "client_id", "retry_name", name=op.f("uq_import_run_client_id_retry_name")
        ),
    )
    op.create_index(
        "ix_import_run_unfinished",
        "import_run",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    op.create_table(
        "import_part",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("organizations", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id", "import_id"],
            ["import_run.client_id", "import_run.id"],
            name=op.f("fk_import_part_client_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", "import_id", "number", name=op.f("pk_import_part")),
    )
    op.create_index(
        "ix_import_part_organizations",
        "import_part",
        ["organizations"],
        unique=False,
        postgresql_using="gin",
    )
    protect()


def downgrade() -> None:
    raise RuntimeError("Reports are not undone: restore a backup")
