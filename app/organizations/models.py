"""Tables of networks and organizations; an organization's id is its tenant key."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB
from sqlmodel import Field, SQLModel

from app.db import Table, TenantTable, column, instant


class Network(Table, table=True):
    """An owner of hospitals."""

    __tablename__ = "network"

    external_id: str = Field(unique=True)
    name: str
    created_at: datetime = instant()


class Organization(Table, table=True):
    """One hospital; ``attributes`` are public facts that cohorts are made of.

    The agreement and its flags repeat the newest participation, so that every way into the
    organization's rows reads one row.
    """

    __tablename__ = "organization"
    __table_args__ = (
        UniqueConstraint("network_id", "external_id", postgresql_nulls_not_distinct=True),
        Index("ix_organization_identifiers", "identifiers", postgresql_using="gin"),
    )

    network_id: UUID | None = Field(default=None, foreign_key="network.id", index=True)
    external_id: str
    identifiers: dict[str, str] = column(JSONB, default_factory=dict)
    name: str
    attributes: dict[str, str] = column(JSONB, default_factory=dict)
    agreement_version: str | None = Field(default=None, foreign_key="agreement.version", index=True)
    benchmark: bool = False
    research: bool = False
    partner: bool = False
    share_with_network: bool = False
    created_at: datetime = instant()
    erase_at: datetime | None = instant(default=None)
    """Set while its erasure is coming: nothing more is taken in, no release counts it."""
    erased_at: datetime | None = instant(default=None)
    """Only this row is left, and it says nothing."""


class Agreement(SQLModel, table=True):
    """A published version of the participation agreement; only its end may still be set."""

    __tablename__ = "agreement"

    version: str = Field(primary_key=True)
    text: dict[str, str] = column(JSON)
    text_sha256: str
    published_at: datetime = instant()
    accepted_until: date | None = None

    def is_accepted(self, day: date) -> bool:
        """Whether having signed it is still enough on a day."""
        return self.accepted_until is None or day <= self.accepted_until


class Participation(TenantTable, table=True):
    """What an organization signed, and what it allows; a newer one replaces it."""

    __tablename__ = "participation"

    agreement_version: str = Field(foreign_key="agreement.version", index=True)
    text_sha256: str
    signed_by: str
    signed_on: date
    benchmark: bool
    research: bool
    partner: bool
    share_with_network: bool
    client_id: UUID = Field(foreign_key="client.id", index=True)
    recorded_at: datetime = instant()


class Grant(TenantTable, table=True):
    """What an organization lets a partner app do for it, and until when."""

    __tablename__ = "partner_grant"
    __table_args__ = (
        CheckConstraint("expires_at > granted_at", name="expires_later"),
        Index(
            "uq_partner_grant_client",
            "organization_id",
            "client_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    client_id: UUID = Field(foreign_key="client.id", index=True)
    scopes: list[str] = column(ARRAY(Text))
    granted_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
