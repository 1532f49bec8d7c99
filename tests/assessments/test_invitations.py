"""An organization invites respondents: tokens shown once, counts by role, never who said what."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.access.models import Kind
from tests.assessments.asking import faults, publish, refused
from tests.assessments.inviting import answer, body, change, invite, listed, path, row
from tests.conftest import Caller, Organization, Service


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def partner(service: Service, organization: Organization, *scopes: str) -> Caller:
    """A partner app to which the organization granted these."""
    caller = service.as_(service.key(Kind.PARTNER))
    with service.superuser() as connection:
        key_id = caller.headers["Authorization"].split("_")[2]
        found = connection.execute(
            "SELECT client_id FROM client_key WHERE key_id = %s", (key_id,)
        ).fetchone()
    assert found is not None
    given = {"partner": str(found[0]), "scopes": list(scopes), "days": 3}
    reply = organization.client.post(f"{organization.path}/grants", json=given)
    assert reply.status_code == 201, reply.text
    return caller


def test_every_role_gets_as_many_tokens_as_were_asked_for(organization: Organization) -> None:
    made = invite(organization, roles={"nursing": 3, "board": 2}, days=10)

    assert [one["role"] for one in made] == ["nursing"] * 3 + ["board"] * 2
    assert len({one["token"] for one in made}) == 5
    assert all(one["token"].startswith("plci_test_") for one in made)
    days = {(datetime.fromisoformat(one["expires_at"]) - datetime.now(UTC)).days for one in made}
    assert days == {9}


def test_a_token_is_kept_as_a_keyed_hash_only(service: Service, organization: Organization) -> None:
    [made] = invite(organization)

    stored = row(service, made["id"])

    secret = made["token"].split("_")[3]
    assert secret not in str(stored)
    assert len(stored["digest"]) == len(r"\x") + 64
    assert made["token"] not in listed(organization)["data"][0].values()


@pytest.mark.parametrize(
    ("changed", "pointer", "code"),
    [
        pytest.param({"roles": {}}, "/roles", "too-short", id="nobody"),
        pytest.param({"roles": {"janitor": 1}}, "/roles/janitor/[key]", "not-one-of", id="no role"),
        pytest.param({"roles": {"board": 0}}, "/roles/board", "greater-than-equal", id="none"),
        pytest.param({"roles": {"board": 1.5}}, "/roles/board", "int-type", id="half a one"),
        pytest.param({"roles": {"board": True}}, "/roles/board", "int-type", id="a yes"),
        pytest.param({"roles": {"board": 201}}, "/roles/board", "less-than-equal", id="201"),
        pytest.param(
            {"roles": {"board": 101, "nursing": 100}}, "/roles", "too-many", id="201 in all"
        ),
        pytest.param({"days": 91}, "/days", "less-than-equal", id="too many days"),
        pytest.param({"days": 0}, "/days", "greater-than-equal", id="no days"),
        pytest.param(
            {"version": "9"}, "/version", "instrument-version-unknown", id="no such version"
        ),
        pytest.param({"name": "Ann"}, "/name", "unknown-field", id="a person's name"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said(
    organization: Organization, changed: dict[str, Any], pointer: str, code: str
) -> None:
    reply = organization.client.post(path(organization), json=body(**changed))

    [wrong] = faults(reply)
    assert (wrong["pointer"], wrong["code"]) == (pointer, code)
    assert listed(organization)["data"] == []


@pytest.mark.parametrize(
    ("period", "code"),
    [
        pytest.param("2025-H3", "pattern-mismatch", id="no period"),
        pytest.param("2199", "in-the-future", id="not begun"),
    ],
)
def test_a_period_must_be_one_that_has_begun(
    organization: Organization, period: str, code: str
) -> None:
    [wrong] = faults(organization.client.post(path(organization, period), json=body()))

    assert (wrong["pointer"], wrong["code"]) == ("path:/assessment", code)


def test_200_tokens_are_made_at_once(organization: Organization) -> None:
    made = invite(organization, roles={"nursing": 150, "board": 50})

    assert len(made) == 200
    counts = listed(organization)["counts"]
    assert {role: one["made"] for role, one in counts.items()} == {"nursing": 150, "board": 50}


def test_a_locked_round_invites_nobody(organization: Organization) -> None:
    assert organization.submit().status_code == 201
    assert organization.client.post(f"{organization.path}/assessments/2025-H2/lock").is_success

    reply = organization.client.post(path(organization), json=body())

    assert refused(reply) == (409, "assessment-closed")


def test_the_round_of_another_instrument_stays_open(
    service: Service, organization: Organization
) -> None:
    publish(service)
    assert organization.submit().status_code == 201
    assert organization.client.post(f"{organization.path}/assessments/2025-H2/lock").is_success

    assert invite(organization, instrument="pair")


def test_without_a_current_agreement_nobody_is_invited(service: Service) -> None:
    unsigned = service.organization(agree=False)

    reply = unsigned.client.post(path(unsigned), json=body())

    assert refused(reply) == (403, "agreement-needed")


def test_the_list_tells_roles_and_dates_and_nothing_of_answers(
    service: Service, organization: Organization
) -> None:
    made = invite(organization, roles={"nursing": 2})
    assert answer(service, made[0]["token"]).status_code == 201

    found = listed(organization)

    assert {name for one in found["data"] for name in one} == {
        "id",
        "role",
        "instrument",
        "version",
        "period",
        "status",
        "created_at",
        "expires_at",
    }
    assert found["counts"] == {"nursing": {"made": 2, "answered": 1, "revoked": 0, "expired": 0}}


@pytest.mark.parametrize(
    ("assignment", "status"),
    [
        pytest.param("revoked_at = now()", "revoked", id="revoked"),
        pytest.param(
            "created_at = now() - interval '2 days', expires_at = now() - interval '1 day'",
            "expired",
            id="expired",
        ),
        pytest.param("used_on = DATE '2026-01-01', revoked_at = now()", "revoked", id="both"),
    ],
)
def test_what_became_of_an_invitation(
    service: Service, organization: Organization, assignment: str, status: str
) -> None:
    [made] = invite(organization)
    change(service, made["id"], assignment)

    found = listed(organization)

    assert [one["status"] for one in found["data"]] == [status]
    assert found["counts"]["nursing"][status] == 1


def test_invitations_come_in_pages(organization: Organization) -> None:
    made = [one["id"] for one in invite(organization, roles={"nursing": 5})]
    first = organization.client.get(path(organization), params={"limit": 3}).json()
    more = {"limit": 3, "cursor": first["page"]["next_cursor"]}
    second = organization.client.get(path(organization), params=more).json()

    assert [one["id"] for one in first["data"] + second["data"]] == made
    assert second["page"]["next_cursor"] is None


def test_revoking_says_nothing_of_whether_it_was_used(
    service: Service, organization: Organization
) -> None:
    used, unused = invite(organization, roles={"nursing": 2})
    assert answer(service, used["token"]).status_code == 201

    replies = [
        organization.client.request("DELETE", f"{path(organization)}/{one['id']}")
        for one in (used, unused, unused)
    ]

    assert [reply.status_code for reply in replies] == [204] * 3
    assert {reply.content for reply in replies} == {b""}
    assert row(service, used["id"])["revoked_at"] is not None
    assert row(service, unused["id"])["revoked_at"] is not None


def test_only_the_own_invitations_of_the_period_are_there(
    service: Service, organization: Organization
) -> None:
    other = service.organization()
    [made] = invite(organization)

    assert listed(other)["data"] == []
    paths = [f"{path(other)}/{made['id']}", f"{path(organization, '2024')}/{made['id']}"]
    for one, asker in zip(paths, (other, organization), strict=True):
        assert refused(asker.client.request("DELETE", one)) == (404, "not-found")
    assert row(service, made["id"])["revoked_at"] is None


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.NETWORK, Kind.RESEARCHER], ids=str)
def test_others_than_the_organization_invite_nobody(service: Service, kind: Kind) -> None:
    network = service.network()["id"]
    organization = service.organization(network=network, share_with_network=True)
    tenant = network if kind is Kind.NETWORK else None
    caller = service.as_(service.key(kind, tenant))

    assert refused(caller.post(path(organization), json=body())) == (403, "insufficient-scope")
    assert refused(caller.get(path(organization))) == (403, "insufficient-scope")


def test_a_partner_deals_with_the_invitations_that_it_made(
    service: Service, organization: Organization
) -> None:
    granted = partner(service, organization, "invitations:read", "invitations:write")
    [theirs] = invite(organization, granted)
    [own] = invite(organization)

    assert [one["id"] for one in listed(organization, granted)["data"]] == [theirs["id"]]
    assert listed(organization, granted)["counts"]["nursing"]["made"] == 1
    assert len(listed(organization)["data"]) == 2
    refusal = granted.request("DELETE", f"{path(organization)}/{own['id']}")
    assert refused(refusal) == (404, "not-found")


def test_a_partner_without_that_grant_invites_nobody(
    service: Service, organization: Organization
) -> None:
    granted = partner(service, organization, "submissions:write")

    assert refused(granted.post(path(organization), json=body()))[0] == 403


def test_a_retry_shows_the_same_tokens(service: Service, organization: Organization) -> None:
    headers = {"Idempotency-Key": "once"}

    first, again = (
        organization.client.post(path(organization), json=body(), headers=headers) for _ in range(2)
    )

    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(listed(organization)["data"]) == 1
    assert answer(service, again.json()["data"][0]["token"]).status_code == 201
