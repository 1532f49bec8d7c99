"""The wire of tests of change (PDSA cycles)."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from app.assessments.schemas import Day
from app.learning.models import Decision, Scale
from app.learning.schemas import Element
from app.schemas import Code, In, Name, Note, Page


class TestIn(In):
    """A test of change as it is planned: what is tried, and what is expected of it."""

    aim: UUID
    title: Name = Field(examples=["Hourly rounds on one night shift"])
    prediction: Note = Field(description="What is expected, said before it is tried.")
    plan: Note = Field(description="Who does what, where, when, and what is counted.")
    scale: Scale = Scale.ONE
    starts_on: Day
    driver: Code | None = Field(default=None, description="A driver of the aim, by its code.")
    element: Element | None = None
    follows: UUID | None = Field(
        default=None, description="The studied test of the same aim that this one comes of."
    )


class StudyIn(In):
    """What happened, what was learnt, and what comes of it."""

    ended_on: Day
    happened: Note
    study: Note = Field(description="What happened beside what was predicted.")
    decision: Decision


class TestOut(BaseModel):
    """A test of change."""

    id: UUID
    aim: UUID
    title: str
    prediction: str
    plan: str
    scale: Scale
    starts_on: date
    driver: str | None
    element: str | None
    follows: UUID | None
    recorded_at: datetime
    ended_on: date | None
    happened: str | None
    study: str | None
    decision: Decision | None
    studied_at: datetime | None


class TestList(BaseModel):
    """A page of tests, oldest first."""

    data: list[TestOut]
    page: Page
