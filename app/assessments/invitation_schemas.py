"""The wire of invitations and of what a respondent may do with one."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from app.assessments.models import Role
from app.assessments.schemas import MAX_ANSWERS, Answers, ItemNoteIn, ScoresOut
from app.schemas import Code, In, Page

MAX_INVITATIONS = 200
"""In one request; a leadership team is smaller."""

MAX_DAYS, DEFAULT_DAYS = 90, 30
"""An invitation that lies about for longer is in wrong hands."""

Count = Annotated[int, Field(strict=True, ge=1, le=MAX_INVITATIONS)]


def _not_too_many(roles: dict[Role, int]) -> dict[Role, int]:
    if sum(roles.values()) > MAX_INVITATIONS:
        raise PydanticCustomError(
            "too_many", "At most {most} invitations in one request", {"most": MAX_INVITATIONS}
        )
    return roles


class InvitationsIn(In):
    """How many respondents of which role to invite; who they are stays outside."""

    instrument: Code = Field(examples=["seven-leverage-points"])
    version: Code = Field(examples=["1"])
    roles: Annotated[dict[Role, Count], Field(min_length=1), AfterValidator(_not_too_many)] = Field(
        examples=[{"nursing": 3, "board": 2}]
    )
    days: Annotated[int, Field(strict=True, ge=1, le=MAX_DAYS)] = DEFAULT_DAYS


class InvitationTokenOut(BaseModel):
    """An invitation with its token, which is shown this once."""

    id: UUID
    role: Role
    token: str
    expires_at: datetime


class TokenList(BaseModel):
    """New invitations, in the order of the roles asked for."""

    data: list[InvitationTokenOut]


Status = Literal["open", "used", "expired", "revoked"]


class InvitationOut(BaseModel):
    """An invitation, and what has become of it."""

    id: UUID
    role: Role
    instrument: str
    version: str
    period: str
    status: Status = Field(
        description="`used` once the round is locked, so that nobody can set it beside the time "
        "of a submission."
    )
    created_at: datetime
    expires_at: datetime


class Counts(BaseModel):
    """How many of a role; an answered invitation may be revoked or expired as well."""

    made: int
    answered: int
    revoked: int
    expired: int


class InvitationList(BaseModel):
    """A page of invitations, oldest first, and how many there are of each kind."""

    data: list[InvitationOut]
    page: Page
    counts: dict[Role, Counts] = Field(description="Of the whole period, as of this moment.")


class OwnInvitationOut(BaseModel):
    """What a respondent is asked."""

    status: Literal["open", "used", "closed"] = Field(
        description="`closed`: the round is locked; it takes no more answers."
    )
    role: Role
    period: str
    expires_at: datetime
    language: str
    instrument: dict[str, Any] = Field(description="The instrument version, as in the catalog.")


class AnswersIn(In):
    """One respondent's answers; role, period and instrument are the invitation's."""

    answers: Answers
    notes: dict[str, ItemNoteIn] = Field(default_factory=dict, max_length=MAX_ANSWERS)


class AnsweredOut(BaseModel):
    """What was taken in, and its scores. The team's result comes when the round is locked."""

    instrument: str
    version: str
    period: str
    role: Role
    answers: dict[str, int | str | None]
    notes: dict[str, dict[str, str]]
    scores: ScoresOut
