"""The verbs of instruments: publish once, read for ever."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Connection, Engine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.catalog.models import InstrumentVersion
from app.catalog.schemas import InstrumentIn
from app.problems import InstrumentLocked, Invalid, NotFound, VersionPublished, error
from app.scoring.compiled import Scorer
from app.scoring.form import Form, Item


@dataclass(frozen=True)
class Published:
    """A published instrument version, ready to score with."""

    id: UUID
    definition: InstrumentIn
    form: Form
    published_at: datetime

    @cached_property
    def scorer(self) -> Scorer:
        """What scores its submissions."""
        return Scorer(self.form)

    @cached_property
    def may_not_apply(self) -> frozenset[str]:
        """Codes of the items that may be answered *not applicable*."""
        items = (item for section in self.definition.sections for item in section.items)
        return frozenset(item.code for item in items if item.not_applicable)

    @property
    def figures(self) -> tuple[str, ...]:
        """What is benchmarked: the overall score and each section's."""
        return ("overall", *(section.code for section in self.form.sections))


_published: dict[UUID, Published] = {}
"""Parsed versions by id: immutable, so never stale."""

_ids: WeakKeyDictionary[Engine | Connection, dict[tuple[str, str], UUID]] = WeakKeyDictionary()
"""Ids of versions by database and name, which stay as they are too."""


def content_sha256(content: dict[str, Any]) -> str:
    """The hash of a document, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def publish_instrument(
    session: AsyncSession, definition: InstrumentIn, *, now: datetime
) -> tuple[Published, bool]:
    """Publish a version; the same content again changes nothing.

    Returns:
        The version, and whether it is new.

    Raises:
        VersionPublished: that version is there with other content.
        Invalid: it is a short form of what there is not, or asks something else.
    """
    content = definition.model_dump(mode="json", exclude_none=True)
    sha256 = content_sha256(content)
    row = await _find_instrument(session, definition.instrument, definition.version)
    if row is not None and row.content_sha256 != sha256:
        raise VersionPublished(
            f"{definition.instrument} {definition.version} is published; use a new version",
            content_sha256=row.content_sha256,
        )
    if row is not None:
        return _parse(row), False
    await _see_that_it_is_short(session, definition)
    for earlier in await list_instruments(session, definition.instrument):
        locked = earlier.definition
        if locked.integrity == "locked" and not only_adds_languages(locked, definition):
            raise InstrumentLocked(
                f"{locked.instrument} {locked.version} is locked: a further version has the same"
                " items, levels and rule, and may have more languages"
            )
    row = InstrumentVersion(
        instrument=definition.instrument,
        version=definition.version,
        content=content,
        content_sha256=sha256,
        published_at=now,
    )
    session.add(row)
    await session.flush()
    return _parse(row), True


async def _see_that_it_is_short(session: AsyncSession, definition: InstrumentIn) -> None:
    """A short form's items are the long one's, answered with the same levels.

    Raises:
        Invalid: one is not; says which.
    """
    of = definition.short_of
    if of is None:
        return
    long = await find_instrument(session, of.instrument, of.version)
    if long is None:
        detail = f"No instrument {of.instrument} version {of.version}"
        raise Invalid([error("/short_of", "unknown", detail)])
    items, known = definition.form("").items, long.form.items
    wrong = [
        error(f"/sections/{number}/items/{place}", "not-of-the-long-form", why)
        for number, section in enumerate(definition.sections)
        for place, item in enumerate(section.items)
        if (why := _otherwise(items[item.code], known.get(item.code)))
    ]
    if wrong:
        raise Invalid(wrong)


def _otherwise(item: Item, known: Item | None) -> str | None:
    if known is None:
        return f"The long form has no item {item.code}"
    if (item.minimum, item.maximum, item.reverse) != (known.minimum, known.maximum, known.reverse):
        return f"The long form's {item.code} is answered with other levels"
    return None


FREE = frozenset({"version", "languages", "translation_status"})
"""What a version of a locked instrument may say otherwise."""


def only_adds_languages(before: InstrumentIn, after: InstrumentIn) -> bool:
    """Whether a version says in the other's languages exactly what that says, and scores alike."""
    tags = set(before.languages)

    def in_these(node: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(node, list):
            return [in_these(one) for one in node]
        if isinstance(node, dict):
            texts = bool(node) and set(node) <= set(after.languages) | tags
            return {name: in_these(one) for name, one in node.items() if not texts or name in tags}
        return node

    old, new = (one.model_dump(mode="json", exclude=set(FREE)) for one in (before, after))
    return bool(in_these(old) == in_these(new))


async def list_instruments(session: AsyncSession, instrument: str | None = None) -> list[Published]:
    """All versions, newest first within an instrument."""
    wanted = select(InstrumentVersion).order_by(
        col(InstrumentVersion.instrument), col(InstrumentVersion.published_at).desc()
    )
    if instrument is not None:
        wanted = wanted.where(InstrumentVersion.instrument == instrument)
    return [_parse(row) for row in (await session.exec(wanted)).all()]


async def find_instrument(session: AsyncSession, instrument: str, version: str) -> Published | None:
    """A published version, or None; the database is asked for it once a process."""
    database = session.get_bind()
    found = recall_instrument(database, instrument, version)
    if found is not None:
        return found
    row = await _find_instrument(session, instrument, version)
    if row is None:
        return None
    _ids.setdefault(database, {})[instrument, version] = row.id
    return _parse(row)


def recall_instrument(
    database: Engine | Connection, instrument: str, version: str
) -> Published | None:
    """A published version that this process asked the database for before."""
    version_id = _ids.get(database, {}).get((instrument, version))
    return None if version_id is None else _published[version_id]


async def get_instrument(session: AsyncSession, instrument: str, version: str) -> Published:
    """A published version."""
    found = await find_instrument(session, instrument, version)
    if found is None:
        raise NotFound(f"No instrument {instrument} version {version}")
    return found


async def get_instrument_by_id(session: AsyncSession, version_id: UUID) -> Published:
    """A published version by the id that assessments refer to."""
    if version_id not in _published:
        row = await session.get_one(InstrumentVersion, version_id)
        return _parse(row)
    return _published[version_id]


async def _find_instrument(
    session: AsyncSession, instrument: str, version: str
) -> InstrumentVersion | None:
    found = await session.exec(
        select(InstrumentVersion).where(
            InstrumentVersion.instrument == instrument, InstrumentVersion.version == version
        )
    )
    return found.one_or_none()


def _parse(row: InstrumentVersion) -> Published:
    if row.id not in _published:
        definition = InstrumentIn.model_validate(row.content)
        _published[row.id] = Published(
            id=row.id,
            definition=definition,
            form=definition.form(row.content_sha256),
            published_at=row.published_at,
        )
    return _published[row.id]
