"""Tables of published documents: one immutable row an edition or version."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSON

from app.db import Table, column, instant


class FrameworkEdition(Table, table=True):
    """One edition of a framework with all its elements."""

    __tablename__ = "framework_edition"
    __table_args__ = (UniqueConstraint("framework", "edition"),)

    framework: str
    edition: str
    content: dict[str, Any] = column(JSON)
    content_sha256: str
    published_at: datetime = instant()


class InstrumentVersion(Table, table=True):
    """One published version of an instrument; what was answered refers to it for ever."""

    __tablename__ = "instrument_version"
    __table_args__ = (UniqueConstraint("instrument", "version"),)

    instrument: str
    version: str
    content: dict[str, Any] = column(JSON)
    content_sha256: str
    published_at: datetime = instant()
