"""The wire of projections."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class GroundOut(BaseModel):
    """What an element's range rests on."""

    section: str
    items: list[str]
    confidence: float = Field(description="From 0 to 1: how well the score tells of the element.")
    relation: str = Field(
        description="SKOS, read from the element: with `broadMatch` the question is the broader."
    )
    path: list[str] = Field(description="Codes on the way to what was asked, which is the last.")


class ImpliedOut(BaseModel):
    """What a result tells of an element of another framework."""

    code: str
    title: str | dict[str, str]
    status: Literal["implied", "unknown"]
    score_range: list[int] | None = Field(description="Least and greatest score, 0 to 100.")
    level_range: list[int] | None = Field(description="The same as levels of the instrument.")
    confidence: float
    rests_on: list[GroundOut]
    reason: str | dict[str, str] | None = Field(
        description="Why nothing that was asked is its counterpart, where that is known."
    )


class ProjectionOut(BaseModel):
    """A result in another framework's terms."""

    organization_id: UUID
    instrument: str
    version: str
    period: str
    framework: str
    edition: str
    catalog_version: int
    rule: str | dict[str, str] = Field(description="How a range comes about.")
    data: list[ImpliedOut]
