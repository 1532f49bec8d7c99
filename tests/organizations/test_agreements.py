"""Participation agreements: published word for word, signed by hospitals, needed to submit."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import yaml

from app.access.models import Kind
from app.files import folder
from tests.conftest import Organization, Service
from tests.organizations.hospitals import network_of

ALL_ON = {"benchmark": True, "research": True, "partner": True, "share_with_network": True}
ALL_OFF = dict.fromkeys(ALL_ON, False)
TODAY = datetime.now(UTC).date()


def first_version(service: Service) -> dict[str, Any]:
    return service.http.get("/v1/agreements/1").json()  # type: ignore[no-any-return]


def paper(service: Service, **changes: object) -> dict[str, object]:
    """A signed paper of the first version."""
    return {
        "agreement_version": "1",
        "text_sha256": first_version(service)["text_sha256"],
        "signed_by": "Board office, file 7",
        "signed_on": "2026-01-31",
        **ALL_ON,
        **changes,
    }


def flags(organization: Organization) -> dict[str, Any]:
    row = organization.client.get(organization.path).json()
    return {name: row[name] for name in ALL_ON}


def test_the_agreement_that_comes_along_is_open_to_read(service: Service) -> None:
    seeded = yaml.safe_load((folder("seed") / "agreements/participation-1.yaml").read_text("utf-8"))

    listed = service.http.get("/v1/agreements")
    one = first_version(service)

    assert listed.json()["data"][-1] == one
    assert listed.json()["page"] == {"next_cursor": None, "limit": len(listed.json()["data"])}
    assert (one["version"], one["text"]) == ("1", seeded["text"])
    assert set(one["text"]) == {"en", "es-419"}
    dense = json.dumps(one["text"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert one["text_sha256"] == hashlib.sha256(dense.encode()).hexdigest()


def test_a_version_that_is_not_there_is_not_found(service: Service) -> None:
    reply = service.http.get("/v1/agreements/none")

    assert (reply.status_code, reply.json()["detail"]) == (404, "No agreement none")


def test_what_is_signed_is_kept_with_text_signer_and_day(service: Service) -> None:
    organization = service.organization(agree=False)
    given = paper(service, research=False)

    reply = organization.client.post(f"{organization.path}/agreements", json=given)

    assert reply.status_code == 201
    row = reply.json()
    assert {name: row[name] for name in given} == given
    assert row["organization_id"] == organization.id
    assert reply.headers["location"] == f"{organization.path}/agreements/{row['id']}"
    assert organization.client.get(reply.headers["location"]).json() == row
    shown = organization.client.get(organization.path).json()
    assert (shown["agreement_version"], flags(organization)) == ("1", {**ALL_ON, "research": False})


@pytest.mark.parametrize("name", ALL_ON)
def test_each_flag_is_a_decision_of_its_own(service: Service, name: str) -> None:
    organization = service.organization(agree=False)

    organization.sign(**{**ALL_OFF, name: True})

    assert flags(organization) == {**ALL_OFF, name: True}


def test_the_newest_signature_holds_and_all_of_them_stay(service: Service) -> None:
    organization = service.organization(agree=False)
    choices = (ALL_ON, ALL_OFF, {**ALL_OFF, "partner": True})
    signed = [organization.sign(**chosen).json() for chosen in choices]

    assert flags(organization) == {**ALL_OFF, "partner": True}
    path = f"{organization.path}/agreements"
    assert organization.client.get(path).json()["data"] == signed[::-1]
    first = organization.client.get(f"{path}?limit=2")
    assert first.json()["data"] == signed[:0:-1]
    rest = organization.client.get(first.links["next"]["url"]).json()
    assert rest == {"data": signed[:1], "page": {"next_cursor": None, "limit": 2}}


def test_of_two_that_sign_at_once_the_newer_one_holds(service: Service) -> None:
    organization = service.organization(agree=False)
    path = f"{organization.path}/agreements"
    choices = [paper(service, benchmark=bool(n % 2), research=bool(n % 3)) for n in range(12)]

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda one: organization.client.post(path, json=one), choices))

    assert {reply.status_code for reply in replies} == {201}
    [newest, *_] = organization.client.get(path).json()["data"]
    assert flags(organization) == {name: newest[name] for name in ALL_ON}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        pytest.param(
            {"agreement_version": "99"}, "/agreement_version", "unknown", id="no such version"
        ),
        pytest.param(
            {"text_sha256": "0" * 64}, "/text_sha256", "another-text", id="another text's hash"
        ),
        pytest.param(
            {"text_sha256": "0" * 63}, "/text_sha256", "pattern-mismatch", id="no hash at all"
        ),
        pytest.param(
            {"signed_on": str(TODAY + timedelta(days=2))},
            "/signed_on",
            "in-the-future",
            id="a day to come",
        ),
        pytest.param({"signed_by": ""}, "/signed_by", "string-too-short", id="signed by nobody"),
        pytest.param({"benchmark": None}, "/benchmark", "bool-type", id="an open question"),
        pytest.param({"everything": True}, "/everything", "unknown-field", id="one flag more"),
    ],
)
def test_a_paper_that_cannot_be_is_refused_and_nothing_holds(
    service: Service, change: dict[str, object], pointer: str, code: str
) -> None:
    organization = service.organization(agree=False)

    reply = organization.client.post(
        f"{organization.path}/agreements", json=paper(service, **change)
    )

    assert reply.status_code == 422
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == [(pointer, code)]
    assert flags(organization) == ALL_OFF
    assert organization.client.get(f"{organization.path}/agreements").json()["data"] == []


@pytest.mark.parametrize("flag", ALL_ON)
def test_each_decision_must_be_taken(service: Service, flag: str) -> None:
    organization = service.organization(agree=False)
    given = paper(service)
    del given[flag]

    reply = organization.client.post(f"{organization.path}/agreements", json=given)

    assert [one["pointer"] for one in reply.json()["errors"]] == [f"/{flag}"]


def test_an_organization_signs_for_itself_only(service: Service) -> None:
    own, other = service.organization(agree=False), service.organization(agree=False)
    signed = other.sign().json()

    for path in (f"{other.path}/agreements", f"/v1/organizations/{uuid4()}/agreements"):
        reply = own.client.post(path, json=paper(service))
        assert (reply.status_code, reply.json()["detail"]) == (404, "No such organization")
    assert own.client.get(f"{other.path}/agreements").status_code == 404
    foreign = own.client.get(f"{own.path}/agreements/{signed['id']}")
    absent = own.client.get(f"{own.path}/agreements/{uuid4()}")
    assert (foreign.status_code, foreign.content) == (404, absent.content)


def test_a_network_signs_for_nobody(service: Service) -> None:
    row, network = network_of(service)
    member = service.organization(network=row["id"], agree=False)

    reply = network.post(f"{member.path}/agreements", json=paper(service))

    assert (reply.status_code, reply.json()["scope"]) == (403, "agreements:write")
    assert network.get(f"{member.path}/agreements").json()["scope"] == "agreements:read"
    assert flags(member) == ALL_OFF


def test_the_operator_records_a_signed_paper_and_the_organization_sees_who_did(
    service: Service,
) -> None:
    organization = service.organization(agree=False)
    operator = service.operator

    reply = operator.post(f"{organization.path}/agreements", json=paper(service))

    assert reply.status_code == 201
    assert flags(organization) == ALL_ON
    events = organization.client.get(f"{organization.path}/audit").json()["data"]
    [event] = [one for one in events if one["operation"].endswith("/agreements")]
    assert event["actor"]["kind"] == Kind.OPERATOR
    assert event["target"] == reply.headers["location"]
    assert organization.submit().status_code == 201
