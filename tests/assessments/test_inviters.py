"""What an invitation is good for hangs on who made it; and nothing tells whether it was used."""

from typing import Any

import pytest

from tests.access.test_keys import mistyped
from tests.assessments.inviting import SHEET, answer, invite, listed, path
from tests.conftest import Caller, Organization, Service
from tests.organizations.test_grants import give, partner_of
from tests.organizations.test_grants import listed as grants


def invited(service: Service) -> tuple[Organization, str, Caller, list[str]]:
    """An organization, a partner of its, and tokens that the partner made."""
    organization, (partner, client) = service.organization(), partner_of(service)
    give(organization, partner, scopes=["invitations:read", "invitations:write"])
    made = invite(organization, client, roles={"nursing": 2})
    return organization, partner, client, [one["token"] for one in made]


def is_open(service: Service, token: str) -> bool:
    return service.as_(token).get(SHEET).status_code == 200


def test_a_partners_invitations_are_good_while_its_grant_is(service: Service) -> None:
    _, _, _, tokens = invited(service)

    assert is_open(service, tokens[0])
    assert answer(service, tokens[0]).status_code == 201


def revoke_the_grant(_: Service, organization: Organization, __: str) -> None:
    [grant] = grants(organization)
    organization.client.request("DELETE", f"{organization.path}/grants/{grant['id']}")


def grant_other_things(_: Service, organization: Organization, partner: str) -> None:
    give(organization, partner, scopes=["submissions:read"])


def allow_no_partners(_: Service, organization: Organization, __: str) -> None:
    organization.sign(partner=False)


def end_the_partner(service: Service, _: Organization, partner: str) -> None:
    service.operator.request("DELETE", f"/v1/clients/{partner}")


def let_the_grant_run_out(service: Service, organization: Organization, _: str) -> None:
    with service.superuser() as database:
        database.execute(
            "UPDATE partner_grant SET granted_at = now() - interval '2 days',"
            " expires_at = now() - interval '1 second' WHERE organization_id = %s",
            [organization.id],
        )


@pytest.mark.parametrize(
    "end",
    [
        revoke_the_grant,
        grant_other_things,
        allow_no_partners,
        end_the_partner,
        let_the_grant_run_out,
    ],
)
def test_they_end_with_it(service: Service, end: Any) -> None:
    organization, partner, _, [token, _] = invited(service)
    refusal = service.as_(mistyped(token)).get(SHEET).json()

    end(service, organization, partner)

    assert service.as_(token).get(SHEET).json() == refusal
    assert answer(service, token).status_code == 401


def test_an_organizations_own_outlive_the_program_that_made_them(service: Service) -> None:
    organization = service.organization()
    [made] = invite(organization)
    with service.superuser() as database:
        database.execute(
            "UPDATE client SET ends_at = now() WHERE organization_id = %s", [organization.id]
        )

    assert answer(service, made["token"]).status_code == 201


def test_whoever_asks_all_day_learns_how_many_answered_and_not_by_which(service: Service) -> None:
    organization = service.organization()
    made = invite(organization, roles={"nursing": 3})
    statuses = [[one["status"] for one in listed(organization)["data"]]]
    for one in made[:2]:
        assert answer(service, one["token"]).status_code == 201
        with service.superuser() as database:  # a day goes by
            database.execute("UPDATE invitation SET used_on = used_on - 1")
        statuses.append([one["status"] for one in listed(organization)["data"]])

    assert statuses == [["open"] * 3] * 3
    assert listed(organization)["counts"] == {
        "nursing": {"made": 3, "answered": 2, "revoked": 0, "expired": 0}
    }


@pytest.mark.parametrize("used", [True, False])
def test_revoking_changes_the_same_whether_it_was_used_or_not(
    service: Service, *, used: bool
) -> None:
    organization = service.organization()
    made = invite(organization, roles={"nursing": 2})
    assert answer(service, made[0]["token"]).status_code == 201
    revoked = made[0] if used else made[1]

    organization.client.request("DELETE", f"{path(organization)}/{revoked['id']}")

    shown = {one["id"]: one["status"] for one in listed(organization)["data"]}
    assert sorted(shown.values()) == ["open", "revoked"]
    assert shown[revoked["id"]] == "revoked"
    assert listed(organization)["counts"] == {
        "nursing": {"made": 2, "answered": 1, "revoked": 1, "expired": 0}
    }
    exported = organization.client.post(f"{organization.path}/exports").json()["invitations"]
    assert [one["revoked_at"] is None for one in exported] == [not used, used]
    assert not is_open(service, revoked["token"])


def test_once_the_round_is_locked_it_shows_which_were_used_and_not_when(service: Service) -> None:
    organization = service.organization()
    made = invite(organization, roles={"nursing": 2})
    assert answer(service, made[0]["token"]).status_code == 201
    with service.superuser() as database:
        database.execute("UPDATE invitation SET used_on = used_on - 9")
    lock = organization.client.post(f"{organization.path}/assessments/2025-H2/lock")
    assert lock.status_code == 201

    assert [one["status"] for one in listed(organization)["data"]] == ["used", "open"]
    with service.superuser() as database:
        used = (
            "SELECT used_on = current_date FROM invitation WHERE organization_id = %s ORDER BY id"
        )
        assert database.execute(used, [organization.id]).fetchall() == [(True,), (None,)]
