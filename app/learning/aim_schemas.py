"""The wire of aims, their driver diagrams and verdicts."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from app.assessments.schemas import Day, Number
from app.charts.verdict import Standing
from app.learning.models import Direction
from app.learning.schemas import Element
from app.schemas import Code, In, Name, Note, Page

MOST_DRIVERS = 40
STAYS: Any = Field(default=None)
"""What is not named stays; nobody looks at the default."""


class SecondaryIn(In):
    """What moves a primary driver."""

    code: Code = Field(examples=["P1.1"])
    title: Name
    element: Element | None = None


class DriverIn(In):
    """A primary driver: what the aim is to be reached by."""

    code: Code = Field(examples=["P1"])
    title: Name
    element: Element | None = None
    secondary: list[SecondaryIn] = Field(default_factory=list, max_length=MOST_DRIVERS)


Drivers = Annotated[list[DriverIn], Field(max_length=MOST_DRIVERS)]
Elements = Annotated[list[Element], Field(max_length=50)]


class AimIn(In):
    """How much, by when."""

    title: Name = Field(examples=["Falls with injury from 3.4 to 1.7 per 1,000 bed days"])
    measure: Annotated[str, Field(min_length=1, max_length=64, description="Its id or code.")]
    baseline: Number = Field(description="The level from which it starts.")
    from_on: Day = Field(description="When the work towards it begins.")
    target: Number
    by: Day
    elements: Elements = Field(
        default_factory=list, description="Leverage points and elements by which it is reached."
    )
    drivers: Drivers = Field(default_factory=list)
    board_adopted_on: Day | None = Field(
        default=None, description="When the board voted for it; null as long as it has not."
    )


class AimChange(In):
    """What may still change of an aim; how much and by when may not, which would be another aim."""

    title: Name = STAYS
    elements: Elements = STAYS
    drivers: Drivers = STAYS
    board_adopted_on: Day | None = None
    closed_on: Day | None = None
    closed_why: Note | None = None

    @model_validator(mode="after")
    def _closed_whole(self) -> Self:
        if (self.closed_on is None) != (self.closed_why is None):
            raise ValueError("closed_on and closed_why go together")
        return self


class MeasureOfAim(BaseModel):
    """The measure that an aim is about."""

    id: UUID
    code: str
    title: str
    unit: str
    direction: Direction


class VerdictOut(BaseModel):
    """How an aim stands, and by which figures."""

    standing: Standing
    level: float | None = Field(description="The median of the last six periods.")
    expected: float | None = Field(
        description="Where the straight line from baseline to target is in the middle of these."
    )
    periods: int = Field(description="Observed since the work began.")
    reason: str


class AimOut(BaseModel):
    """An aim and how it stands."""

    id: UUID
    title: str
    measure: MeasureOfAim
    baseline: float
    from_on: date
    target: float
    by: date
    elements: list[str]
    drivers: list[DriverIn]
    board_adopted_on: date | None
    closed_on: date | None
    closed_why: str | None
    recorded_at: datetime
    verdict: VerdictOut
    tests: int = Field(description="Tests of change on it.")
    chart: str = Field(description="Where its chart is.")


class AimList(BaseModel):
    """A page of aims, oldest first."""

    data: list[AimOut]
    page: Page
