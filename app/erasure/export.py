"""Everything that is held for an organization, or of one respondent, as one JSON document.

Read in chunks and written as it is read, so that besides the document itself only a chunk is in
memory. One document and no stream: it is on the audit trail and committed before its first byte
leaves, a retry gets the same one, and the largest teams' few thousand submissions are some
megabytes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, Table
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.models import Client
from app.assessments.answers import unpack
from app.assessments.models import Assessment, Invitation, Submission
from app.audit import service as audit
from app.catalog import service as catalog
from app.catalog.service import Published
from app.erasure.holdings import HOLDINGS, Holding
from app.erasure.models import Erasure
from app.erasure.persons import Theirs
from app.organizations.models import Organization

CHUNK = 500
"""Rows in memory at once, beside the document."""

OWN = (
    Holding("organization", Organization),
    Holding("clients", Client, frozenset({"jwks"})),
    *reversed(HOLDINGS),
    Holding("erasures", Erasure, frozenset({"rows"})),
)
"""What is shown, the organization first."""

Row = dict[str, Any]


async def of_organization(session: AsyncSession, organization_id: UUID, *, now: datetime) -> bytes:
    """All of it, with the audit trail."""
    instruments = await _instruments(session, organization_id)
    document = bytearray(b'{"as_of":' + orjson.dumps(now))
    for holding in OWN:
        mine = _mine(holding.table, organization_id)
        rows = _rows(session, holding, mine, instruments)
        await _write(document, holding.name, rows)
    await _write(document, "audit", _events(session, organization_id))
    return bytes(document + b"}")


async def of_person(
    session: AsyncSession, organization_id: UUID, theirs: Theirs, *, now: datetime
) -> bytes:
    """One respondent's submissions and invitations."""
    instruments = await _instruments(session, organization_id)
    document = bytearray(b'{"as_of":' + orjson.dumps(now))
    for name, ids, model in (
        ("submissions", theirs.submissions, Submission),
        ("invitations", theirs.invitations, Invitation),
    ):
        [holding] = [one for one in HOLDINGS if one.model is model]
        mine = _mine(holding.table, organization_id) & holding.table.c.id.in_(ids)
        await _write(document, name, _rows(session, holding, mine, instruments))
    return bytes(document + b"}")


def _mine(table: Table, organization_id: UUID) -> ColumnElement[bool]:
    tenant = table.c.id if table.name == "organization" else table.c.organization_id
    return tenant == organization_id


async def _instruments(session: AsyncSession, organization_id: UUID) -> dict[UUID, Published]:
    """The instrument version of each of the organization's assessments."""
    found = await session.exec(
        select(Assessment.id, Assessment.instrument_version_id).where(
            Assessment.organization_id == organization_id
        )
    )
    return {
        assessment: await catalog.get_instrument_by_id(session, version)
        for assessment, version in found.all()
    }


async def _rows(
    session: AsyncSession,
    holding: Holding,
    mine: ColumnElement[bool],
    instruments: Mapping[UUID, Published],
) -> AsyncIterator[list[Row]]:
    """Chunks of a table's rows."""
    shown = [one for one in holding.table.columns if one.name not in holding.secret]
    wanted: Select[Any] = select(*shown).where(mine).order_by(*holding.table.primary_key.columns)
    found = await session.stream(wanted.execution_options(yield_per=CHUNK))
    async for some in found.mappings().partitions():
        yield [
            _readable(holding, dict(row), instruments)
            for row in some
            if holding.name not in SCORED or row["assessment_id"] in instruments
        ]


SCORED = {"submissions", "results"}
"""Read with their instrument; those of rounds that were opened meanwhile came after the export."""


def _readable(holding: Holding, row: Row, instruments: Mapping[UUID, Published]) -> Row:
    """A row by itself: answers and scores under the codes that the instrument has for them."""
    if holding.name in SCORED:
        form = instruments[row["assessment_id"]].form
        codes = [section.code for section in form.sections]
        row["section_scores"] = dict(zip(codes, row["section_scores"], strict=True))
        row |= {"instrument": form.instrument, "version": form.version}
    if row.get("item_scores") is not None:
        row["item_scores"] = dict(zip(form.items, row["item_scores"], strict=True))
    if holding.name == "submissions":
        row["answers"] = unpack(form, row["answers"])
    return row


async def _events(session: AsyncSession, chain: UUID) -> AsyncIterator[list[Row]]:
    head = await audit.find_head(session, chain)
    last, up_to = 0, 0 if head is None else head.seq
    while last < up_to:
        some = await audit.list_(session, chain, after=last, up_to=up_to, limit=CHUNK)
        yield [{"seq": one.seq, "hash": one.hash, **orjson.loads(one.body)} for one in some[:CHUNK]]
        last = some[:CHUNK][-1].seq


async def _write(document: bytearray, name: str, chunks: AsyncIterator[Sequence[Row]]) -> None:
    document += b"," + orjson.dumps(name) + b":["
    parts = 0
    async for chunk in chunks:
        for row in chunk:
            document += b"," * bool(parts) + orjson.dumps(row, default=_hex)
            parts += 1
    document += b"]"


def _hex(value: object) -> str:
    """Hashes as text; nothing else is unknown to JSON here."""
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value))
