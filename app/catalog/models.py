"""Tables of published documents: one immutable row an edition or version."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSON, TSVECTOR
from sqlmodel import Field, SQLModel

from app.db import Table, column, instant


class CatalogDocument(Table, table=True):
    """One revision of a framework, its guidance, a crosswalk, or what else is said of these."""

    __tablename__ = "catalog_document"
    __table_args__ = (
        UniqueConstraint("kind", "name", "edition", "revision"),
        CheckConstraint("revision > 0", name="revision_positive"),
    )

    kind: str
    name: str
    edition: str
    revision: int
    content: dict[str, Any] = column(JSON)
    content_sha256: str
    published_at: datetime = instant()


class CatalogVersion(SQLModel, table=True):
    """All that was published at a time: which revision of each document, and its hash."""

    __tablename__ = "catalog_version"
    __table_args__ = (CheckConstraint("number > 0", name="number_positive"),)

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    documents: list[dict[str, Any]] = column(JSON)
    sha256: str
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


class SearchText(Table, table=True):
    """Something to be found in one language, in one version of the catalog."""

    __tablename__ = "search_text"
    __table_args__ = (UniqueConstraint("version", "language", "kind", "name", "edition", "code"),)

    version: int = Field(foreign_key="catalog_version.number")
    language: str
    kind: str
    name: str
    edition: str
    code: str
    title: str
    about: str
    more: str
    vector: Any = column(TSVECTOR)


class SearchWord(SQLModel, table=True):
    """A word of what is searched, for words that are typed wrongly."""

    __tablename__ = "search_word"

    version: int = Field(primary_key=True, foreign_key="catalog_version.number")
    language: str = Field(primary_key=True)
    word: str = Field(primary_key=True)
    lexemes: list[str] = column(ARRAY(Text))
