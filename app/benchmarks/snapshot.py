"""What goes into a release, read in one snapshot: results that count, and releases before.

Reads in a transaction of its own as operator. Results are read a chunk of organizations at a time,
each chunk's rows opened to the transaction by name.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.access.callers import Caller
from app.benchmarks.blinded import Locked, count_locked
from app.benchmarks.disclosure.cells import Cell, Contribution, ReleaseCells, Unknown
from app.benchmarks.disclosure.columns import Columns, restore
from app.benchmarks.disclosure.scores import Scores
from app.benchmarks.items import all_figures
from app.benchmarks.lattice import Lattice
from app.benchmarks.measuring import Measured, measure
from app.benchmarks.models import ErasedContribution, ReleaseCell
from app.catalog import service as catalog
from app.catalog.service import Published
from app.db import Scope, enter, take_time, transaction
from app.exchange import Row
from app.organizations import service as organizations
from app.organizations.models import Organization

CHUNK = 100
"""Organizations whose rows are in sight at once: the policies look for every row among them."""


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
    measured: Mapping[UUID, Measured] = field(default_factory=dict)
    """Sums over the respondents of those that count now."""
    measures: Mapping[UUID, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """What was published of them, oldest first."""
    locked: Mapping[UUID, Locked] = field(default_factory=dict)
    """Who has a result now, whether it counts or not."""


async def take(session: AsyncSession, caller: Caller, lattice: Lattice, window: Window) -> Snapshot:
    """Everything a release is made of."""
    members = await _organizations(session, caller)
    instruments = {one.id: one for one in await catalog.list_instruments(session)}
    places = {
        one.id: {figure: place for place, figure in enumerate(all_figures(one))}
        for one in instruments.values()
    }
    now: dict[UUID, list[Contribution]] = {}
    before: dict[tuple[UUID, int], list[Contribution]] = {}
    measured: dict[UUID, Measured] = {}
    locked: dict[UUID, Locked] = {}
    for start in range(0, len(members), CHUNK):
        chunk = {one.id: one for one in members[start : start + CHUNK]}
        await enter(session, Scope(organizations=tuple(chunk), operator=True))
        here = _Chunk(session, chunk, places)
        latest = await here.latest(lattice, window)
        for version, contribution in latest:
            now.setdefault(version, []).append(contribution)
        await measure(session, list(chunk), latest, measured, instruments)
        await count_locked(session, chunk.values(), window.oldest, window.newest, locked)
        for key, contribution in await here.counted():
            before.setdefault(key, []).append(contribution)
    await enter(session, caller.scope)
    for key, contribution in await _erased(session):
        before.setdefault(key, []).append(contribution)
    earlier = await _releases(session, instruments, before)
    measures = await _measures(session, instruments)
    return Snapshot(instruments, now, earlier, measured, measures, locked)


async def _measures(
    session: AsyncSession, instruments: Mapping[UUID, Published]
) -> dict[UUID, list[Mapping[str, Any]]]:
    ids = {(one.form.instrument, one.form.version): one.id for one in instruments.values()}
    found: dict[UUID, list[Mapping[str, Any]]] = {}
    for (published,) in await sql.rows(session, MEASURES):
        for one in published:
            found.setdefault(ids[one["instrument"], one["version"]], []).append(one)
    return found


MEASURES = """
    SELECT manifest -> 'psychometrics' FROM release
    WHERE manifest -> 'psychometrics' IS NOT NULL ORDER BY number
"""


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


LATEST = """
    SELECT DISTINCT ON (a.organization_id, a.instrument_version_id)
      a.instrument_version_id, r.organization_id, r.assessment_id, r.overall, r.section_scores,
      r.item_scores
    FROM assessment a
    JOIN result r ON r.organization_id = a.organization_id AND r.assessment_id = a.id
    WHERE a.organization_id = ANY (%s) AND a.period_end BETWEEN %s AND %s
    ORDER BY a.organization_id, a.instrument_version_id, a.period_end DESC, r.locked_at DESC
"""
"""Each organization's latest locked result an instrument version, if old enough (R9, R11)."""

COUNTED = """
    SELECT a.instrument_version_id, r.organization_id, r.assessment_id, r.overall, r.section_scores,
      r.item_scores, c.release_number, c.cohorts, c.before_id
    FROM release_contribution c
    JOIN assessment a ON a.organization_id = c.organization_id AND a.id = c.assessment_id
    JOIN result r ON r.organization_id = c.organization_id AND r.assessment_id = c.assessment_id
    WHERE c.organization_id = ANY (%s)
    ORDER BY c.release_number, c.organization_id
"""
"""What these organizations contributed to releases before, in the cohorts of then."""


@dataclass(slots=True)
class _Chunk:
    """Some organizations, and one contribution of each result in the same cohorts."""

    session: AsyncSession
    organizations: Mapping[UUID, Organization]
    places: Mapping[UUID, Mapping[str, int]]
    """Of each instrument version's figures among its scores."""
    made: dict[tuple[UUID, UUID, frozenset[str], UUID | None], Contribution] = field(
        default_factory=dict
    )

    async def latest(self, lattice: Lattice, window: Window) -> list[tuple[UUID, Contribution]]:
        """What counts now, of those that take part: by their agreement, and not on the way out."""
        cohorts = {
            one.id: lattice.cohorts_of(one.attributes)
            for one in self.organizations.values()
            if one.benchmark and one.erase_at is None
        }
        found = await sql.rows(self.session, LATEST, [list(cohorts), window.oldest, window.newest])
        return [(row[0], self._of(row, cohorts[row[1]])) for row in found if row[3] is not None]

    async def counted(self) -> list[tuple[tuple[UUID, int], Contribution]]:
        """What counted then, by instrument version and release."""
        found = await sql.rows(self.session, COUNTED, [list(self.organizations)])
        return [((row[0], row[6]), self._of(row, frozenset(row[7]), row[8])) for row in found]

    def _of(self, row: Row, cohorts: frozenset[str], before: UUID | None = None) -> Contribution:
        version, organization_id, assessment_id, overall, sections, items, *_ = row
        same = organization_id, assessment_id, cohorts, before
        if same not in self.made:
            organization = self.organizations[organization_id]
            places = self.places[version]
            if items is None:  # of before items were kept
                items = [None] * (len(places) - 1 - len(sections))
            self.made[same] = Contribution(
                organization=str(organization.id),
                network=str(organization.network_id or organization.id),
                submission=str(assessment_id),
                scores=Scores(places, (overall, *sections, *items)),
                cohorts=cohorts,
                leaving=organization.erase_at is not None,
                before=None if before is None else Unknown(str(organization.id), str(before)),
            )
        return self.made[same]


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
                before=_nobody(row.before_id),
            ),
        )
        for row in await session.exec(select(ErasedContribution))
    ]


def _nobody(random: UUID | None) -> Unknown | None:
    return None if random is None else Unknown(str(random), str(random))


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
