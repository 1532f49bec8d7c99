"""Tables of networks and organizations; an organization's id is its tenant key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.db import Table, column, instant


class Network(Table, table=True):
    """An owner of hospitals."""

    __tablename__ = "network"

    external_id: str = Field(unique=True)
    name: str
    created_at: datetime = instant()


class Organization(Table, table=True):
    """One hospital; ``attributes`` are public facts that cohorts are made of."""

    __tablename__ = "organization"
    __table_args__ = (
        UniqueConstraint("network_id", "external_id", postgresql_nulls_not_distinct=True),
    )

    network_id: UUID | None = Field(default=None, foreign_key="network.id", index=True)
    external_id: str
    name: str
    attributes: dict[str, str] = column(JSONB, default_factory=dict)
    share_with_network: bool = False
    created_at: datetime = instant()
