"""A respondent's answers are erased at once, in open and in locked rounds; team figures stay."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.access.models import Kind
from tests.assessments.asking import faults, refused, together
from tests.assessments.inviting import answer, invite
from tests.conftest import Organization, Service
from tests.erasure.holding import CANARY, PSEUDONYM, full, held, lock, mentions


def erase(organization: Organization, **whose: Any) -> httpx.Response:
    return organization.client.post(f"{organization.path}/erasures", json=whose)


def submissions(organization: Organization) -> list[dict[str, Any]]:
    reply = organization.client.get(f"{organization.path}/submissions", params={"limit": 200})
    return list(reply.json()["data"])


def test_all_that_was_pushed_under_a_pseudonym_goes(service: Service) -> None:
    organization = full(service)
    results = organization.client.get(f"{organization.path}/assessments/2024/result").content
    theirs = [one for one in submissions(organization) if one["role"] == "nursing"][:4]

    reply = erase(organization, respondent=PSEUDONYM)

    assert (reply.status_code, reply.json()) == (200, {"submissions": 4, "invitations": 0})
    left = submissions(organization)
    assert len(left) == 9
    assert not {one["id"] for one in theirs} & {one["id"] for one in left}
    for one in theirs:
        where = f"{organization.path}/submissions/{one['id']}"
        assert organization.client.get(where).status_code == 404
        assert organization.client.get(f"{where}/receipt").status_code == 404
    for one in left:
        receipt = organization.client.get(f"{organization.path}/submissions/{one['id']}/receipt")
        assert receipt.status_code == 200
    after = organization.client.get(f"{organization.path}/assessments/2024/result").content
    assert after == results
    assert erase(organization, respondent=PSEUDONYM).json()["submissions"] == 0


def test_psychometrics_go_on_with_who_is_left(service: Service) -> None:
    organization = full(service)
    path = "/v1/instruments/small/versions/1/quality"
    before = service.operator.get(path).json()["scales"][0]["submissions"]

    assert erase(organization, respondent=PSEUDONYM).status_code == 200

    after = service.operator.get(path)
    assert after.status_code == 200
    assert after.json()["scales"][0]["submissions"] == before - 1


def test_what_replaced_an_erased_submission_stays_and_forgets_it(service: Service) -> None:
    organization = service.organization()
    first = organization.submit(respondent=PSEUDONYM, external_id="one")
    second = organization.submit(respondent="another", external_id="one", answers={"A1": 4})
    assert second.json()["supersedes"] == first.json()["id"]

    assert erase(organization, respondent=PSEUDONYM).json()["submissions"] == 1

    [left] = submissions(organization)
    assert (left["id"], left["supersedes"], left["status"]) == (second.json()["id"], None, "stands")


def test_the_round_goes_on_without_them(service: Service) -> None:
    organization = service.organization()
    for number in range(4):
        assert organization.submit(respondent=f"r{number}").status_code == 201
    assert erase(organization, respondent="r0").json()["submissions"] == 1

    again = organization.submit(respondent="r0")
    locked = lock(organization, "2025-H2")

    assert again.status_code == 201
    assert locked.json()["result"]["respondents"] == 4


def test_who_has_the_token_can_have_the_answers_erased_until_the_lock(service: Service) -> None:
    organization = service.organization()
    first, second, third = invite(organization, roles={"nursing": 3})
    for one in (first, second):
        assert answer(service, one["token"]).status_code == 201

    before = erase(organization, invitation=first["token"])
    unused = erase(organization, invitation=third["token"])
    assert lock(organization, "2025-H2").status_code == 201
    after = erase(organization, invitation=second["token"])

    assert before.json() == {"submissions": 1, "invitations": 1}
    assert unused.json() == {"submissions": 0, "invitations": 1}
    assert after.json() == {"submissions": 0, "invitations": 1}, "nobody knows which it was"
    assert len(submissions(organization)) == 1
    assert held(service, organization)["invitation"] == 0


def test_an_invitations_id_erases_nothing(service: Service) -> None:
    organization = service.organization()
    [made] = invite(organization)
    assert answer(service, made["token"]).status_code == 201

    assert erase(organization, invitation=made["id"]).json() == {"submissions": 0, "invitations": 0}
    assert len(submissions(organization)) == 1


def test_another_organizations_respondent_of_that_name_stays(service: Service) -> None:
    own, other = service.organization(), service.organization()
    for one in (own, other):
        assert one.submit(respondent=PSEUDONYM).status_code == 201
    [theirs] = invite(other)

    assert erase(own, respondent=PSEUDONYM).json()["submissions"] == 1
    assert erase(own, invitation=theirs["token"]).json()["invitations"] == 0
    assert len(submissions(other)) == 1
    assert held(service, other)["invitation"] == 1


def test_the_ledger_keeps_ids_and_no_pseudonym(service: Service) -> None:
    organization = service.organization()
    pseudonym = f"{CANARY}-only-here"
    sent = organization.submit(respondent=pseudonym, notes={"A1": {"evidence": pseudonym}})
    with service.superuser() as connection:
        [digest] = connection.execute(
            "SELECT encode(respondent_hash, 'hex') FROM submission WHERE id = %s",
            (UUID(sent.json()["id"]),),
        ).fetchone() or [None]

    assert erase(organization, respondent=pseudonym).status_code == 200
    assert erase(organization, respondent="nobody").status_code == 200

    [noted] = organization.client.get(f"{organization.path}/erasures").json()["data"]
    assert (noted["subject"], noted["status"]) == ("respondent", "finished")
    assert noted["counts"] == {"submissions": 1, "invitations": 0}
    assert mentions(service, pseudonym) == set()
    assert mentions(service, str(digest)) == set()
    assert mentions(service, sent.json()["id"]) == {"erasure", "audit_event"}


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        pytest.param({}, "", "required", id="nobody"),
        pytest.param({"respondent": "a", "invitation": "b"}, "", "too-many", id="two"),
        pytest.param({"name": "Ann"}, "/name", "unknown-field", id="something else"),
    ],
)
def test_a_request_names_one_person(
    service: Service, body: dict[str, str], pointer: str, code: str
) -> None:
    found = faults(erase(service.organization(), **body))

    assert (pointer, code) in [(one["pointer"], one["code"]) for one in found]


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.NETWORK, Kind.PARTNER], ids=str)
def test_nobody_else_erases(service: Service, kind: Kind) -> None:
    network = service.network()["id"]
    organization = service.organization(network=network, share_with_network=True)
    caller = service.as_(service.key(kind, network if kind is Kind.NETWORK else None))

    asked = caller.post(f"{organization.path}/erasures", json={"respondent": "r"})
    ended = caller.request("DELETE", organization.path)

    assert refused(asked) == refused(ended) == (403, "insufficient-scope")


def test_an_erasure_and_a_submission_at_once_lose_nothing_and_break_nothing(
    service: Service,
) -> None:
    organization = service.organization()
    for number in range(5):
        name = f"r{number}"
        assert organization.submit(respondent=name).status_code == 201
        sent, erased = together(
            [
                lambda n=name: organization.submit(respondent=n, answers={"A1": 4}),  # type: ignore[misc]
                lambda n=name: erase(organization, respondent=n),  # type: ignore[misc]
            ]
        )
        assert erased.status_code == 200, erased.text
        assert sent.status_code in {201, 409}, sent.text
        standing = [one for one in submissions(organization) if one["status"] == "stands"]
        gone = erased.json()["submissions"]
        assert len(standing) + gone == 1 + (sent.status_code == 201)
        assert erase(organization, respondent=name).json()["submissions"] == len(standing)
        assert submissions(organization) == []
