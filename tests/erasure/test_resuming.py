"""An erasure that is killed at any moment goes on, and counts nothing twice."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from app import crashpoints
from app.db import APP_ROLE
from tests.assessments.asking import together
from tests.conftest import PEPPER, Organization, Service
from tests.erasure.holding import call, carry_out, due, end, full, held, keeper


class Killed(Exception):  # noqa: N818 - it is no error
    """What ``kill -9`` is to a process, as far as one process can go on after it."""


@pytest.fixture
def ending(service: Service) -> Organization:
    """A full organization whose erasure is due."""
    organization = full(service)
    end(organization)
    due(service, organization)
    return organization


def counts(service: Service, organization: Organization) -> dict[str, int]:
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT counts FROM erasure WHERE organization_id = %s", (organization.id,)
        ).fetchone()
    assert found is not None
    return dict(found[0])


def finished(service: Service, organization: Organization) -> bool:
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT finished_at, erased_at FROM erasure"
            " JOIN organization o ON o.id = organization_id WHERE o.id = %s",
            (organization.id,),
        ).fetchone()
    assert found is not None
    assert (found[0] is None) == (found[1] is None)
    return found[0] is not None


@pytest.mark.parametrize("point", ["erasing", "chunk-erased"])
def test_killed_at_each_chunk_it_ends_as_if_nothing_had_happened(
    service: Service, ending: Organization, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Each run gets one chunk further: killed before the commit of its second, or after the first.

    The first point is inside the transaction, so what was done there is undone.
    """
    before = held(service, ending)
    seen: list[str] = []

    def reach(name: str) -> None:
        seen.append(name)
        if name == point and seen.count(name) == (2 if point == "erasing" else 1):
            raise Killed

    monkeypatch.setattr(crashpoints, "reach", reach)
    runs = 0
    while not finished(service, ending):
        seen.clear()
        runs += 1
        assert runs < 100
        try:
            carry_out(service, chunk=2)
        except Killed:
            continue

    left = {table: number for table, number in held(service, ending).items() if number}
    assert left == {"client": 1, "erasure": 1}
    assert runs > 8
    found = counts(service, ending)
    assert found["submissions"] == before["submission"] == 13
    assert found["invitations"] == before["invitation"] == 2
    assert found["assessments"] == 2


def test_two_workers_at_once_do_the_work_once(service: Service, ending: Organization) -> None:
    before = held(service, ending)

    together([lambda: carry_out(service, chunk=1) for _ in range(2)])
    carry_out(service)

    assert finished(service, ending)
    assert counts(service, ending)["submissions"] == before["submission"]


def test_what_was_being_taken_in_goes_too(service: Service, ending: Organization) -> None:
    """A request that began before the erasure was asked for, and commits while it is going on."""
    insert = (
        "INSERT INTO assessment SELECT organization_id, gen_random_uuid(), instrument_version_id,"
        " '2019', period_end, opened_at, NULL FROM assessment LIMIT 1"
    )
    with psycopg.connect(service.server.url(service.database, APP_ROLE)) as late:
        late.execute("SELECT set_config('palanca.organizations', %s, true)", [f"{{{ending.id}}}"])
        late.execute(insert)
        worker = threading.Thread(target=carry_out, args=(service,))
        worker.start()
        worker.join(2)
        assert worker.is_alive(), "it waits for the request"
        assert not finished(service, ending)
        late.commit()
        worker.join(30)

    assert finished(service, ending)
    assert held(service, ending)["assessment"] == 0


def test_a_request_that_it_waits_for_does_not_wait_for_it(service: Service) -> None:
    """The request's last step is the audit trail, which the erasure must not hold by then."""
    organization = service.organization(agree=False)
    end(organization)
    due(service, organization)
    with psycopg.connect(service.server.url(service.database, APP_ROLE)) as late:
        late.execute(
            "SELECT set_config('palanca.organizations', %s, true),"
            " set_config('lock_timeout', '500ms', true)",
            [f"{{{organization.id}}}"],
        )
        late.execute(
            "INSERT INTO assessment SELECT %s, gen_random_uuid(), id, '2019', now(), now(), NULL"
            " FROM instrument_version LIMIT 1",
            (organization.id,),
        )
        worker = threading.Thread(target=carry_out, args=(service,))
        worker.start()
        worker.join(2)
        assert worker.is_alive(), "it waits for the request"
        late.execute("UPDATE audit_head SET seq = seq WHERE chain_id = %s", (organization.id,))
        late.commit()
        worker.join(30)

    assert finished(service, organization)
    assert held(service, organization)["assessment"] == 0


def test_what_came_in_after_the_end_is_found_by_the_next_look(
    service: Service, ending: Organization
) -> None:
    carry_out(service)
    with service.superuser() as connection:
        connection.execute(
            "INSERT INTO assessment SELECT %s, gen_random_uuid(), id, '2019', now(), now(), NULL"
            " FROM instrument_version LIMIT 1",
            (ending.id,),
        )

    async def again() -> int:
        return len(await keeper(service).reapply(now=datetime.now(UTC)))

    assert call(service, again) == 1
    assert held(service, ending)["assessment"] == 0
    assert call(service, again) == 0


def environment(service: Service, point: str) -> dict[str, str]:
    chosen = service.settings
    urls = {
        f"PALANCA_{name.upper()}": getattr(chosen, name).get_secret_value()
        for name in ("database_url", "release_database_url", "admin_database_url")
    }
    return {**os.environ, **urls, "PALANCA_KEY_PEPPER": PEPPER, "PALANCA_CRASH_AT": point}


def runs(service: Service, point: str) -> Iterator[int]:
    """Exit codes of `palanca erase run`, killed at a point each time, until one gets through."""
    command = [sys.executable, "-m", "app.cli", "erase", "run"]
    code = -signal.SIGKILL
    while code == -signal.SIGKILL:
        done = subprocess.run(command, check=False, env=environment(service, point))  # noqa: S603
        code = done.returncode
        yield code


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kill_9_after_each_chunk_loses_nothing(service: Service, ending: Organization) -> None:
    before = held(service, ending)

    codes = list(runs(service, "chunk-erased"))

    assert codes[-1] == 0
    assert len(codes) > 5
    assert finished(service, ending)
    assert counts(service, ending)["submissions"] == before["submission"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kill_9_within_a_chunk_undoes_that_chunk(service: Service, ending: Organization) -> None:
    before = held(service, ending)
    command = [sys.executable, "-m", "app.cli", "erase", "run"]

    done = subprocess.run(command, check=False, env=environment(service, "erasing"))  # noqa: S603

    assert done.returncode == -signal.SIGKILL
    assert held(service, ending) == before
    assert counts(service, ending) == {}
    carry_out(service)
    assert finished(service, ending)
