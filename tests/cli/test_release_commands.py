"""``palanca release build`` and ``palanca worker --once``, on a database of their own."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from app.access.callers import SERVICE
from app.benchmarks.calendar import Calendar
from app.settings import Settings
from tests.benchmarks.conftest import World, make_world
from tests.cli.conftest import Palanca, use
from tests.conftest import Server, serve


@pytest.fixture
def world(
    monkeypatch: pytest.MonkeyPatch, server: Server, new_database: Callable[[], str]
) -> World:
    """Twenty-four organizations with a locked result each."""
    database = new_database()
    for service in serve(server, database):
        made = make_world(service, 24)
        dice = random.Random(5)  # noqa: S311
        for number in range(24):
            made.lock([dice.randint(0, 4) for _ in range(4)], number)
    use(monkeypatch, server, database)
    return made


def test_a_release_is_built_once(palanca: Palanca, world: World) -> None:
    assert len(world.organizations) == 24

    first, again = palanca("release", "build"), palanca("release", "build")

    assert first.code == 0
    assert json.loads(first.out)["release"] == 1
    assert again.code == 1
    assert "Too little has changed for a release" in again.err


def test_data_that_are_not_old_enough_on_a_day_stay_out(palanca: Palanca, world: World) -> None:
    assert len(world.organizations) == 24

    outcome = palanca("release", "build", "--as-of", "2001-01-01")

    assert outcome.code == 1
    assert "There is no locked result yet" in outcome.err


def test_the_worker_builds_when_enough_has_changed(palanca: Palanca, world: World) -> None:
    assert len(world.organizations) == 24

    first, again = palanca("worker", "--once"), palanca("worker", "--once")

    assert (first.code, first.out) == (0, "built release 1\n")
    assert (again.code, again.out) == (0, "")
    day = Calendar.of(Settings().release_days).last(datetime.now(UTC).date())
    with world.service.superuser() as connection:
        built = connection.execute("SELECT manifest ->> 'as_of' FROM release").fetchall()
        assert built == [(day.isoformat(),)]
        found = connection.execute(
            "SELECT body::json ->> 'operation', body::json ->> 'target' FROM audit_event"
            " WHERE chain_id = %s ORDER BY seq DESC LIMIT 1",
            (SERVICE,),
        ).fetchone()
    assert found == ("palanca worker: release", "/v1/benchmarks/1")


def test_what_comes_of_a_day_is_told(palanca: Palanca, world: World) -> None:
    planned = json.loads(palanca("release", "plan").out)["calendar"]
    assert planned["last"] is None
    today = datetime.now(UTC).date()
    assert planned["next"] == Calendar.of(Settings().release_days).next(today).isoformat()

    with world.service.superuser() as connection:
        connection.execute("UPDATE organization SET benchmark = false")
    outcome = palanca("worker", "--once")

    assert outcome.code == 0
    assert "no release of " in outcome.out
    assert "There is no locked result yet" in outcome.out
    [last] = [json.loads(palanca("release", "plan").out)["calendar"]["last"]]
    assert (last["release_number"], last["reason"]) == (None, "too-few-changes")


def test_a_day_that_has_no_release_stays_without(palanca: Palanca, world: World) -> None:
    with world.service.superuser() as connection:
        connection.execute("UPDATE organization SET benchmark = false")
    palanca("worker", "--once")
    with world.service.superuser() as connection:
        connection.execute("UPDATE organization SET benchmark = true")

    again = palanca("worker", "--once")

    assert (again.code, again.out) == (0, "")
    with world.service.superuser() as connection:
        assert connection.execute("SELECT count(*) FROM release").fetchone() == (0,)


def test_a_release_built_by_hand_after_the_day_comes_first(palanca: Palanca, world: World) -> None:
    assert len(world.organizations) == 24
    assert palanca("release", "build").code == 0

    outcome = palanca("worker", "--once")

    assert outcome.code == 0
    assert "no release of " in outcome.out
    last = json.loads(palanca("release", "plan").out)["calendar"]["last"]
    assert last["reason"] == "later-release"


def test_a_release_that_a_command_built_is_on_the_trail(palanca: Palanca, world: World) -> None:
    assert palanca("release", "build").code == 0

    with world.service.superuser() as connection:
        found = connection.execute(
            "SELECT body::json ->> 'operation', body::json ->> 'target' FROM audit_event"
            " WHERE chain_id = %s ORDER BY seq DESC LIMIT 1",
            (SERVICE,),
        ).fetchone()

    assert found == ("palanca release build", "/v1/benchmarks/1")
