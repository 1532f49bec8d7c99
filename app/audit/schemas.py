"""The wire of the audit trail: what a tenant needs to check its own chain without us."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.schemas import Page


class ActorOut(BaseModel):
    """Whose key it was."""

    kind: str
    client_id: UUID | None
    key_id: str | None


class EventOut(BaseModel):
    """One act, and its place in the chain."""

    seq: int
    at: datetime
    operation: str = Field(description="Method and route, or a command of the operator's.")
    target: str | None
    actor: ActorOut
    status: int | None
    hash: str = Field(description="SHA-256 over the hash before and this event, in hex.")


class HeadOut(BaseModel):
    """Where the chain ends, signed."""

    seq: int
    hash: str
    signature: str = Field(description="In hex.")


class PublicKeyOut(BaseModel):
    """What the head's signature is verified with."""

    algorithm: Literal["Ed25519"]
    public_key: str = Field(description="32 bytes in hex.")


class AuditList(BaseModel):
    """A tenant's chain, oldest first, up to its head."""

    data: list[EventOut]
    head: HeadOut | None
    key: PublicKeyOut
    page: Page
