"""When a key was last used: written beside the requests, never by them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from app.access import used
from app.access.callers import Recent
from app.access.models import Kind
from app.main import create_app
from tests.conftest import Server, Service

USED = "SELECT last_used_at FROM client_key WHERE key_id = %s"


def key_id(key: str) -> str:
    return key.split("_")[2]


@contextmanager
def running(server: Server, database: str) -> Iterator[Service]:
    """A service that is stopped within the test."""
    settings = server.settings(database)
    with TestClient(create_app(settings)) as http:
        yield Service(http, settings, server, database)


def last_used(service: Service, key: str) -> datetime | None:
    with service.superuser() as database:
        found = database.execute(USED, [key_id(key)]).fetchone()
    assert found is not None
    return found[0]  # type: ignore[no-any-return]


def flush(service: Service, recent: Recent) -> None:
    async def written() -> None:
        await used.flush(service.http.app.state.engine, recent)  # type: ignore[attr-defined]

    assert service.http.portal is not None
    service.http.portal.call(written)


def recent_of(service: Service) -> Recent:
    recent: Recent = service.http.app.state.recent  # type: ignore[attr-defined]
    return recent


def test_the_last_use_is_written_after_the_request(service: Service) -> None:
    key, idle = service.key(Kind.OPERATOR), service.key(Kind.OPERATOR)
    before = datetime.now(UTC)
    assert service.as_(key).get("/v1/organizations").status_code == 200
    assert last_used(service, key) is None, "no request writes it"

    flush(service, recent_of(service))

    found = last_used(service, key)
    assert found is not None
    assert before <= found <= datetime.now(UTC)
    assert last_used(service, idle) is None
    assert recent_of(service).used == {}


def test_the_latest_use_stays_whoever_writes_first(service: Service) -> None:
    key = service.key(Kind.OPERATOR)
    early = datetime(2026, 3, 1, tzinfo=UTC)
    for instant in (early + timedelta(hours=1), early):
        recent = Recent()
        recent.used = {key_id(key): instant, "unknown1": early}
        flush(service, recent)

    assert last_used(service, key) == early + timedelta(hours=1)


def test_a_key_that_is_being_changed_is_waited_for_by_nobody(service: Service) -> None:
    held, free = service.key(Kind.OPERATOR), service.key(Kind.OPERATOR)
    recent = Recent()
    now = datetime.now(UTC)
    recent.used = {key_id(held): now, key_id(free): now}

    with service.superuser() as database:
        database.execute(
            "UPDATE client_key SET revoked_at = now() WHERE key_id = %s", [key_id(held)]
        )
        flush(service, recent)
        database.rollback()

    assert last_used(service, held) is None
    assert last_used(service, free) == now


def test_what_cannot_be_written_is_kept_for_the_next_time(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = service.key(Kind.OPERATOR), service.key(Kind.OPERATOR)
    recent = Recent()
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    recent.used = {key_id(first): early}
    with service.superuser() as database:
        database.execute("REVOKE UPDATE ON client_key FROM palanca_app")
    try:
        flush(service, recent)
    finally:
        with service.superuser() as database:
            database.execute(
                "GRANT UPDATE (revoked_at, expires_at, last_used_at) ON client_key TO palanca_app"
            )

    assert recent.used == {key_id(first): early}
    assert "last uses of keys not written" in caplog.text
    recent.used |= {key_id(second): late}
    flush(service, recent)
    assert (last_used(service, first), last_used(service, second)) == (early, late)


def test_they_are_written_every_so_often(
    monkeypatch: pytest.MonkeyPatch, server: Server, new_database: Callable[[], str]
) -> None:
    monkeypatch.setattr(used, "EVERY_SECONDS", 0.01)
    with running(server, new_database()) as service:
        key = service.key(Kind.OPERATOR)
        assert service.as_(key).get("/v1/organizations").status_code == 200

        until = time.monotonic() + 10
        while last_used(service, key) is None:
            assert time.monotonic() < until


def test_they_are_written_at_the_end(server: Server, new_database: Callable[[], str]) -> None:
    with running(server, new_database()) as service:
        key = service.key(Kind.OPERATOR)
        assert service.as_(key).get("/v1/organizations").status_code == 200
        assert last_used(service, key) is None

    assert last_used(service, key) is not None
