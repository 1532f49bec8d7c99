"""Tables of a tenant's rounds; every key begins with ``organization_id``.

A submission is one row: a byte for each answer, in item order, section scores beside them. Nothing
in it is edited; only the instants ``superseded_at`` and ``withdrawn_at`` may still be set.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSON, JSONB
from sqlmodel import Field, SQLModel

from app.db import TenantTable, column, instant, one_of


class Role(StrEnum):
    """From where in the organization a respondent looks."""

    ADMINISTRATIVE = "administrative"
    PHYSICIAN = "physician"
    NURSING = "nursing"
    BOARD = "board"
    FINANCE = "finance"
    PATIENT_FAMILY = "patient_family"
    OTHER = "other"


class Mode(StrEnum):
    """One person's answers, or what the team agreed on together."""

    INDIVIDUAL = "individual"
    CONSENSUS = "consensus"


class Assessment(TenantTable, table=True):
    """One organization's round over one instrument version for one period."""

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("organization_id", "instrument_version_id", "period"),
        CheckConstraint("locked_at >= opened_at", name="locked_after_opened"),
        Index("ix_assessment_published", "instrument_version_id", "period_end"),
    )

    instrument_version_id: UUID = Field(foreign_key="instrument_version.id")
    period: str
    period_end: date
    opened_at: datetime = instant()
    locked_at: datetime | None = instant(default=None)


_BOUNDS = "0 <= ALL ({0}) AND 100 >= ALL ({0})"
_STANDS = "superseded_at IS NULL AND withdrawn_at IS NULL"


class Submission(TenantTable, table=True):
    """One respondent's, or the team's, answers and their scores."""

    __tablename__ = "submission"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "assessment_id"], ["assessment.organization_id", "assessment.id"]
        ),
        ForeignKeyConstraint(
            ["organization_id", "supersedes_id"],
            ["submission.organization_id", "submission.id"],
            ondelete="SET NULL (supersedes_id)",
        ),
        # Partial ones: most submissions replace nothing, and come without a key.
        Index(
            "uq_submission_organization_id_supersedes_id",
            "organization_id",
            "supersedes_id",
            unique=True,
            postgresql_where=text("supersedes_id IS NOT NULL"),
        ),
        Index(
            "uq_submission_idempotency_key",
            "idempotency_key",
            "client_id",
            "organization_id",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        # The name comes first: what begins with the organization looks as good to a planner that
        # has the policies' list of organizations before it, and is read from end to end.
        # One standing submission an external id, a respondent, and one consensus a team.
        Index(
            "uq_submission_external_id",
            "external_id",
            "organization_id",
            unique=True,
            postgresql_where=text(f"external_id IS NOT NULL AND {_STANDS}"),
        ),
        Index(
            "uq_submission_respondent",
            "respondent_hash",
            "assessment_id",
            "organization_id",
            unique=True,
            postgresql_where=text(f"respondent_hash IS NOT NULL AND {_STANDS}"),
        ),
        Index(
            "uq_submission_consensus",
            "organization_id",
            "assessment_id",
            unique=True,
            postgresql_where=text(f"mode = 'consensus' AND {_STANDS}"),
        ),
        Index("ix_submission_assessment", "organization_id", "assessment_id"),
        CheckConstraint("overall BETWEEN 0 AND 100", name="overall_in_range"),
        CheckConstraint(_BOUNDS.format("section_scores"), name="sections_in_range"),
        CheckConstraint("mode = 'consensus' OR role IS NOT NULL", name="individual_has_role"),
        CheckConstraint("octet_length(answers) BETWEEN 1 AND 1000", name="answers_counted"),
        CheckConstraint("octet_length(receipt_sha256) = 32", name="receipt_is_sha256"),
    )

    assessment_id: UUID
    client_id: UUID = Field(foreign_key="client.id", index=True)
    mode: Mode = one_of(Mode)
    role: Role | None = one_of(Role, default=None)
    respondent_hash: bytes | None = column(LargeBinary, default=None)
    external_id: str | None = None
    idempotency_key: str | None = None
    body_sha256: bytes = column(LargeBinary)
    answers: bytes = column(LargeBinary)
    """A byte an item, see ``answers.py``."""
    notes: dict[str, Any] | None = column(JSONB(none_as_null=True), default=None)
    focus: list[dict[str, Any]] | None = column(JSONB(none_as_null=True), default=None)
    overall: float | None = column(DOUBLE_PRECISION, default=None)
    section_scores: list[float | None] = column(ARRAY(DOUBLE_PRECISION))
    receipt_sha256: bytes = column(LargeBinary)
    supersedes_id: UUID | None = None
    submitted_at: datetime = instant()
    superseded_at: datetime | None = instant(default=None)
    withdrawn_at: datetime | None = instant(default=None)

    @property
    def status(self) -> str:
        """``stands``, ``superseded`` or ``withdrawn``."""
        return status_of(self.superseded_at, self.withdrawn_at)


def status_of(superseded_at: datetime | None, withdrawn_at: datetime | None) -> str:
    """What the instants that may still be set say of a submission."""
    if withdrawn_at:
        return "withdrawn"
    return "superseded" if superseded_at else "stands"


class Invitation(TenantTable, table=True):
    """One respondent's way in: a token that reads one instrument and submits once.

    Nothing here tells when it was used, but for the day, and once the round is locked not what
    was submitted with it either.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "submission_id"],
            ["submission.organization_id", "submission.id"],
            ondelete="SET NULL (submission_id)",
        ),
        UniqueConstraint("organization_id", "key_id"),
        Index("ix_invitation_submission", "organization_id", "submission_id"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("submission_id IS NULL OR used_on IS NOT NULL", name="used_by_submission"),
    )

    key_id: str
    digest: bytes = column(LargeBinary, index=True)
    instrument_version_id: UUID = Field(foreign_key="instrument_version.id", index=True)
    period: str
    role: Role = one_of(Role)
    client_id: UUID = Field(foreign_key="client.id", index=True)
    created_at: datetime = instant()
    expires_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None)
    used_on: date | None = None
    submission_id: UUID | None = None


class Result(SQLModel, table=True):
    """What a locked assessment came to, computed once and for ever."""

    __tablename__ = "result"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization_id", "assessment_id"], ["assessment.organization_id", "assessment.id"]
        ),
        CheckConstraint("overall BETWEEN 0 AND 100", name="overall_in_range"),
        CheckConstraint(_BOUNDS.format("section_scores"), name="sections_in_range"),
        CheckConstraint(_BOUNDS.format("item_scores"), name="items_in_range"),
        CheckConstraint("respondents >= 0", name="respondents_counted"),
    )

    organization_id: UUID = Field(primary_key=True)
    assessment_id: UUID = Field(primary_key=True)
    basis: str
    respondents: int
    overall: float | None = column(DOUBLE_PRECISION, default=None)
    section_scores: list[float | None] = column(ARRAY(DOUBLE_PRECISION))
    item_scores: list[float | None] | None = column(ARRAY(DOUBLE_PRECISION), default=None)
    """In item order, for benchmarks; none of a result from before they were kept."""
    detail: dict[str, Any] = column(JSON)
    locked_at: datetime = instant()
