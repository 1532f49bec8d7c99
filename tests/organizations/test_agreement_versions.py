"""No submission without a current agreement: versions, their last days, and consent withdrawn."""

from datetime import date
from typing import Any

import pytest

from app.access.models import Kind
from tests.conftest import Organization, Service
from tests.organizations.hospitals import network_of
from tests.organizations.test_agreements import ALL_OFF, TODAY, paper


def refused(reply: Any) -> bool:
    return bool(
        reply.status_code == 403
        and reply.json()
        == {
            "type": "/problems/agreement-needed",
            "title": "No current participation agreement",
            "status": 403,
            "detail": "Sign the current agreement first: /v1/agreements",
        }
    )


def test_nothing_is_taken_in_before_the_agreement_is_signed(service: Service) -> None:
    organization = service.organization(agree=False)
    assert refused(organization.submit())
    listed = organization.client.get(f"{organization.path}/submissions").json()

    organization.sign(**ALL_OFF)

    assert listed["data"] == []
    assert organization.submit().status_code == 201, "no flag is needed for one's own scores"


def test_a_network_cannot_push_for_a_member_that_did_not_sign(service: Service) -> None:
    row, network = network_of(service)
    member = service.organization(network=row["id"], agree=False)

    assert refused(Organization(member.row, network).submit())
    member.sign()
    assert Organization(member.row, network).submit().status_code == 201


def publish(service: Service, version: str, **more: object) -> Any:
    text = {"en": f"Version {version}."}
    body = {"version": version, "text": text, **more}
    return service.operator.post("/v1/agreements", json=body)


def test_an_earlier_version_is_enough_until_its_last_day(fresh_service: Service) -> None:
    organization = fresh_service.organization()

    assert publish(fresh_service, "2").status_code == 201
    assert organization.submit(role="nursing").status_code == 201, "no last day was set"
    until = str(TODAY)
    assert publish(fresh_service, "3", previous_accepted_until=until).status_code == 201
    assert organization.submit(role="board").status_code == 201, "its last day is today"

    listed = fresh_service.http.get("/v1/agreements").json()["data"]
    assert [one["accepted_until"] for one in listed] == [None, until, until]


def test_after_its_last_day_an_earlier_version_must_be_signed_anew(fresh_service: Service) -> None:
    organization = fresh_service.organization()
    over = str(date(TODAY.year - 1, 12, 31))
    assert publish(fresh_service, "2", previous_accepted_until=over).status_code == 201

    assert refused(organization.submit())
    again = organization.client.post(f"{organization.path}/agreements", json=paper(fresh_service))
    assert again.json()["errors"][0]["code"] == "no-longer-accepted"
    organization.sign()
    assert organization.submit().status_code == 201
    assert organization.client.get(organization.path).json()["agreement_version"] == "2"


def test_a_published_version_never_changes(fresh_service: Service) -> None:
    first = publish(fresh_service, "2")
    again = publish(fresh_service, "2")
    other = fresh_service.operator.post(
        "/v1/agreements", json={"version": "2", "text": {"en": "Other words."}}
    )

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.headers["location"] == again.headers["location"] == "/v1/agreements/2"
    assert other.json()["type"] == "/problems/version-published"
    assert fresh_service.http.get("/v1/agreements/2").json() == first.json() == again.json()


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.ORGANIZATION, Kind.PARTNER], ids=str)
def test_only_the_operator_publishes(service: Service, kind: Kind) -> None:
    tenants = {Kind.NETWORK: service.network()["id"], Kind.ORGANIZATION: service.organization().id}
    client = service.as_(service.key(kind, tenants.get(kind)))

    reply = client.post("/v1/agreements", json={"version": "9", "text": {"en": "Mine."}})

    assert (reply.status_code, reply.json()["scope"]) == (403, "catalog:write")


def test_withdrawing_the_share_hides_figures_from_the_network_at_once(service: Service) -> None:
    row, network = network_of(service)
    member = service.organization(network=row["id"], share_with_network=True)
    member.submit()
    member.client.post(f"{member.path}/assessments/2025-H2/lock")
    path = f"{member.path}/assessments/2025-H2/result"
    assert network.get(path).status_code == 200

    member.sign(**ALL_OFF)

    reply = network.get(path)
    assert (reply.status_code, reply.json()["type"]) == (403, "/problems/not-shared")
    assert member.client.get(path).status_code == 200
