"""Tables of who may ask. Reference tables: found by a key's hash, seen by nobody else."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from app.db import Table, column, instant, one_of


class Kind(StrEnum):
    """What a client is, which bounds what its keys may do."""

    OPERATOR = "operator"
    NETWORK = "network"
    ORGANIZATION = "organization"
    PARTNER = "partner"
    RESEARCHER = "researcher"


@dataclass(frozen=True, slots=True)
class DataUse:
    """The agreement that a researcher works under; nothing of the researcher's outlives it."""

    institution: str
    purpose: str
    ends_on: date

    @property
    def ends_at(self) -> datetime:
        """The first instant after its last day."""
        return datetime.combine(self.ends_on + timedelta(days=1), time(), UTC)


class Client(Table, table=True):
    """A program that calls, bound to the tenant it calls for."""

    __tablename__ = "client"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'network') = (network_id IS NOT NULL)"
            " AND (kind = 'organization') = (organization_id IS NOT NULL)",
            name="tenant_fits_kind",
        ),
    )

    kind: Kind = one_of(Kind)
    name: str
    network_id: UUID | None = Field(default=None, foreign_key="network.id", index=True)
    organization_id: UUID | None = Field(default=None, foreign_key="organization.id", index=True)
    data_use: dict[str, Any] | None = column(JSONB(none_as_null=True), default=None)
    """A researcher's data use agreement: who, what for; the client ends with it."""
    jwks: dict[str, Any] | None = column(JSONB(none_as_null=True), default=None)
    """Public keys that the client signs requests for tokens with, and what those may be for."""
    created_at: datetime = instant()
    ends_at: datetime | None = instant(default=None)
    """No key of the client works from here on."""

    def has_ended(self, now: datetime) -> bool:
        """Whether no key of it works any more."""
        return self.ends_at is not None and self.ends_at <= now


class ClientKey(Table, table=True):
    """A key's hash, scopes and dates; the key itself is nowhere. A token is a key of an hour."""

    __tablename__ = "client_key"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="expires_later"),)

    key_id: str = Field(unique=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    digest: bytes = column(LargeBinary, unique=True)
    last_four: str
    scopes: list[str] = column(ARRAY(Text))
    created_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
    last_used_at: datetime | None = instant(default=None)
    is_token: bool = False
    parent_key_id: str | None = Field(default=None, index=True)
    """What a token was asked for with: a key's id or a public key's thumbprint. It ends with it."""


class UsedAssertion(SQLModel, table=True):
    """A signed request for a token that was answered, so that it is not answered again."""

    __tablename__ = "used_assertion"

    client_id: UUID = Field(primary_key=True, foreign_key="client.id")
    jti: str = Field(primary_key=True)
    expires_at: datetime = instant()
