"""The wire of one figure over all releases."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.benchmarks.schemas import Interval
from app.schemas import Page


class TrendPoint(BaseModel):
    """The figure in one release."""

    release: int
    as_of: date
    status: Literal["published", "carried", "withheld"]
    reason: str | None
    as_of_release: int | None = Field(description="An earlier one where the figure is carried.")
    organizations: int | None
    mean: float | None
    mean_interval: Interval | None
    percentiles: dict[str, float | None]


class TrendOut(BaseModel):
    """One figure of one cohort over the releases that have it, oldest first."""

    instrument: str
    version: str
    cohort: str
    figure: str
    organizations: Literal["as_counted_in_each_release"] = Field(
        description="Whoever was counted each time; not the same organizations throughout."
    )
    note: str
    data: list[TrendPoint]
    page: Page
