"""Tables of practices, of what is published of them, and of adoptions.

A practice is its organization's; what everybody reads is a copy under an id of its own. So an
anonymous one cannot be led back: neither by a key, nor by the time that is in an id.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlmodel import Field, SQLModel

from app.db import TenantTable, column, instant, one_of


class Cost(StrEnum):
    """What it costs besides people's time."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Effort(StrEnum):
    """How long until it runs."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class PracticeStatus(StrEnum):
    """Where a practice is on its way to being published."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


TRANSITIONS: dict[PracticeStatus, frozenset[PracticeStatus]] = {
    PracticeStatus.DRAFT: frozenset({PracticeStatus.IN_REVIEW, PracticeStatus.WITHDRAWN}),
    PracticeStatus.IN_REVIEW: frozenset(
        {PracticeStatus.ACCEPTED, PracticeStatus.RETURNED, PracticeStatus.WITHDRAWN}
    ),
    PracticeStatus.RETURNED: frozenset({PracticeStatus.IN_REVIEW, PracticeStatus.WITHDRAWN}),
    PracticeStatus.ACCEPTED: frozenset({PracticeStatus.WITHDRAWN}),
    PracticeStatus.WITHDRAWN: frozenset(),
}
CHANGEABLE = frozenset({PracticeStatus.DRAFT, PracticeStatus.RETURNED})


class Outcome(StrEnum):
    """What came of an adoption, as who adopted it says."""

    BETTER = "better"
    NO_CHANGE = "no_change"
    WORSE = "worse"


class Ending(StrEnum):
    """How an adoption ended."""

    DONE = "done"
    ABANDONED = "abandoned"


class Practice(TenantTable, table=True):
    """Something an organization did, in its own words."""

    __tablename__ = "practice"
    __table_args__ = (
        ForeignKeyConstraint(["published_id"], ["published_practice.id"]),
        CheckConstraint(
            "(published_id IS NOT NULL) = (status = 'accepted' OR status = 'withdrawn'"
            " AND accepted_at IS NOT NULL)",
            name="published_once_accepted",
        ),
        Index("ix_practice_in_review", "status", "submitted_at"),
        Index("ix_practice_published_id", "published_id"),
    )

    body: dict[str, Any] = column(JSON)
    """As it came in: ``schemas.PracticeIn``."""
    elements: list[str] = column(ARRAY(Text))
    is_anonymous: bool
    status: PracticeStatus = one_of(PracticeStatus, default=PracticeStatus.DRAFT)
    recorded_at: datetime = instant()
    submitted_at: datetime | None = instant(default=None)
    accepted_at: datetime | None = instant(default=None)
    remark: str | None = None
    """What the curator said."""
    published_id: UUID | None = None


class PublishedPractice(SQLModel, table=True):
    """What everybody reads, from a day on until it is taken down."""

    __tablename__ = "published_practice"
    __table_args__ = (Index("ix_published_practice_on", "publish_on", "id"),)

    id: UUID = Field(primary_key=True)
    """Random: an ordered one would tell when the practice was accepted."""
    publish_on: date
    elements: list[str] = column(ARRAY(Text))
    words: str
    """All its words without accents, to be searched."""
    body: dict[str, Any] = column(JSON)
    taken_down_at: datetime | None = instant(default=None)


class Adoption(TenantTable, table=True):
    """An organization's use of a published practice, with its outcome, none included."""

    __tablename__ = "adoption"
    __table_args__ = (
        ForeignKeyConstraint(["practice_id"], ["published_practice.id"]),
        ForeignKeyConstraint(
            ["organization_id", "aim_id"],
            ["aim.organization_id", "aim.id"],
            ondelete="SET NULL (aim_id)",
        ),
        CheckConstraint("num_nulls(ending, ended_on, ended_at) IN (0, 3)", name="ended_whole"),
        CheckConstraint("ended_on >= started_on", name="ended_after_start"),
        Index("ix_adoption_practice_id", "practice_id"),
        Index("ix_adoption_aim", "organization_id", "aim_id"),
    )

    practice_id: UUID
    aim_id: UUID | None = None
    started_on: date
    recorded_at: datetime = instant()
    ending: Ending | None = one_of(Ending, default=None)
    ended_on: date | None = None
    outcome: Outcome | None = one_of(Outcome, default=None)
    note: str | None = None
    ended_at: datetime | None = instant(default=None)
