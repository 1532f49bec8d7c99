"""The verbs of measures and their observations."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.learning.elements import unknown_elements
from app.learning.models import Measure, Observation
from app.learning.observed import Observed, check_all
from app.learning.schemas import MeasureIn, ObservationIn
from app.organizations.references import parse_id
from app.problems import AlreadyExists, Invalid, NotFound, error

MOST_OBSERVATIONS = 5_000
"""Of one measure: thirteen years of days. More is another series."""

CONTENT = ("value", "numerator", "denominator", "sample", "missing", "mark", "source", "note")


@dataclass(frozen=True, slots=True)
class Followed:
    """A measure and what there is of it."""

    measure: Measure
    observations: int
    last_on: date | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of observations that came in."""

    added: int
    corrected: int
    unchanged: int


async def follow(
    session: AsyncSession, organization_id: UUID, given: MeasureIn, *, now: datetime
) -> tuple[Followed, bool]:
    """Begin a series; the same again is the same. Also whether it is new.

    Raises:
        AlreadyExists: another measure goes by that code.
        Invalid: no such element in the catalog.
    """
    found = await session.exec(
        select(Measure).where(
            Measure.organization_id == organization_id, Measure.code == given.code
        )
    )
    content = given.model_dump()
    if (known := found.one_or_none()) is not None:
        if any(getattr(known, name) != value for name, value in content.items()):
            detail = f"A measure goes by {given.code} that is not the same; units and definitions"
            raise AlreadyExists(f"{detail} stay, so that a series is of one thing")
        return await get(session, organization_id, str(known.id)), False
    if errors := await unknown_elements(session, {"/element": given.element}):
        raise Invalid(errors)
    measure = Measure(organization_id=organization_id, recorded_at=now, **content)
    session.add(measure)
    await session.flush()
    return Followed(measure, 0, None), True


async def find(session: AsyncSession, organization_id: UUID, reference: str) -> Measure:
    """A measure of the organization's, by id or code.

    Raises:
        NotFound: there is none.
    """
    named = [col(Measure.code) == reference]
    if (measure_id := parse_id(reference)) is not None:
        named.append(col(Measure.id) == measure_id)
    wanted = select(Measure).where(Measure.organization_id == organization_id, or_(*named))
    # A code that reads like an id is somebody's code first.
    found = sorted(await session.exec(wanted), key=lambda one: one.code != reference)
    if not found:
        raise NotFound("No such measure")
    return found[0]


async def get(session: AsyncSession, organization_id: UUID, reference: str) -> Followed:
    """One measure, with what there is of it."""
    measure = await find(session, organization_id, reference)
    return (await _counted(session, organization_id, [measure]))[0]


async def list_(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int
) -> list[Followed]:
    """The organization's measures by id, one more than ``limit`` if there are more."""
    wanted = (
        select(Measure).where(Measure.organization_id == organization_id).order_by(col(Measure.id))
    )
    if after is not None:
        wanted = wanted.where(col(Measure.id) > after)
    rows = (await session.exec(wanted.limit(limit + 1))).all()
    return await _counted(session, organization_id, rows)


async def _counted(
    session: AsyncSession, organization_id: UUID, measures: Sequence[Measure]
) -> list[Followed]:
    wanted = (
        select(Observation.measure_id, func.count(), func.max(Observation.starts_on))
        .where(
            Observation.organization_id == organization_id,
            col(Observation.measure_id).in_([one.id for one in measures]),
            col(Observation.superseded_at).is_(None),
        )
        .group_by(col(Observation.measure_id))
    )
    counts = {row[0]: (row[1], row[2]) for row in await session.exec(wanted)}
    return [Followed(one, *counts.get(one.id, (0, None))) for one in measures]


async def observe(
    session: AsyncSession, measure: Measure, given: Sequence[ObservationIn], *, now: datetime
) -> Taken:
    """Take observations in, all or none; another one for a period that has one corrects it.

    Raises:
        Invalid: what does not fit the measure, each with its pointer.
    """
    organization_id = measure.organization_id
    # Two corrections of one period at once: the second waits, and corrects the first.
    turn = f"palanca measure {measure.id}"
    await session.scalar(select(func.pg_advisory_xact_lock(func.hashtextextended(turn, 0))))
    observed = check_all(measure, given, today=now.date())
    standing = {
        one.period: one for one in await _standing(session, measure, [one.period for one in given])
    }
    new = [one for one in observed if not _same(standing.get(one.period), one)]
    ended = [standing[one.period].id for one in new if one.period in standing]
    await _check_room(session, measure, len(new) - len(ended))
    if ended:
        await session.exec(
            update(Observation)
            .where(
                col(Observation.organization_id) == organization_id,
                col(Observation.id).in_(ended),
            )
            .values(superseded_at=now)
        )
    session.add_all(
        Observation(
            organization_id=organization_id, measure_id=measure.id, recorded_at=now, **asdict(one)
        )
        for one in new
    )
    await session.flush()
    return Taken(len(new) - len(ended), len(ended), len(given) - len(new))


async def _check_room(session: AsyncSession, measure: Measure, more: int) -> None:
    counted = select(func.count()).where(
        Observation.organization_id == measure.organization_id,
        Observation.measure_id == measure.id,
        col(Observation.superseded_at).is_(None),
    )
    held = (await session.exec(counted)).one()
    if held + more > MOST_OBSERVATIONS:
        detail = f"A measure has at most {MOST_OBSERVATIONS:,} periods; {held:,} are there"
        raise Invalid([error("/observations", "too-many", detail, received=held + more)])


def _same(standing: Observation | None, observed: Observed) -> bool:
    return standing is not None and all(
        getattr(standing, name) == getattr(observed, name) for name in CONTENT
    )


async def _standing(
    session: AsyncSession, measure: Measure, periods: Sequence[str] | None = None
) -> Sequence[Observation]:
    wanted = select(Observation).where(
        Observation.organization_id == measure.organization_id,
        Observation.measure_id == measure.id,
        col(Observation.superseded_at).is_(None),
    )
    if periods is not None:
        wanted = wanted.where(col(Observation.period).in_(periods))
    return (await session.exec(wanted.order_by(col(Observation.starts_on)))).all()


async def series(session: AsyncSession, measure: Measure) -> Sequence[Observation]:
    """The observations of a measure that stand, by time."""
    return await _standing(session, measure)


async def list_observations(
    session: AsyncSession,
    organization_id: UUID,
    reference: str,
    *,
    corrected: bool,
    after: UUID | None,
    limit: int,
) -> Sequence[Observation]:
    """Observations as they were recorded, one more than ``limit`` if there are more."""
    measure = await find(session, organization_id, reference)
    wanted = (
        select(Observation)
        .where(Observation.organization_id == organization_id, Observation.measure_id == measure.id)
        .order_by(col(Observation.id))
    )
    if not corrected:
        wanted = wanted.where(col(Observation.superseded_at).is_(None))
    if after is not None:
        wanted = wanted.where(col(Observation.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()
