"""``palanca release build`` and ``palanca worker --once``, on a database of their own."""

import json
import random
from collections.abc import Callable

import pytest

from app.access.callers import SERVICE
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
    assert "0 changed organizations; a release needs 20" in outcome.err


def test_the_worker_builds_when_enough_has_changed(palanca: Palanca, world: World) -> None:
    assert len(world.organizations) == 24

    first, again = palanca("worker", "--once"), palanca("worker", "--once")

    assert (first.code, first.out) == (0, "built release 1\n")
    assert again.code == 0
    assert again.out.startswith("no release: ")


def test_a_release_that_a_command_built_is_on_the_trail(palanca: Palanca, world: World) -> None:
    assert palanca("release", "build").code == 0

    with world.service.superuser() as connection:
        found = connection.execute(
            "SELECT body::json ->> 'operation', body::json ->> 'target' FROM audit_event"
            " WHERE chain_id = %s ORDER BY seq DESC LIMIT 1",
            (SERVICE,),
        ).fetchone()

    assert found == ("palanca release build", "/v1/benchmarks/1")
