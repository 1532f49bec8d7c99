"""The verbs of erasure: of one respondent at once, of an organization on a day to come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.db import Scope, enter
from app.erasure import persons
from app.erasure.models import Erasure, Subject
from app.erasure.persons import Theirs
from app.erasure.schemas import PersonIn
from app.organizations.models import Organization
from app.problems import ErasureBegun, NotFound


async def erase_person(
    session: AsyncSession,
    scope: Scope,
    whose: PersonIn,
    *,
    organization_id: UUID,
    pepper: bytes,
    now: datetime,
) -> Theirs:
    """Erase what is held of one respondent, in open and in locked rounds; what went.

    Args:
        session: the request's transaction.
        scope: the tenant context that it is in.
        whose: which person.
        organization_id: where the person answered.
        pepper: the service's secret.
        now: when.
    """
    await enter(session, replace(scope, erasing=True))
    gone = erased = await _erase_found(session, organization_id, whose, pepper)
    # Again, until nothing is found: a deletion may have waited for what another request took in.
    while erased:
        erased = await _erase_found(session, organization_id, whose, pepper)
        gone = gone + erased
    await enter(session, scope)
    if gone:
        await _note(session, organization_id, gone, now)
    return gone


async def _erase_found(
    session: AsyncSession, organization_id: UUID, whose: PersonIn, pepper: bytes
) -> Theirs:
    theirs = await persons.find(session, organization_id, whose, pepper=pepper)
    return await persons.erase(session, organization_id, theirs)


async def _note(session: AsyncSession, organization_id: UUID, gone: Theirs, now: datetime) -> None:
    session.add(
        Erasure(
            organization_id=organization_id,
            subject=Subject.RESPONDENT,
            requested_at=now,
            due_at=now,
            begun_at=now,
            finished_at=now,
            counts={"submissions": len(gone.submissions), "invitations": len(gone.invitations)},
            rows={
                "submissions": [str(one) for one in gone.submissions],
                "invitations": [str(one) for one in gone.invitations],
            },
        )
    )
    await session.flush()


async def schedule(
    session: AsyncSession, organization_id: UUID, *, days: int, now: datetime
) -> Erasure:
    """Set the day of an organization's erasure; asked for again, it stays that day."""
    await _hold(session, organization_id)
    standing = await session.exec(
        select(Erasure).where(
            Erasure.organization_id == organization_id,
            Erasure.subject == Subject.ORGANIZATION,
            col(Erasure.called_off_at).is_(None),
            col(Erasure.finished_at).is_(None),
        )
    )
    found = standing.one_or_none()
    if found is not None:
        return found
    made = Erasure(
        organization_id=organization_id,
        subject=Subject.ORGANIZATION,
        requested_at=now,
        due_at=now + timedelta(days=days),
    )
    session.add(made)
    await _set_end(session, organization_id, made.due_at)
    await session.flush()
    return made


async def call_off(
    session: AsyncSession, organization_id: UUID, erasure_id: UUID, *, now: datetime
) -> None:
    """Let an organization be; calling off twice is no error.

    Raises:
        NotFound: no such erasure.
        ErasureBegun: some of it is gone.
    """
    await _hold(session, organization_id)
    found = await session.exec(
        select(Erasure)
        .where(Erasure.organization_id == organization_id, Erasure.id == erasure_id)
        .with_for_update()
    )
    erasure = found.one_or_none()
    if erasure is None:
        raise NotFound("No such erasure")
    if erasure.begun_at is not None:
        raise ErasureBegun(f"It began at {erasure.begun_at:%Y-%m-%d %H:%M} UTC")
    if erasure.called_off_at is None:
        erasure.called_off_at = now
        await _set_end(session, organization_id, None)
        await session.flush()


async def _hold(session: AsyncSession, organization_id: UUID) -> None:
    """One at a time: of two that ask at once, the second finds what the first did."""
    mine = col(Organization.id) == organization_id
    await session.exec(select(Organization.id).where(mine).with_for_update(key_share=True))


async def _set_end(session: AsyncSession, organization_id: UUID, at: datetime | None) -> None:
    await session.exec(
        update(Organization).where(col(Organization.id) == organization_id).values(erase_at=at)
    )


async def get(session: AsyncSession, organization_id: UUID, erasure_id: UUID) -> Erasure:
    """One erasure of the organization's."""
    found = await session.exec(
        select(Erasure).where(Erasure.organization_id == organization_id, Erasure.id == erasure_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound("No such erasure")
    return row


async def list_(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Erasure]:
    """The organization's erasures by id, one more than ``limit`` if there are more."""
    wanted = (
        select(Erasure).where(Erasure.organization_id == organization_id).order_by(col(Erasure.id))
    )
    if after is not None:
        wanted = wanted.where(col(Erasure.id) > after)
    return (await session.exec(wanted.limit(limit + 1))).all()
