"""An export has everything that is held, of one organization or one person, and opens nothing."""

from typing import Any

import httpx
import pytest

from app.access.models import Kind
from app.erasure import export
from app.erasure.holdings import HOLDINGS
from tests.assessments.asking import faults, refused
from tests.assessments.inviting import answer, invite
from tests.conftest import Organization, Service
from tests.erasure.holding import CANARY, PSEUDONYM, full, held, lock


@pytest.fixture(scope="module")
def organization(service: Service) -> Organization:
    return full(service)


def exported(organization: Organization, body: object = None) -> dict[str, Any]:
    reply = ask(organization, body)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = reply.json()
    return document


def ask(organization: Organization, body: object = None) -> httpx.Response:
    more = {} if body is None else {"json": body}
    return organization.client.post(f"{organization.path}/exports", **more)


def test_every_table_with_an_organizations_rows_can_be_exported_and_erased(
    service: Service, organization: Organization
) -> None:
    known = {one.table.name for one in HOLDINGS}
    beside = {"client", "erasure"}  # exported too; clients only end, and erasures tell of it

    assert set(held(service, organization)) == known | beside
    empty = {table for table, number in held(service, organization).items() if not number}
    assert empty == {"erasure", "release_contribution"}


def test_an_export_has_everything(service: Service, organization: Organization) -> None:
    document = exported(organization)

    counts = held(service, organization)
    for one in HOLDINGS:
        assert len(document[one.name]) == counts[one.table.name], one.name
    assert document["organization"][0]["identifiers"] == {"cms": f"{CANARY}-1"}
    assert len(document["clients"]) == 1
    assert {one["period"] for one in document["assessments"]} == {"2024", "2025-H2"}
    events = organization.client.get(f"{organization.path}/audit?limit=200").json()["data"]
    assert document["audit"] == events[: len(document["audit"])]
    assert len(document["audit"]) >= 14


def test_answers_and_scores_stand_under_the_instruments_codes(organization: Organization) -> None:
    first = exported(organization)["submissions"][0]

    assert (first["instrument"], first["version"]) == ("small", "1")
    assert first["answers"] == {"A1": 1, "A2": 2, "B1": 3, "B2": 4}
    assert first["section_scores"] == {"A": 37.5, "B": 50.0}
    assert first["overall"] == 43.75
    assert first["notes"] == {"B1": {"next_step": f"{CANARY} step"}}
    assert first["focus"][0]["measure"] == CANARY
    assert len(first["respondent_hash"]) == 64
    [result] = exported(organization)["results"]
    assert set(result["section_scores"]) == {"A", "B"}
    assert set(result["item_scores"]) == {"A1", "A2", "B1", "B2"}
    assert result["detail"]["basis"] == "role_balanced"


def test_nothing_in_it_opens_anything_or_tells_who_said_what(
    service: Service, organization: Organization
) -> None:
    text = ask(organization).text

    assert PSEUDONYM not in text
    assert "plc" not in text.replace("palanca", "")
    with service.superuser() as connection:
        digests = connection.execute(
            "SELECT encode(digest, 'hex') FROM invitation UNION ALL"
            " SELECT encode(digest, 'hex') FROM client_key"
        ).fetchall()
    assert digests
    assert not [one for (one,) in digests if one in text]
    invited = exported(organization)["invitations"][0]
    assert not {"submission_id", "used_on", "key_id"} & set(invited)


def test_one_respondent_gets_what_was_pushed_under_the_pseudonym(
    organization: Organization,
) -> None:
    document = exported(organization, {"respondent": PSEUDONYM})

    assert set(document) == {"as_of", "submissions", "invitations"}
    assert [one["role"] for one in document["submissions"]] == ["nursing"] * 4
    assert [one["superseded_at"] is None for one in document["submissions"]] == [
        *(False, True),
        *(False, True),
    ]
    assert exported(organization, {"respondent": "nobody"})["submissions"] == []


def test_who_has_the_token_gets_what_was_answered_with_it_until_the_lock(service: Service) -> None:
    organization = service.organization()
    first, second = invite(organization, roles={"nursing": 2})
    assert answer(service, first["token"], answers={"A1": 4, "B1": 4}).is_success
    assert answer(service, second["token"]).is_success

    before = exported(organization, {"invitation": first["token"]})
    assert lock(organization, "2025-H2").status_code == 201
    after = exported(organization, {"invitation": first["token"]})

    assert [one["answers"] for one in before["submissions"]] == [{"A1": 4, "B1": 4}]
    assert [one["id"] for one in before["invitations"]] == [first["id"]]
    assert (after["submissions"], len(after["invitations"])) == ([], 1)


def test_an_invitations_id_leads_to_no_answers(service: Service) -> None:
    organization = service.organization()
    [made] = invite(organization)
    assert answer(service, made["token"]).is_success

    document = exported(organization, {"invitation": made["id"]})

    assert (document["submissions"], document["invitations"]) == ([], [])


def test_another_organizations_rows_are_not_in_it(
    service: Service, organization: Organization
) -> None:
    other = service.organization()
    assert other.submit(respondent=PSEUDONYM).status_code == 201

    assert len(exported(other, {"respondent": PSEUDONYM})["submissions"]) == 1
    assert len(exported(organization, {"respondent": PSEUDONYM})["submissions"]) == 4
    assert CANARY not in ask(other).text


def test_an_export_of_many_chunks_is_the_same(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = exported(organization)
    monkeypatch.setattr(export, "CHUNK", 2)

    parts = exported(organization)

    assert parts["submissions"] == whole["submissions"]
    assert parts["audit"][: len(whole["audit"])] == whole["audit"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        pytest.param({"respondent": "a", "invitation": "b"}, "", "too-many", id="both"),
        pytest.param({"name": "Ann"}, "/name", "unknown-field", id="a name"),
        pytest.param({"respondent": ""}, "/respondent", "string-too-short", id="nothing"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(
    organization: Organization, body: object, pointer: str, code: str
) -> None:
    [wrong] = faults(ask(organization, body))

    assert (wrong["pointer"], wrong["code"]) == (pointer, code)


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.NETWORK, Kind.PARTNER], ids=str)
def test_nobody_else_exports(service: Service, kind: Kind) -> None:
    network = service.network()["id"]
    organization = service.organization(network=network, share_with_network=True)
    caller = service.as_(service.key(kind, network if kind is Kind.NETWORK else None))

    assert refused(caller.post(f"{organization.path}/exports")) == (403, "insufficient-scope")


def test_an_export_is_on_the_audit_trail_without_the_pseudonym(service: Service) -> None:
    organization = service.organization()
    exported(organization, {"respondent": PSEUDONYM})

    *_, last = organization.client.get(f"{organization.path}/audit").json()["data"]

    assert last["operation"].endswith("/exports")
    assert PSEUDONYM not in str(last)
