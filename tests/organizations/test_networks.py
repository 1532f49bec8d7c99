"""Networks over HTTP: registered by the operator, seen by themselves."""

from uuid import uuid4

import pytest

from app.access.models import Kind
from tests.conftest import Caller, Service
from tests.organizations.hospitals import NO_NETWORK, name, network_of


def test_a_network_is_created_and_found_where_it_says(service: Service) -> None:
    reply = service.operator.post(
        "/v1/networks", json={"external_id": (given := name()), "name": "North"}
    )

    assert reply.status_code == 201
    row = reply.json()
    assert reply.headers["location"] == f"/v1/networks/{row['id']}"
    assert (row["external_id"], row["name"]) == (given, "North")
    for reference in (row["id"], given):
        assert service.operator.get(f"/v1/networks/{reference}").json() == row


def test_a_network_sees_itself_and_no_other(service: Service) -> None:
    row, client = network_of(service)
    other = service.network()

    assert client.get(f"/v1/networks/{row['external_id']}").json() == row
    for reference in (other["id"], other["external_id"], str(uuid4()), "none"):
        reply = client.get(f"/v1/networks/{reference}")
        assert (reply.status_code, reply.json()) == (404, NO_NETWORK)


def test_a_network_cannot_register_networks(service: Service) -> None:
    _, client = network_of(service)

    reply = client.post("/v1/networks", json={"external_id": name(), "name": "Mine too"})

    assert reply.status_code == 403
    assert reply.json()["detail"] == "Only the operator registers networks"


def test_a_networks_name_is_taken_once(service: Service) -> None:
    row = service.network()

    reply = service.operator.post(
        "/v1/networks", json={"external_id": row["external_id"], "name": "Another"}
    )

    assert reply.status_code == 409
    assert reply.json()["detail"] == "A network with that external_id is there already"


def listed(caller: Caller) -> list[str]:
    """Ids of all networks that a caller sees, a page of two at a time."""
    seen: list[str] = []
    path = "/v1/networks?limit=2"
    while path:
        reply = caller.get(path)
        assert reply.headers["cache-control"] == "no-store"
        seen += [one["id"] for one in reply.json()["data"]]
        path = reply.links.get("next", {}).get("url", "")
    return seen


def test_the_operator_lists_all_networks_and_a_network_itself(service: Service) -> None:
    row, client = network_of(service)
    others = [service.network()["id"] for _ in range(3)]

    seen = listed(service.operator)

    assert seen == sorted(set(seen))
    assert {row["id"], *others} <= set(seen)
    assert listed(client) == [row["id"]]
    assert client.get("/v1/networks").json()["data"] == [row]


@pytest.mark.parametrize("independent", [True, False], ids=["independent", "a member"])
def test_a_hospital_lists_no_networks(service: Service, *, independent: bool) -> None:
    network = {} if independent else {"network": service.network()["id"]}

    assert listed(service.organization(**network).client) == []


def test_a_partner_lists_no_networks(service: Service) -> None:
    service.network()

    assert listed(service.as_(service.key(Kind.PARTNER))) == []
