"""Long pushes to a service that does little at once, with the worker that stands beside it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from palanca_client import Client, Import

from app.access.models import Kind
from app.cli.working import worker_beside
from tests.clients_python.conftest import QUICK, Push
from tests.conftest import Organization, Server, Service, serve
from tests.imports.asking import line
from tests.imports.stepwise import PART
from tests.limits.live import live


@pytest.fixture(scope="module")
def slow(server: Server, new_database: Callable[[], str]) -> Iterator[tuple[Service, str]]:
    """A service that does little at once, a worker beside it, and its address."""
    for service in serve(server, new_database(), import_part_lines=PART):
        with live(service.settings) as running, worker_beside(service.settings):
            yield service, running.url


def key_of(service: Service) -> tuple[Organization, str]:
    organization = service.organization()
    return organization, service.key(Kind.ORGANIZATION, organization.id)


def test_it_is_waited_for_and_reported(slow: tuple[Service, str]) -> None:
    service, url = slow
    _, key = key_of(service)
    lines = [line(f"x{n}", answers={"A1": 9 if n == 11 else 1}) for n in range(30)]
    seen: list[Import] = []

    with Client(url, key, retry=QUICK) as client:
        tried = client.wait(client.validate(lines))
        begun = client.push(lines, idempotency_key="once")
        done = client.wait(begun, seen.append)
        told = list(client.report(done))
        wrong = list(client.report(done, status="rejected"))
        some = list(client.report(done, status=("superseded", "rejected")))
        again = client.push(lines, idempotency_key="once")
        assert [one.line for one in client.report(tried)] == [one.line for one in told]
        assert client.cancel(str(done.id)).status == "succeeded"

    assert (done.status, done.done, done.rejected) == ("succeeded", 30, 1)
    assert seen[-1] == done == again
    assert [one.line for one in told] == [*range(1, 31)]
    assert [one.line for one in wrong] == [12] == [one.line for one in some]


def test_the_command_waits_too(
    slow: tuple[Service, str], push: Push, file: Callable[..., Path]
) -> None:
    service, url = slow
    organization, key = key_of(service)
    path = file(*(line(f"y{n}", answers={"A1": 9 if n == 11 else 1}) for n in range(30)))

    done = push(url, key, path, "--json")

    assert done.code == 1
    assert done.said["counts"] == {"accepted": 29, "unchanged": 0, "superseded": 0, "rejected": 1}
    rows = organization.client.get(f"{organization.path}/submissions?limit=200").json()["data"]
    assert len(rows) == 29
    assert "y11" in path.with_name("push.rejected.ndjson").read_text()
