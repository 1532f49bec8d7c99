"""FHIR's QuestionnaireResponses in many: lines, and the entries of a Bundle."""

import json
from typing import Any

import httpx
import pytest

from app.access.models import Kind
from tests.assessments.asking import refused, standing
from tests.conftest import Organization, Service
from tests.fhir.asking import answer, filled
from tests.imports.asking import codes, push, report
from tests.imports.stepwise import PART, carried_out

NDJSON = "application/fhir+ndjson"
JSON = "application/fhir+json"


def resources() -> list[dict[str, Any]]:
    """Some that are right, and one of each that is wrong in another place."""
    right = [filled(identifier={"value": f"r-{number}"}) for number in range(PART + 1)]
    level = filled(identifier={"value": "w-1"})
    level["item"][0]["item"][0] = answer("A1", 9)
    return [
        *right,
        level,
        filled(identifier={"value": "w-2"}, status="draft"),
        filled(identifier=None),
        filled(identifier={"value": "r-1"}, authored="2025-03-01"),
        {"resourceType": "Patient"},
    ]


def as_ndjson(given: list[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(one) for one in given).encode()


def as_bundle(given: list[dict[str, Any]]) -> bytes:
    entries = [{"resource": one} for one in given]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def send(organization: Organization, content: bytes, kind: str) -> httpx.Response:
    return push(organization.client, content, headers={"Content-Type": kind})


def test_lines_and_entries_come_to_the_same_at_once_or_later(
    service: Service, stepwise: Service
) -> None:
    given = resources()
    here, too, later = service.organization(), service.organization(), stepwise.organization()

    told = report(send(here, as_ndjson(given), NDJSON))

    assert [one["status"] for one in told] == [
        "accepted",
        "rejected",
        *["accepted"] * (PART - 1),
        *["rejected"] * 5,
    ]
    assert [codes(one) for one in told[PART + 1 : PART + 4]] == [
        {("/item/0/item/0/answer/0/valueCoding/code", "answer-unknown")},
        {("/status", "not-one-of")},
        {("/identifier", "required")},
    ]
    assert codes(told[1]) == codes(told[PART + 4]) == {("/identifier/value", "repeated")}
    assert standing(service, here.id) == PART
    assert report(send(too, as_bundle(given), JSON)) == told
    reply = send(later, as_bundle(given), JSON)
    assert carried_out(stepwise, later.client, reply) == told


def test_what_is_wrong_in_a_resource_holds_up_its_hospital(service: Service) -> None:
    network = service.network()
    here, there = (service.organization(network=network["id"]) for _ in range(2))
    client = service.as_(service.key(Kind.NETWORK, network["id"]))
    given = [
        filled(identifier={"value": f"r-{n}"}, subject={"reference": f"Organization/{one.id}"})
        for n, one in enumerate([here, here, there])
    ]
    given[1]["item"][0]["item"][0] = answer("A1", 9)
    given.append(filled(identifier={"value": "r-4"}, subject=None))

    reply = push(
        client, as_ndjson(given), headers={"Content-Type": NDJSON}, atomicity="organization"
    )

    told = report(reply)
    assert [one["status"] for one in told] == ["rejected", "rejected", "accepted", "rejected"]
    assert codes(told[0]) == {("", "not-alone")}
    assert codes(told[3]) == {("/author", "required")}


@pytest.mark.parametrize(
    ("content", "status", "slug"),
    [
        pytest.param(b"{", 400, "malformed-json", id="no JSON"),
        pytest.param(b"[]", 422, "invalid", id="a list"),
        pytest.param(b'{"resourceType": "Patient"}', 422, "invalid", id="no Bundle"),
        pytest.param(b'{"resourceType": "Bundle"}', 422, "invalid", id="without entries"),
    ],
)
def test_what_is_no_bundle_is_refused_as_a_whole(
    service: Service, content: bytes, status: int, slug: str
) -> None:
    assert refused(send(service.organization(), content, JSON)) == (status, slug)


def test_entries_without_a_resource_are_told_so(service: Service) -> None:
    entries = [3, {}, {"resource": 10**30}, {"resource": "x" * 300_000}]
    content = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()

    told = report(send(service.organization(), content, JSON))

    assert [one["status"] for one in told] == ["rejected"] * 4
    assert codes(told[3]) == {("", "line-too-long")}
