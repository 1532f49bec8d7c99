"""What is true of every reply: problems, headers, limits, and when the database is gone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.main import create_app
from tests.conftest import Server, Service

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
JSON = {"Content-Type": "application/json"}
ELSEWHERE = {"Origin": "https://dashboard.example"}
CUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
BODIES = ["/v1/networks", "/v1/organizations", "/v1/instruments", "/v1/releases"]


def is_problem(reply: Any, slug: str, status: int) -> None:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert (body["type"], body["status"]) == (f"/problems/{slug}", status)
    assert body["title"]
    assert body["detail"]
    for name, value in SECURITY.items():
        assert reply.headers.get(name) == value, name
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "slug", "status"),
    [
        pytest.param("GET", "/nothing", "not-found", 404, id="a path that is not there"),
        pytest.param("GET", "/v1", "not-found", 404, id="the root of the API"),
        pytest.param("GET", "/static/nothing.js", "not-found", 404, id="a file that is not there"),
        pytest.param("GET", "/static/../main.py", "not-found", 404, id="a file of the program"),
        pytest.param("PUT", "/v1/organizations", "method-not-allowed", 405, id="another method"),
        pytest.param("DELETE", "/healthz", "method-not-allowed", 405, id="deleting what serves"),
        pytest.param("GET", "/v1/organizations", "unauthenticated", 401, id="no key"),
        pytest.param("GET", "/v1/frameworks?color=red", "invalid", 422, id="unknown parameter"),
    ],
)
def test_every_refusal_is_a_problem(
    service: Service, method: str, path: str, slug: str, status: int
) -> None:
    is_problem(service.http.request(method, path), slug, status)


def test_another_method_is_told_all_there_are(service: Service) -> None:
    allow = service.http.put("/v1/organizations").headers["allow"]

    assert allow == "GET, HEAD, POST"


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"name": "\xff"}', id="not UTF-8"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b"1" * 5000, id="a number without end"),
        pytest.param(b"name=St.+Elm", id="a form"),
    ],
)
def test_a_body_that_is_no_json_is_said(service: Service, path: str, body: bytes) -> None:
    is_problem(service.operator.post(path, content=body, headers=JSON), "malformed-json", 400)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_of_another_type_is_refused(service: Service, path: str, kind: str) -> None:
    reply = service.operator.post(path, content=b'{"name": "x"}', headers={"Content-Type": kind})

    is_problem(reply, "unsupported-media-type", 415)


def test_a_submission_needs_json_too(service: Service) -> None:
    organization = service.organization()
    url = f"{organization.path}/submissions"

    plain = organization.client.post(url, content=b"{}", headers={"Content-Type": "text/plain"})
    broken = organization.client.post(url, content=b"{", headers=JSON)
    typed = organization.client.post(
        url, content=b"{}", headers={"Content-Type": "Application/JSON; charset=utf-8"}
    )

    is_problem(plain, "unsupported-media-type", 415)
    is_problem(broken, "malformed-json", 400)
    is_problem(typed, "invalid", 422)


def pieces(size: int) -> Iterator[bytes]:
    """A body that comes in parts and says no length."""
    for _ in range(size // 1024):
        yield b" " * 1024


def test_a_body_is_counted_as_it_comes(service: Service) -> None:
    limit = service.settings.max_body_bytes
    body = b'{"external_id": "%s", "name": "x"}' % b"small-enough"
    full = body + b" " * (limit - len(body))

    for said in (full + b" ", pieces(limit + 1024)):
        reply = service.operator.post("/v1/networks", content=said, headers=JSON)
        is_problem(reply, "payload-too-large", 413)
        assert reply.json()["detail"] == f"At most {limit} bytes"
    fits = service.operator.post("/v1/networks", content=full, headers=JSON)
    assert fits.status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/v1/organizations/%00",
        "/v1/networks/a%00b",
        "/v1/frameworks/%00",
        "/v1/frameworks/seven-leverage-points?edition=%00",
        "/v1/frameworks/seven-leverage-points/elements/%00",
        "/v1/instruments/small/versions/%00",
        "/v1/organizations/%ED%A0%80",
        "/v1/organizations/%FF",
        "/v1/organizations/" + "x" * 65,
        "/v1/organizations?limit=NaN",
        "/v1/organizations?limit=1e1",
        "/v1/organizations?cursor=%00",
        "/v1/frameworks?lang=%00",
    ],
)
def test_no_text_in_an_address_breaks_anything(service: Service, path: str) -> None:
    reply = service.operator.get(path)

    assert reply.status_code in {200, 400, 404, 422}, reply.text
    assert reply.headers["content-type"].endswith("json")


def test_unknown_parameters_are_all_named_with_what_there_is(service: Service) -> None:
    reply = service.operator.get("/v1/organizations?limit=2&color=red&Limit=3")

    is_problem(reply, "invalid", 422)
    assert reply.json()["errors"] == [
        {
            "pointer": f"query:/{name}",
            "code": "unknown-parameter",
            "detail": "No such parameter",
            "received": None,
            "expected": ["cursor", "limit"],
        }
        for name in ("Limit", "color")
    ]


@pytest.mark.parametrize(
    ("path", "cache"),
    [
        pytest.param("/v1/frameworks", "public, max-age=300", id="the catalog is everybody's"),
        pytest.param("/v1/benchmarks", "public, max-age=60", id="releases are everybody's"),
        pytest.param("/v1/organizations", "no-store", id="tenants' data is kept by nobody"),
        pytest.param("/healthz", "no-store", id="health is now"),
    ],
)
def test_every_reply_has_safe_headers(service: Service, path: str, cache: str) -> None:
    reply = service.operator.get(path)

    assert reply.status_code == 200
    assert reply.headers["cache-control"] == cache
    for name, value in SECURITY.items():
        assert reply.headers[name] == value
    assert "server" not in reply.headers
    assert "set-cookie" not in reply.headers


def test_browsers_of_other_sites_may_read(service: Service) -> None:
    reply = service.http.get("/v1/frameworks", headers=ELSEWHERE)

    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    exposed = {one.strip() for one in reply.headers["access-control-expose-headers"].split(",")}
    assert {"ETag", "Link"} <= exposed
    refused = service.http.get("/v1/organizations", headers=ELSEWHERE)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 400), ("DELETE", 400)])
def test_browsers_of_other_sites_may_only_read(service: Service, method: str, status: int) -> None:
    reply = service.http.options(
        "/v1/organizations",
        headers=ELSEWHERE
        | {
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "Authorization",
        },
    )

    assert reply.status_code == status


@pytest.fixture
def breaking(server: Server, new_database: Callable[[], str]) -> Iterator[TestClient]:
    """The service with one route that has a bug."""
    app: FastAPI = create_app(server.settings(new_database()))

    @app.get("/breaks")
    async def breaks() -> None:
        raise RuntimeError("secret of the programmer")

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_bug_is_a_problem_that_tells_nothing(breaking: TestClient) -> None:
    reply = breaking.get("/breaks", headers=ELSEWHERE)

    is_problem(reply, "internal-error", 500)
    assert reply.json() == {
        "type": "/problems/internal-error",
        "title": "Something broke on our side",
        "status": 500,
        "detail": "The request was not carried out; nothing was kept",
    }
    assert "secret" not in reply.text


def test_a_bug_ends_one_request_and_not_the_service(breaking: TestClient) -> None:
    assert breaking.get("/breaks").status_code == 500
    assert breaking.get("/v1/frameworks").status_code == 200


def test_a_bug_is_left_to_the_servers_log(server: Server, new_database: Callable[[], str]) -> None:
    app = create_app(server.settings(new_database()))

    @app.get("/breaks")
    async def breaks() -> None:
        raise RuntimeError("for the log")

    with TestClient(app) as client, pytest.raises(RuntimeError, match="for the log"):
        client.get("/breaks")


def test_without_the_database_the_service_says_try_again(fresh_service: Service) -> None:
    organization = fresh_service.organization()
    client, database = fresh_service.http, fresh_service.database
    assert client.get("/readyz").json() == {"status": "ready"}

    with fresh_service.superuser() as admin:
        admin.execute(CUT)
    fresh_service.server.run(f"ALTER DATABASE {database} RENAME TO {database}_away")

    for reply in (
        client.get("/readyz"),
        client.get("/v1/frameworks"),
        client.get("/v1/benchmarks"),
        organization.client.get("/v1/organizations"),
        organization.submit(),
    ):
        is_problem(reply, "unavailable", 503)
        assert reply.headers["retry-after"] == "1"
    assert client.get("/healthz").json() == {"status": "ok"}

    fresh_service.server.run(f"ALTER DATABASE {database}_away RENAME TO {database}")
    assert client.get("/readyz").status_code == 200
    assert organization.submit().status_code == 201, "it goes on by itself"


def test_connections_that_were_cut_are_made_again(fresh_service: Service) -> None:
    assert fresh_service.http.get("/v1/frameworks").status_code == 200

    with fresh_service.superuser() as admin:
        admin.execute(CUT)

    assert fresh_service.http.get("/v1/frameworks").status_code == 200


def test_a_service_of_another_schema_is_not_ready(fresh_service: Service) -> None:
    with fresh_service.superuser() as admin:
        admin.execute("UPDATE alembic_version SET version_num = 'of_long_ago'")

    reply = fresh_service.http.get("/readyz")

    is_problem(reply, "unavailable", 503)
    assert "of_long_ago" in reply.json()["detail"]
    assert "palanca db upgrade" in reply.json()["detail"]
