"""Tables of lattices and of wishes for cohorts."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlmodel import Field, SQLModel

from app.db import Table, column, instant, one_of


class LatticeVersion(SQLModel, table=True):
    """A lattice as releases are built by; never changed. The newest holds for the next release."""

    __tablename__ = "lattice_version"

    version: int = column(
        Integer, primary_key=True, default=None, sa_column_kwargs={"autoincrement": False}
    )
    definition: dict[str, Any] = column(JSON)
    seed_sha256: str
    """Of ``seed/cohorts.yaml`` that it was made from; wishes that were granted come on top."""
    at: datetime = instant()


class WishStatus(StrEnum):
    """What became of a wish."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class CohortRequest(Table, table=True):
    """A wish for a table of cohorts. No words of whoever wishes are kept."""

    __tablename__ = "cohort_request"

    client_id: UUID = Field(foreign_key="client.id", index=True)
    attributes: list[str] = column(ARRAY(Text))
    """One or two of the lattice, in its order."""
    asked_at: datetime = instant()
    status: WishStatus = one_of(WishStatus, default=WishStatus.OPEN)
    decided_at: datetime | None = instant(default=None)
    lattice_version: int | None = Field(
        default=None, foreign_key="lattice_version.version", index=True
    )
    """Since which it is in, once accepted."""
