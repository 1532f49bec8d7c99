"""The wire of networks and organizations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.organizations.attributes import AttributeChanges, Attributes
from app.schemas import Code, In, Name, Page

System = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Number = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
MAX_IDENTIFIERS = 10
"""A hospital is known to a handful of registers."""
Identifiers = Annotated[
    dict[System, Number], Field(max_length=MAX_IDENTIFIERS, examples=[{"cms": "010001"}])
]


class NetworkIn(In):
    """An owner of hospitals."""

    external_id: Code
    name: Name


class NetworkOut(BaseModel):
    """A network as registered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    external_id: str
    name: str
    created_at: datetime


class NetworkList(BaseModel):
    """A page of networks, oldest first."""

    data: list[NetworkOut]
    page: Page


class OrganizationIn(In):
    """One hospital. Attributes are public facts; cohorts are made of them."""

    external_id: Code = Field(examples=["010001"])
    name: Name
    network: Code | None = Field(
        default=None,
        examples=["N-12"],
        description="External id or id of its network; none: an independent. "
        "A network's own key need not say it.",
    )
    attributes: Attributes = Field(
        default_factory=dict, examples=[{"size_band": "300_plus", "teaching": "yes"}]
    )
    identifiers: Identifiers = Field(
        default_factory=dict,
        description="Names by which registers know it; `cms:010001` then names it anywhere.",
    )


class OrganizationPatch(In):
    """What changes (RFC 7396): what is not named stays, ``null`` takes an entry away."""

    name: Name | None = Field(default=None, description="None: stays.")
    attributes: AttributeChanges = Field(default_factory=dict, examples=[{"teaching": None}])
    identifiers: dict[System, Number | None] = Field(
        default_factory=dict, max_length=MAX_IDENTIFIERS, examples=[{"cms": "010001"}]
    )


class OrganizationOut(BaseModel):
    """An organization as registered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    network_id: UUID | None
    external_id: str
    name: str
    identifiers: dict[str, str]
    attributes: dict[str, str]
    agreement_version: str | None = Field(description="Signed last; none: nothing is taken in.")
    benchmark: bool
    research: bool
    partner: bool
    share_with_network: bool
    created_at: datetime


class OrganizationList(BaseModel):
    """A page of organizations, oldest first."""

    data: list[OrganizationOut]
    page: Page
