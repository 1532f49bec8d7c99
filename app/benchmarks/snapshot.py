"""What goes into a release, read in one snapshot: results that count, and releases before.

Reads in a transaction of its own as operator. Results are read a chunk of organizations at a time,
each chunk's rows opened to the transaction by name.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.assessments.models import Assessment, Result
from app.benchmarks.disclosure.cells import Cell, Contribution, ReleaseCells
from app.benchmarks.disclosure.columns import Columns, restore
from app.benchmarks.lattice import Lattice
from app.benchmarks.models import ErasedContribution, ReleaseCell, ReleaseContribution
from app.catalog import service as catalog
from app.catalog.service import Published
from app.db import Scope, enter, take_time, transaction
from app.organizations import service as organizations
from app.organizations.models import Organization

CHUNK = 500
"""Organizations whose rows are in sight at once."""


@dataclass(frozen=True, slots=True)
class Window:
    """Ends of the periods that may be published: not too fresh, not too old."""

    oldest: date
    newest: date

    @classmethod
    def at(cls, day: date, *, min_age_days: float, max_age_days: int) -> "Window":
        """The window on a day."""
        return cls(day - timedelta(days=max_age_days), day - timedelta(days=min_age_days))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Contributions by instrument version, now and in each release before."""

    instruments: Mapping[UUID, Published]
    now: Mapping[UUID, Sequence[Contribution]]
    earlier: Mapping[UUID, Sequence[ReleaseCells]]


async def take(session: AsyncSession, caller: Caller, lattice: Lattice, window: Window) -> Snapshot:
    """Everything a release is made of."""
    members = await _organizations(session, caller)
    instruments = {one.id: one for one in await catalog.list_instruments(session)}
    now: dict[UUID, list[Contribution]] = {}
    before: dict[tuple[UUID, int], list[Contribution]] = {}
    for start in range(0, len(members), CHUNK):
        chunk = {one.id: one for one in members[start : start + CHUNK]}
        await enter(session, Scope(organizations=tuple(chunk), operator=True))
        for version, contribution in await _latest(session, chunk, instruments, lattice, window):
            now.setdefault(version, []).append(contribution)
        for key, contribution in await _counted(session, chunk, instruments):
            before.setdefault(key, []).append(contribution)
    await enter(session, caller.scope)
    for key, contribution in await _erased(session):
        before.setdefault(key, []).append(contribution)
    earlier = await _releases(session, instruments, before)
    return Snapshot(instruments, now, earlier)


async def _organizations(session: AsyncSession, caller: Caller) -> list[Organization]:
    ids = await organizations.list_ids(session, caller)
    found = await session.exec(
        select(Organization)
        .where(col(Organization.erased_at).is_(None))
        .order_by(col(Organization.id))
    )
    rows = list(found.all())
    if len(rows) != len(ids):
        raise AssertionError("the operator must see every organization")
    return rows


async def _latest(
    session: AsyncSession,
    chunk: Mapping[UUID, Organization],
    instruments: Mapping[UUID, Published],
    lattice: Lattice,
    window: Window,
) -> list[tuple[UUID, Contribution]]:
    """Each organization's latest locked result an instrument version, if old enough (R9, R11).

    Only of those that take part: by their agreement, and not on the way out.
    """
    taking_part = [one.id for one in chunk.values() if one.benchmark and one.erase_at is None]
    found = await session.exec(
        select(Assessment.instrument_version_id, Result)
        .ext(distinct_on(col(Assessment.organization_id), col(Assessment.instrument_version_id)))
        .where(
            col(Assessment.organization_id).in_(taking_part),
            Result.organization_id == Assessment.organization_id,
            Result.assessment_id == Assessment.id,
            Assessment.period_end >= window.oldest,
            Assessment.period_end <= window.newest,
        )
        .order_by(
            col(Assessment.organization_id),
            col(Assessment.instrument_version_id),
            col(Assessment.period_end).desc(),
            col(Result.locked_at).desc(),
        )
    )
    return [
        (
            version,
            _contribution(
                chunk[result.organization_id],
                instruments[version],
                result,
                lattice.cohorts_of(chunk[result.organization_id].attributes),
            ),
        )
        for version, result in found
        if result.overall is not None
    ]


