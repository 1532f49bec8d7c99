"""A client's keys from the first to the last, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.access.keys import LETTERS
from app.access.models import Kind
from tests.clients.asking import AGREEMENT, key_id, register
from tests.conftest import Caller, Service


def days(row: dict[str, Any]) -> int:
    life = datetime.fromisoformat(row["expires_at"]) - datetime.fromisoformat(row["created_at"])
    assert not life.seconds
    return life.days


def works(service: Service, key: str) -> bool:
    status = service.as_(key).get("/v1/clients").status_code
    assert status in {200, 401}
    return status == 200


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_a_key_is_shown_once(service: Service, kind: Kind) -> None:
    client = register(service, kind)
    body = {"scopes": ["clients:read", "clients:read"]}

    made = service.operator.post(f"{client.path}/keys", json=body)

    assert made.status_code == 201
    row = made.json()
    key = row.pop("key")
    assert key.startswith(f"plc{LETTERS[kind]}_test_")
    assert made.headers["location"] == f"{client.path}/keys/{key_id(key)}"
    assert days(row) == 90
    assert row == {
        "key_id": key_id(key),
        "last_four": key[-4:],
        "scopes": ["clients:read"],
        "created_at": row["created_at"],
        "expires_at": row["expires_at"],
        "last_used_at": None,
        "revoked_at": None,
    }
    assert works(service, key)
    assert service.operator.get(made.headers["location"]).json() == row
    listed = service.operator.get(f"{client.path}/keys")
    assert listed.json()["data"] == [row]
    assert key not in listed.text


def test_a_retry_gets_the_same_key_and_none_is_made(service: Service) -> None:
    client, operator = register(service, Kind.PARTNER), service.operator
    headers = {"Idempotency-Key": str(uuid4())}

    first, second = (
        operator.post(f"{client.path}/keys", json={"scopes": ["clients:read"]}, headers=headers)
        for _ in range(2)
    )

    assert first.json() == second.json()
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert works(service, second.json()["key"])
    assert len(operator.get(f"{client.path}/keys").json()["data"]) == 1
    with service.superuser() as database:
        [stored] = database.execute(
            "SELECT body FROM answered_request ORDER BY answered_at DESC LIMIT 1"
        ).fetchall()
    assert key_id(first.json()["key"]).encode() not in stored[0], "kept sealed"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        pytest.param({}, [("/scopes", "required")], id="no scopes"),
        pytest.param({"scopes": []}, [("/scopes", "too-short")], id="an empty list of them"),
        pytest.param(
            {"scopes": ["everything"]}, [("/scopes", "scope-not-allowed")], id="an invented scope"
        ),
        pytest.param(
            {"scopes": ["catalog:write", "submissions:read"]},
            [("/scopes", "scope-not-allowed")],
            id="a scope beyond the kind",
        ),
        pytest.param(
            {"scopes": ["clients:read"], "days": 0},
            [("/days", "greater-than-equal")],
            id="no day at all",
        ),
        pytest.param(
            {"scopes": ["clients:read"], "days": 366},
            [("/days", "less-than-equal")],
            id="more than a year",
        ),
        pytest.param(
            {"scopes": ["clients:read"], "key": "plco_live_mine"},
            [("/key", "unknown-field")],
            id="a key of one's own choice",
        ),
    ],
)
def test_a_key_that_cannot_be_is_said(
    service: Service, body: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    client = register(service, Kind.PARTNER)

    reply = service.operator.post(f"{client.path}/keys", json=body)

    assert reply.status_code == 422
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == errors
    assert service.operator.get(f"{client.path}/keys").json()["data"] == []


def test_keys_are_listed_page_by_page_without_tokens(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    keys = [client.new_key() for _ in range(3)]
    assert client.token(keys[0]).status_code == 200

    first = service.operator.get(f"{client.path}/keys?limit=2")
    cursor = first.json()["page"]["next_cursor"]
    second = service.operator.get(f"{client.path}/keys?limit=2&cursor={cursor}")

    listed = [*first.json()["data"], *second.json()["data"]]
    assert [one["key_id"] for one in listed] == [key_id(key) for key in keys]
    assert second.json()["page"]["next_cursor"] is None


def test_a_token_is_no_key_to_rotate_or_revoke(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    token = client.token(client.new_key()).json()["access_token"]
    path = f"{client.path}/keys/{key_id(token)}"

    assert service.operator.get(path).status_code == 404
    assert service.operator.request("DELETE", path).status_code == 404
    assert service.operator.post(f"{path}/rotation", json={}).status_code == 404


@pytest.mark.parametrize(
    ("body", "hours"),
    [
        pytest.param({}, 24, id="a day unless said otherwise"),
        pytest.param({"overlap_hours": 1}, 1, id="an hour"),
        pytest.param({"overlap_hours": 0}, 0, id="not at all"),
    ],
)
def test_the_old_key_works_beside_the_new_one_for(
    service: Service, body: dict[str, Any], hours: int
) -> None:
    client = register(service, Kind.PARTNER)
    old = client.new_key("clients:read", "submissions:read", days=17)
    token = client.token(old).json()["access_token"]

    made = service.operator.post(f"{client.path}/keys/{key_id(old)}/rotation", json=body)

    assert made.status_code == 201
    new = made.json()
    assert (new["scopes"], days(new)) == (["clients:read", "submissions:read"], 17)
    assert made.headers["location"] == f"{client.path}/keys/{key_id(new['key'])}"
    assert works(service, new["key"])
    assert works(service, old) == works(service, token) == (hours > 0)
    row = service.operator.get(f"{client.path}/keys/{key_id(old)}").json()
    now = datetime.fromisoformat(new["created_at"])
    if hours:
        assert datetime.fromisoformat(row["expires_at"]) == now + timedelta(hours=hours)
        assert row["revoked_at"] is None
    else:
        assert datetime.fromisoformat(row["revoked_at"]) == now


def test_a_key_that_ends_sooner_than_the_overlap_still_does(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    old = client.new_key()
    path = f"{client.path}/keys/{key_id(old)}"
    service.operator.post(f"{path}/rotation", json={"overlap_hours": 1})
    ends = service.operator.get(path).json()["expires_at"]

    assert service.operator.post(f"{path}/rotation", json={"overlap_hours": 24}).status_code == 201

    assert service.operator.get(path).json()["expires_at"] == ends


@pytest.mark.parametrize("hours", [-1, 25, 1.5, "one"])
def test_an_overlap_is_whole_hours_of_a_day(service: Service, hours: object) -> None:
    client = register(service, Kind.PARTNER)
    path = f"{client.path}/keys/{key_id(client.new_key())}/rotation"

    reply = service.operator.post(path, json={"overlap_hours": hours})

    assert reply.status_code == 422
    assert [one["pointer"] for one in reply.json()["errors"]] == ["/overlap_hours"]


def test_what_was_revoked_is_not_brought_back(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    path = f"{client.path}/keys/{key_id(client.new_key())}"
    assert service.operator.request("DELETE", path).status_code == 204

    reply = service.operator.post(f"{path}/rotation", json={})

    assert (reply.status_code, reply.json()["type"]) == (409, "/problems/key-ended")
    assert len(service.operator.get(f"{client.path}/keys").json()["data"]) == 1


def test_revoking_ends_a_key_and_its_tokens_and_no_other(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    first, second = client.new_key(), client.new_key()
    dead, alive = (client.token(key).json()["access_token"] for key in (first, second))
    path = f"{client.path}/keys/{key_id(first)}"

    assert service.operator.request("DELETE", path).status_code == 204

    assert [works(service, key) for key in (first, dead)] == [False, False]
    assert [works(service, key) for key in (second, alive)] == [True, True]
    ended = service.operator.get(path).json()["revoked_at"]
    assert service.operator.request("DELETE", path).status_code == 204
    assert service.operator.get(path).json()["revoked_at"] == ended, "the first end stays"


def test_no_key_of_a_researchers_outlives_the_agreement(service: Service) -> None:
    today = datetime.now(UTC).date()
    agreement = {**AGREEMENT, "ends_on": (today + timedelta(days=9)).isoformat()}
    client = register(service, Kind.RESEARCHER, data_use=agreement)
    midnight = datetime.combine(today + timedelta(days=10), datetime.min.time(), UTC)

    made = service.operator.post(
        f"{client.path}/keys", json={"scopes": ["research:read"], "days": 365}
    ).json()
    again = service.operator.post(f"{client.path}/keys/{made['key_id']}/rotation", json={}).json()
    short = client.new_key(days=2)

    assert datetime.fromisoformat(client.row["ends_at"]) == midnight
    assert datetime.fromisoformat(made["expires_at"]) == midnight
    assert datetime.fromisoformat(again["expires_at"]) <= midnight
    assert days(service.operator.get(f"{client.path}/keys/{key_id(short)}").json()) == 2


def test_a_researchers_key_dies_with_the_agreement(service: Service) -> None:
    client = register(service, Kind.RESEARCHER)
    key = client.new_key()
    token = client.token(key).json()["access_token"]
    assert works(service, key)

    with service.superuser() as database:
        database.execute("UPDATE client SET ends_at = now() WHERE id = %s", [client.id])
    service.http.app.state.recent.forget()  # type: ignore[attr-defined]

    assert not works(service, key)
    assert not works(service, token)


def trail(organization: Caller, path: str) -> list[tuple[str, str, str]]:
    events = organization.get(f"{path}/audit?limit=200").json()["data"]
    return [
        (one["operation"].replace(" /v1", " "), one["target"], one["actor"]["kind"])
        for one in events
    ]


def test_what_the_operator_does_with_an_organizations_keys_is_on_its_trail(
    service: Service,
) -> None:
    organization = service.organization()
    client = register(service, Kind.ORGANIZATION, organization=organization.id)
    old = client.new_key("submissions:write")
    path = f"{client.path}/keys"
    new = service.operator.post(f"{path}/{key_id(old)}/rotation", json={}).json()["key_id"]
    service.operator.request("DELETE", f"{path}/{new}")
    client.set_jwks()
    service.operator.request("DELETE", client.path)

    seen = trail(organization.client, organization.path)

    route = "/clients/{client}"
    assert seen[-6:] == [
        ("POST /clients", client.path, "operator"),
        (f"POST {route}/keys", f"{path}/{key_id(old)}", "operator"),
        (f"POST {route}/keys/{{key_id}}/rotation", f"{path}/{new}", "operator"),
        (f"DELETE {route}/keys/{{key_id}}", f"{path}/{new}", "operator"),
        (f"PUT {route}/jwks", f"{client.path}/jwks", "operator"),
        (f"DELETE {route}", client.path, "operator"),
    ]
