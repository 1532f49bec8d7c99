"""The wire of grants to partner apps."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, GetPydanticSchema

from app.access.permissions import GRANTABLE
from app.schemas import In, Page

DEFAULT_DAYS, MAX_DAYS = 90, 365
"""As long as keys: a grant that never ends is one that nobody remembers."""

_SCOPES: Any = Literal[tuple(sorted(one.value for one in GRANTABLE))]
Scope = Annotated[str, GetPydanticSchema(lambda _, handler: handler.generate_schema(_SCOPES))]


class PartnerOut(BaseModel):
    """A partner app that organizations can grant things to."""

    id: UUID
    name: str


class PartnerList(BaseModel):
    """A page of partner apps, oldest first."""

    data: list[PartnerOut]
    page: Page


class GrantIn(In):
    """What a partner app may do for the organization, and until when."""

    partner: UUID = Field(description="Its id, from `/v1/partners`.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(GRANTABLE))]
    days: int | None = Field(
        default=None,
        ge=1,
        le=MAX_DAYS,
        description=f"Days from now; {DEFAULT_DAYS} where neither this nor `expires_on` is said.",
    )
    expires_on: date | None = Field(
        default=None, description=f"Its last day (UTC), at most {MAX_DAYS} days from now."
    )


class GrantOut(BaseModel):
    """A grant, which may have ended."""

    id: UUID
    partner: PartnerOut
    scopes: list[str]
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    in_force: bool = Field(
        description="Neither ended nor revoked, and the organization's agreement allows partners."
    )


class GrantList(BaseModel):
    """A page of grants, oldest first."""

    data: list[GrantOut]
    page: Page
