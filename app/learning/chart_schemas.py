"""The wire of charts."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.charts.series import ChartKind
from app.charts.variation import Assurance, Variation
from app.learning.aim_schemas import MeasureOfAim, VerdictOut
from app.learning.models import Mark, Missing

RuleName = Literal["long_run", "few_crossings", "shift", "trend", "beyond_limit", "two_of_three"]


class ChartPointOut(BaseModel):
    """One period as it is drawn."""

    period: str
    starts_on: date
    value: float | None = Field(description="As it is told: a rate per so many, a sample's mean.")
    centre: float | None
    lower: float | None
    upper: float | None
    phase: int = Field(description="From 0.")
    missing: Missing | None
    mark: Mark | None
    note: str | None
    signals: list[RuleName] = Field(description="Rules that it is part of.")


class PhaseOut(BaseModel):
    """A stretch with one centre, and its runs."""

    first: str
    last: str
    centre: float
    useful: int = Field(description="Periods that are not on the centre.")
    longest_run: int
    longest_run_limit: int | None = Field(description="None under ten useful periods.")
    crossings: int
    crossings_limit: int | None
    frozen: bool = Field(description="Centre and limits come from the baseline.")
    sigma_z: float | None = Field(description="Laney's, of `p_prime` and `u_prime`.")


class SignalOut(BaseModel):
    """What is more than chance, and the periods that make it."""

    rule: RuleName
    phase: int
    periods: list[str]
    side: Literal["above", "below", "up", "down"] | None
    better: bool | None = Field(description="Whether that is the wished way.")
    sentence: str


class RulesOut(BaseModel):
    """By which rules changes are told from noise."""

    rules: Literal["anhoj", "classic"]
    shift: int
    trend: int
    two_of_three: bool
    baseline: int | None


class GoalOut(BaseModel):
    """The aim that is drawn, and how it stands."""

    id: UUID
    target: float
    by: date
    verdict: VerdictOut


class ChartOut(BaseModel):
    """A chart as data."""

    measure: MeasureOfAim
    kind: ChartKind
    rules: RulesOut
    aim: GoalOut | None
    points: list[ChartPointOut]
    phases: list[PhaseOut]
    signals: list[SignalOut]
    variation: Variation | None = Field(
        description="NHS England's category of the latest point; none of run charts."
    )
    assurance: Assurance | None
    summary: list[str] = Field(description="The chart in sentences.")
