"""Agreements, grants, invitations, and whose rows are whose."""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261122_tenants_and_clients"
down_revision = "20261122_signed_requests"
branch_labels = None
depends_on = None

ORGANIZATIONS = (
    "(SELECT NULLIF(current_setting('palanca.organizations', true), '')::uuid[])::uuid[]"
)
CLIENTS = "(SELECT NULLIF(current_setting('palanca.clients', true), '')::uuid[])::uuid[]"
NETWORK = "(SELECT NULLIF(current_setting('palanca.network', true), '')::uuid)"
CLIENT = "(SELECT NULLIF(current_setting('palanca.client', true), '')::uuid)"
OPERATOR = "(SELECT current_setting('palanca.operator', true) = 'on')"
ERASING = "(SELECT current_setting('palanca.erasing', true) = 'on')"
KEY = "(SELECT decode(current_setting('palanca.key', true), 'hex'))"

TENANT = f"organization_id = ANY ({ORGANIZATIONS})"
OWN_CLIENT = f"network_id = {NETWORK} OR {TENANT} OR id = {CLIENT} OR {OPERATOR}"
GRANTED = (
    "SELECT organization_id FROM partner_grant"
    f" WHERE client_id = {CLIENT} AND revoked_at IS NULL AND expires_at > now()"
)
PRESENTED = f"id IN (SELECT client_id FROM client_key WHERE digest = {KEY})"
OWN_ORGANIZATION = f"id = ANY ({ORGANIZATIONS}) OR network_id = {NETWORK} OR {OPERATOR}"
OWN_KEY = f"client_id = {CLIENT} OR client_id = ANY ({CLIENTS}) OR {OPERATOR}"

POLICIES = {
    "participation": (TENANT, TENANT),
    "partner_grant": (f"{TENANT} OR client_id = {CLIENT}", TENANT),
    "invitation": (f"{TENANT} OR digest = {KEY}", TENANT),
    "answered_request": (f"client_id = {CLIENT} OR {ERASING}", f"client_id = {CLIENT}"),
    "used_assertion": (f"client_id = {CLIENT} OR {ERASING}", f"client_id = {CLIENT}"),
    "organization": (f"{OWN_ORGANIZATION} OR (partner AND id IN ({GRANTED}))", OWN_ORGANIZATION),
    "client": (
        f"{OWN_CLIENT} OR kind = 'partner' OR {PRESENTED}",
        OWN_CLIENT,
    ),
    "client_key": (f"digest = {KEY} OR {OWN_KEY} OR {ERASING}", OWN_KEY),
}
"""What each table shows, and what may be written; the last three replace earlier policies."""

ERASABLE = {
    "answered_request": ERASING,
    "used_assertion": ERASING,
    "client_key": f"{ERASING} AND is_token",
}
GRANTS = {
    "agreement": "SELECT, INSERT, UPDATE (accepted_until)",
    "participation": "SELECT, INSERT",
    "partner_grant": "SELECT, INSERT, UPDATE (revoked_at)",
    "invitation": "SELECT, INSERT, UPDATE (used_at, submission_id, revoked_at)",
    "answered_request": "SELECT, INSERT, DELETE",
    "used_assertion": "SELECT, INSERT, DELETE",
    "organization": "UPDATE (identifiers, agreement_version, benchmark, research, partner)",
    "client": "UPDATE (jwks, ends_at)",
    "client_key": "UPDATE (expires_at, last_used_at), DELETE",
}


