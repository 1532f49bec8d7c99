"""Changing an organization: what is named changes, and only what was read is changed."""

from typing import Any

import httpx
import pytest

from app.access.models import Kind
from tests.conftest import Caller, Service
from tests.organizations.hospitals import NO_ORGANIZATION, hospital, network_of

GIVEN = {
    "attributes": {"region": "us_west", "teaching": "yes"},
    "identifiers": {"cms": "010001", "own": "7"},
}


def registered(service: Service, **more: object) -> tuple[dict[str, Any], Caller]:
    """A network's hospital, and that network's client."""
    _, client = network_of(service)
    reply = client.post("/v1/organizations", json=hospital(**GIVEN, **more))
    assert reply.status_code == 201, reply.text
    return reply.json(), client


def patch(client: Caller, row: dict[str, Any], match: str | None = None, **body: Any) -> Any:
    headers = {} if match is None else {"If-Match": match}
    path = f"/v1/organizations/{row['id']}"
    return client.request("PATCH", path, json=body, headers=headers)


@pytest.mark.parametrize(
    ("change", "after"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"name": "St. Oak"}, {"name": "St. Oak"}, id="the name"),
        pytest.param({"name": None}, {}, id="no name"),
        pytest.param(
            {"attributes": {"teaching": "no", "type": "acute"}},
            {"attributes": {"region": "us_west", "teaching": "no", "type": "acute"}},
            id="attributes one by one",
        ),
        pytest.param(
            {"attributes": {"teaching": None, "type": None}},
            {"attributes": {"region": "us_west"}},
            id="an attribute away, and one that was not there",
        ),
        pytest.param(
            {"identifiers": {"cms": "01014F", "own": None, "ods": "RRK"}},
            {"identifiers": {"cms": "01014F", "ods": "RRK"}},
            id="identifiers",
        ),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(
    service: Service, change: dict[str, Any], after: dict[str, object]
) -> None:
    row, client = registered(service)

    reply = patch(client, row, **change)

    assert reply.status_code == 200
    assert reply.json() == row | after
    assert client.get(f"/v1/organizations/{row['id']}").json() == row | after


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        pytest.param({"name": ""}, "/name", "string-too-short", id="an empty name"),
        pytest.param({"external_id": "x"}, "/external_id", "unknown-field", id="the external id"),
        pytest.param({"benchmark": True}, "/benchmark", "unknown-field", id="a consent"),
        pytest.param({"network": "x"}, "/network", "unknown-field", id="the network"),
        pytest.param(
            {"attributes": {"teaching": "maybe"}},
            "/attributes/teaching",
            "not-one-of",
            id="a value that no cohort is made of",
        ),
        pytest.param(
            {"attributes": {"beds": "9"}}, "/attributes/beds", "unknown-field", id="no attribute"
        ),
        pytest.param(
            {"identifiers": {f"r{number}": "1" for number in range(9)}},
            "/identifiers",
            "too-long",
            id="eleven identifiers with the two that are there",
        ),
    ],
)
def test_what_cannot_be_changed_is_named_and_nothing_changes(
    service: Service, change: dict[str, Any], pointer: str, code: str
) -> None:
    row, client = registered(service)

    reply = patch(client, row, **{"name": "Changed", **change})

    assert reply.status_code == 422
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == [(pointer, code)]
    assert client.get(f"/v1/organizations/{row['id']}").json() == row


def etag(client: Caller, row: dict[str, Any]) -> str:
    return str(client.get(f"/v1/organizations/{row['id']}").headers["etag"])


@pytest.mark.parametrize("written", ["{}", '"other", {}', "*", " {} "])
def test_the_tag_of_what_was_read_lets_the_change_through(service: Service, written: str) -> None:
    row, client = registered(service)
    before = etag(client, row)

    reply = patch(client, row, written.format(before), name="St. Oak")

    assert reply.status_code == 200
    after = etag(client, row)
    assert reply.headers["etag"] == after != before


@pytest.mark.parametrize("written", ["W/{}", '"{}"', "{}x", '"0"', "", '"*"', "*, {}x"])
def test_another_tag_stops_it(service: Service, written: str) -> None:
    row, client = registered(service)

    reply = patch(client, row, written.format(etag(client, row)), name="St. Oak")

    assert reply.status_code == 412
    assert reply.json() == {
        "type": "/problems/precondition-failed",
        "title": "It has changed since",
        "status": 412,
        "detail": "Read the organization again, then change it",
    }
    assert client.get(f"/v1/organizations/{row['id']}").json() == row


def test_of_two_who_read_the_same_only_the_first_changes_it(service: Service) -> None:
    row, client = registered(service)
    read = etag(client, row)

    first = patch(client, row, read, attributes={"teaching": "no"})
    second = patch(service.operator, row, read, attributes={"teaching": None})

    assert (first.status_code, second.status_code) == (200, 412)
    third = patch(client, row, first.headers["etag"], attributes={"type": "acute"})
    assert third.json()["attributes"] == {"region": "us_west", "teaching": "no", "type": "acute"}


def test_signing_changes_the_tag_too(service: Service) -> None:
    organization = service.organization(agree=False)
    read = organization.client.get(organization.path).headers["etag"]

    organization.sign()

    reply = patch(service.operator, organization.row, read, name="St. Oak")
    assert reply.status_code == 412


def test_who_may_not_change_it(service: Service) -> None:
    row, _ = registered(service)
    _, sibling = network_of(service)
    own = service.as_(service.key(Kind.ORGANIZATION, row["id"]))

    def asked(client: Caller) -> httpx.Response:
        reply: httpx.Response = patch(client, row, "*", name="Mine")
        return reply

    assert (asked(sibling).status_code, asked(sibling).json()) == (404, NO_ORGANIZATION)
    assert asked(own).json()["scope"] == "organizations:write"
    assert service.operator.get(f"/v1/organizations/{row['id']}").json() == row


def test_the_organization_can_read_who_changed_it(service: Service) -> None:
    row, client = registered(service)
    own = service.as_(service.key(Kind.ORGANIZATION, row["id"]))

    patch(client, row, name="St. Oak")
    patch(service.operator, row, name="St. Ash")

    events = own.get(f"/v1/organizations/{row['id']}/audit").json()["data"]
    changes = [one["actor"]["kind"] for one in events if one["operation"].startswith("PATCH")]
    assert changes == ["network", "operator"]
