"""The wire of practices, their review, what is published, and adoptions."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.assessments.schemas import Day
from app.learning.schemas import Element
from app.practices.models import Cost, Effort, Ending, Outcome, PracticeStatus
from app.schemas import In, Name, Note, Page

Licence = Literal["CC-BY-4.0", "CC0-1.0"]
Language = Literal["en", "es-419"]
Notes = Annotated[list[Note], Field(max_length=20)]


class PracticeIn(In):
    """Something that was done, so that others can do it."""

    title: Name = Field(examples=["Hourly rounds at night"])
    what: Note = Field(description="What was done.")
    context: Note = Field(description="Where: kind of ward, size, what made it easier or harder.")
    elements: Annotated[list[Element], Field(min_length=1, max_length=20)]
    cost: Cost
    effort: Effort
    steps: Annotated[list[Note], Field(min_length=1, max_length=20)]
    pitfalls: Notes = Field(default_factory=list)
    language: Language = "en"
    licence: Licence = "CC-BY-4.0"
    anonymous: bool = Field(
        default=False,
        description="Published without the organization's name, 90 days later at the earliest, on "
        "the first of a month; it must not name people, hospitals or addresses.",
    )
    contact: Name | None = Field(
        default=None, description="Of whom to ask; not with an anonymous one."
    )


class LookAtOut(BaseModel):
    """Words that may give away who wrote an anonymous practice."""

    pointer: str
    words: list[str]


class PracticeOut(BaseModel):
    """An organization's own practice."""

    id: UUID
    status: PracticeStatus
    practice: PracticeIn
    recorded_at: datetime
    submitted_at: datetime | None
    accepted_at: datetime | None
    remark: str | None = Field(description="What the curator said.")
    published: UUID | None = Field(description="Its id in `/v1/practices`, once accepted.")
    publish_on: date | None
    look_at: list[LookAtOut] = Field(
        description="Of an anonymous one: capitalised words within sentences, for a second look."
    )


class PracticeList(BaseModel):
    """A page of practices, oldest first."""

    data: list[PracticeOut]
    page: Page


class ReviewOut(PracticeOut):
    """A practice that waits for a curator."""

    organization: UUID


class ReviewList(BaseModel):
    """A page of practices that wait."""

    data: list[ReviewOut]
    page: Page


class DecisionIn(In):
    """What a curator decides."""

    decision: Literal["accept", "return"]
    remark: Note | None = Field(default=None, description="Needed with `return`.")


class PublishedOut(BaseModel):
    """A published practice."""

    id: UUID
    published_on: date
    title: str
    what: str
    context: str
    elements: list[str]
    cost: Cost
    effort: Effort
    steps: list[str]
    pitfalls: list[str]
    language: Language
    licence: Licence
    by: str | None = Field(description="The organization's name; none of an anonymous one.")
    contact: str | None


class PublishedList(BaseModel):
    """A page of published practices, the newest first."""

    data: list[PublishedOut]
    page: Page


class AdoptionIn(In):
    """The use of a published practice."""

    practice: UUID
    started_on: Day
    aim: UUID | None = Field(
        default=None, description="The aim whose chart shows what comes of it."
    )


class EndingIn(In):
    """How it ended. No change and worse are worth as much as better."""

    ending: Ending
    ended_on: Day
    outcome: Outcome | None = Field(default=None, description="Null: nobody can tell.")
    note: Note | None = None


class AdoptionOut(BaseModel):
    """An adoption; only counts of many are ever published."""

    id: UUID
    practice: UUID
    aim: UUID | None
    started_on: date
    recorded_at: datetime
    ending: Ending | None
    ended_on: date | None
    outcome: Outcome | None
    note: str | None
    ended_at: datetime | None


class AdoptionList(BaseModel):
    """A page of adoptions, oldest first."""

    data: list[AdoptionOut]
    page: Page
