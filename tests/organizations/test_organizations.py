"""Networks and organizations over HTTP: who registers, who sees, what is refused."""

from uuid import uuid4

import pytest

from tests.conftest import Caller, Service
from tests.organizations.hospitals import NO_NETWORK, hospital, network_of


def test_an_organization_is_created_and_found_where_it_says(service: Service) -> None:
    network = service.network()
    attributes = {"size_band": "300_plus", "teaching": "yes"}
    given = hospital(
        network=network["external_id"], attributes=attributes, identifiers={"cms": "010001"}
    )

    reply = service.operator.post("/v1/organizations", json=given)

    assert reply.status_code == 201
    row = reply.json()
    assert reply.headers["location"] == f"/v1/organizations/{row['id']}"
    assert row == {
        "id": row["id"],
        "network_id": network["id"],
        "external_id": given["external_id"],
        "name": "St. Elm",
        "attributes": attributes,
        "identifiers": {"cms": "010001"},
        "agreement_version": None,
        "benchmark": False,
        "research": False,
        "partner": False,
        "share_with_network": False,
        "created_at": row["created_at"],
    }
    for reference in (row["id"], row["id"].upper(), given["external_id"], "cms:010001"):
        found = service.operator.get(f"/v1/organizations/{reference}")
        assert (found.status_code, found.json()) == (200, row)
        assert found.headers["cache-control"] == "no-store"


def test_each_caller_lists_its_own(service: Service) -> None:
    row, client = network_of(service)
    members = [client.post("/v1/organizations", json=hospital()).json()["id"] for _ in range(3)]
    alone = service.organization()
    stranger = service.organization(network=service.network()["id"])

    def listed(caller: Caller) -> list[str]:
        reply = caller.get("/v1/organizations", params={"limit": 200})
        assert reply.headers["cache-control"] == "no-store"
        return [one["id"] for one in reply.json()["data"]]

    assert listed(client) == members
    assert listed(alone.client) == [alone.id]
    assert {*members, alone.id, stranger.id} <= set(listed(service.operator))
    assert row["id"] not in listed(service.operator)


def test_a_list_is_read_in_pages(service: Service) -> None:
    _, client = network_of(service)
    members = [client.post("/v1/organizations", json=hospital()).json()["id"] for _ in range(5)]

    seen, sizes, path = [], [], "/v1/organizations?limit=2"
    while path:
        reply = client.get(path)
        body = reply.json()
        seen += [one["id"] for one in body["data"]]
        sizes.append(len(body["data"]))
        cursor = body["page"]["next_cursor"]
        assert body["page"] == {"next_cursor": cursor, "limit": 2}
        link = reply.links.get("next", {})
        assert (cursor is None) == (not link)
        path = link.get("url", "")
        assert cursor is None or cursor in path

    assert seen == members
    assert sizes == [2, 2, 1]


def test_a_page_that_holds_exactly_all_is_the_last(service: Service) -> None:
    _, client = network_of(service)
    for _ in range(2):
        client.post("/v1/organizations", json=hospital())

    reply = client.get("/v1/organizations?limit=2")

    assert len(reply.json()["data"]) == 2
    assert reply.json()["page"]["next_cursor"] is None
    assert "link" not in reply.headers


def test_a_cursor_of_another_shows_nothing_of_theirs(service: Service) -> None:
    _, first = network_of(service)
    _, second = network_of(service)
    for client in (first, first, second):
        client.post("/v1/organizations", json=hospital())
    cursor = first.get("/v1/organizations?limit=1").json()["page"]["next_cursor"]

    body = second.get("/v1/organizations", params={"cursor": cursor}).json()

    mine = second.get("/v1/organizations").json()["data"]
    assert body["data"] == mine
    assert len(mine) == 1


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "%00", "é" * 20, "=" * 24, "A" * 400])
def test_a_cursor_that_we_did_not_make_is_refused(service: Service, cursor: str) -> None:
    reply = service.operator.get("/v1/organizations", params={"cursor": cursor})

    assert reply.status_code == 400
    assert reply.json() == {
        "type": "/problems/bad-cursor",
        "title": "Cursor is not one of ours",
        "status": 400,
        "detail": "Take next_cursor from the page before, as it is",
    }


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many", "1.5", "NaN", "9" * 30])
def test_a_limit_outside_its_range_is_refused(service: Service, limit: str) -> None:
    reply = service.operator.get("/v1/organizations", params={"limit": limit})

    assert reply.status_code == 422
    [found] = reply.json()["errors"]
    assert (found["pointer"], found["received"]) == ("query:/limit", limit)


def test_a_network_registers_only_its_own(service: Service) -> None:
    row, client = network_of(service)
    other = service.network()

    for said in ({}, {"network": row["id"]}, {"network": row["external_id"]}):
        reply = client.post("/v1/organizations", json=hospital(**said))
        assert (reply.status_code, reply.json()["network_id"]) == (201, row["id"])
    for foreign in (other["id"], other["external_id"], str(uuid4()), "none"):
        reply = client.post("/v1/organizations", json=hospital(network=foreign))
        assert (reply.status_code, reply.json()) == (404, NO_NETWORK)


@pytest.mark.parametrize("independent", [True, False], ids=["independent", "in a network"])
def test_a_name_is_taken_once_in_its_network(service: Service, *, independent: bool) -> None:
    given = hospital(**({} if independent else {"network": service.network()["id"]}))
    assert service.operator.post("/v1/organizations", json=given).status_code == 201

    reply = service.operator.post("/v1/organizations", json=given | {"name": "Another"})

    assert reply.status_code == 409
    assert reply.json() == {
        "type": "/problems/already-exists",
        "title": "Already recorded",
        "status": 409,
        "detail": "The network has an organization with that external_id already",
    }
    found = service.operator.get(f"/v1/organizations/{given['external_id']}")
    assert found.json()["name"] == "St. Elm"


def test_a_name_that_two_networks_use_is_clear_to_them_and_not_to_the_operator(
    service: Service,
) -> None:
    (_, first), (_, second) = network_of(service), network_of(service)
    given = hospital()
    rows = [one.post("/v1/organizations", json=given).json() for one in (first, second)]
    path = f"/v1/organizations/{given['external_id']}"

    assert [one.get(path).json() for one in (first, second)] == rows
    reply = service.operator.get(path)
    assert reply.status_code == 409
    assert reply.json() == {
        "type": "/problems/ambiguous-reference",
        "title": "More than one thing goes by that name",
        "status": 409,
        "detail": "Several organizations go by that external id; use the id",
    }
    assert service.operator.get(f"/v1/organizations/{rows[0]['id']}").json() == rows[0]


def test_an_id_is_clear_even_where_another_took_it_for_a_name(service: Service) -> None:
    organization, network = service.organization(), service.network()
    _, client = network_of(service)
    taken = client.post("/v1/organizations", json=hospital(external_id=organization.id))
    assert taken.status_code == 201
    body = {"external_id": network["id"], "name": "Squatter"}
    assert service.operator.post("/v1/networks", json=body).status_code == 201

    assert service.operator.get(organization.path).json() == organization.row
    assert service.operator.get(f"/v1/networks/{network['id']}").json() == network
