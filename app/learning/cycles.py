"""The verbs of tests of change: planned, then studied once."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.learning import aims
from app.learning.cycle_schemas import StudyIn, TestIn
from app.learning.elements import unknown_elements
from app.learning.models import Aim, ChangeTest
from app.problems import AlreadyExists, Invalid, NotFound, error


async def plan(
    session: AsyncSession, organization_id: UUID, given: TestIn, *, now: datetime
) -> ChangeTest:
    """Plan a test on an aim.

    Raises:
        Invalid: an aim, driver, element or earlier test that is not there.
    """
    try:
        aim = await aims.find(session, organization_id, given.aim)
    except NotFound:
        detail = "No such aim of the organization's"
        raise Invalid([error("/aim", "unknown", detail, received=str(given.aim))]) from None
    errors = _driver_faults(aim, given)
    errors += await unknown_elements(session, {"/element": given.element})
    if given.follows is not None:
        errors += await _chain_faults(session, aim, given.follows)
    if errors:
        raise Invalid(errors)
    content = given.model_dump(exclude={"aim", "follows"})
    test = ChangeTest(
        organization_id=organization_id,
        aim_id=aim.id,
        follows_id=given.follows,
        recorded_at=now,
        **content,
    )
    session.add(test)
    await session.flush()
    return test


def _driver_faults(aim: Aim, given: TestIn) -> list[dict[str, object]]:
    known = [
        code
        for primary in aim.drivers
        for code in (primary["code"], *(one["code"] for one in primary["secondary"]))
    ]
    if given.driver is None or given.driver in known:
        return []
    detail = "No such driver of the aim"
    return [error("/driver", "unknown", detail, received=given.driver, expected=known)]


async def _chain_faults(session: AsyncSession, aim: Aim, follows: UUID) -> list[dict[str, object]]:
    wanted = select(ChangeTest).where(
        ChangeTest.organization_id == aim.organization_id,
        ChangeTest.aim_id == aim.id,
        ChangeTest.id == follows,
    )
    before = (await session.exec(wanted)).one_or_none()
    if before is None:
        detail = "No such test on the same aim"
        return [error("/follows", "unknown", detail, received=str(follows))]
    if before.studied_at is None:
        detail = "Study it first: the next cycle begins with what it taught"
        return [error("/follows", "not-studied", detail, received=str(follows))]
    return []


async def get(
    session: AsyncSession, organization_id: UUID, test_id: UUID, *, lock: bool = False
) -> ChangeTest:
    """One test.

    Raises:
        NotFound: there is none.
    """
    wanted = select(ChangeTest).where(
        ChangeTest.organization_id == organization_id, ChangeTest.id == test_id
    )
    found = (await session.exec(wanted.with_for_update() if lock else wanted)).one_or_none()
    if found is None:
        raise NotFound("No such test")
    return found


async def study(
    session: AsyncSession,
    organization_id: UUID,
    test_id: UUID,
    given: StudyIn,
    *,
    now: datetime,
) -> tuple[ChangeTest, bool]:
    """Say what a test taught, once; the same again is the same. Also whether it is new.

    Raises:
        AlreadyExists: it was studied, with other words.
        Invalid: it ended before it began, or is to end yet.
    """
    test = await get(session, organization_id, test_id, lock=True)
    content = given.model_dump()
    if test.studied_at is not None:
        if all(getattr(test, name) == value for name, value in content.items()):
            return test, False
        raise AlreadyExists("The test was studied; what follows from it is another test")
    if not test.starts_on <= given.ended_on <= now.date():
        detail = "From the day on which it began until today"
        expected = {"minimum": str(test.starts_on), "maximum": str(now.date())}
        received = str(given.ended_on)
        raise Invalid(
            [error("/ended_on", "out-of-range", detail, received=received, expected=expected)]
        )
    for name, value in content.items():
        setattr(test, name, value)
    test.studied_at = now
    await session.flush()
    return test, True


async def list_(
    session: AsyncSession,
    organization_id: UUID,
    *,
    aim: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[ChangeTest]:
    """The organization's tests by id, or those on an aim; one more than ``limit`` if any."""
    wanted = (
        select(ChangeTest)
        .where(ChangeTest.organization_id == organization_id)
        .order_by(col(ChangeTest.id))
    )
    if aim is not None:
        wanted = wanted.where(ChangeTest.aim_id == aim)
    if after is not None:
        wanted = wanted.where(col(ChangeTest.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()
