"""The wire of wishes for cohorts."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.schemas import In, Page


class CohortRequestIn(In):
    """A table of cohorts that should be published: by one attribute, or by two."""

    attributes: list[Annotated[str, StringConstraints(min_length=1, max_length=64)]] = Field(
        min_length=1,
        max_length=2,
        examples=[["ownership", "size_band"]],
        json_schema_extra={"uniqueItems": True},
    )


class RoomOut(BaseModel):
    """How much the lattice may still grow."""

    cohorts: int
    two_way_tables: int


class CohortRequestOut(BaseModel):
    """A wish, and what became of it."""

    id: UUID
    attributes: list[str]
    status: Literal["open", "accepted", "declined", "published"]
    asked_at: datetime
    decided_at: datetime | None
    adds: int = Field(description="Cohorts that it would add.")
    room: RoomOut
    lattice_version: int | None = Field(description="Since which it is in the lattice.")
    release: int | None = Field(description="The first release with it.")


class CohortRequestList(BaseModel):
    """Wishes in the order in which they came."""

    data: list[CohortRequestOut]
    page: Page
