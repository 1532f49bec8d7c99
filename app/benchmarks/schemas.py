"""The wire of benchmarks."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.schemas import In, Page

Interval = Annotated[list[float], Field(min_length=2, max_length=2)]
"""Its lower and its upper end."""


class ReleaseIn(In):
    """How to build the next release."""

    as_of: date | None = Field(
        default=None, description="Day that the age of data is counted to; today if not given."
    )


class ReleaseOut(BaseModel):
    """A release in brief."""

    release: int
    as_of: date
    built_at: datetime
    method: str
    instruments: list[dict[str, Any]]
    sha256: str
    href: str


class ReleaseList(BaseModel):
    """All releases, newest first."""

    next_day: date = Field(description="Of the next release; none if too little has changed by it.")
    data: list[ReleaseOut]
    page: Page


class FileOut(BaseModel):
    """A file of a release."""

    name: str
    media_type: str
    bytes: int
    sha256: str
    href: str


class ReleaseKeyOut(BaseModel):
    """The Ed25519 key that releases are signed with, as base64 and PEM, and its SHA-256."""

    algorithm: str
    public_key: str
    fingerprint: str
    pem: str


class ManifestOut(ReleaseOut):
    """A release's manifest: rules, thresholds, what was withheld and the gate's report."""

    files: list[FileOut] = Field(description="None for a release from before there were files.")
    key: ReleaseKeyOut | None = Field(description="What `manifest.json.sig` is verified with.")

    thresholds: dict[str, float]
    max_age_days: int
    cells_sha256: str
    lattice: dict[str, Any]
    items: list[dict[str, Any]] = Field(
        description="By instrument version: figure, code, section and text of each item."
    )
    psychometrics: list[dict[str, Any]] = Field(
        description="By instrument version, as `/psychometrics` has them."
    )


class CohortOut(BaseModel):
    """A published cohort."""

    id: str
    title: str
    filters: dict[str, str]
    broader: list[str]
    cells: str = Field(description="Where its cells are.")


class CohortList(BaseModel):
    """The lattice of a release."""

    release: int
    data: list[CohortOut]
    page: Page


class HistogramOut(BaseModel):
    """Counts rounded to 5; shares in steps of 5 %."""

    edges: list[float]
    counts: list[int]
    shares: list[str]


class CellOut(BaseModel):
    """One cohort's figure: published, carried over, or withheld with a reason."""

    cohort: str
    figure: str
    status: Literal["published", "carried", "withheld"]
    reason: str | None
    organizations: int | None = Field(description="Rounded to 5.")
    networks: str | None = Field(description="Band of the number of networks.")
    mean: float | None = Field(description="0 to 100, in steps of 0.5.")
    mean_interval: Interval | None = Field(
        description="95 %, from the published histogram: organizations as if drawn independently."
    )
    share_in_place: str | None = Field(
        description="Organizations from the score on at which practices are in place; 5 % steps."
    )
    histogram: HistogramOut | None
    percentiles: dict[str, float | None] = Field(
        description="Interpolated in the published histogram."
    )
    withheld_statistics: dict[str, str]
    as_of_release: int | None
    broader: str | None = Field(description="Nearest broader cohort with figures.")


class CellList(BaseModel):
    """Cells of one instrument version in one release."""

    release: int
    as_of: date
    method: str
    instrument: str
    version: str
    sha256: str = Field(description="Of the release's manifest.")
    data: list[CellOut]
    page: Page


class DifferenceOut(BaseModel):
    """A cohort's mean less that of the first cohort asked for."""

    mean: float
    interval: Interval | None = Field(
        description="95 % (Welch); only between cohorts that share no organization."
    )


class ComparedCell(CellOut):
    """A cohort's cell beside others."""

    difference: DifferenceOut | None


class Compared(BaseModel):
    """A figure in each cohort, in the order asked for."""

    figure: str
    cells: list[ComparedCell]


class ComparisonOut(BaseModel):
    """Cohorts side by side in one release."""

    release: int
    as_of: date
    method: str
    instrument: str
    version: str
    sha256: str = Field(description="Of the release's manifest.")
    data: list[Compared]
    page: Page


class NextBand(BaseModel):
    """The next published percentile above an own score, and how many points it is to it."""

    percentile: str
    points: float


class PositionFigure(BaseModel):
    """An own score, and the band of published breakpoints that it lies in."""

    figure: str
    score: float | None
    band: str = Field(examples=["p25_p50"])
    next: NextBand | None = Field(description="None above the highest, or where nothing is shown.")
    percentiles: dict[str, float | None]
    cohort: str
    cohort_mean: float | None
    withheld: str | None


class PositionOut(BaseModel):
    """Own scores placed in one published cohort; a band, never a rank."""

    organization_id: UUID
    instrument: str
    version: str
    period: str
    release: int
    cohort: str
    data: list[PositionFigure]


class PlacedThen(PositionFigure):
    """The place in one release."""

    release: int
    as_of: date
    period: str = Field(description="Of the latest own round that had ended by the release's day.")


class PositionTrendOut(BaseModel):
    """One own figure in one cohort over the releases, oldest first."""

    organization_id: UUID
    instrument: str
    version: str
    cohort: str
    figure: str
    data: list[PlacedThen]
    page: Page
