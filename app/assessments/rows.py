"""Rows of rounds and submissions, as the hot statements read and write them: without the ORM."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from app.assessments.models import Mode, Role, status_of


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A row of ``assessment``."""

    organization_id: UUID
    id: UUID
    instrument_version_id: UUID
    period: str
    period_end: date
    opened_at: datetime
    locked_at: datetime | None = None


@dataclass(slots=True)
class SubmissionRow:
    """A row of ``submission``."""

    organization_id: UUID
    id: UUID
    assessment_id: UUID
    client_id: UUID
    mode: Mode
    role: Role | None
    respondent_hash: bytes | None
    external_id: str | None
    idempotency_key: str | None
    body_sha256: bytes
    answers: bytes
    notes: dict[str, Any] | None
    focus: list[dict[str, Any]] | None
    overall: float | None
    section_scores: list[float | None]
    receipt_sha256: bytes
    supersedes_id: UUID | None
    submitted_at: datetime
    superseded_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @classmethod
    def of(cls, values: Iterable[Any]) -> "SubmissionRow":
        """A row that was read."""
        row = [*values]
        row[_MODE] = Mode(row[_MODE])
        row[_ROLE] = row[_ROLE] and Role(row[_ROLE])
        return cls(*row)

    @property
    def status(self) -> str:
        """As a submission's."""
        return status_of(self.superseded_at, self.withdrawn_at)


def names_of(kind: type[RoundRow | SubmissionRow]) -> tuple[LiteralString, ...]:
    """The columns of a row, in its order; they are the names above."""
    return tuple(one.name for one in fields(kind))


_MODE, _ROLE = (names_of(SubmissionRow).index(name) for name in ("mode", "role"))
