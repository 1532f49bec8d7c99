"""Tables of releases. Published rows are for everyone; who was counted stays with the tenant."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlmodel import Field, SQLModel

from app.db import column, instant


class Release(SQLModel, table=True):
    """An immutable, numbered publication of benchmark cells."""

    __tablename__ = "release"

    number: int = column(
        Integer, primary_key=True, default=None, sa_column_kwargs={"autoincrement": False}
    )
    built_at: datetime = instant()
    manifest: dict[str, Any] = column(JSON)
    sha256: str


class ReleaseCell(SQLModel, table=True):
    """One cohort's figures for one instrument version, as published."""

    __tablename__ = "release_cell"

    release_number: int = Field(primary_key=True, foreign_key="release.number")
    instrument: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    cohort: str = Field(primary_key=True)
    figure: str = Field(primary_key=True)
    body: dict[str, Any] = column(JSON)


class ReleaseCoverage(SQLModel, table=True):
    """How selective the sample behind an instrument version's cells is; for members."""

    __tablename__ = "release_coverage"

    release_number: int = Field(primary_key=True, foreign_key="release.number")
    instrument: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    body: dict[str, Any] = column(JSON)


class ReleaseFile(SQLModel, table=True):
    """A file of a release: bytes that never change, and what is said of them in headers."""

    __tablename__ = "release_file"

    release_number: int = Field(primary_key=True, foreign_key="release.number")
    name: str = Field(primary_key=True)
    media_type: str
    sha256: str
    size: int
    body: bytes = column(LargeBinary)


class ReleaseDay(SQLModel, table=True):
    """What came of a day of the calendar: a release, or why there is none."""

    __tablename__ = "release_day"

    day: date = Field(primary_key=True)
    release_number: int | None = Field(default=None, foreign_key="release.number", index=True)
    reason: str | None = None
    detail: str | None = None
    at: datetime = instant()


class ReleaseContribution(SQLModel, table=True):
    """That an organization's locked result was counted in a release, and in which cohorts."""

    __tablename__ = "release_contribution"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "assessment_id"], ["assessment.organization_id", "assessment.id"]
        ),
    )

    organization_id: UUID = Field(primary_key=True, foreign_key="organization.id")
    assessment_id: UUID = Field(primary_key=True)
    release_number: int = Field(primary_key=True, foreign_key="release.number", index=True)
    cohorts: list[str] = column(ARRAY(Text))
    before_id: UUID | None = None
    """The earlier assessment that its release compares this one with (panel)."""


class ErasedContribution(SQLModel, table=True):
    """That somebody who has been erased was counted in a release: no name, no network, no score.

    Earlier releases stay as they are, so the gate must know that one more score is in their cells.
    """

    __tablename__ = "erased_contribution"

    release_number: int = Field(primary_key=True, foreign_key="release.number")
    id: UUID = Field(primary_key=True)
    """Random, the same for one result in every release that counted it."""
    instrument_version_id: UUID = Field(foreign_key="instrument_version.id", index=True)
    cohorts: list[str] = column(ARRAY(Text))
    figures: list[str] = column(ARRAY(Text))
    """For which of them there was a score."""
    before_id: UUID | None = None
    """Of the result that its release compared it with, the random id."""
