"""Requests for tokens that a client signed: what passes, what is refused, and once only."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.access.models import Kind
from tests.clients.asking import ASSERTION_TYPE, ISSUER, KEYS, TOKEN_URL, Registered, register, sign
from tests.conftest import Service


@pytest.fixture(scope="module")
def client(service: Service) -> Registered:
    """A client that signs with two keys, for two scopes."""
    client = register(service, Kind.PARTNER)
    client.set_jwks("clients:read", "submissions:write", one=KEYS["ES384"], two=KEYS["RS384"])
    return client


def in_seconds(seconds: float) -> int:
    return int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())


@pytest.mark.parametrize(
    ("algorithm", "kid"), [("ES384", "one"), ("RS384", "two")], ids=["ES384", "RS384"]
)
def test_a_signed_request_gets_a_token(client: Registered, algorithm: str, kid: str) -> None:
    assertion = sign(client.claims(), KEYS[algorithm], {"kid": kid}, algorithm)

    reply = client.signed(assertion)

    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert answer.pop("access_token").startswith("plct_test_")
    assert answer == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "clients:read submissions:write",
    }
    assert reply.headers["cache-control"] == "no-store"
    token = client.service.as_(reply.json()["access_token"])
    assert token.get(client.path).json()["id"] == client.id


CHANGED = {
    "for the issuer": {"aud": ISSUER},
    "for one audience in a list": {"aud": [TOKEN_URL]},
    "by a clock that is a little behind": {"exp": -5},
    "that lasts five minutes": {"exp": 300},
    "from now on": {"nbf": 0, "iat": 0},
    "of a clock that is a little ahead": {"nbf": 8, "iat": 8},
    "with more claims": {"azp": "somebody", "scope": "data:write"},
    "with a long name": {"jti": "~" * 255},
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=[*CHANGED])
def test_a_good_assertion_is_one(client: Registered, changed: dict[str, Any]) -> None:
    claims = client.claims(**{name: timed(name, value) for name, value in changed.items()})

    assert client.signed(sign(claims)).status_code == 200


def timed(name: str, value: Any) -> Any:
    """Times are written as seconds from now; what is no such time stays as it is."""
    is_time = name in {"exp", "nbf", "iat"} and type(value) is int and value < 10**6
    return in_seconds(value) if is_time else value


WRONG_CLAIMS = {
    "for another service": {"aud": "https://other.example/oauth/token"},
    "for another service too": {"aud": [TOKEN_URL, "https://other.example/oauth/token"]},
    "for an address that the request names": {"aud": "http://testserver/oauth/token"},
    "for nobody": {"aud": None},
    "for an empty list": {"aud": []},
    "for a number": {"aud": 5},
    "that is over": {"exp": -60},
    "that lasts longer than five minutes": {"exp": 330},
    "that never ends": {"exp": None},
    "that ends at a word": {"exp": "soon"},
    "that ends at true": {"exp": True},
    "that ends at no number": {"exp": float("nan")},
    "that ends at infinity": {"exp": float("inf")},
    "that ends beyond all calendars": {"exp": 10**400},
    "that is not yet": {"nbf": 60},
    "from the future": {"iat": 60},
    "without a name": {"jti": None},
    "with an empty name": {"jti": ""},
    "with a name too long": {"jti": "x" * 256},
    "with a number for a name": {"jti": 5},
    "with NUL in its name": {"jti": "a\x00b"},
    "with half a character in its name": {"jti": "\ud800"},
}


@pytest.mark.parametrize("changed", WRONG_CLAIMS.values(), ids=[*WRONG_CLAIMS])
def test_who_signed_is_told_what_is_wrong(client: Registered, changed: dict[str, Any]) -> None:
    claims = client.claims(**{name: timed(name, value) for name, value in changed.items()})

    reply = client.signed(sign(claims))

    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    assert reply.json()["error_description"].startswith("Assertion: ")
    assert reply.headers["www-authenticate"] == 'Basic realm="palanca"'


def test_an_assertion_is_answered_once(client: Registered) -> None:
    assertion = sign(client.claims())

    assert client.signed(assertion).status_code == 200
    again = client.signed(assertion)

    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert again.json()["error_description"] == "Assertion: jti was used before"
    renamed = sign(client.claims(jti="another"))
    assert client.signed(renamed).status_code == 200
    for endpoint in ("introspect", "revoke"):
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": renamed}
        assert client.oauth(endpoint, token="x", **form).status_code == 401


def test_another_client_may_use_the_same_name(client: Registered) -> None:
    other = register(client.service, Kind.PARTNER)
    other.set_jwks(one=KEYS["ES384"])
    name = uuid4().hex

    assert client.signed(sign(client.claims(jti=name))).status_code == 200
    assert other.signed(sign(other.claims(jti=name))).status_code == 200


def test_a_refused_request_leaves_the_assertion_unused(client: Registered) -> None:
    assertion = sign(client.claims())

    assert client.signed(assertion, scope="data:write").json()["error"] == "invalid_scope"
    assert client.signed(assertion, scope="clients:read").json()["scope"] == "clients:read"


def test_of_many_at_once_one_is_answered(client: Registered) -> None:
    assertion = sign(client.claims())
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }

    async def ask_all() -> list[httpx.Response]:
        transport = httpx.ASGITransport(client.service.http.app)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            return await asyncio.gather(*(http.post("/oauth/token", data=form) for _ in range(10)))

    assert client.service.http.portal is not None
    replies = client.service.http.portal.call(ask_all)

    assert sorted(one.status_code for one in replies) == [200] + [401] * 9


def test_it_is_remembered_for_as_long_as_it_could_come_again(client: Registered) -> None:
    claims = client.claims()
    assert client.signed(sign(claims)).status_code == 200

    with client.service.superuser() as database:
        row = database.execute(
            "SELECT client_id::text, expires_at FROM used_assertion WHERE jti = %s", [claims["jti"]]
        ).fetchone()

    until = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=10)
    assert row == (client.id, until)


def test_a_client_without_keys_signs_nothing(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    assert client.signed(sign(client.claims())).status_code == 401
    client.set_jwks(one=KEYS["ES384"])
    assert client.signed(sign(client.claims())).status_code == 200
    client.set_jwks()
    assert client.signed(sign(client.claims())).status_code == 401


def test_who_signed_is_on_the_trail(service: Service) -> None:
    organization = service.organization()
    client = register(service, Kind.ORGANIZATION, organization=organization.id)
    client.set_jwks("submissions:write", one=KEYS["ES384"])

    assert client.signed(sign(client.claims())).status_code == 200

    event = organization.client.get(f"{organization.path}/audit?limit=200").json()["data"][-1]
    assert event["operation"].endswith("/token")
    assert event["actor"] == {
        "kind": "organization",
        "client_id": client.id,
        "key_id": KEYS["ES384"].thumbprint(),
    }
