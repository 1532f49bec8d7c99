"""Which import comes first: each client's own in their order, short ones beside long ones."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

import pytest

from app.imports import lanes
from tests.assessments.asking import standing
from tests.conftest import Caller, Service
from tests.imports.asking import line, push
from tests.imports.stepwise import PART, begun, worker_of

LONG = [line(f"x{n}") for n in range(3 * PART)]
SHORT = LONG[: PART + 1]


def look(service: Service, most: int | None = None) -> int:
    worker = worker_of(service)
    assert service.http.portal is not None
    return service.http.portal.call(lanes.look, worker, most)


def status(client: Caller, path: str) -> str:
    return str(client.get(path).json()["status"])


def test_one_clients_imports_are_carried_out_as_they_came(stepwise: Service) -> None:
    client = stepwise.organization().client
    corrected = [{**one, "role": "finance"} for one in SHORT]
    paths = [begun(push(client, lines)) for lines in (LONG, corrected)]

    assert look(stepwise, len(SHORT)) == 0
    assert [status(client, path) for path in paths] == ["queued", "queued"]
    assert look(stepwise) == 1
    assert [status(client, path) for path in paths] == ["succeeded", "queued"]
    assert look(stepwise, len(SHORT)) == 1
    assert client.get(paths[1]).json()["counts"]["superseded"] == len(SHORT)


def test_a_long_one_does_not_hold_up_another_clients_short_one(
    stepwise: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "SHORT", len(SHORT))
    slow, quick = stepwise.organization(), stepwise.organization()
    path = begun(push(slow.client, LONG))
    behind = begun(push(quick.client, SHORT))

    with working(stepwise):
        with stepwise.superuser() as database, database.transaction():
            held = "SELECT FROM import_run WHERE id = %s FOR UPDATE"
            database.execute(held, [path.rpartition("/")[2]])
            until(quick.client, behind, "succeeded")
            assert standing(stepwise, slow.id) == 0
        until(slow.client, path, "succeeded")


def test_a_worker_ends_when_it_is_told_so_while_it_waits_for_the_database(
    stepwise: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(*_: object) -> int:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise OSError("what a driver makes of it") from None
        raise AssertionError("nobody told it")

    monkeypatch.setattr(lanes, "look", look)

    async def told() -> None:
        worker = asyncio.create_task(lanes.work(worker_of(stepwise)))
        await asyncio.sleep(0.1)
        worker.cancel()
        await asyncio.wait_for(asyncio.wait([worker]), 10)
        assert worker.cancelled()

    assert stepwise.http.portal is not None
    stepwise.http.portal.call(told)


@contextmanager
def working(service: Service) -> Iterator[None]:
    """Beside a worker that goes on for ever."""
    assert service.http.portal is not None
    future = service.http.portal.start_task_soon(lanes.work, worker_of(service))
    try:
        yield
    finally:
        future.cancel()
        with pytest.raises(CancelledError):
            future.result(10)


def until(client: Caller, path: str, wished: str) -> None:
    """Wait until an import is as far as that; 10 seconds at most."""
    end = time.monotonic() + 10
    while status(client, path) != wished:
        assert time.monotonic() < end, status(client, path)
        time.sleep(0.05)
