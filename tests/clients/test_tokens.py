"""Tokens for a client that shows one of its keys, and who gets none."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest

from app.access.keys import make_key
from app.access.models import Kind
from app.access.permissions import ALLOWED
from tests.assessments.asking import wait_until_somebody_waits
from tests.clients.asking import ASSERTION_TYPE, Registered, key_id, register
from tests.conftest import Service

REFUSED = {"error": "invalid_client", "error_description": "Client authentication failed"}
GRANT = "grant_type=client_credentials"


@pytest.fixture(scope="module")
def client(service: Service) -> Registered:
    return register(service, Kind.PARTNER)


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_a_key_is_exchanged_for_a_token(service: Service, kind: Kind) -> None:
    client = register(service, kind)

    reply = client.token(client.new_key())

    assert reply.status_code == 200, reply.text
    answer = reply.json()
    token = answer.pop("access_token")
    assert token.startswith("plct_test_")
    scopes = sorted(ALLOWED[kind] - {"clients:write"})
    assert answer == {"token_type": "Bearer", "expires_in": 3600, "scope": " ".join(scopes)}
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    assert service.as_(token).get(client.path).json()["id"] == client.id


def test_a_token_does_what_its_key_does_and_where(service: Service) -> None:
    organization, other = service.organization(), service.organization()
    client = register(service, Kind.ORGANIZATION, organization=organization.id)
    answer = client.token(client.new_key(), scope="submissions:write submissions:read").json()
    token = service.as_(answer["access_token"])

    assert token.get(f"{organization.path}/submissions").status_code == 200
    assert token.get(f"{other.path}/submissions").status_code == 404
    reply = token.get(organization.path)
    assert (reply.status_code, reply.json()["scope"]) == (403, "organizations:read")


def test_a_token_ends_with_its_key(client: Registered) -> None:
    key = client.new_key()
    soon = datetime.now(UTC) + timedelta(minutes=9)
    with client.service.superuser() as database:
        database.execute(
            "UPDATE client_key SET expires_at = %s WHERE key_id = %s", [soon, key_id(key)]
        )

    answer = client.token(key).json()

    assert 530 < answer["expires_in"] <= 540
    looked = client.oauth("introspect", key, token=answer["access_token"]).json()
    assert looked["exp"] == int(soon.timestamp())


def test_a_token_ends_with_its_client(service: Service) -> None:
    client = register(service, Kind.RESEARCHER)
    key = client.new_key()
    with service.superuser() as database:
        soon = datetime.now(UTC) + timedelta(minutes=9)
        database.execute("UPDATE client SET ends_at = %s WHERE id = %s", [soon, client.id])

    assert 530 < client.token(key).json()["expires_in"] <= 540


def test_issuing_and_ending_tokens_is_on_the_trail_and_looking_is_not(service: Service) -> None:
    organization = service.organization()
    client = register(service, Kind.ORGANIZATION, organization=organization.id)
    key = client.new_key()
    token = client.token(key).json()["access_token"]
    client.oauth("introspect", key, token=token)
    client.oauth("revoke", key, token=token)
    client.oauth("revoke", key, token="not a token")

    listed = organization.client.get(f"{organization.path}/audit?limit=200")

    events = [(one["target"], one["actor"]["key_id"]) for one in listed.json()["data"]]
    assert events[-2:] == [("/oauth/token", key_id(key)), ("/oauth/revoke", key_id(key))]
    assert token not in listed.text


def basic(client_id: str, secret: str) -> dict[str, str]:
    both = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {both}"}


def in_another_scheme(client: Registered, key: str) -> dict[str, str]:
    return {"Authorization": basic(client.id, key)["Authorization"].replace("Basic", "Bearer")}


def another_client(client: Registered, key: str) -> dict[str, str]:
    other = register(client.service, Kind.PARTNER)
    return basic(other.id, key)


def with_a_token(client: Registered, key: str) -> dict[str, str]:
    return basic(client.id, client.token(key).json()["access_token"])


def revoked(client: Registered, key: str) -> dict[str, str]:
    client.service.operator.request("DELETE", f"{client.path}/keys/{key_id(key)}")
    return basic(client.id, key)


def of_an_ended_client(client: Registered, _: str) -> dict[str, str]:
    other = register(client.service, Kind.PARTNER)
    key = other.new_key()
    client.service.operator.request("DELETE", other.path)
    return basic(other.id, key)


STRANGERS: dict[str, Callable[[Registered, str], dict[str, str]]] = {
    "nobody": lambda _, __: {},
    "a bearer": lambda _, key: {"Authorization": f"Bearer {key}"},
    "another scheme": in_another_scheme,
    "no base64": lambda _, __: {"Authorization": "Basic !"},
    "no colon": lambda _, __: {"Authorization": "Basic aGVsbG8="},
    "beyond ASCII": lambda client, key: basic(client.id, key + "é"),
    "an unknown client": lambda _, key: basic(str(uuid4()), key),
    "another client": another_client,
    "no client": lambda _, key: basic("", key),
    "no key": lambda client, _: basic(client.id, ""),
    "an unknown key": lambda client, _: basic(client.id, make_key("partner", "test").text),
    "a token for a key": with_a_token,
    "an invitation for a key": lambda client, _: basic(
        client.id, make_key("invitation", "test").text
    ),
    "a revoked key": revoked,
    "a client that ended": of_an_ended_client,
}


@pytest.mark.parametrize("headers", STRANGERS.values(), ids=[*STRANGERS])
@pytest.mark.parametrize("endpoint", ["token", "introspect", "revoke"])
def test_strangers_are_all_refused_alike(
    client: Registered, endpoint: str, headers: Callable[[Registered, str], dict[str, str]]
) -> None:
    sent = headers(client, client.new_key())

    reply = client.service.http.post(
        f"/oauth/{endpoint}",
        data={"grant_type": "client_credentials", "token": "x"},
        headers=sent,
    )

    assert (reply.status_code, reply.json()) == (401, REFUSED)
    assert reply.headers["www-authenticate"] == 'Basic realm="palanca"'
    assert reply.headers["cache-control"] == "no-store"


def test_id_and_secret_may_be_form_encoded(client: Registered) -> None:
    everything = "".join(f"%{ord(one):02X}" for one in client.id)
    key = client.new_key()

    for name in (everything, quote(client.id), client.id):
        reply = client.service.http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, headers=basic(name, key)
        )
        assert reply.status_code == 200


WRONG: dict[str, tuple[str, str]] = {
    "no grant type": ("scope=clients:read", "invalid_request"),
    "an empty grant type": ("grant_type=", "invalid_request"),
    "another grant type": ("grant_type=password", "unsupported_grant_type"),
    "a scope beyond the key": (f"{GRANT}&scope=data:write", "invalid_scope"),
    "an invented scope": (f"{GRANT}&scope=everything", "invalid_scope"),
    "a scope with NUL": (f"{GRANT}&scope=clients:read%00", "invalid_scope"),
    "a parameter twice": (f"{GRANT}&{GRANT}", "invalid_request"),
    "another's name beside it": (f"{GRANT}&client_id=x", "invalid_client"),
    "an assertion besides": (
        f"{GRANT}&client_assertion=x&client_assertion_type={ASSERTION_TYPE}",
        "invalid_request",
    ),
    "half an assertion": (f"{GRANT}&client_assertion=x", "invalid_request"),
    "the other half": (f"{GRANT}&client_assertion_type={ASSERTION_TYPE}", "invalid_request"),
    "no form": ("grant_type", "invalid_request"),
    "bytes that are no text": (f"{GRANT}&scope=%ff", "invalid_request"),
    "too many parameters": ("&".join(f"a{one}=1" for one in range(33)), "invalid_request"),
    "too long a form": (f"{GRANT}&x={'x' * 17_000}", "invalid_request"),
}


@pytest.mark.parametrize(("form", "code"), WRONG.values(), ids=[*WRONG])
def test_a_wrong_request_is_told_so(client: Registered, form: str, code: str) -> None:
    reply = client.service.http.post(
        "/oauth/token",
        content=form,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            **basic(client.id, client.new_key("clients:read")),
        },
    )

    assert reply.json()["error"] == code, reply.text
    assert reply.status_code == (401 if code == "invalid_client" else 400)
    assert set(reply.json()) == {"error", "error_description"}
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", "multipart/form-data"])
def test_only_a_form_is_read(client: Registered, media_type: str) -> None:
    headers = {"Content-Type": media_type, **basic(client.id, client.new_key())}

    reply = client.service.http.post("/oauth/token", content='"x"', headers=headers)

    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_parameters_that_mean_nothing_are_ignored(client: Registered) -> None:
    key = client.new_key()

    assert client.token(key, client_id=client.id, resource="x", scope="").status_code == 200
    in_the_url = client.service.http.post(
        "/oauth/token?scope=clients:read", headers=basic(client.id, key)
    )
    assert in_the_url.status_code == 422, "and in the URL they are an error, as everywhere"


def test_a_key_that_can_give_a_token_nothing_gets_none(client: Registered) -> None:
    reply = client.token(client.new_key("clients:write"))

    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_scope")


def test_of_a_key_that_ends_in_this_moment_there_is_no_token(client: Registered) -> None:
    key = client.new_key()
    with ThreadPoolExecutor(1) as pool, client.service.superuser() as database:
        database.execute("SELECT FROM client WHERE id = %s FOR UPDATE", [client.id])
        asking = pool.submit(client.token, key)
        wait_until_somebody_waits(client.service)
        ended = "UPDATE client_key SET revoked_at = now() WHERE key_id = %s"
        database.execute(ended.encode(), [key_id(key)])
        database.commit()

        assert (asking.result().status_code, asking.result().json()) == (401, REFUSED)
