"""The wire of networks and organizations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.schemas import Code, In, Name, Page

Attribute = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
Attributes = Annotated[
    dict[Attribute, Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]],
    Field(max_length=20, examples=[{"size_band": "300_plus", "teaching": "yes"}]),
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


class OrganizationIn(In):
    """One hospital. Attributes are public facts; cohorts are made of them."""

    external_id: Code = Field(examples=["010001"])
    name: Name
    network: str | None = Field(
        default=None,
        max_length=64,
        description="External id or id of its network; none: an independent. "
        "A network's own key need not say it.",
    )
    attributes: Attributes = Field(default_factory=dict)
    share_with_network: bool = Field(
        default=False, description="The network may see this organization's identified figures."
    )


class OrganizationOut(BaseModel):
    """An organization as registered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    network_id: UUID | None
    external_id: str
    name: str
    attributes: dict[str, str]
    share_with_network: bool
    created_at: datetime


class OrganizationList(BaseModel):
    """A page of organizations, oldest first."""

    data: list[OrganizationOut]
    page: Page
