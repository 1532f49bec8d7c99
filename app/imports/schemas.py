"""The wire of imports: lines in, a report of each of them out."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.assessments.schemas import SubmissionIn
from app.schemas import Code


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


class LineProblem(BaseModel):
    """What is wrong with a line, or what its sender might want to look at."""

    severity: Literal["error", "warning"]
    pointer: str = Field(description="JSON Pointer into the line; of a table, into what it says.")
    code: str
    detail: str
    received: Any
    expected: Any


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


class ImportOut(BaseModel):
    """What became of every line, in their order."""

    mode: ImportMode
    atomicity: Atomicity
    counts: dict[Literal["accepted", "unchanged", "superseded", "rejected"], int]
    warnings: int = Field(description="Lines with a warning; they are taken in all the same.")
    lines: list[LineOut]
