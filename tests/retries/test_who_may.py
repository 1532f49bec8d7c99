"""A kept answer is given to who may still have it, and outlives nothing that it was made of."""

from typing import Any

import httpx
import pytest

from app.access.keys import key_id
from app.access.models import Kind
from tests.assessments.inviting import body, path
from tests.conftest import Caller, Organization, Service
from tests.organizations.hospitals import network_of
from tests.organizations.test_grants import give, listed, partner_of

ONCE = {"Idempotency-Key": "rollout 2026-11"}


def another_key(client: Caller, client_id: str, scopes: list[str]) -> httpx.Response:
    asked: dict[str, Any] = {"scopes": scopes, "days": 5}
    return client.post(f"/v1/clients/{client_id}/keys", json=asked, headers=ONCE)


def test_a_key_of_fewer_scopes_gets_no_answer_of_a_fuller_one(service: Service) -> None:
    organization = service.organization()
    full = service.key(Kind.ORGANIZATION, organization.id)
    with service.superuser() as database:
        [[client_id]] = database.execute(
            "SELECT client_id::text FROM client_key WHERE key_id = %s", [key_id(full)]
        ).fetchall()
    scopes = ["clients:read", "clients:write"]
    made = service.as_(full).post(f"/v1/clients/{client_id}/keys", json={"scopes": scopes})
    weak = service.as_(made.json()["key"])

    first = another_key(service.as_(full), client_id, ["data:read"])
    again = another_key(service.as_(full), client_id, ["data:read"])
    escalated = another_key(weak, client_id, ["data:read"])

    assert (first.status_code, again.content) == (201, first.content)
    assert escalated.status_code == 403
    assert first.json()["key"] not in escalated.text


def test_a_partner_whose_grant_ended_gets_no_answer_again(service: Service) -> None:
    organization, (partner, client) = service.organization(), partner_of(service)
    give(organization, partner, scopes=["invitations:write"])
    made = client.post(path(organization), json=body(), headers=ONCE)
    assert made.status_code == 201
    assert client.post(path(organization), json=body(), headers=ONCE).content == made.content

    [grant] = listed(organization)
    organization.client.request("DELETE", f"{organization.path}/grants/{grant['id']}")

    assert client.post(path(organization), json=body(), headers=ONCE).status_code == 404


def test_a_network_gets_no_figures_again_that_are_not_shared_any_more(service: Service) -> None:
    network, client = network_of(service)
    organization = service.organization(network=network["id"], share_with_network=True)
    acting = Organization(organization.row, client)
    assert acting.submit().status_code == 201
    lock = f"{organization.path}/assessments/2025-H2/lock"
    locked = client.post(lock, headers=ONCE)
    assert locked.status_code == 201
    assert client.post(lock, headers=ONCE).content == locked.content

    organization.sign(share_with_network=False)

    refused = client.post(lock, headers=ONCE)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-shared")


@pytest.mark.parametrize("what", ["exports", "withdrawal"])
def test_nothing_is_kept_of_what_may_have_to_be_erased(service: Service, what: str) -> None:
    organization = service.organization()
    canary = "a sentence that somebody wrote"
    notes = {"A1": {"evidence": canary}}
    made = organization.submit(respondent="ann", notes=notes).json()
    paths = {"exports": "exports", "withdrawal": f"submissions/{made['id']}/withdrawal"}
    target = f"{organization.path}/{paths[what]}"
    first = organization.client.post(target, headers=ONCE)
    again = organization.client.post(target, headers=ONCE)
    assert canary in first.text
    assert canary in again.text

    erased = organization.client.post(f"{organization.path}/erasures", json={"respondent": "ann"})
    assert erased.json()["submissions"] == 1

    assert canary not in organization.client.post(target, headers=ONCE).text


def test_withdrawing_twice_is_withdrawing_once(service: Service) -> None:
    organization = service.organization()
    made = organization.submit().json()
    target = f"{organization.path}/submissions/{made['id']}/withdrawal"
    first, again = (organization.client.post(target) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    events = organization.client.get(f"{organization.path}/audit").json()["data"]
    assert [one["operation"].rpartition("/")[2] for one in events].count("withdrawal") == 1
