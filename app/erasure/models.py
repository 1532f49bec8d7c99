"""The table of erasures: what was to go, when, and what went. It outlives what it tells of."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB

from app.db import TenantTable, column, instant, one_of


class Subject(StrEnum):
    """Whose data."""

    ORGANIZATION = "organization"
    RESPONDENT = "respondent"


class Erasure(TenantTable, table=True):
    """One erasure. Of a respondent it keeps the ids of the rows that went, and no pseudonym.

    With these, rows that a restored backup brings back can be erased again.
    """

    __tablename__ = "erasure"
    __table_args__ = (CheckConstraint("due_at >= requested_at", name="due_later"),)

    subject: Subject = one_of(Subject)
    requested_at: datetime = instant()
    due_at: datetime = instant()
    called_off_at: datetime | None = instant(default=None)
    begun_at: datetime | None = instant(default=None)
    finished_at: datetime | None = instant(default=None)
    counts: dict[str, Any] = column(JSONB, default_factory=dict)
    """Rows that went so far, by what they held."""
    rows: dict[str, Any] = column(JSONB, default_factory=dict)
    """Ids of a respondent's rows."""

    @property
    def status(self) -> str:
        """``scheduled``, ``running``, ``finished`` or ``called_off``."""
        if self.called_off_at:
            return "called_off"
        if self.finished_at:
            return "finished"
        return "running" if self.begun_at else "scheduled"
