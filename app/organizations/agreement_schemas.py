"""The wire of participation agreements: published versions, and what an organization signed."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.schemas import Code, In, Name, Page

Text = Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AgreementIn(In):
    """A version of the participation agreement, word for word."""

    version: Code = Field(examples=["1"])
    text: dict[Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], Text]
    previous_accepted_until: date | None = Field(
        default=None,
        description="Last day on which earlier versions are enough; none: they stay accepted.",
    )


class AgreementOut(BaseModel):
    """A published version."""

    model_config = ConfigDict(from_attributes=True)

    version: str
    text: dict[str, str]
    text_sha256: str = Field(description="SHA-256 of the texts as canonical JSON.")
    published_at: datetime
    accepted_until: date | None


class AgreementList(BaseModel):
    """All versions, newest first."""

    data: list[AgreementOut]
    page: Page


class ParticipationIn(In):
    """That an organization signed a version, and what it allows. Replaces what it signed before."""

    agreement_version: Code
    text_sha256: Sha256 = Field(description="Hash of the text that was signed, as published.")
    signed_by: Name = Field(
        description="Office or file number of the signed copy; no personal name is needed.",
        examples=["Chief executive's office, file 2026/114"],
    )
    signed_on: date
    benchmark: bool = Field(description="Locked results count in benchmark releases.")
    research: bool = Field(description="Anonymised figures may be used for research.")
    partner: bool = Field(description="Partner apps may act with a grant.")
    share_with_network: bool = Field(description="The network sees identified results.")


class ParticipationOut(BaseModel):
    """What was signed."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    organization_id: UUID
    agreement_version: str
    text_sha256: str
    signed_by: str
    signed_on: date
    benchmark: bool
    research: bool
    partner: bool
    share_with_network: bool
    recorded_at: datetime


class ParticipationList(BaseModel):
    """All that was signed, newest first: the first one holds."""

    data: list[ParticipationOut]
    page: Page
