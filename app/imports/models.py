"""Tables of imports: what was pushed, how far it is, and its report; each is its client's own.

The row of an import is its job: whoever carries it out moves its cursor in the transaction of the
rows that it writes.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlmodel import Field, SQLModel

from app.db import column, instant, new_id, one_of
from app.imports.schemas import Atomicity, Format, ImportMode, State

UNFINISHED = "status IN ('queued', 'running')"


class ImportRun(SQLModel, table=True):
    """One import: what it is to do, how far it is, and what came of it."""

    __tablename__ = "import_run"
    __table_args__ = (
        UniqueConstraint("client_id", "retry_name"),
        Index("ix_import_run_unfinished", "id", postgresql_where=text(UNFINISHED)),
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint_is_sha256"),
        CheckConstraint("0 <= parts_done AND parts_done <= parts", name="parts_counted"),
        CheckConstraint("0 <= done AND done <= lines", name="lines_counted"),
        CheckConstraint(f"({UNFINISHED}) = (finished_at IS NULL)", name="finished_at_its_end"),
    )

    client_id: UUID = Field(primary_key=True, foreign_key="client.id")
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key_id: str
    """With which key it came: one that is revoked ends it."""
    retry_name: bytes | None = column(LargeBinary, default=None)
    """Keyed hash of the idempotency key."""
    fingerprint: bytes = column(LargeBinary)
    """Keyed hash of all that was asked for with it."""
    mode: ImportMode = one_of(ImportMode)
    atomicity: Atomicity = one_of(Atomicity)
    format: Format = one_of(Format)
    defaults: dict[str, Any] = column(JSON)
    """Instrument and version of lines that name none."""
    status: State = one_of(State, default=State.QUEUED)
    parts: int = 0
    parts_done: int = 0
    lines: int = 0
    done: int = 0
    accepted: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    warnings: int = 0
    problem: dict[str, Any] | None = column(JSON(none_as_null=True), default=None)
    created_at: datetime = instant()
    started_at: datetime | None = instant(default=None)
    finished_at: datetime | None = instant(default=None)

    @property
    def was_at_once(self) -> bool:
        """Whether it was answered with its report."""
        return self.parts == 1


class ImportPart(SQLModel, table=True):
    """Some of its lines: as they came until it has ended, and what became of them."""

    __tablename__ = "import_part"
    __table_args__ = (
        ForeignKeyConstraint(
            ["client_id", "import_id"],
            ["import_run.client_id", "import_run.id"],
            ondelete="CASCADE",
        ),
        Index("ix_import_part_organizations", "organizations", postgresql_using="gin"),
    )

    client_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    first_line: int
    lines: int
    raw: bytes | None = column(LargeBinary, default=None)
    """Packed records (``lines.pack``), deflated."""
    report: bytes | None = column(LargeBinary, default=None)
    """Packed report lines (``report.pack``), deflated; none before they are done."""
    rejected: int = 0
    warnings: int = 0
    organizations: list[UUID] = column(ARRAY(Uuid), default_factory=list)
    """Whom the report tells of, so that it can forget them."""
