"""Whose hospitals a bulk registration reaches, and which of them may be there twice."""

from typing import Any
from uuid import uuid4

import pytest

from app.access.models import Kind
from tests.conftest import Service
from tests.organizations.hospitals import hospital, name, network_of
from tests.organizations.test_bulk import send, statuses


def test_the_operator_registers_into_any_network_and_into_none(service: Service) -> None:
    first, second = service.network(), service.network()
    same = name()
    rows = [
        hospital(external_id=same, network=first["id"]),
        hospital(external_id=same, network=second["external_id"]),
        hospital(external_id=same),
    ]

    body = send(service.operator, rows).json()

    found = [
        service.operator.get(f"/v1/organizations/{one['id']}").json() for one in body["outcomes"]
    ]
    assert [one["network_id"] for one in found] == [first["id"], second["id"], None]


def test_a_network_registers_only_its_own(service: Service) -> None:
    (row, client), (other, _) = network_of(service), network_of(service)
    taken = service.organization(network=other["id"]).row
    rows = [
        hospital(network=row["id"]),
        hospital(network=row["external_id"]),
        hospital(network=other["id"]),
        hospital(network=other["external_id"]),
        hospital(network=str(uuid4())),
        hospital(external_id=taken["external_id"], name="Mine"),
    ]

    reply = send(client, rows)

    assert statuses(reply) == ["created", "created", "rejected", "rejected", "rejected", "created"]
    foreign, named, absent = reply.json()["outcomes"][2:5]
    assert foreign["errors"][0] | {"received": ""} == absent["errors"][0] | {"received": ""}
    assert named["errors"] == [
        {
            "pointer": "/network",
            "code": "unknown",
            "detail": "No such network",
            "received": other["external_id"],
            "expected": None,
        }
    ]
    assert service.operator.get(f"/v1/organizations/{taken['id']}").json() == taken
    assert len(client.get("/v1/organizations").json()["data"]) == 3


def test_likely_duplicates_are_told_and_none_is_merged(service: Service) -> None:
    network, client = network_of(service)
    there = service.organization(
        network=network["id"], name="Elm Hospital", attributes={"region": "us_west"}
    )
    rows = [
        hospital(name="ELM HOSP", attributes={"region": "us_west"}),
        hospital(name="Oak", identifiers={"cms": "5"}),
        hospital(name="Ash", identifiers={"cms": "5"}),
        hospital(name="Elm Hospital", attributes={"region": "us_south"}),
    ]

    body = send(client, rows).json()

    identifier, region = body["likely_duplicates"]
    assert (identifier["reason"], identifier["shared"]) == ("same-identifier", "cms:5")
    assert [one["line"] for one in identifier["members"]] == [2, 3]
    assert region["reason"] == "same-name-and-region"
    assert region["members"] == [
        {"line": 1, **{key: made[key] for key in ("id", "external_id")}, "name": "ELM HOSP"}
        for made in body["outcomes"][:1]
    ] + [{"line": None, **{key: there.row[key] for key in ("id", "external_id", "name")}}]
    assert body["namesakes_elsewhere"] == 1
    assert body["counts"]["created"] == 4


def test_a_row_is_no_duplicate_of_what_it_changes(service: Service) -> None:
    _, client = network_of(service)
    row = hospital(identifiers={"cms": "77"}, attributes={"region": "europe"})
    send(client, [row])

    assert send(client, [row | {"name": "St. Elm"}]).json()["likely_duplicates"] == []


def test_nobody_learns_of_a_strangers_hospital_by_its_name_or_number(service: Service) -> None:
    (row, _), (_, client) = network_of(service), network_of(service)
    known: dict[str, Any] = {
        "name": "Elm",
        "attributes": {"region": "africa"},
        "identifiers": {"cms": "secret"},
    }
    service.organization(network=row["id"], **known)

    body = send(client, [hospital(**known)]).json()

    assert (body["likely_duplicates"], body["namesakes_elsewhere"]) == ([], 0)
    again = send(service.operator, [hospital(**known)], "validate").json()
    assert len(again["likely_duplicates"]) == 2


@pytest.mark.parametrize("kind", [Kind.ORGANIZATION, Kind.PARTNER, Kind.RESEARCHER], ids=str)
def test_nobody_else_registers(service: Service, kind: Kind) -> None:
    tenant = service.organization().id if kind is Kind.ORGANIZATION else None

    reply = send(service.as_(service.key(kind, tenant)), [hospital()])

    assert (reply.status_code, reply.json()["scope"]) == (403, "organizations:write")


def test_the_query_alone_reaches_no_strangers_hospital(fresh_service: Service) -> None:
    """With the policies of the database switched off."""
    (theirs, _), (own, client) = network_of(fresh_service), network_of(fresh_service)
    known: dict[str, Any] = {"name": "Elm", "identifiers": {"cms": "5"}}
    foreign = fresh_service.organization(network=theirs["id"], **known)
    with fresh_service.superuser() as database:
        for table in ("organization", "network"):
            database.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        database.commit()
        # Rows of strangers are not even waited for.
        database.execute("SELECT FROM organization WHERE id = %s FOR UPDATE", [foreign.id])
        rows = [
            hospital(external_id=foreign.row["external_id"], **known),
            hospital(network=theirs["id"]),
        ]
        reply = send(client, rows)

    assert statuses(reply) == ["created", "rejected"]
    assert (reply.json()["likely_duplicates"], reply.json()["namesakes_elsewhere"]) == ([], 0)
    assert foreign.client.get(foreign.path).json() == foreign.row
    assert client.get("/v1/networks").json()["data"] == [own]
