"""Tokens, signed requests for them, and answers kept for retries."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_signed_requests"
down_revision = "20261122_rounds_and_releases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "answered_request",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_answered_request_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "name", name=op.f("pk_answered_request")),
    )
    op.create_index(
        op.f("ix_answered_request_answered_at"), "answered_request", ["answered_at"], unique=False
    )
    op.create_table(
        "used_assertion",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("jti", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_used_assertion_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_used_assertion")),
    )
    op.add_column(
        "client",
        sa.Column(
            "data_use", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
    )
    op.add_column(
        "client",
        sa.Column(
            "jwks", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
    )
    op.add_column("client", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "client_key", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "client_key",
        sa.Column("is_token", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.alter_column("client_key", "is_token", server_default=None)
    op.add_column(
        "client_key", sa.Column("parent_key_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
    )
    op.create_index(
        op.f("ix_client_key_parent_key_id"), "client_key", ["parent_key_id"], unique=False
    )
    op.create_unique_constraint(op.f("uq_client_key_digest"), "client_key", ["digest"])
    kinds = ("network", "operator", "organization", "partner", "researcher")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint("kind", "client", type_="check")
    op.create_check_constraint("kind", "client", f"kind IN ({listed})")


def downgrade() -> None:
    for column in ("data_use", "jwks", "ends_at"):
        op.drop_column("client", column)
    op.drop_constraint(op.f("uq_client_key_digest"), "client_key", type_="unique")
    for column in ("last_used_at", "is_token", "parent_key_id"):
        op.drop_column("client_key", column)
    op.drop_table("used_assertion")
    op.drop_table("answered_request")
