"""The wire of measures and their observations."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.assessments.schemas import Number
from app.charts.series import ChartKind
from app.learning.models import Direction, Mark, Missing
from app.learning.periods import PATTERN, Frequency
from app.schemas import Code, In, Name, Note, Page

MOST = 1e15
"""Beyond this floating numbers no longer count."""

Figure = Annotated[Number, Field(ge=-MOST, le=MOST)]

MOST_AT_ONCE = 1_000
"""Observations in a request."""

Element = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(
        description="An element of the catalog, as `framework:code`.",
        examples=["seven-leverage-points:LP1"],
    ),
]
ObservedPeriod = Annotated[
    str, StringConstraints(pattern=PATTERN), Field(examples=["2026-09", "2026-W37", "2026-09-14"])
]


class MeasureIn(In):
    """A series to follow."""

    code: Code = Field(description="Your short name of it.", examples=["falls"])
    title: Name = Field(examples=["Falls with injury"])
    unit: Name = Field(examples=["per 1,000 bed days"])
    direction: Direction = Field(description="Which way is better.")
    chart: ChartKind = Field(
        default=ChartKind.RUN,
        description="`run` suits everything. `i` single values; `p`, `p_prime` shares; `u`, "
        "`u_prime` rates; `c` counts; `xbar`, `s` samples; `g`, `t` rare events: how many "
        "opportunities, how much time from one to the next.",
    )
    frequency: Frequency = Frequency.MONTH
    per: Annotated[float, Field(gt=0, le=1e9)] = Field(
        default=1, description="Rates and shares are told per so many: 1000 for bed days."
    )
    element: Element | None = Field(
        default=None, description="The measure of the catalog that it is, from `/v1/measures`."
    )
    definition: Note | None = Field(
        default=None, description="Who is counted, who is not, from which register."
    )


class MeasureOut(BaseModel):
    """A series that is followed."""

    id: UUID
    code: str
    title: str
    unit: str
    direction: Direction
    chart: ChartKind
    frequency: Frequency
    per: float
    element: str | None
    definition: str | None
    recorded_at: datetime
    observations: int = Field(description="Periods with an observation that stands.")
    last_on: date | None = Field(description="The first day of the last period observed.")


class MeasureList(BaseModel):
    """A page of measures, oldest first."""

    data: list[MeasureOut]
    page: Page


class ObservationIn(In):
    """What was observed in a period: a value, a numerator and a denominator, a sample, or why none.

    Which of them is decided by the measure's chart.
    """

    period: ObservedPeriod
    value: Figure | None = None
    numerator: Annotated[Figure, Field(ge=0)] | None = None
    denominator: Annotated[Figure, Field(gt=0)] | None = Field(
        default=None, description="More than zero; a period without any is `not_collected`."
    )
    sample: Annotated[list[Figure], Field(min_length=2, max_length=200)] | None = None
    missing: Missing | None = None
    mark: Mark | None = Field(
        default=None,
        description="`intervention`: something was changed, which is drawn. `rebase`: from here "
        "on centre and limits are made anew; never done unless asked for. `excluded`: drawn, but "
        "counts in no limit and no rule; its note must say why.",
    )
    unit: Name | None = Field(
        default=None, description="If said, it must be the measure's: units never change silently."
    )
    source: Name | None = None
    note: Note | None = None


class ObservationsIn(In):
    """Observations in any order; all are taken in, or none."""

    observations: Annotated[list[ObservationIn], Field(min_length=1, max_length=MOST_AT_ONCE)]


class TakenOut(BaseModel):
    """What became of the observations."""

    added: int
    corrected: int = Field(description="The period had another observation, which ended.")
    unchanged: int


class ObservationOut(BaseModel):
    """An observation; one that was corrected says when it ended."""

    id: UUID
    period: str
    starts_on: date
    value: float | None
    numerator: float | None
    denominator: float | None
    sample: list[float] | None
    missing: Missing | None
    mark: Mark | None
    source: str | None
    note: str | None
    recorded_at: datetime
    superseded_at: datetime | None


class ObservationList(BaseModel):
    """A page of observations, in the order in which they were recorded."""

    data: list[ObservationOut]
    page: Page
