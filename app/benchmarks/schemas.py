"""The wire of benchmarks."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.schemas import In, Page


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


class PositionFigure(BaseModel):
    """An own score, and the band of published breakpoints that it lies in."""

    figure: str
    score: float | None
    band: str = Field(examples=["p25_p50"])
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
