"""A partner app acts for organizations that granted it something, for that, and only so long."""

from typing import Any

import pytest

from app.access.models import Kind
from app.access.permissions import GRANTABLE
from tests.conftest import Caller, Organization, Service
from tests.organizations.hospitals import NO_ORGANIZATION, network_of
from tests.organizations.test_grants import give, partner_of

EVERYTHING = sorted(GRANTABLE)
"""All that can be granted."""


def granted(service: Service, *scopes: str, **options: Any) -> tuple[Organization, Caller]:
    """An organization with one submission, and a partner that it granted these scopes."""
    organization, (partner, client) = service.organization(), partner_of(service, **options)
    assert organization.submit(external_id="rec").status_code == 201
    reply = give(organization, partner, scopes=list(scopes) or EVERYTHING)
    assert reply.status_code == 201, reply.text
    return organization, client


def asked(client: Caller, organization: Organization) -> dict[str, int]:
    """Status of one request a scope."""
    own, acting = organization.path, Organization(organization.row, client)
    return {
        "organizations:read": client.get(own).status_code,
        "submissions:write": acting.submit(external_id="of-the-partner").status_code,
        "submissions:read": client.get(f"{own}/submissions").status_code,
        "assessments:read": client.get(f"{own}/assessments").status_code,
    }


def test_a_partner_does_what_it_was_granted(service: Service) -> None:
    organization, client = granted(service)

    assert asked(client, organization) == {
        "organizations:read": 200,
        "submissions:write": 201,
        "submissions:read": 200,
        "assessments:read": 200,
    }


@pytest.mark.parametrize(
    "scope", ["organizations:read", "submissions:write", "submissions:read", "assessments:read"]
)
def test_a_partner_does_nothing_else(service: Service, scope: str) -> None:
    organization, client = granted(service, scope)

    found = asked(client, organization)

    assert found.pop(scope) in {200, 201}
    assert set(found.values()) == {403}


def test_a_refusal_names_the_scope_that_was_not_granted(service: Service) -> None:
    organization, client = granted(service, "assessments:read")

    for path, scope in (("", "organizations:read"), ("/submissions", "submissions:read")):
        reply = client.get(organization.path + path)
        assert reply.json() == {
            "type": "/problems/insufficient-scope",
            "title": "The key lacks a scope",
            "status": 403,
            "detail": f"The organization did not grant {scope}",
            "scope": scope,
        }


def test_a_partner_reads_by_any_name_and_writes_by_the_id(service: Service) -> None:
    """Names are given by networks: another hospital may go by the same one tomorrow."""
    organization, client = granted(service)
    named = Organization({**organization.row, "id": organization.row["external_id"]}, client)

    written = named.submit()

    assert client.get(named.path).json()["id"] == organization.id
    assert client.get(f"{named.path}/submissions").status_code == 200
    assert written.status_code == 409
    assert written.json()["type"] == "/problems/ambiguous-reference"
    assert organization.id in written.json()["detail"]


def test_a_grant_gives_no_more_than_the_key_has(service: Service) -> None:
    organization, client = granted(service, permissions=["submissions:read"])

    found = asked(client, organization)

    assert found.pop("submissions:read") == 200
    assert set(found.values()) == {403}
    assert (
        client.get(organization.path).json()["detail"] == "This needs the scope organizations:read"
    )


def is_absent(client: Caller, organization: Organization) -> bool:
    """Whether all of it is answered as if the organization were not there."""
    reply = client.get(f"{organization.path}/submissions")
    assert reply.status_code != 404 or reply.json() == NO_ORGANIZATION
    return set(asked(client, organization).values()) == {404}


def test_without_a_grant_there_is_nothing(service: Service) -> None:
    organization = service.organization()
    other, client = granted(service)

    assert is_absent(client, organization)
    assert not is_absent(client, other)
    missing = client.get("/v1/organizations/none")
    assert client.get(organization.path).content == missing.content


def test_a_grant_to_another_partner_opens_nothing(service: Service) -> None:
    organization, _ = granted(service)
    _, client = partner_of(service)

    assert is_absent(client, organization)


def test_a_grant_of_a_member_opens_no_sibling(service: Service) -> None:
    row, _ = network_of(service)
    member, sibling = (service.organization(network=row["id"]) for _ in range(2))
    partner, client = partner_of(service)
    give(member, partner, scopes=EVERYTHING)

    assert is_absent(client, sibling)
    assert not is_absent(client, member)


def test_a_revoked_grant_ends_with_the_reply(service: Service) -> None:
    organization, client = granted(service)
    [grant] = organization.client.get(f"{organization.path}/grants").json()["data"]
    assert not is_absent(client, organization)

    organization.client.request("DELETE", f"{organization.path}/grants/{grant['id']}")

    assert is_absent(client, organization)


