"""Releases on fixed days: which those are, and that each is done once."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.benchmarks import scheduled
from app.benchmarks import service as benchmarks
from app.benchmarks.calendar import Calendar
from app.benchmarks.manifest import Plan
from app.benchmarks.models import ReleaseDay
from app.cli.admin import OPERATOR
from app.settings import Settings
from tests.benchmarks.conftest import LAST_YEAR, fill, make_world
from tests.conftest import Service

QUARTERS = Calendar.of(Settings().release_days)


@pytest.mark.parametrize(
    ("today", "last", "following"),
    [
        ("2026-01-14", "2025-10-15", "2026-01-15"),
        ("2026-01-15", "2026-01-15", "2026-04-15"),
        ("2026-07-20", "2026-07-15", "2026-10-15"),
        ("2026-12-31", "2026-10-15", "2027-01-15"),
        ("2028-02-29", "2028-01-15", "2028-04-15"),
    ],
)
def test_the_days_around(today: str, last: str, following: str) -> None:
    day = date.fromisoformat(today)

    assert QUARTERS.last(day) == date.fromisoformat(last)
    assert QUARTERS.next(day) == date.fromisoformat(following)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_is_between_two_of_them(today: date) -> None:
    assert QUARTERS.last(today) <= today < QUARTERS.next(today)
    assert QUARTERS.next(QUARTERS.last(today)) == QUARTERS.next(today)


@pytest.mark.parametrize("days", ["", "02-29", "1-5", "13-01", "01-15 01-15", "soon"])
def test_days_that_cannot_be(days: str) -> None:
    with pytest.raises(ValidationError):
        Settings(release_days=days)


def test_of_many_workers_one_builds(fresh_service: Service) -> None:
    world = make_world(fresh_service, 44)
    fill(world, 44)
    engine = fresh_service.http.app.state.engine  # type: ignore[attr-defined]
    trail: list[int | None] = []

    def plan(day: date) -> Plan:
        return benchmarks.plan(fresh_service.settings, as_of=day, now=datetime.now(UTC))

    async def told(_: AsyncSession, made: ReleaseDay) -> None:
        trail.append(made.release_number)

    async def all_at_once() -> list[ReleaseDay | None]:
        day = date(LAST_YEAR, 10, 15)
        return await asyncio.gather(
            *(scheduled.keep(engine, OPERATOR, day, plan, told) for _ in range(4))
        )

    assert fresh_service.http.portal is not None
    made = fresh_service.http.portal.call(all_at_once)

    assert [one.release_number for one in made if one is not None] == trail == [1]
    assert len(fresh_service.http.get("/v1/benchmarks").json()["data"]) == 1


def test_a_release_is_not_built_because_enough_has_changed(fresh_service: Service) -> None:
    world = make_world(fresh_service, 44)
    fill(world, 44)

    found = fresh_service.http.get("/v1/benchmarks").json()

    assert found["data"] == []
    assert date.fromisoformat(found["next_day"]) == QUARTERS.next(datetime.now(UTC).date())
