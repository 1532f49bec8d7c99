"""Many organizations at once: each row is checked by itself, and one statement writes them all.

Rows that are right are registered and the others are reported; trying it first (`validate`) gives
the same report. What a row does not say of an organization that is there, stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Text, Uuid, any_, column, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.audit.chain import Signer
from app.audit.service import Event, append_to_each
from app.db import enter, new_id
from app.organizations import duplicates
from app.organizations.bulk_schemas import RowStatus
from app.organizations.duplicates import Found, Hospital, plain
from app.organizations.models import Organization
from app.organizations.references import theirs
from app.organizations.rows import Place, Row, good, numbers, reject_repeated, settle
from app.organizations.service import find_networks
from app.problems import error


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all rows, in their order, and what may be there twice."""

    rows: Sequence[Row]
    found: Found


async def register(
    session: AsyncSession, caller: Caller, rows: Sequence[Row], *, commit: bool, now: datetime
) -> Report:
    """Register and change what the rows say, or only tell what would become of them."""
    await _find_networks(session, caller, rows)
    reject_repeated(rows)
    there = await _find_there(session, caller, rows, hold=commit)
    for row in good(rows):
        settle(row, there.get(row.place))
        if commit and row.status is RowStatus.CREATED:
            row.id = new_id()
    lines = [row.hospital for row in good(rows)]
    found = duplicates.find(lines, await _find_others(session, caller, lines))
    if commit:
        await write(session, caller, rows, now)
    return Report(rows, found)


async def _find_networks(session: AsyncSession, caller: Caller, rows: Sequence[Row]) -> None:
    """Each row's network: the one that it says, or the caller's own."""
    said = {row.given.network for row in good(rows) if row.given.network}
    found = await find_networks(session, caller, said) if said else {}
    for row in good(rows):
        reference = row.given.network
        if reference is None:
            row.network_id = caller.network_id
        elif reference in found:
            row.network_id = found[reference].id
        else:
            wrong = error("/network", "unknown", "No such network", received=reference)
            row.errors.append(wrong)


async def _find_there(
    session: AsyncSession, caller: Caller, rows: Sequence[Row], *, hold: bool
) -> dict[Place, Any]:
    """The caller's organizations that rows are about; held, nobody else changes them."""
    names = [row.given.external_id for row in good(rows)]
    wanted = (
        select(
            col(Organization.id),
            col(Organization.network_id),
            col(Organization.external_id),
            col(Organization.name),
            col(Organization.attributes),
            col(Organization.identifiers),
        )
        .where(theirs(caller), col(Organization.external_id) == any_(literal(names, ARRAY(Text))))
        .order_by(col(Organization.id))
    )
    if hold:
        wanted = wanted.with_for_update(key_share=True)
    connection = await session.connection()
    found = await connection.execute(wanted)
    return {(row.network_id, row.external_id): row for row in found}


async def _find_others(
    session: AsyncSession, caller: Caller, lines: Sequence[Hospital]
) -> list[Hospital]:
    """The caller's other organizations that share a name or an identifier with a line."""
    mine = {one.id for one in lines}
    names = {plain(one.name) for one in lines}
    known = frozenset[str]().union(*(one.identifiers for one in lines))
    wanted = select(
        col(Organization.id),
        col(Organization.external_id),
        col(Organization.name),
        col(Organization.identifiers),
        col(Organization.attributes)["region"].astext.label("region"),
    ).where(theirs(caller))
    connection = await session.connection()
    others = []
    for row in await connection.execute(wanted):
        held = numbers(row.identifiers)
        if row.id not in mine and (plain(row.name) in names or held & known):
            other = Hospital(None, row.id, row.external_id, row.name, held, region=row.region)
            others.append(other)
    return others


AT_ONCE = 100
"""Organizations that are open at once: policies look through the list for every row, and whoever
else is served waits while a chunk is signed."""


async def tell_each(
    session: AsyncSession, caller: Caller, report: Report, event: Event, *, signer: Signer
) -> None:
    """Put it on the audit trail of each organization that was registered or changed.

    Call it last: from here to the commit every other write to these trails waits.
    """
    changed = sorted(row.id for row in report.rows if row.is_written and row.id is not None)
    for start in range(0, len(changed), AT_ONCE):
        some = changed[start : start + AT_ONCE]
        await enter(session, replace(caller.scope, organizations=tuple(some)))
        targets = {one: f"/v1/organizations/{one}" for one in some}
        await append_to_each(session, targets, event, signer=signer)
    await enter(session, caller.scope)


FLAGS = ("benchmark", "research", "partner", "share_with_network")
"""What an organization allows; nothing before it signs."""


async def write(session: AsyncSession, caller: Caller, rows: Sequence[Row], now: datetime) -> None:
    """Write what is new and what changed of the caller's: two statements, however many rows."""
    connection = await session.connection()
    new = [row for row in rows if row.status is RowStatus.CREATED]
    if new:
        one = _recordset(new)
        names = [*(each.name for each in one.c), *FLAGS, "created_at"]
        values = [*one.c, *(literal(False) for _ in FLAGS), literal(now)]
        await connection.execute(insert(Organization).from_select(names, select(*values)))
    changed = [row for row in rows if row.status is RowStatus.UPDATED]
    if changed:
        one = _recordset(changed)
        said = {name: one.c[name] for name in ("name", "attributes", "identifiers")}
        mine = (col(Organization.id) == one.c.id, theirs(caller))
        await connection.execute(update(Organization).where(*mine).values(said))


def _recordset(rows: Sequence[Row]) -> Any:  # noqa: ANN401 - a table of SQLAlchemy's
    """Rows as a table inside a statement."""
    sent = [
        {
            "id": str(row.id),
            "network_id": row.network_id and str(row.network_id),
            "external_id": row.given.external_id,
            "name": row.given.name,
            "attributes": row.attributes,
            "identifiers": row.identifiers,
        }
        for row in rows
    ]
    columns = (
        column("id", Uuid),
        column("network_id", Uuid),
        column("external_id", Text),
        column("name", Text),
        column("attributes", JSONB),
        column("identifiers", JSONB),
    )
    made = func.jsonb_to_recordset(literal(sent, JSONB)).table_valued(*columns)
    return made.render_derived(name="one", with_types=True)
