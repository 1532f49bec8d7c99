"""The verbs of documents: publish once, and see all that is published as one numbered version."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlmodel import col, func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.catalog import searching
from app.catalog.documents import KINDS
from app.catalog.library import Document, Key, Library, changed_elements
from app.catalog.models import CatalogDocument, CatalogVersion
from app.catalog.service import content_sha256, list_instruments
from app.catalog.texts import DocumentIn
from app.problems import NotFound, VersionPublished

INSTRUMENT = "instrument"
"""Kind of the documents that are kept with what was answered."""

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('palanca.catalog'))"

BELIEVED_SECONDS = 1.0
"""How long a version is taken for the newest one: as long as replies are kept ready."""

_libraries: WeakKeyDictionary[Engine | Connection, tuple[float, Library]] = WeakKeyDictionary()
"""The newest library of each database, and when it was seen to be that."""


async def publish_document(session: AsyncSession, given: DocumentIn, *, now: datetime) -> bool:
    """Publish a document; whether it is new. The same content again changes nothing.

    Raises:
        VersionPublished: that revision is there with other content.
    """
    content = given.model_dump(mode="json", exclude_none=True)
    sha256 = content_sha256(content)
    kind = next(one for one, model in KINDS.items() if isinstance(given, model))
    name, edition = given.key
    revision = given.revision or 1
    found = await session.exec(
        select(CatalogDocument).where(
            CatalogDocument.kind == kind,
            CatalogDocument.name == name,
            CatalogDocument.edition == edition,
            CatalogDocument.revision == revision,
        )
    )
    row = found.one_or_none()
    if row is not None:
        if row.content_sha256 == sha256:
            return False
        raise VersionPublished(
            f"{kind} {name} {edition} revision {revision} is published with other content;"
            f" say revision {revision + 1}",
            content_sha256=row.content_sha256,
        )
    session.add(
        CatalogDocument(
            kind=kind,
            name=name,
            edition=edition,
            revision=revision,
            content=content,
            content_sha256=sha256,
            published_at=now,
        )
    )
    await session.flush()
    return True


async def settle(session: AsyncSession, *, now: datetime) -> CatalogVersion:
    """The version that says what is published now; made if something changed since the last."""
    await sql.send(session, ONE_AT_A_TIME)
    last = await newest(session)
    documents = await _published(session)
    sha256 = content_sha256({"documents": documents})
    if last is not None and last.sha256 == sha256:
        return last
    number = 1 if last is None else last.number + 1
    made = CatalogVersion(number=number, documents=documents, sha256=sha256, published_at=now)
    session.add(made)
    await session.flush()
    written = Library(number, await contents(session, made))
    instruments = await list_instruments(session)
    await searching.write(session, written, [one.definition for one in instruments])
    _libraries.pop(session.get_bind(), None)
    return made


PUBLISHED = """
    (SELECT DISTINCT ON (kind, name, edition) kind, name, edition, revision, content_sha256
     FROM catalog_document ORDER BY kind, name, edition, revision DESC)
    UNION ALL SELECT %s, instrument, version, 1, content_sha256 FROM instrument_version
"""
"""The newest revision of each document, and each version of each instrument."""


async def _published(session: AsyncSession) -> list[dict[str, Any]]:
    names = ("kind", "name", "edition", "revision", "sha256")
    found = await sql.rows(session, PUBLISHED, [INSTRUMENT])
    return [dict(zip(names, one, strict=True)) for one in sorted(found)]


async def newest(session: AsyncSession) -> CatalogVersion | None:
    """The newest version, if anything was published."""
    wanted = select(CatalogVersion).order_by(col(CatalogVersion.number).desc()).limit(1)
    return (await session.exec(wanted)).first()


async def get_version(session: AsyncSession, number: int) -> CatalogVersion:
    """A version by its number."""
    found = await session.get(CatalogVersion, number)
    if found is None:
        raise NotFound(f"No catalog version {number}")
    return found


async def list_versions(session: AsyncSession) -> Sequence[CatalogVersion]:
    """All versions, the newest first."""
    wanted = select(CatalogVersion).order_by(col(CatalogVersion.number).desc())
    return (await session.exec(wanted)).all()


async def library(session: AsyncSession) -> Library:
    """The documents of the newest version; read once a version and process."""
    database, now = session.get_bind(), time.monotonic()
    seen, known = _libraries.get(database, (0.0, NOTHING))
    if known is not NOTHING and now - seen < BELIEVED_SECONDS:
        return known
    number = (await session.exec(select(func.max(CatalogVersion.number)))).one()
    if number is not None and number != known.version:
        version = await get_version(session, number)
        known = Library(number, await contents(session, version))
    _libraries[database] = now, known
    return known


NOTHING = Library(0, ())
"""Of a database in which nothing was published."""


async def contents(
    session: AsyncSession, version: CatalogVersion, only: Collection[Key] | None = None
) -> list[Document]:
    """The documents of a version, but for instruments; or some of them."""
    keys = [
        (*key, one["revision"])
        for key, one in _by_key(version).items()
        if key[0] != INSTRUMENT and (only is None or key in only)
    ]
    columns = tuple_(
        CatalogDocument.kind,
        CatalogDocument.name,
        CatalogDocument.edition,
        CatalogDocument.revision,
    )
    rows = await session.exec(select(CatalogDocument).where(columns.in_(keys)))
    return [_document(row) for row in rows]


def _document(row: CatalogDocument) -> Document:
    return Document(row.kind, row.name, row.edition, row.revision, row.content, row.content_sha256)


async def difference(
    session: AsyncSession, before: CatalogVersion, after: CatalogVersion
) -> dict[str, list[dict[str, Any]]]:
    """Which documents were added, changed and taken out, and of those changed which elements."""
    old, new = _by_key(before), _by_key(after)
    changed = [key for key in new if key in old and new[key]["sha256"] != old[key]["sha256"]]
    was = {one.key: one for one in await contents(session, before, changed)}
    now = {one.key: one for one in await contents(session, after, changed)}
    return {
        "added": [new[key] for key in new if key not in old],
        "changed": [
            {
                **new[key],
                "before": {name: old[key][name] for name in ("revision", "sha256")},
                "elements": changed_elements(was[key], now[key]),
            }
            for key in changed
        ],
        "removed": [old[key] for key in old if key not in new],
    }


def _by_key(version: CatalogVersion) -> dict[Key, dict[str, Any]]:
    return {(one["kind"], one["name"], one["edition"]): one for one in version.documents}
