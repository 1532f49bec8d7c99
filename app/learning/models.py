"""Tables of measures, observations, aims and tests of change; keys begin with the organization.

An observation is never edited: a correction is a new row, and the one before says when it ended.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB

from app.charts.series import ChartKind
from app.db import TenantTable, column, instant, one_of
from app.learning.periods import Frequency


class Direction(StrEnum):
    """Which way is better."""

    LOWER = "lower"
    HIGHER = "higher"


class Missing(StrEnum):
    """Why a period has no value."""

    SUPPRESSED = "suppressed"
    NOT_COLLECTED = "not_collected"


class Mark(StrEnum):
    """What a period begins."""

    INTERVENTION = "intervention"
    """Something was changed: drawn, and nothing else."""
    REBASE = "rebase"
    """From here on the centre and the limits are made anew."""
    EXCLUDED = "excluded"
    """Drawn, but counts in no limit and no rule; its note says why."""


class Decision(StrEnum):
    """What comes of a test of change."""

    ADOPT = "adopt"
    ADAPT = "adapt"
    ABANDON = "abandon"


class Scale(StrEnum):
    """How widely a change is tested."""

    ONE = "one"
    """One patient, one shift, one form."""
    FEW = "few"
    UNIT = "unit"
    SEVERAL_UNITS = "several_units"
    ORGANIZATION = "organization"


class Measure(TenantTable, table=True):
    """A series that an organization follows."""

    __tablename__ = "measure"
    __table_args__ = (
        UniqueConstraint("organization_id", "code"),
        CheckConstraint("per > 0 AND per < 'Infinity'", name="per_positive"),
    )

    code: str
    title: str
    unit: str
    direction: Direction = one_of(Direction)
    chart: ChartKind = one_of(ChartKind)
    frequency: Frequency = one_of(Frequency)
    per: float = column(DOUBLE_PRECISION, default=1.0)
    element: str | None = None
    """The measure of the catalog that it is, as ``framework:code``."""
    definition: str | None = None
    recorded_at: datetime = instant()


_FINITE = "{0} > '-Infinity' AND {0} < 'Infinity'"
"""NaN sorts above Infinity."""


class Observation(TenantTable, table=True):
    """A measure's value for a period, or that there is none."""

    __tablename__ = "observation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "measure_id"], ["measure.organization_id", "measure.id"]
        ),
        *(
            CheckConstraint(_FINITE.format(name), name=f"{name}_finite")
            for name in ("value", "numerator", "denominator")
        ),
        CheckConstraint(
            "(missing IS NOT NULL) = (value IS NULL AND numerator IS NULL AND sample IS NULL)",
            name="value_or_why_not",
        ),
        CheckConstraint("superseded_at >= recorded_at", name="superseded_after_recorded"),
        # One standing observation a period.
        Index(
            "uq_observation_period",
            "measure_id",
            "period",
            "organization_id",
            unique=True,
            postgresql_where=text("superseded_at IS NULL"),
        ),
        Index("ix_observation_measure", "organization_id", "measure_id", "starts_on"),
    )

    measure_id: UUID
    period: str
    starts_on: date
    value: float | None = column(DOUBLE_PRECISION, default=None)
    numerator: float | None = column(DOUBLE_PRECISION, default=None)
    denominator: float | None = column(DOUBLE_PRECISION, default=None)
    sample: list[float] | None = column(ARRAY(DOUBLE_PRECISION), default=None)
    missing: Missing | None = one_of(Missing, default=None)
    mark: Mark | None = one_of(Mark, default=None)
    source: str | None = None
    note: str | None = None
    recorded_at: datetime = instant()
    superseded_at: datetime | None = instant(default=None)


class Aim(TenantTable, table=True):
    """How much, by when, on which measure, from which baseline."""

    __tablename__ = "aim"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "measure_id"], ["measure.organization_id", "measure.id"]
        ),
        CheckConstraint(_FINITE.format("baseline"), name="baseline_finite"),
        CheckConstraint(_FINITE.format("target"), name="target_finite"),
        CheckConstraint("by > from_on", name="by_later"),
        Index("ix_aim_measure", "organization_id", "measure_id"),
    )

    measure_id: UUID
    title: str
    baseline: float = column(DOUBLE_PRECISION)
    from_on: date
    target: float = column(DOUBLE_PRECISION)
    by: date
    elements: list[str] = column(ARRAY(Text))
    drivers: list[dict[str, Any]] = column(JSONB)
    board_adopted_on: date | None = None
    closed_on: date | None = None
    closed_why: str | None = None
    recorded_at: datetime = instant()


class ChangeTest(TenantTable, table=True):
    """One PDSA cycle: planned, and studied once."""

    __tablename__ = "change_test"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id", "aim_id"], ["aim.organization_id", "aim.id"]),
        ForeignKeyConstraint(
            ["organization_id", "follows_id"],
            ["change_test.organization_id", "change_test.id"],
            ondelete="SET NULL (follows_id)",
        ),
        CheckConstraint(
            "num_nulls(ended_on, happened, study, decision, studied_at) IN (0, 5)",
            name="studied_whole",
        ),
        CheckConstraint("ended_on >= starts_on", name="ended_after_start"),
        Index("ix_change_test_aim", "organization_id", "aim_id"),
        Index(
            "ix_change_test_follows",
            "organization_id",
            "follows_id",
            postgresql_where=text("follows_id IS NOT NULL"),
        ),
    )

    aim_id: UUID
    follows_id: UUID | None = None
    driver: str | None = None
    element: str | None = None
    title: str
    prediction: str
    plan: str
    scale: Scale = one_of(Scale)
    starts_on: date
    recorded_at: datetime = instant()
    ended_on: date | None = None
    happened: str | None = None
    study: str | None = None
    decision: Decision | None = one_of(Decision, default=None)
    studied_at: datetime | None = instant(default=None)
