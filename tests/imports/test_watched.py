"""An import that is watched: what goes over the line while nothing happens, and for how long."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.imports import kept_routes
from tests.conftest import Organization, Service
from tests.imports.asking import line, push
from tests.imports.stepwise import begun

LINES = [line(f"x{n}") for n in range(10)]


@pytest.fixture
def organization(stepwise: Service) -> Organization:
    return stepwise.organization()


def test_in_silence_it_says_that_it_is_there(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begun(push(organization.client, LINES))
    monkeypatch.setattr(kept_routes, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(kept_routes, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(kept_routes, "WATCHED_SECONDS", 0.5)

    reply = organization.client.get(f"{path}/events")

    assert reply.headers["x-accel-buffering"] == "no"
    assert reply.headers["cache-control"] == "no-store"
    progress, *silence = reply.text.removesuffix("\n\n").split("\n\n")
    assert progress.startswith("event: progress\ndata: ")
    assert set(silence) == {": still there"}


def test_nobody_watches_with_a_key_that_was_revoked(
    stepwise: Service, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begun(push(organization.client, LINES))
    monkeypatch.setattr(kept_routes, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(kept_routes, "WATCHED_SECONDS", 60.0)

    with ThreadPoolExecutor(1) as pool:
        watched = pool.submit(organization.client.get, f"{path}/events")
        time.sleep(0.5)
        assert not watched.done()
        with stepwise.superuser() as database:
            database.execute(
                "UPDATE client_key SET revoked_at = now() FROM client"
                " WHERE client.id = client_id AND organization_id = %s",
                [organization.id],
            )
        reply = watched.result(10)

    assert reply.text.count("event: ") == 1
