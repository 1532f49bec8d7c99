"""The ledger of researchers' own queries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_queries"
down_revision = "20261123_bytes"
branch_labels = None
depends_on = None

CLIENT = "(SELECT NULLIF(current_setting('palanca.client', true), '')::uuid)"
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "query_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("release_number", sa.Integer(), nullable=False),
        sa.Column("query", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("query_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("epsilon_thousandths", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "epsilon_thousandths BETWEEN 1 AND 250", name=op.f("ck_query_answer_cost_in_range")
        ),
        sa.CheckConstraint(
            "octet_length(query_sha256) = 32", name=op.f("ck_query_answer_query_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_query_answer_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["release_number"], ["release.number"], name=op.f("fk_query_answer_release_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_query_answer")),
        sa.UniqueConstraint("query_sha256", name=op.f("uq_query_answer_query_sha256")),
    )
    for column in ("client_id", "release_number"):
        op.create_index(op.f(f"ix_query_answer_{column}"), "query_answer", [column], unique=False)
    # What was spent stays spent: rows are added, and neither changed nor taken away.
    op.execute("GRANT SELECT, INSERT ON query_answer TO palanca_app")
    op.execute("ALTER TABLE query_answer ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE query_answer FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY query_answer_client ON query_answer TO palanca_app"
        f" USING (client_id = {CLIENT} OR {OPERATOR}) WITH CHECK (client_id = {CLIENT})"
    )


def downgrade() -> None:
    raise RuntimeError("Without the ledger all budgets would be whole again: restore a backup")
