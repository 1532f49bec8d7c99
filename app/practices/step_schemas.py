"""The wire of next steps."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.practices.schemas import PublishedOut


class ReasonOut(BaseModel):
    """A part of a priority."""

    kind: Literal["level", "roles", "peers"]
    points: float
    text: str


class AimTemplateOut(BaseModel):
    """An aim to be filled in: `POST .../aims` once there is a measure, a baseline and a day."""

    title: str
    elements: list[str]
    measure: str | None = Field(description="What to watch.")


class NextStepOut(BaseModel):
    """A gap that matters, and what can be done about it."""

    section: str
    element: str
    title: str
    score: float
    priority: float
    reasons: list[ReasonOut]
    first_30_days: list[str]
    first_90_days: list[str]
    led_by: list[str] = Field(description="Codes of roles.")
    practices: list[PublishedOut] = Field(description="Published ones for it, the newest first.")
    known: str = Field(description="What is known of what works.")
    aims: list[UUID] = Field(description="Own open aims that name it.")
    aim: AimTemplateOut


class StepsOut(BaseModel):
    """What comes next, in order, and by which rule."""

    organization_id: UUID
    instrument: str
    version: str
    period: str
    release: int | None = Field(description="Whose medians are meant.")
    rule: str
    data: list[NextStepOut]