def protect() -> None:
    """Give each role what it needs and no more; rows go only while something is being erased."""
    for table, grants in GRANTS.items():
        op.execute(f"GRANT {grants} ON {table} TO palanca_app")
    for table, (visible, writable) in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"DROP POLICY IF EXISTS {table}_tenant ON {table}")
        op.execute(
            f"CREATE POLICY {table}_tenant ON {table} TO palanca_app"
            f" USING ({visible}) WITH CHECK ({writable})"
        )
    for table, erasable in ERASABLE.items():
        op.execute(
            f"CREATE POLICY {table}_erasing ON {table} AS RESTRICTIVE FOR DELETE TO palanca_app"
            f" USING ({erasable})"
        )


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "agreement",
        sa.Column("version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text", postgresql.JSON(astext_type=sa.Text()), nullable=False),
        sa.Column("text_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_agreement")),
    )
    op.create_table(
        "participation",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_version", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("text_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("signed_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("benchmark", sa.Boolean(), nullable=False),
        sa.Column("research", sa.Boolean(), nullable=False),
        sa.Column("partner", sa.Boolean(), nullable=False),
        sa.Column("share_with_network", sa.Boolean(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_version"],
            ["agreement.version"],
            name=op.f("fk_participation_agreement_version"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_participation_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_participation_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_participation")),
    )
    op.create_index(
        op.f("ix_participation_agreement_version"),
        "participation",
        ["agreement_version"],
        unique=False,
    )
    op.create_index(
        op.f("ix_participation_client_id"), "participation", ["client_id"], unique=False
    )
    op.create_table(
        "partner_grant",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > granted_at", name=op.f("ck_partner_grant_expires_later")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_partner_grant_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_partner_grant_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_partner_grant")),
    )
    op.create_index(
        op.f("ix_partner_grant_client_id"), "partner_grant", ["client_id"], unique=False
    )
    op.create_index(
        "uq_partner_grant_client",
        "partner_grant",
        ["organization_id", "client_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "invitation",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("instrument_version_id", sa.Uuid(), nullable=False),
        sa.Column("period", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
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
            nullable=False,
        ),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(used_at IS NULL) = (submission_id IS NULL)",
            name=op.f("ck_invitation_used_by_submission"),
        ),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_invitation_expires_later")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_invitation_client_id")),
        sa.ForeignKeyConstraint(
            ["instrument_version_id"],
            ["instrument_version.id"],
            name=op.f("fk_invitation_instrument_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "submission_id"],
            ["submission.organization_id", "submission.id"],
            name=op.f("fk_invitation_organization_id_submission_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_invitation_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invitation")),
        sa.UniqueConstraint(
            "organization_id", "key_id", name=op.f("uq_invitation_organization_id_key_id")
        ),
    )
    op.create_index(op.f("ix_invitation_client_id"), "invitation", ["client_id"], unique=False)
    op.create_index(
        op.f("ix_invitation_instrument_version_id"),
        "invitation",
        ["instrument_version_id"],
        unique=False,
    )
    op.create_index(op.f("ix_invitation_digest"), "invitation", ["digest"], unique=False)
    op.create_index(
        "ix_invitation_submission", "invitation", ["organization_id", "submission_id"], unique=False
    )
    _extend_organization()
    protect()


def _extend_organization() -> None:
    """Names in registers, and what the newest agreement allows."""
    op.add_column(
        "organization",
        sa.Column(
            "identifiers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default=sa.text("'{}'"),
        ),
    )
    op.alter_column("organization", "identifiers", server_default=None)
    op.add_column(
        "organization",
        sa.Column("agreement_version", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    op.add_column(
        "organization",
        sa.Column("benchmark", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.alter_column("organization", "benchmark", server_default=None)
    op.add_column(
        "organization",
        sa.Column("research", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.alter_column("organization", "research", server_default=None)
    op.add_column(
        "organization",
        sa.Column("partner", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.alter_column("organization", "partner", server_default=None)
    op.create_index(
        op.f("ix_organization_agreement_version"),
        "organization",
        ["agreement_version"],
        unique=False,
    )
    op.create_index(
        "ix_organization_identifiers",
        "organization",
        ["identifiers"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_foreign_key(
        op.f("fk_organization_agreement_version"),
        "organization",
        "agreement",
        ["agreement_version"],
        ["version"],
    )


def downgrade() -> None:
    raise RuntimeError("Signed agreements are not undone: restore a backup")
