"""The wire of one figure over all releases."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.benchmarks.schemas import Interval
from app.schemas import Page


class Half(BaseModel):
    """What the same organizations said at one time."""

    mean: float | None
    mean_interval: Interval | None
    percentiles: dict[str, float | None]


class SameOrganizations(BaseModel):
    """Those that answered again: what they said before, and say now."""

    since_release: int = Field(
        description="In which everybody's figures were last renewed; what was said before is of it."
    )
    status: Literal["published", "withheld"]
    reason: str | None
    organizations: int | None
    before: Half
    now: Half
    change: float | None = Field(
        description="Points between the two means, both rounded to half a point."
    )


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
    same_organizations: SameOrganizations | None = Field(
        description="Of everybody's sections and overall, from the second release on."
    )


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
