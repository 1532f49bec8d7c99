"""A body that comes slowly holds no connection of the database, and no key's good name."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import psycopg
import pytest

from app.access.keys import key_id
from app.access.models import Kind
from tests.conftest import Server, Service, serve
from tests.limits.live import Live, live, read_all, status

POOL = 2


@pytest.fixture(scope="module")
def narrow(server: Server, new_database: Callable[[], str]) -> Iterator[tuple[Live, Service]]:
    """A service on a port with few connections, and the same database in this process."""
    for service in serve(server, new_database()):
        with live(service.settings.model_copy(update={"pool_size": POOL})) as running:
            yield running, service


def head(target: str, key: str, length: int, *more: str) -> bytes:
    lines = [
        f"POST {target} HTTP/1.1",
        "Host: x",
        "Connection: close",
        f"Authorization: Bearer {key}",
        f"Content-Length: {length}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize(
    "target",
    [
        "/v1/organizations/x/assessments/2025-H2/lock",
        "/v1/organizations/bulk?mode=commit",
        "/v1/organizations/x/submissions",
        "/oauth/token",
    ],
)
@pytest.mark.parametrize("media_type", ["text/plain", "text/csv", "application/json"])
def test_half_sent_bodies_stand_in_nobodys_way(
    narrow: tuple[Live, Service], target: str, media_type: str
) -> None:
    running, service = narrow
    key = service.key(Kind.PARTNER)
    with ExitStack() as stack:
        for number in range(3 * POOL):
            line = stack.enter_context(running.connect())
            more = (f"Content-Type: {media_type}", f"Idempotency-Key: {number}")
            line.sendall(head(target, key, 100, *more) + b"abc")
        for path in ("/v1/frameworks", "/readyz", "/v1/organizations"):
            headers = {"Authorization": f"Bearer {key}"} if path == "/v1/organizations" else {}
            assert httpx.get(running.url + path, headers=headers).status_code in {200, 403}


def test_a_key_that_ends_while_the_body_comes_writes_nothing(
    narrow: tuple[Live, Service],
) -> None:
    running, service = narrow
    key = service.key(Kind.NETWORK, service.network()["id"])
    body = b"external_id,name\nlate-1,Too late\n"
    more = ("Content-Type: text/csv", "Idempotency-Key: slow")
    with running.connect() as line:
        line.sendall(head("/v1/organizations/bulk?mode=commit", key, len(body), *more) + body[:10])
        with service.superuser() as database:
            ended = "UPDATE client_key SET revoked_at = now() WHERE key_id = %s"
            database.execute(ended, [key_id(key)])
        line.sendall(body[10:])
        assert status(read_all(line)) == 401

    with service.superuser() as database:
        assert not registered(database, "late-1")


def registered(database: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    found = database.execute("SELECT FROM organization WHERE external_id = %s", [name])
    return found.fetchone() is not None


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
def test_any_json_is_read_as_what_it_says(service: Service, media_type: str) -> None:
    """A body that was passed over would ask for everything instead of one person."""
    organization = service.organization()
    assert organization.submit(respondent="ann").status_code == 201
    reply = organization.client.post(
        f"{organization.path}/exports",
        content=json.dumps({"respondent": "nobody"}),
        headers={"Content-Type": media_type},
    )

    assert reply.status_code == 200
    assert reply.json()["submissions"] == []


@pytest.mark.parametrize("media_type", ["text/plain", ""])
def test_what_is_no_json_asks_for_nothing(service: Service, media_type: str) -> None:
    organization = service.organization()
    reply = organization.client.post(
        f"{organization.path}/exports",
        content=b'{"respondent": "nobody"}',
        headers={"Content-Type": media_type},
    )

    assert reply.status_code in {415, 422}


@pytest.mark.parametrize("depth", [500, 100_000])
def test_what_is_nested_and_no_json_is_refused(service: Service, depth: int) -> None:
    organization = service.organization()
    reply = organization.client.post(
        f"{organization.path}/assessments/2025-H2/lock",
        content=b"[" * depth + b"]" * depth,
        headers={"Content-Type": "text/plain", "Idempotency-Key": f"deep {depth}"},
    )

    assert reply.status_code == 404, "there is no such assessment"
