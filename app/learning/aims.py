"""The verbs of aims."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.charts import verdict as verdicts
from app.charts.verdict import Verdict
from app.learning import measures
from app.learning.aim_schemas import AimChange, AimIn, DriverIn
from app.learning.elements import unknown_elements
from app.learning.models import Aim, ChangeTest, Direction, Measure, Observation
from app.learning.observed import told
from app.learning.periods import ends_on
from app.problems import Invalid, NotFound, PreconditionFailed, error

MOST_OPEN = 50
"""Aims at once. The paper says two or three; nobody needs more than this."""


@dataclass(frozen=True, slots=True)
class Followed:
    """An aim, its measure, how it stands, and how many tests there are on it."""

    aim: Aim
    measure: Measure
    verdict: Verdict
    tests: int


async def set_(
    session: AsyncSession, organization_id: UUID, given: AimIn, *, now: datetime
) -> Followed:
    """Set an aim.

    Raises:
        Invalid: it does not say how much by when, or names what is not there.
    """
    try:
        measure = await measures.find(session, organization_id, given.measure)
    except NotFound:
        detail = "No such measure of the organization's"
        raise Invalid([error("/measure", "unknown", detail, received=given.measure)]) from None
    errors = [*_faults(given, measure.direction)]
    errors += await unknown_elements(session, _placed(given.elements))
    errors += await _driver_faults(session, given.drivers)
    if errors:
        raise Invalid(errors)
    content = given.model_dump(exclude={"measure"})
    aim = Aim(organization_id=organization_id, measure_id=measure.id, recorded_at=now, **content)
    session.add(aim)
    await session.flush()
    return (await _followed(session, [aim]))[0]


def _faults(given: AimIn, direction: Direction) -> Iterator[dict[str, object]]:
    gained = given.target - given.baseline
    if (gained >= 0) if direction is Direction.LOWER else (gained <= 0):
        detail = f"Better is {direction}: the target lies on that side of the baseline"
        yield error("/target", "wrong-way", detail, received=given.target, expected=given.baseline)
    if given.by <= given.from_on:
        received, expected = str(given.by), str(given.from_on)
        yield error("/by", "not-later", "After from_on", received=received, expected=expected)


async def _driver_faults(
    session: AsyncSession, drivers: Sequence[DriverIn]
) -> list[dict[str, object]]:
    """Codes once each, elements of the catalog."""
    errors: list[dict[str, object]] = []
    named: set[str] = set()
    places: dict[str, str] = {}
    for place, primary in enumerate(drivers):
        at = f"/drivers/{place}"
        nodes = [(at, primary.code, primary.element)]
        nodes += [
            (f"{at}/secondary/{number}", one.code, one.element)
            for number, one in enumerate(primary.secondary)
        ]
        for pointer, code, element in nodes:
            if code in named:
                detail = "A driver's code stands once"
                errors.append(error(f"{pointer}/code", "repeated", detail, received=code))
            named.add(code)
            if element is not None:
                places[f"{pointer}/element"] = element
    return errors + await unknown_elements(session, places)


def _placed(elements: Sequence[str]) -> dict[str, str]:
    return {f"/elements/{place}": one for place, one in enumerate(elements)}


async def find(session: AsyncSession, organization_id: UUID, aim_id: UUID) -> Aim:
    """An aim of the organization's.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Aim).where(Aim.organization_id == organization_id, Aim.id == aim_id)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound("No such aim")
    return found


async def get(session: AsyncSession, organization_id: UUID, aim_id: UUID) -> Followed:
    """An aim and how it stands."""
    return (await _followed(session, [await find(session, organization_id, aim_id)]))[0]


async def list_(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int
) -> list[Followed]:
    """The organization's aims by id, one more than ``limit`` if there are more."""
    wanted = select(Aim).where(Aim.organization_id == organization_id).order_by(col(Aim.id))
    if after is not None:
        wanted = wanted.where(col(Aim.id) > after)
    return await _followed(session, (await session.exec(wanted.limit(limit + 1))).all())


async def change(
    session: AsyncSession,
    organization_id: UUID,
    aim_id: UUID,
    given: AimChange,
    *,
    is_current: Callable[[Followed], bool],
) -> Followed:
    """Change what may be changed of an aim; what is not named stays.

    Raises:
        PreconditionFailed: somebody else changed it since.
        Invalid: elements or drivers that are not there.
    """
    await find(session, organization_id, aim_id)
    held = select(Aim).where(Aim.organization_id == organization_id, Aim.id == aim_id)
    aim = (await session.exec(held.with_for_update())).one()
    before = (await _followed(session, [aim]))[0]
    if not is_current(before):
        raise PreconditionFailed("The aim has changed since it was read")
    errors = await unknown_elements(session, _placed(given.elements or []))
    errors += await _driver_faults(session, given.drivers or [])
    if errors:
        raise Invalid(errors)
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(aim, name, value)
    await session.flush()
    return (await _followed(session, [aim]))[0]


async def _followed(session: AsyncSession, aims: Sequence[Aim]) -> list[Followed]:
    if not aims:
        return []
    organization_id = aims[0].organization_id
    wanted = select(Measure).where(
        Measure.organization_id == organization_id,
        col(Measure.id).in_({one.measure_id for one in aims}),
    )
    by_id = {one.id: one for one in await session.exec(wanted)}
    series: dict[UUID, Sequence[Observation]] = {
        one.id: await measures.series(session, one) for one in by_id.values()
    }
    counted = (
        select(ChangeTest.aim_id, func.count())
        .where(
            ChangeTest.organization_id == organization_id,
            col(ChangeTest.aim_id).in_([one.id for one in aims]),
        )
        .group_by(col(ChangeTest.aim_id))
    )
    tests = dict((await session.exec(counted)).all())
    return [
        Followed(
            one,
            measure := by_id[one.measure_id],
            verdict_of(one, measure, series[one.measure_id]),
            tests.get(one.id, 0),
        )
        for one in aims
    ]


def verdict_of(aim: Aim, measure: Measure, series: Sequence[Observation]) -> Verdict:
    """How an aim stands by the observations of its measure."""
    dated: list[tuple[date, float]] = [
        (ends_on(row.starts_on, measure.frequency), value)
        for row in series
        if (value := told(row, measure)) is not None
    ]
    return verdicts.verdict(verdicts.Aim(aim.baseline, aim.target, aim.from_on, aim.by), dated)


async def drawn_on(session: AsyncSession, measure: Measure, aim_id: UUID | None) -> Aim | None:
    """The aim on a measure that its chart shows: the one named, or the newest that is open.

    Raises:
        Invalid: the one named is not on this measure.
    """
    wanted = select(Aim).where(
        Aim.organization_id == measure.organization_id, Aim.measure_id == measure.id
    )
    if aim_id is None:
        wanted = wanted.where(col(Aim.closed_on).is_(None)).order_by(col(Aim.id).desc())
        return (await session.exec(wanted.limit(1))).one_or_none()
    found = (await session.exec(wanted.where(Aim.id == aim_id))).one_or_none()
    if found is None:
        detail = "No such aim on this measure"
        raise Invalid([error("query:/aim", "unknown", detail, received=str(aim_id))])
    return found
