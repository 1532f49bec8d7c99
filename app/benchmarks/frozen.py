"""The results that a release was made of, for queries: attributes as they were counted then.

Of organizations that allowed research when the release was built, and do so now; one that is being
erased, or has been, is not among them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.benchmarks.lattice import Lattice
from app.benchmarks.models import Release
from app.db import Scope, enter
from app.problems import NotFound, Unavailable

CHUNK = 100
"""Organizations whose rows are in sight at once: every row is looked for among them by the policies
of four tables, so that chunks of 800 take three times as long."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A release as far as it is public: who was counted by which attributes, and for what."""

    number: int
    built_at: datetime
    attributes: dict[str, Collection[str]]
    """By attribute that has cohorts of its own, all its categories."""
    figures: dict[tuple[str, str], list[str]]
    """By instrument and version."""


async def find(session: AsyncSession, number: int) -> Frozen:
    """A release.

    Raises:
        NotFound: there is none of that number.
    """
    release = await session.get(Release, number)
    if release is None:
        raise NotFound("No such release")
    lattice = Lattice.load(release.manifest["lattice"])
    return Frozen(
        number=number,
        built_at=release.built_at,
        attributes={
            table[0]: tuple(lattice.attributes[table[0]].categories)
            for table in lattice.tables
            if len(table) == 1
        },
        figures={
            (one["instrument"], one["version"]): one["figures"]
            for one in release.manifest["instruments"]
        },
    )


async def hold(session: AsyncSession) -> None:
    """Until the commit no organization is erased, and no release built.

    Raises:
        Unavailable: one is, just now.
    """
    lock = select(func.pg_try_advisory_xact_lock_shared(func.hashtext("palanca release")))
    if not await session.scalar(lock):
        raise Unavailable("A release is being built, or somebody erased; try again in a moment")


ALLOWING = """
    SELECT id FROM organization WHERE research AND erase_at IS NULL AND erased_at IS NULL
    ORDER BY id
"""
COUNTED = """
    SELECT {matches}, CASE %s WHEN 0 THEN r.overall ELSE r.section_scores[%s] END
    FROM release_contribution c
    JOIN assessment a ON a.organization_id = c.organization_id AND a.id = c.assessment_id
    JOIN result r ON r.organization_id = c.organization_id AND r.assessment_id = c.assessment_id
    WHERE c.organization_id = ANY (%s) AND c.release_number = %s AND a.instrument_version_id = %s
      AND (SELECT p.research FROM participation p WHERE p.organization_id = c.organization_id
           AND p.recorded_at <= %s ORDER BY p.id DESC LIMIT 1)
"""


async def scores(
    session: AsyncSession,
    scope: Scope,
    release: Frozen,
    *,
    instrument_version_id: UUID,
    place: int,
    cohorts: Sequence[Sequence[str]],
) -> list[float]:
    """A figure's scores, one of each organization in the cohorts.

    Every row of the release is read whichever are asked for, so that it takes as long.

    Args:
        session: a transaction that holds the release.
        scope: an operator's, who knows which organizations there are.
        release: which one.
        instrument_version_id: of which instrument.
        place: of the figure: 0 overall, then the sections.
        cohorts: lists of cohort ids; an organization is in one of each list.
    """
    allowing: list[UUID] = [one for (one,) in await sql.rows(session, ALLOWING)]
    matches = " AND ".join(["true", *("c.cohorts && %s::text[]" for _ in cohorts)])
    query = COUNTED.format(matches=matches)
    wanted = [list(one) for one in cohorts]
    found: list[float] = []
    for start in range(0, len(allowing), CHUNK):
        chunk = allowing[start : start + CHUNK]
        await enter(session, replace(scope, organizations=tuple(chunk)))
        rows = await sql.rows(
            session,
            query,  # built of constants
            [*wanted, place, place, chunk, release.number, instrument_version_id, release.built_at],
        )
        found += [score for matched, score in rows if matched and score is not None]
    await enter(session, scope)
    return found
