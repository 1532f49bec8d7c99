"""The wire of imports: lines in, a report of each of them out."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.assessments.schemas import SubmissionIn
from app.schemas import Code, Page, ProblemOut


class SubmissionLineIn(SubmissionIn):
    """One submission of many, of one of the caller's organizations."""

    organization: Code | None = Field(
        default=None,
        description="Id, external id or `cms:010001`; an organization's own key needs none.",
    )


class ImportMode(StrEnum):
    """Whether an import is carried out or only tried."""

    VALIDATE = "validate"
    COMMIT = "commit"


class Atomicity(StrEnum):
    """What is not taken in if one of its lines is wrong: that line, its organization's, or all."""

    ROW = "row"
    ORGANIZATION = "organization"
    ALL = "all"


class Status(StrEnum):
    """What becomes of a line."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


class State(StrEnum):
    """How far an import is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more becomes of it."""
        return self not in {State.QUEUED, State.RUNNING}


class Format(StrEnum):
    """What lines came in."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    FHIR = "fhir"


class Severity(StrEnum):
    """Whether a problem keeps a line out."""

    ERROR = "error"
    WARNING = "warning"


class LineProblem(BaseModel):
    """What is wrong with a line, or what its sender might want to look at."""

    severity: Severity
    pointer: str = Field(description="JSON Pointer into the line; of a table, into what it says.")
    code: str
    detail: str
    received: Any
    expected: Any
    help: str | None = Field(description="Where it says what that means, and what to do.")


class LineOut(BaseModel):
    """What became of one line."""

    line: int = Field(description="Of the file, from 1 on; of a JSON array, the place in it.")
    external_id: str | None
    organization: str | None = Field(description="As the line names it.")
    status: Status = Field(
        description="`accepted`: taken in. `superseded`: taken in, in the place of what its "
        "external_id or respondent had submitted. `unchanged`: it is here already. `rejected`: "
        "nothing was done; see problems."
    )
    problems: list[LineProblem]


class OutcomeCounts(BaseModel):
    """Lines by what became of them."""

    accepted: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0


class ReportOut(BaseModel):
    """What became of every line of an import that is answered at once."""

    id: UUID | None = Field(description="By which it is kept; none of one that was only tried.")
    mode: ImportMode
    atomicity: Atomicity
    status: State
    counts: OutcomeCounts
    warnings: int = Field(description="Lines with a warning; they are taken in all the same.")
    lines: list[LineOut]


class Links(BaseModel):
    """Where more of an import is."""

    self: str
    report: str
    events: str
    cancel: str


class ImportOut(BaseModel):
    """An import, and how far it is."""

    id: UUID
    mode: ImportMode
    atomicity: Atomicity
    format: Format
    status: State
    lines: int
    done: int = Field(description="Lines of which the outcome is known.")
    counts: OutcomeCounts
    warnings: int = Field(description="Lines with a warning; they are taken in all the same.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    problem: ProblemOut | None = Field(description="Why it failed as a whole.")
    links: Links


class ImportList(BaseModel):
    """A page of imports, the oldest first."""

    data: list[ImportOut]
    page: Page


class ReportPage(BaseModel):
    """A page of report lines."""

    data: list[LineOut]
    page: Page
