"""Many organizations at once: every row is answered for, and what is right is registered."""

import gzip
import json
from typing import Any
from uuid import uuid4

import httpx

from app.jsonbody import MAX_VALUES
from tests.conftest import Caller, Service
from tests.organizations.hospitals import hospital, name, network_of

PATH = "/v1/organizations/bulk"


def send(
    client: Caller, rows: object, mode: str = "commit", key: str | None = None, **more: Any
) -> httpx.Response:
    """Rows as JSON, or text as CSV."""
    headers = {"Idempotency-Key": key or str(uuid4()), **more.pop("headers", {})}
    is_csv = isinstance(rows, str)
    headers = {"Content-Type": "text/csv" if is_csv else "application/json", **headers}
    content = rows if is_csv else json.dumps(rows)
    return client.post(f"{PATH}?mode={mode}", headers=headers, content=content, **more)


def statuses(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [one["status"] for one in reply.json()["outcomes"]]


def count(service: Service) -> Any:
    with service.superuser() as database:
        return database.execute("SELECT count(*) FROM organization").fetchone()


def test_rows_become_organizations_in_their_order(service: Service) -> None:
    network, client = network_of(service)
    rows = [
        hospital(name=f"Elm {number}", identifiers={"cms": f"00{number}"}) for number in range(3)
    ]

    reply = send(client, rows)

    body = reply.json()
    assert body["mode"] == "commit"
    assert body["counts"] == {"created": 3, "updated": 0, "unchanged": 0, "rejected": 0}
    assert [(one["line"], one["external_id"], one["errors"]) for one in body["outcomes"]] == [
        (number, row["external_id"], []) for number, row in enumerate(rows, 1)
    ]
    for row, one in zip(rows, body["outcomes"], strict=True):
        found = client.get(f"/v1/organizations/{one['id']}").json()
        assert found == {
            "id": one["id"],
            "network_id": network["id"],
            "attributes": {},
            "agreement_version": None,
            "benchmark": False,
            "research": False,
            "partner": False,
            "share_with_network": False,
            "created_at": found["created_at"],
            **row,
        }
    listed = client.get("/v1/organizations").json()["data"]
    assert [one["id"] for one in listed] == [one["id"] for one in body["outcomes"]]


def test_trying_it_gives_the_same_report_and_keeps_nothing(service: Service) -> None:
    _, client = network_of(service)
    there = [hospital(name="There"), hospital(name="Other")]
    send(client, there)
    rows = [
        hospital(),
        there[0],
        there[1] | {"name": "Changed"},
        hospital(name=""),
        hospital(name="Elm", state="ME", city="Bangor"),
        hospital(name="ELM.", state="ME", city="Bangor"),
    ]
    before = count(service)

    tried = send(client, rows, "validate").json()
    assert count(service) == before
    done = send(client, rows).json()

    assert [one["status"] for one in tried["outcomes"]] == [
        "created",
        "unchanged",
        "updated",
        "rejected",
        "created",
        "created",
    ]
    assert [one["id"] is None for one in tried["outcomes"]] == [
        True,
        False,
        False,
        True,
        True,
        True,
    ]
    assert [one["id"] is None for one in done["outcomes"]] == [False] * 3 + [True] + [False] * 2
    for report in (tried, done):
        for one in (*report["outcomes"], *report["likely_duplicates"][0]["members"]):
            del one["id"]
        del report["mode"]
    assert tried == done
    assert [one["reason"] for one in done["likely_duplicates"]] == ["same-name-and-city"]


def test_trying_it_needs_no_key_and_doing_it_does(service: Service) -> None:
    _, client = network_of(service)

    tried = client.post(f"{PATH}?mode=validate", json=[hospital()])
    refused = client.post(f"{PATH}?mode=commit", json=[hospital()])

    assert tried.status_code == 200
    assert (refused.status_code, refused.json()["type"]) == (
        400,
        "/problems/idempotency-key-missing",
    )
    assert client.get("/v1/organizations").json()["data"] == []


def test_a_retry_gets_the_same_answer_and_does_nothing(service: Service) -> None:
    _, client = network_of(service)
    rows, key = [hospital(), hospital()], str(uuid4())
    first = send(client, rows, key=key)

    again, other = send(client, rows, key=key), send(client, rows[:1], key=key)

    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert statuses(send(client, rows)) == ["unchanged", "unchanged"]


def test_what_a_row_does_not_say_stays(service: Service) -> None:
    _, client = network_of(service)
    row = hospital(
        attributes={"region": "us_west", "teaching": "yes"}, identifiers={"cms": "1", "own": "2"}
    )
    send(client, [row])
    more = {"attributes": {"teaching": "no", "type": "acute"}, "identifiers": {"cms": "3"}}

    assert statuses(send(client, [row | {"name": "St. Oak"} | more])) == ["updated"]
    assert statuses(send(client, [{**row, "name": "St. Oak"} | more])) == ["unchanged"]

    found = client.get(f"/v1/organizations/{row['external_id']}").json()
    assert found["name"] == "St. Oak"
    assert found["attributes"] == {"region": "us_west", "teaching": "no", "type": "acute"}
    assert found["identifiers"] == {"cms": "3", "own": "2"}


def test_a_row_changes_no_agreement(service: Service) -> None:
    row, client = network_of(service)
    member = service.organization(network=row["id"], share_with_network=True)

    send(client, [hospital(external_id=member.row["external_id"], name="Renamed")])

    assert member.client.get(member.path).json() == member.row | {"name": "Renamed"}


def test_csv_says_the_same_as_json(service: Service) -> None:
    network = service.network()
    one, other = f"0{name()}", name()
    text = (
        "external_id,name,network,teaching,id:cms,state,city\r\n"
        f'{one},"St. Elm, East",{network["external_id"]},yes,010001,AL,Dothan\r\n'
        f"{other},St. Oak,,,,,\r\n"
    )

    reply = send(service.operator, text, headers={"Content-Type": "text/csv; charset=utf-8"})

    assert statuses(reply) == ["created", "created"]
    assert [row["line"] for row in reply.json()["outcomes"]] == [2, 3]
    found = service.operator.get(f"/v1/organizations/{one}").json()
    assert (found["name"], found["network_id"]) == ("St. Elm, East", network["id"])
    assert found["attributes"] == {"teaching": "yes"}
    assert found["identifiers"] == {"cms": "010001"}
    alone = service.operator.get(f"/v1/organizations/{other}").json()
    assert (alone["network_id"], alone["attributes"]) == (None, {})


def test_rows_may_come_packed(service: Service) -> None:
    _, client = network_of(service)
    packed = gzip.compress(json.dumps([hospital()]).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    reply = client.post(f"{PATH}?mode=validate", content=packed, headers=headers)

    assert statuses(reply) == ["created"]


def test_rows_may_have_more_values_than_another_body(service: Service) -> None:
    _, client = network_of(service)
    rows = [[0] * MAX_VALUES, hospital()]
    alone = client.post("/v1/organizations", json=rows)

    assert statuses(send(client, rows, "validate")) == ["rejected", "created"]
    assert alone.json()["type"] == "/problems/payload-too-large"


def test_it_is_one_event_on_the_audit_trail(service: Service) -> None:
    network, client = network_of(service)

    send(client, [hospital() for _ in range(5)])

    with service.superuser() as database:
        rows = database.execute(
            "SELECT body::json ->> 'target', body::json -> 'actor' ->> 'kind' FROM audit_event"
            " WHERE chain_id = %s AND body::json ->> 'target' LIKE '/v1/organizations%%'",
            [network["id"]],
        ).fetchall()
    assert rows == [("/v1/organizations/bulk", "network")]
