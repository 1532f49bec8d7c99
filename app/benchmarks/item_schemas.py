"""The wire of figures about single items."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from app.benchmarks.schemas import CellOut
from app.schemas import Page


class ItemCell(CellOut):
    """An item's figures over all organizations, each with its respondents' mean or consensus."""

    item: str = Field(description="Code of the item.")
    section: str
    title: str


class ItemList(BaseModel):
    """Items of one instrument version in one release; the cohort is always `all`."""

    release: int
    as_of: date
    method: str
    instrument: str
    version: str
    sha256: str = Field(description="Of the release's manifest.")
    data: list[ItemCell]
    page: Page


class Quartiles(BaseModel):
    """Over organizations, read from a rounded histogram."""

    p25: float | None
    p50: float | None
    p75: float | None


class ScaleOut(BaseModel):
    """The whole instrument (no section) or a section."""

    section: str | None
    items: int
    cronbach_alpha: float | None
    icc1: float | None = Field(description="Share of variance between organizations.")
    icc2: float | None = Field(description="Reliability of an organization's mean.")
    rwg_j: Quartiles = Field(description="Agreement in organizations of two respondents or more.")
    withheld_statistics: dict[str, str]


class ItemMeasureOut(BaseModel):
    """One item over respondents."""

    item: str
    section: str
    item_rest: float | None = Field(description="Correlation with the rest of its section.")
    ceiling_share: str = Field(description="Respondents at the best level, in steps of 5 %.")
    floor_share: str = Field(description="Respondents at the worst level, in steps of 5 %.")
    withheld_statistics: dict[str, str]


class PsychometricsOut(BaseModel):
    """Over complete individual answers of the organizations counted in a release."""

    release: int
    as_of: date
    method: str
    instrument: str
    version: str
    sha256: str = Field(description="Of the release's manifest.")
    status: Literal["published", "carried", "withheld"]
    reason: str | None
    as_of_release: int | None
    organizations: int | None = Field(description="With complete individual answers; rounded to 5.")
    respondents: int | None = Field(description="Rounded to 50.")
    scales: list[ScaleOut] = Field(description="The whole, then its sections; none if withheld.")
    items: list[ItemMeasureOut]
