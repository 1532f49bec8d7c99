"""The wire of registering in bulk: rows in, a report of each of them out."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.organizations.duplicates import Reason
from app.organizations.schemas import OrganizationIn
from app.schemas import FieldError, Name


class OrganizationRowIn(OrganizationIn):
    """One hospital of many."""

    state: Name | None = Field(
        default=None,
        description="State or province. With `city` it only tells hospitals of one name apart, "
        "in the report; it is not kept.",
        examples=["AL"],
    )
    city: Name | None = Field(default=None, examples=["Dothan"])


class BulkMode(StrEnum):
    """Whether a bulk registration is carried out or only tried."""

    VALIDATE = "validate"
    COMMIT = "commit"


class RowStatus(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class OutcomeOut(BaseModel):
    """What becomes of one row."""

    line: int = Field(description="In CSV, the file's line (the header is 1); in JSON, from 1 on.")
    external_id: str | None
    status: RowStatus
    id: UUID | None = Field(description="None where nothing was registered.")
    errors: list[FieldError]


class MemberOut(BaseModel):
    """A hospital that may be the same as another one."""

    line: int | None = Field(description="None: it was registered before.")
    id: UUID | None
    external_id: str
    name: str


class DuplicatesOut(BaseModel):
    """Hospitals that may be one: look at them; nothing is merged."""

    reason: Reason
    shared: str
    members: list[MemberOut]


class BulkOut(BaseModel):
    """What became of every row, in their order, and which hospitals may be there twice."""

    mode: BulkMode
    counts: dict[Literal["created", "updated", "unchanged", "rejected"], int]
    outcomes: list[OutcomeOut]
    likely_duplicates: list[DuplicatesOut]
    namesakes_elsewhere: int = Field(
        description="Rows whose name another hospital has too, in another place: no duplicates."
    )
