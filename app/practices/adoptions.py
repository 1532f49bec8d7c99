"""The verbs of adoptions: begun, and ended once, with whatever came of them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.learning import aims
from app.practices import shelf
from app.practices.models import Adoption
from app.practices.schemas import AdoptionIn, EndingIn
from app.problems import AlreadyExists, Invalid, NotFound, error


async def begin(
    session: AsyncSession, organization_id: UUID, given: AdoptionIn, *, now: datetime
) -> Adoption:
    """Say that a published practice is being used.

    Raises:
        Invalid: no such practice or aim, or it begins in the future.
    """
    errors = []
    try:
        await shelf.get(session, given.practice, today=now.date())
    except NotFound:
        received = str(given.practice)
        errors.append(error("/practice", "unknown", "No such practice", received=received))
    if given.aim is not None:
        try:
            await aims.find(session, organization_id, given.aim)
        except NotFound:
            received = str(given.aim)
            errors.append(error("/aim", "unknown", "No such aim", received=received))
    errors += _not_yet(given.started_on, "/started_on", now.date())
    if errors:
        raise Invalid(errors)
    adoption = Adoption(
        organization_id=organization_id,
        practice_id=given.practice,
        aim_id=given.aim,
        started_on=given.started_on,
        recorded_at=now,
    )
    session.add(adoption)
    await session.flush()
    return adoption


def _not_yet(day: date, pointer: str, today: date) -> list[dict[str, object]]:
    if day <= today:
        return []
    return [error(pointer, "in-the-future", "Today or earlier", received=str(day))]


async def get(
    session: AsyncSession, organization_id: UUID, adoption_id: UUID, *, lock: bool = False
) -> Adoption:
    """One adoption of the organization's.

    Raises:
        NotFound: there is none.
    """
    wanted = select(Adoption).where(
        Adoption.organization_id == organization_id, Adoption.id == adoption_id
    )
    found = (await session.exec(wanted.with_for_update() if lock else wanted)).one_or_none()
    if found is None:
        raise NotFound("No such adoption")
    return found


async def list_(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Adoption]:
    """The organization's adoptions by id, one more than ``limit`` if there are more."""
    wanted = (
        select(Adoption)
        .where(Adoption.organization_id == organization_id)
        .order_by(col(Adoption.id))
    )
    if after is not None:
        wanted = wanted.where(col(Adoption.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()


async def end(
    session: AsyncSession,
    organization_id: UUID,
    adoption_id: UUID,
    given: EndingIn,
    *,
    now: datetime,
) -> tuple[Adoption, bool]:
    """Say how an adoption ended, once; the same again is the same. Also whether it is new.

    Raises:
        AlreadyExists: it ended, with other words.
        Invalid: it ended before it began, or is to end yet.
    """
    adoption = await get(session, organization_id, adoption_id, lock=True)
    content = given.model_dump()
    if adoption.ended_at is not None:
        if all(getattr(adoption, name) == value for name, value in content.items()):
            return adoption, False
        raise AlreadyExists("The adoption has ended; to go on is another one")
    errors = _not_yet(given.ended_on, "/ended_on", now.date())
    if given.ended_on < adoption.started_on:
        received, expected = str(given.ended_on), str(adoption.started_on)
        detail = "From the day on which it began"
        errors.append(
            error("/ended_on", "before-start", detail, received=received, expected=expected)
        )
    if errors:
        raise Invalid(errors)
    for name, value in content.items():
        setattr(adoption, name, value)
    adoption.ended_at = now
    await session.flush()
    return adoption, True