def test_a_grant_ends_with_its_last_moment(service: Service) -> None:
    organization, client = granted(service)
    with service.superuser() as database:
        database.execute(
            "UPDATE partner_grant SET granted_at = now() - interval '2 days', expires_at = now()"
            " WHERE organization_id = %s",
            [organization.id],
        )

    assert is_absent(client, organization)
    [row] = organization.client.get(f"{organization.path}/grants").json()["data"]
    assert (row["revoked_at"], row["in_force"]) == (None, False)


def test_a_grant_holds_only_while_the_agreement_allows_partners(service: Service) -> None:
    organization, client = granted(service)

    organization.sign(partner=False)

    assert is_absent(client, organization)
    [row] = organization.client.get(f"{organization.path}/grants").json()["data"]
    assert not row["in_force"]
    organization.sign(partner=True)
    assert not is_absent(client, organization)


def test_the_query_alone_keeps_a_partner_out(fresh_service: Service) -> None:
    """Each way in which a grant can be none, with the policies of the database switched off."""
    partner, client = partner_of(fresh_service)
    shown, revoked, expired, unsigned, foreign = (fresh_service.organization() for _ in range(5))
    grants = {
        one.id: give(one, partner, scopes=EVERYTHING) for one in (shown, revoked, expired, unsigned)
    }
    give(foreign, partner_of(fresh_service)[0], scopes=EVERYTHING)
    revoked.client.request("DELETE", grants[revoked.id].headers["location"])
    unsigned.sign(partner=False)
    with fresh_service.superuser() as database:
        database.execute(
            "UPDATE partner_grant SET granted_at = now() - interval '2 days', expires_at = now()"
            " WHERE organization_id = %s",
            [expired.id],
        )
        for table in ("organization", "partner_grant"):
            database.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())

    assert [one["id"] for one in client.get("/v1/organizations").json()["data"]] == [shown.id]
    for one in (revoked, expired, unsigned, foreign):
        assert client.get(one.path).status_code == 404
        assert client.get(f"{one.path}/assessments").status_code == 404
    assert client.get(shown.path).status_code == 200


def test_the_query_alone_asks_whose_grant_has_the_scope(fresh_service: Service) -> None:
    """A wider grant of another time, of another partner or by another hospital does not count."""
    partner, client = partner_of(fresh_service)
    narrow, wide = fresh_service.organization(), fresh_service.organization()
    give(narrow, partner, scopes=EVERYTHING)
    give(narrow, partner, scopes=["submissions:read"])
    give(narrow, partner_of(fresh_service)[0], scopes=EVERYTHING)
    give(wide, partner, scopes=EVERYTHING)
    with fresh_service.superuser() as database:
        database.execute("ALTER TABLE partner_grant DISABLE ROW LEVEL SECURITY")

    assert client.get(f"{narrow.path}/submissions").status_code == 200
    for path in (narrow.path, f"{narrow.path}/assessments"):
        assert client.get(path).status_code == 403
    assert [one["id"] for one in client.get("/v1/organizations").json()["data"]] == [wide.id]


def test_a_narrower_grant_replaces_a_wider_one_at_once(service: Service) -> None:
    organization, (partner, client) = service.organization(), partner_of(service)
    give(organization, partner, scopes=EVERYTHING)
    give(organization, partner, scopes=["organizations:read"])

    assert client.get(organization.path).status_code == 200
    assert client.get(f"{organization.path}/submissions").status_code == 403


def test_a_partner_lists_exactly_those_that_let_it(service: Service) -> None:
    partner, client = partner_of(service)
    shown, narrow, revoked, unsigned, _ = (service.organization() for _ in range(5))
    for one in (shown, revoked, unsigned):
        grant = give(one, partner, scopes=["organizations:read", "submissions:read"])
        if one is revoked:
            one.client.request("DELETE", grant.headers["location"])
    give(narrow, partner, scopes=["submissions:read"])
    unsigned.sign(partner=False)

    listed = client.get("/v1/organizations").json()["data"]

    assert listed == [shown.row]


def test_a_partner_deals_with_the_submissions_that_it_pushed(service: Service) -> None:
    organization, client = granted(service)
    mine = Organization(organization.row, client).submit(external_id="mine").json()

    listed = client.get(f"{organization.path}/submissions").json()["data"]

    assert [one["id"] for one in listed] == [mine["id"]]
    assert len(organization.client.get(f"{organization.path}/submissions").json()["data"]) == 2


def test_what_a_partner_reads_is_on_the_organizations_audit_trail(service: Service) -> None:
    organization, client = granted(service)

    client.get(f"{organization.path}/assessments")

    events = organization.client.get(f"{organization.path}/audit").json()["data"]
    assert events[-1]["actor"]["kind"] == Kind.PARTNER
    assert events[-1]["operation"].endswith("/organizations/{org}/assessments")
    given = [one["actor"]["kind"] for one in events if one["operation"].endswith("/grants")]
    assert given == [Kind.ORGANIZATION]
