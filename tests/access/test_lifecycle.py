"""A key from its first request to its last; every refusal looks the same from outside."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event

from app.access import callers, client_keys
from app.access.keys import make_key
from app.access.models import Kind
from app.db import Scope, transaction
from app.problems import NotFound, Unauthenticated
from tests.access.test_keys import check, mistyped
from tests.conftest import PEPPER, Service

REFUSAL = {
    "type": "/problems/unauthenticated",
    "title": "A valid key is needed",
    "status": 401,
    "detail": "Send a valid key: Authorization: Bearer plc...",
}
URL = "/v1/organizations"


def revoke(service: Service, key_id: str) -> None:
    """End a key as the command line does."""

    async def done() -> None:
        async with transaction(service.http.app.state.engine, Scope(operator=True)) as session:  # type: ignore[attr-defined]
            _, key = await client_keys.find(session, key_id)
            await client_keys.revoke(session, key, now=datetime.now(UTC))

    assert service.http.portal is not None
    service.http.portal.call(done)
    service.http.app.state.recent.forget()  # type: ignore[attr-defined]


def expired(service: Service) -> str:
    long_ago = datetime.now(UTC) - timedelta(days=8)
    return "Bearer " + service.key(Kind.OPERATOR, now=long_ago, days=7)


def revoked(service: Service) -> str:
    key = service.key(Kind.OPERATOR)
    assert service.as_(key).get(URL).status_code == 200
    revoke(service, key.split("_")[2])
    return "Bearer " + key


def with_another_secret(service: Service) -> str:
    right, other = service.key(Kind.OPERATOR), make_key("operator", "test").text
    body = right[:19] + other[19:-6]
    return f"Bearer {body}{check(body)}"


def with_a_typing_error(service: Service) -> str:
    return f"Bearer {mistyped(service.key(Kind.OPERATOR))}"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(lambda _: "", id="an empty header"),
        pytest.param(lambda _: "Bearer", id="a scheme and nothing else"),
        pytest.param(lambda _: "Bearer hello", id="not the shape of a key"),
        pytest.param(lambda service: "Basic " + service.key(Kind.OPERATOR), id="another scheme"),
        pytest.param(lambda service: service.key(Kind.OPERATOR), id="no scheme"),
        pytest.param(lambda _: f"Bearer {make_key('operator', 'test').text}", id="an unknown key"),
        pytest.param(with_a_typing_error, id="a wrong checksum"),
        pytest.param(with_another_secret, id="a wrong secret with the right key id"),
        pytest.param(expired, id="an expired key"),
        pytest.param(revoked, id="a revoked key"),
    ],
)
def test_every_bad_key_gets_the_same_answer(
    service: Service, header: Callable[[Service], str]
) -> None:
    without = service.http.get(URL)
    reply = service.http.get(URL, headers={"Authorization": header(service)})

    assert reply.status_code == 401
    assert reply.json() == REFUSAL
    assert reply.content == without.content
    counted = "ratelimit"  # goes down with every request of an address
    assert {**reply.headers, counted: ""} == {**without.headers, counted: ""}
    assert reply.headers["www-authenticate"] == 'Bearer realm="palanca"'
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [URL, "/v1/invitation"])
def test_a_typing_error_costs_the_database_nothing(service: Service, path: str) -> None:
    engine = service.http.app.state.engine.sync_engine  # type: ignore[attr-defined]
    asked: list[str] = []

    def listen(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        for header in (with_a_typing_error(service), "Bearer hello"):
            asked.clear()
            assert service.http.get(path, headers={"Authorization": header}).status_code == 401
            assert asked == []
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def test_a_key_anywhere_but_in_its_header_is_no_key(service: Service) -> None:
    key = service.key(Kind.OPERATOR)

    in_the_url = service.http.get(URL, params={"key": key})
    assert in_the_url.status_code == 422, "no such parameter"
    assert key not in in_the_url.text
    assert service.http.get(URL, headers={"Cookie": f"key={key}"}).status_code == 401


def test_the_scheme_is_read_in_any_case(service: Service) -> None:
    header = {"Authorization": "bearer " + service.key(Kind.OPERATOR)}

    assert service.http.get(URL, headers=header).status_code == 200


def test_a_key_ends_at_its_very_instant(service: Service) -> None:
    made = datetime(2026, 3, 1, tzinfo=UTC)
    key = service.key(Kind.OPERATOR, now=made, days=30)
    ends = made + timedelta(days=30)

    async def kind_at(now: datetime) -> Kind:
        async with transaction(service.http.app.state.engine) as session:  # type: ignore[attr-defined]
            known = await callers.authenticate(session, key, pepper=PEPPER.encode(), now=now)
            return known.caller.kind

    assert service.http.portal is not None
    assert service.http.portal.call(kind_at, ends - timedelta(microseconds=1)) is Kind.OPERATOR
    with pytest.raises(Unauthenticated):
        service.http.portal.call(kind_at, ends)


def test_revoking_one_key_leaves_the_others(service: Service) -> None:
    first, second = service.key(Kind.OPERATOR), service.key(Kind.OPERATOR)

    revoke(service, first.split("_")[2])

    assert service.as_(first).get(URL).status_code == 401
    assert service.as_(second).get(URL).status_code == 200


def test_revoking_twice_keeps_the_first_instant(service: Service) -> None:
    key_id = service.key(Kind.OPERATOR).split("_")[2]
    query = "SELECT revoked_at FROM client_key WHERE key_id = %s"

    with service.superuser() as database:
        revoke(service, key_id)
        first = database.execute(query, [key_id]).fetchone()
        revoke(service, key_id)
        assert database.execute(query, [key_id]).fetchone() == first
        assert first is not None
        assert first[0] is not None


def test_revoking_what_is_not_there_says_so(service: Service) -> None:
    with pytest.raises(NotFound, match="No key abcdefgh"):
        revoke(service, "abcdefgh")


def test_a_key_of_another_pepper_is_refused(service: Service) -> None:
    key = service.key(Kind.OPERATOR)

    async def tried() -> None:
        async with transaction(service.http.app.state.engine) as session:  # type: ignore[attr-defined]
            await callers.authenticate(session, key, pepper=b"x" * 32, now=datetime.now(UTC))

    assert service.http.portal is not None
    with pytest.raises(Unauthenticated):
        service.http.portal.call(tried)


def test_a_refused_write_leaves_nothing_behind(service: Service) -> None:
    name = f"N-{uuid4().hex[:8]}"
    body = {"external_id": name, "name": "Never there"}

    assert service.http.post("/v1/networks", json=body).status_code == 401
    assert service.operator.get(f"/v1/networks/{name}").status_code == 404
