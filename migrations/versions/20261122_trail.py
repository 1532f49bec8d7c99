"""The audit trail: chains of events and their heads."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_trail"
down_revision = "20261122_tenants_and_clients"
branch_labels = None
depends_on = None

ORGANIZATIONS = (
    "(SELECT NULLIF(current_setting('palanca.organizations', true), '')::uuid[])::uuid[]"
)
NETWORK = "(SELECT NULLIF(current_setting('palanca.network', true), '')::uuid)"
CLIENT = "(SELECT NULLIF(current_setting('palanca.client', true), '')::uuid)"
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"
OPERATOR_CHAIN = "'00000000-0000-0000-0000-000000000000'::uuid"
OWN_CHAIN = (
    f"chain_id = ANY ({ORGANIZATIONS}) OR chain_id = {NETWORK} OR chain_id = {CLIENT}"
    f" OR ({OPERATOR} AND chain_id = {OPERATOR_CHAIN})"
)

GRANTS = {
    "audit_head": "SELECT, INSERT, UPDATE (seq, hash, signature)",
    "audit_event": "SELECT, INSERT",
}


def protect() -> None:
    """Let the service add to its caller's chain, and the owner read all, to verify them."""
    for table, grants in GRANTS.items():
        op.execute(f"GRANT {grants} ON {table} TO palanca_app")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO palanca_app"
            f" USING ({OWN_CHAIN}) WITH CHECK ({OWN_CHAIN})"
        )
        op.execute(
            f"CREATE POLICY {table}_owner ON {table} FOR SELECT TO palanca_owner USING (true)"
        )


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "audit_head",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_head_seq_from_one")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_head_hash_is_sha256")),
        sa.CheckConstraint(
            "octet_length(signature) = 64", name=op.f("ck_audit_head_signature_is_ed25519")
        ),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_event",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_event_seq_from_one")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_event_hash_is_sha256")),
        sa.CheckConstraint("octet_length(seal) = 32", name=op.f("ck_audit_event_seal_is_sha256")),
        sa.PrimaryKeyConstraint("chain_id", "seq", name=op.f("pk_audit_event")),
    )
    protect()


def downgrade() -> None:
    op.drop_table("audit_event")
    op.drop_table("audit_head")
