"""The wire of how selective the sample behind a release is."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.benchmarks.bands import Band


class PopulationOut(BaseModel):
    """How many organizations there are of a category, by a public register."""

    organizations: int
    source: str
    year: int | None = Field(description="None: the register's year is not known.")


class CoveredOut(BaseModel):
    """A category of an attribute: which part of all that there are is counted."""

    cohort: str
    organizations: int | None = Field(description="Counted, as published: rounded to 5.")
    as_of_release: int | None
    status: Literal["known", "withheld", "unknown"] = Field(
        description="`withheld`: the cell is; `unknown`: no public count of the same kind of "
        "organizations is known."
    )
    share: str | None = Field(description="In steps of 5 %.")
    population: PopulationOut | None


class BandOut(BaseModel):
    """A share, coarsely."""

    band: Band | None = Field(
        description="`under_5_or_few`: under 5 %, or whatever it is, made by few. None where the "
        "cell is withheld, carried from before there were bands, or nearly that of another band."
    )
    as_of_release: int | None


class FlaggedOut(BandOut):
    """The mean over a cohort's organizations of their shares of flagged submissions."""

    cohort: str


class CoverageOut(BaseModel):
    """How selective the sample behind an instrument version's figures is."""

    release: int
    as_of: date
    instrument: str
    version: str
    sha256: str = Field(description="Of the release's manifest.")
    population: list[CoveredOut]
    flagged: list[FlaggedOut] = Field(
        description="Submissions in which ten items or more all have the same level. Of fewer "
        "than three networks they are few."
    )
    not_taking_part: BandOut = Field(
        description="Of the organizations with a locked result in the release's window, those "
        "that do not take part in benchmarks; few, if fewer than a cell takes. None where the "
        "figures of all are carried."
    )