async def _counted(
    session: AsyncSession,
    chunk: Mapping[UUID, Organization],
    instruments: Mapping[UUID, Published],
) -> list[tuple[tuple[UUID, int], Contribution]]:
    """What these organizations contributed to releases before, in the cohorts of then."""
    found = await session.exec(
        select(Assessment.instrument_version_id, ReleaseContribution, Result).where(
            col(ReleaseContribution.organization_id).in_(list(chunk)),
            Assessment.organization_id == ReleaseContribution.organization_id,
            Assessment.id == ReleaseContribution.assessment_id,
            Result.organization_id == ReleaseContribution.organization_id,
            Result.assessment_id == ReleaseContribution.assessment_id,
        )
    )
    return [
        (
            (version, row.release_number),
            _contribution(
                chunk[row.organization_id], instruments[version], result, frozenset(row.cohorts)
            ),
        )
        for version, row, result in found
    ]


async def _erased(session: AsyncSession) -> list[tuple[tuple[UUID, int], Contribution]]:
    """Who was counted in releases before and has been erased since: nobody in particular."""
    return [
        (
            (row.instrument_version_id, row.release_number),
            Contribution(
                organization=str(row.id),
                network=str(row.id),
                submission=str(row.id),
                scores={},
                cohorts=frozenset(row.cohorts),
                erased=frozenset(row.figures),
            ),
        )
        for row in await session.exec(select(ErasedContribution))
    ]


def _contribution(
    organization: Organization, instrument: Published, result: Result, cohorts: frozenset[str]
) -> Contribution:
    values = zip(instrument.figures, (result.overall, *result.section_scores), strict=True)
    return Contribution(
        organization=str(organization.id),
        network=str(organization.network_id or organization.id),
        submission=str(result.assessment_id),
        scores={figure: value for figure, value in values if value is not None},
        cohorts=cohorts,
        leaving=organization.erase_at is not None,
    )


async def _releases(
    session: AsyncSession,
    instruments: Mapping[UUID, Published],
    contributions: Mapping[tuple[UUID, int], Sequence[Contribution]],
) -> dict[UUID, list[ReleaseCells]]:
    ids = {(one.form.instrument, one.form.version): one.id for one in instruments.values()}
    cells: dict[tuple[UUID, int], list[Cell]] = {}
    rows = await session.exec(select(ReleaseCell).order_by(col(ReleaseCell.release_number)))
    for row in rows:
        key = (ids[row.instrument, row.version], row.release_number)
        cells.setdefault(key, []).append(Cell.from_dict(row.body))
    columns = {key: Columns(found) for key, found in contributions.items()}
    earlier: dict[UUID, list[ReleaseCells]] = {}
    for version, number in sorted(cells, key=lambda key: key[1]):
        mine = {n: found for (v, n), found in columns.items() if v == version}
        restored = restore(number, cells[version, number], mine)
        earlier.setdefault(version, []).append(restored)
    return earlier


@asynccontextmanager
async def still(session: AsyncSession, scope: Scope) -> AsyncIterator[AsyncSession]:
    """A transaction beside a session's own: it sees all as of one moment, and writes nothing."""
    if not isinstance(session.bind, AsyncEngine):
        raise TypeError("a session that can open no other connection")
    engine = session.bind.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    async with transaction(engine, scope) as reading:
        await take_time(reading)
        yield reading


async def hold_builds(session: AsyncSession) -> None:
    """One build at a time: two at once would publish two numbers for one state."""
    await take_time(session)
    connection = await session.connection()
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('palanca release'))"))
