"""The report of a bulk registration: no larger than what it answers; and on everybody's trail."""

from typing import Any

import pytest

from app.access.models import Kind
from app.organizations.rows import LISTED_OF_ALL, LISTED_OF_ROW, MAX_ENTRIES
from app.organizations.sheets import MAX_COLUMNS
from tests.conftest import Caller, Organization, Service
from tests.organizations.hospitals import hospital, name, network_of
from tests.organizations.test_bulk import send


def listed(client: Caller, rows: object) -> list[list[dict[str, Any]]]:
    """Errors of each row."""
    reply = send(client, rows, "validate")
    assert reply.status_code == 200, reply.text
    assert {one["status"] for one in reply.json()["outcomes"]} == {"rejected"}
    return [one["errors"] for one in reply.json()["outcomes"]]


def test_of_a_row_the_first_errors_are_told(service: Service) -> None:
    _, client = network_of(service)
    wrong = hospital(**{f"field_{number}": 1 for number in range(20)})

    [errors] = listed(client, [wrong])

    assert len(errors) == LISTED_OF_ROW


@pytest.mark.parametrize(
    "more",
    [
        {f"field_{number}": 1 for number in range(MAX_ENTRIES)},
        {"identifiers": {f"a{number}": "!" for number in range(MAX_ENTRIES)}},
        {"attributes": {f"a{number}": "!" for number in range(1999)}},
        {"attributes": [0] * MAX_ENTRIES},
    ],
    ids=["fields", "identifiers", "attributes", "a list"],
)
def test_a_row_without_end_is_one_error(service: Service, more: dict[str, Any]) -> None:
    _, client = network_of(service)

    [errors] = listed(client, [hospital(**more)])

    assert [one["code"] for one in errors] == ["too-long"]


def test_of_very_many_wrong_rows_each_is_still_told(service: Service) -> None:
    _, client = network_of(service)
    count = LISTED_OF_ALL // LISTED_OF_ROW + 50
    wrong = {f"field_{number}": 1 for number in range(12)}

    errors = listed(client, [hospital(**wrong) for _ in range(count)])

    assert [len(one) for one in errors] == [LISTED_OF_ROW] * (count - 50) + [1] * 50


def test_a_table_has_no_more_columns_than_we_have(service: Service) -> None:
    _, client = network_of(service)
    columns = ["external_id", "name", *(f"id:a{number}" for number in range(MAX_COLUMNS))]

    reply = send(client, ",".join(columns) + "\n")

    assert reply.status_code == 422
    assert [one["code"] for one in reply.json()["errors"]] == ["bad-header"]


def test_each_organization_has_it_on_its_own_trail(service: Service) -> None:
    network, client = network_of(service)
    same, other = hospital(external_id=name()), hospital(external_id=name())
    first = send(client, [same, other]).json()["outcomes"]
    send(client, [same, {**other, "name": "Another"}])

    def told(organization: str) -> list[tuple[str, str]]:
        own = service.as_(service.key(Kind.ORGANIZATION, organization))
        events = own.get(f"/v1/organizations/{organization}/audit").json()["data"]
        return [(one["operation"], one["target"]) for one in events]

    bulk = "POST /v1/organizations/bulk"
    unchanged, changed = (one["id"] for one in first)
    assert told(unchanged) == [(bulk, f"/v1/organizations/{unchanged}")]
    assert told(changed) == [(bulk, f"/v1/organizations/{changed}")] * 2
    assert network["id"]


def test_trying_it_is_on_nobodys(service: Service) -> None:
    _, client = network_of(service)
    registered = hospital()
    [made] = send(client, [registered]).json()["outcomes"]
    send(client, [{**registered, "name": "Another"}], "validate")

    with service.superuser() as database:
        count = "SELECT count(*) FROM audit_event WHERE chain_id = %s"
        assert database.execute(count, [made["id"]]).fetchone() == (1,)


def test_more_than_are_open_at_once_are_all_told(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.organizations.bulk.AT_ONCE", 3)
    _, client = network_of(service)

    made = send(client, [hospital() for _ in range(8)]).json()["outcomes"]

    with service.superuser() as database:
        count = "SELECT count(DISTINCT chain_id) FROM audit_event WHERE chain_id = ANY(%s)"
        assert database.execute(count, [[one["id"] for one in made]]).fetchone() == (8,)


def test_a_target_is_named_by_its_id(service: Service) -> None:
    """Names end with the organization, and the trail does not."""
    organization = service.organization(identifiers={"cms": "4914f1"})
    acting = Organization({**organization.row, "id": "cms:4914f1"}, organization.client)
    assert acting.submit().status_code == 201
    assert organization.client.post(f"{acting.path}/assessments/2025-H2/lock").status_code == 201
    assert organization.client.request("DELETE", f"{acting.path}").status_code == 202

    trail = organization.client.get(f"{organization.path}/audit").text
    assert "4914f1" not in trail
    assert "/lock" in trail
