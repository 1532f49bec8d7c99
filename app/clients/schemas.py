"""The wire of clients and their keys. A key stands in one reply, the one that made it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.access.client_keys import DEFAULT_DAYS, MAX_DAYS, MAX_OVERLAP_HOURS
from app.access.models import Kind
from app.schemas import Code, In, Name, Page

Scopes = Annotated[
    list[Annotated[str, StringConstraints(max_length=64)]],
    Field(min_length=1, max_length=64, examples=[["submissions:write"]]),
]


class DataUseIn(In):
    """A researcher's data use agreement; keys end with its last day."""

    institution: Name
    purpose: Name
    ends_on: date


class ClientIn(In):
    """A program that will call. Whose it is follows from the key, unless the operator says."""

    kind: Kind
    name: Name
    network: Code | None = Field(
        default=None, description="Of kind `network`: its id or external id."
    )
    organization: Code | None = Field(
        default=None, description="Of kind `organization`: its id or external id."
    )
    data_use: DataUseIn | None = Field(default=None, description="Of kind `researcher`.")


class DataUseOut(BaseModel):
    """A researcher's data use agreement."""

    institution: str
    purpose: str
    ends_on: date


class JwksOut(BaseModel):
    """What a client signs with, and what it can be granted for that."""

    keys: list[dict[str, Any]]
    scopes: list[str]


class ClientOut(BaseModel):
    """A client as registered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: Kind
    name: str
    network_id: UUID | None
    organization_id: UUID | None
    data_use: DataUseOut | None
    jwks: JwksOut | None
    created_at: datetime
    ends_at: datetime | None = Field(description="No key of it works from here on.")


class ClientList(BaseModel):
    """A page of clients, oldest first."""

    data: list[ClientOut]
    page: Page


class KeyIn(In):
    """What a new key may do, and for how long."""

    scopes: Scopes
    days: int = Field(default=DEFAULT_DAYS, ge=1, le=MAX_DAYS)


class RotationIn(In):
    """How long the old key works beside the new one."""

    overlap_hours: int = Field(
        default=MAX_OVERLAP_HOURS, ge=0, le=MAX_OVERLAP_HOURS, description="0: it ends at once."
    )


class KeyOut(BaseModel):
    """All that is known of a key; the key itself is kept nowhere."""

    model_config = ConfigDict(from_attributes=True)

    key_id: str = Field(description="The eight characters after `plco_live_`.")
    last_four: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="Up to half a minute behind.")
    revoked_at: datetime | None


class NewKeyOut(KeyOut):
    """A new key, shown this once."""

    key: str


class KeyList(BaseModel):
    """A page of a client's keys, oldest first."""

    data: list[KeyOut]
    page: Page


Kid = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]


class EcKeyIn(In):
    """The public half of a key for ES384."""

    kty: Literal["EC"]
    crv: Literal["P-384"]
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{64}$")
    y: str = Field(pattern=r"^[A-Za-z0-9_-]{64}$")
    kid: Kid
    alg: Literal["ES384"] = "ES384"
    use: Literal["sig"] = "sig"
    key_ops: list[Literal["verify"]] = Field(default=["verify"], max_length=1)


class RsaKeyIn(In):
    """The public half of a key for RS384, of 3072 to 8192 bits."""

    kty: Literal["RSA"]
    n: str = Field(pattern=r"^[A-Za-z0-9_-]{512,1366}$")
    e: Literal["AQAB"] = Field(description="65537.")
    kid: Kid
    alg: Literal["RS384"] = "RS384"
    use: Literal["sig"] = "sig"
    key_ops: list[Literal["verify"]] = Field(default=["verify"], max_length=1)


class JwksIn(In):
    """Public keys that requests for tokens are signed with; they replace those before."""

    keys: list[Annotated[EcKeyIn | RsaKeyIn, Field(discriminator="kty")]] = Field(max_length=10)
    scopes: Scopes = Field(description="The most that a token asked for with them can have.")
