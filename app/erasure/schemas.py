"""The wire of exports and erasures."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from app.erasure.models import Subject
from app.schemas import In, Name, Page


class WhoseIn(In):
    """Whose data: one respondent's, or without either field everything.

    It stands in a body, so that a pseudonym is in no address and no log.
    """

    respondent: Name | None = Field(
        default=None, description="The pseudonym that submissions were pushed with."
    )
    invitation: Name | None = Field(
        default=None,
        description="The token that a person answered with. Until the round is locked it leads to "
        "the answers; an invitation's id does not, for that is known to others too.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.respondent is not None and self.invitation is not None:
            raise PydanticCustomError("too_many", "Either respondent or invitation")
        return self

    @property
    def is_a_person(self) -> bool:
        """Whether one respondent is meant."""
        return self.respondent is not None or self.invitation is not None


class PersonIn(WhoseIn):
    """Which respondent's data."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not self.is_a_person:
            raise PydanticCustomError("required", "Either respondent or invitation")
        return self


class ErasedOut(BaseModel):
    """How many rows went; none if nothing was held."""

    submissions: int
    invitations: int


class ErasureOut(BaseModel):
    """An erasure and how far it is."""

    id: UUID
    subject: Subject
    status: Literal["scheduled", "running", "finished", "called_off"]
    requested_at: datetime
    due_at: datetime
    called_off_at: datetime | None
    begun_at: datetime | None
    finished_at: datetime | None
    counts: dict[str, int] = Field(description="Rows that went so far.")


class ErasureList(BaseModel):
    """A page of erasures, oldest first."""

    data: list[ErasureOut]
    page: Page
