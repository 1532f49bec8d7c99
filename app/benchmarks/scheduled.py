"""Releases by the calendar: each day once, whatever came of it, by however many workers."""

from collections.abc import Awaitable, Callable
from datetime import date

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.benchmarks.manifest import Plan
from app.benchmarks.models import ReleaseDay
from app.benchmarks.service import build
from app.benchmarks.snapshot import hold_builds
from app.db import transaction
from app.problems import Invalid, Problem, ReleaseRefused, TooFewChanges

REASONS: dict[type[Problem], str] = {
    TooFewChanges: "too-few-changes",
    ReleaseRefused: "refused",
    Invalid: "later-release",
}


async def keep(
    engine: AsyncEngine,
    caller: Caller,
    day: date,
    plan: Callable[[date], Plan],
    told: Callable[[AsyncSession, ReleaseDay], Awaitable[None]],
) -> ReleaseDay | None:
    """Build the release of a day, or note why there is none; nothing if that was done before.

    A day that has no release stays without: when another try succeeded would tell when enough had
    changed.

    Args:
        engine: of the service's role.
        caller: an operator.
        day: that ages are counted to.
        plan: what to build by.
        told: puts what came of it on the trail, in the same transaction.
    """
    by = plan(day)
    try:
        async with transaction(engine, caller.scope) as session:
            if await _done(session, day):
                return None
            made = await build(session, caller, by)
            noted = ReleaseDay(day=day, release_number=made.number, at=by.now)
            return await _note(session, noted, told)
    except (TooFewChanges, ReleaseRefused, Invalid) as exc:
        noted = ReleaseDay(day=day, reason=REASONS[type(exc)], detail=exc.detail, at=by.now)
        async with transaction(engine, caller.scope) as session:
            return None if await _done(session, day) else await _note(session, noted, told)


async def latest(session: AsyncSession) -> ReleaseDay | None:
    """What came of the latest day."""
    found = await session.exec(select(ReleaseDay).order_by(col(ReleaseDay.day).desc()).limit(1))
    return found.first()


async def _done(session: AsyncSession, day: date) -> bool:
    """Whether the day is noted; whoever else builds is waited for."""
    await hold_builds(session)
    return await session.get(ReleaseDay, day) is not None


async def _note(
    session: AsyncSession,
    made: ReleaseDay,
    told: Callable[[AsyncSession, ReleaseDay], Awaitable[None]],
) -> ReleaseDay:
    session.add(made)
    await session.flush()
    session.expunge(made)
    await told(session, made)
    return made
