"""The ledger of queries: each with what it cost and the answer that was given, for ever."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Field

from app.db import Table, column, instant


class QueryAnswer(Table, table=True):
    """A query that was paid for, and its answer; whoever asks the same gets the same bytes."""

    __tablename__ = "query_answer"
    __table_args__ = (
        CheckConstraint("epsilon_thousandths BETWEEN 1 AND 250", name="cost_in_range"),
        CheckConstraint("octet_length(query_sha256) = 32", name="query_is_sha256"),
    )

    client_id: UUID = Field(foreign_key="client.id", index=True)
    asked_at: datetime = instant()
    year: int
    """Of the budget that paid for it."""
    release_number: int = Field(foreign_key="release.number", index=True)
    query: dict[str, Any] = column(JSON)
    """In its one spelling."""
    query_sha256: bytes = column(LargeBinary, unique=True)
    epsilon_thousandths: int
    answer: bytes = column(LargeBinary)
    """The body of the reply."""
