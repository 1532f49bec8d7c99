"""Tables of who may ask. Reference tables: found by key id, seen by nobody else."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.db import Table, column, instant, one_of


class Kind(StrEnum):
    """What a client is, which bounds what its keys may do."""

    OPERATOR = "operator"
    NETWORK = "network"
    ORGANIZATION = "organization"
    RESEARCHER = "researcher"


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
    created_at: datetime = instant()


class ClientKey(Table, table=True):
    """A key's hash, scopes and dates; the key itself is nowhere."""

    __tablename__ = "client_key"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="expires_later"),)

    key_id: str = Field(unique=True)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    digest: bytes = column(LargeBinary)
    last_four: str
    scopes: list[str] = column(ARRAY(Text))
    created_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
