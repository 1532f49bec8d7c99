"""The table of answers that retries get; each client sees its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Field, SQLModel

from app.db import column, instant


class AnsweredRequest(SQLModel, table=True):
    """A request that was carried out, and its answer, sealed."""

    __tablename__ = "answered_request"

    client_id: UUID = Field(primary_key=True, foreign_key="client.id")
    name: bytes = column(LargeBinary, primary_key=True)
    """Keyed hash of the method, the route and the idempotency key."""
    fingerprint: bytes = column(LargeBinary)
    status: int = column(SmallInteger)
    headers: dict[str, Any] = column(JSON)
    body: bytes = column(LargeBinary)
    """Opened only with the idempotency key itself, which is kept nowhere."""
    answered_at: datetime = instant(index=True)
