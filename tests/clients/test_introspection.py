"""Tokens as their clients look at them and end them; to anybody else they are not there."""

from datetime import UTC, datetime

import pytest

from app.access.keys import make_key
from app.access.models import Kind
from tests.access.test_keys import check, mistyped
from tests.clients.asking import ASSERTION_TYPE, ISSUER, KEYS, Registered, key_id, register, sign
from tests.conftest import Service


@pytest.fixture(scope="module")
def client(service: Service) -> Registered:
    return register(service, Kind.PARTNER)


def test_a_token_can_be_looked_at_by_its_client(client: Registered) -> None:
    key = client.new_key()
    client.set_jwks(one=KEYS["ES384"])
    answer = client.token(key, scope="clients:read submissions:read").json()
    now = datetime.now(UTC).timestamp()

    found = client.oauth("introspect", key, token=answer["access_token"], token_type_hint="x")

    assert found.status_code == 200
    body = found.json()
    assert now - 5 <= body["iat"] <= now
    assert body == {
        "active": True,
        "scope": "clients:read submissions:read",
        "client_id": client.id,
        "sub": client.id,
        "iss": ISSUER,
        "token_type": "Bearer",
        "exp": body["iat"] + 3600,
        "iat": body["iat"],
    }
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": sign(client.claims())}
    assert client.oauth("introspect", token=answer["access_token"], **form).json() == body


def tokens_that_are_not_active(client: Registered, key: str) -> dict[str, str]:
    mine = client.token(key).json()["access_token"]
    client.oauth("revoke", key, token=mine)
    over = client.token(key).json()["access_token"]
    with client.service.superuser() as database:
        database.execute(
            "UPDATE client_key SET expires_at = now(), created_at = now() - interval '1 hour'"
            " WHERE key_id = %s",
            [key_id(over)],
        )
    other = register(client.service, Kind.PARTNER)
    good = client.token(key).json()["access_token"]
    forged = good[:19] + make_key("token", "test").text[19:-6]
    return {
        "revoked": mine,
        "expired": over,
        "another client's": other.token(other.new_key()).json()["access_token"],
        "a key": key,
        "of another secret": f"{forged}{check(forged)}",
        "unknown": make_key("token", "test").text,
        "no token at all": "hello",
        "a wrong checksum": mistyped(good),
        "with NUL": "plct_test_\x00",
    }


def test_of_anything_else_nothing_is_said(client: Registered) -> None:
    key = client.new_key()
    for name, token in tokens_that_are_not_active(client, key).items():
        found = client.oauth("introspect", key, token=token)

        assert (found.status_code, found.json()) == (200, {"active": False}), name


def test_the_operator_looks_at_nobodys_tokens_and_ends_none(client: Registered) -> None:
    operator = register(client.service, Kind.OPERATOR)
    key, token = operator.new_key(), client.token(client.new_key()).json()["access_token"]

    assert operator.oauth("introspect", key, token=token).json() == {"active": False}
    assert operator.oauth("revoke", key, token=token).status_code == 200
    assert client.service.as_(token).get(client.path).status_code == 200


def test_a_token_is_ended_by_its_client_and_by_nobody_else(client: Registered) -> None:
    key, other = client.new_key(), register(client.service, Kind.PARTNER)
    token, kept = (client.token(key).json()["access_token"] for _ in range(2))

    def works(presented: str) -> bool:
        return bool(client.service.as_(presented).get(client.path).status_code == 200)

    assert other.oauth("revoke", other.new_key(), token=token).status_code == 200
    assert works(token), "not theirs"
    for _ in range(2):
        reply = client.oauth("revoke", key, token=token)
        assert (reply.status_code, reply.content) == (200, b"")
    assert [works(one) for one in (token, kept, key)] == [False, True, True]
    assert client.oauth("revoke", key, token="hello").status_code == 200
    as_a_key = client.oauth("revoke", key, token=key)
    assert (as_a_key.status_code, as_a_key.json()["error"]) == (400, "unsupported_token_type")
    assert works(key), "and it says that it is not revoked"


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_without_a_token_there_is_nothing_to_say(client: Registered, endpoint: str) -> None:
    reply = client.oauth(endpoint, client.new_key(), grant_type="x")

    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
