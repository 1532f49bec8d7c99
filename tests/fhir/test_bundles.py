"""Bundles at the base: of a batch each stands by itself, a transaction is all or nothing."""

from typing import Any

import pytest

from app.access.models import Kind
from tests.conftest import Service
from tests.effects import effect, rows
from tests.fhir.asking import BASE, LEVELS, MEDIA, Sender, filled, issues, named

ROOT = "QuestionnaireResponse"


@pytest.fixture
def sender(service: Service) -> Sender:
    return Sender.of(service)


def entry(resource: Any, **request: str) -> dict[str, Any]:
    return {"resource": resource, "request": {"method": "POST", "url": ROOT, **request}}


def bundle(kind: str, *resources: Any) -> dict[str, Any]:
    entries = [one if "request" in one else entry(one) for one in resources]
    made = {"resourceType": "Bundle", "type": kind}
    return {**made, "entry": entries} if entries else made


def statuses(reply: Any) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [one["response"]["status"] for one in reply.json()["entry"]]


WRONG = filled(status="stopped")
PLACE = f"Bundle.entry[1].resource.{'status'}"


@pytest.mark.parametrize("path", ["", "/"])
@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_all_are_taken_in(sender: Sender, kind: str, path: str) -> None:
    reply = sender.post(path, bundle(kind, *(filled(identifier=named()) for _ in range(3))))
    made = reply.json()

    assert statuses(reply) == ["201 Created"] * 3
    assert made["type"] == f"{kind}-response"
    for one in made["entry"]:
        read = sender.organization.client.get(one["response"]["location"])
        assert read.json() == one["resource"]
        assert read.headers["etag"] == one["response"]["etag"]
    assert [one["id"] for one in sender.submissions()] == [
        one["resource"]["id"] for one in made["entry"]
    ]


def test_of_a_batch_the_right_are_taken_in(sender: Sender) -> None:
    other = entry(None, method="GET")
    other.pop("resource")
    elsewhere = entry(filled(), url="Patient")
    reply = sender.post("", bundle("batch", filled(), WRONG, other, elsewhere, filled()))

    assert statuses(reply) == [
        "201 Created",
        "422 Unprocessable Entity",
        "405 Method Not Allowed",
        "405 Method Not Allowed",
        "201 Created",
    ]
    refused = reply.json()["entry"][1]["response"]["outcome"]
    assert [one["expression"] for one in refused["issue"]] == [[PLACE]]
    assert len(sender.submissions()) == 2


def test_of_a_transaction_with_a_fault_nothing_is(service: Service, sender: Sender) -> None:
    before = rows(service)
    reply = sender.post("", bundle("transaction", filled(), WRONG, filled(levels={"A1": 9})))

    assert reply.status_code == 422
    where = "Bundle.entry[2].resource.item[0].item[0].answer[0].value.code"
    assert issues(reply) == [(PLACE, "status-not-final"), (where, "answer-unknown")]
    assert effect(before, rows(service)) == {}


def test_a_transaction_fails_for_what_it_finds(service: Service, sender: Sender) -> None:
    organization = sender.organization
    organization.submit(period="2024")
    organization.client.post(f"{organization.path}/assessments/2024/lock")
    before = rows(service)

    reply = sender.post("", bundle("transaction", filled(), filled(authored="2024")))

    assert reply.status_code == 409
    assert issues(reply) == [("Bundle.entry[1].resource", "assessment-closed")]
    assert effect(before, rows(service)) == {}


def test_nothing_stands_twice_in_a_transaction(sender: Sender) -> None:
    one = filled(identifier=named())
    other = {**one, "status": "amended"}
    twice = sender.post("", bundle("transaction", one, other))
    reply = sender.post(
        "",
        bundle(
            "batch", one, {**filled(levels=LEVELS | {"A1": 4}), "identifier": one["identifier"]}
        ),
    )

    assert issues(twice) == [("Bundle.entry[1].resource.identifier", "repeated")]
    assert statuses(reply) == ["201 Created", "201 Created"]
    assert [one["status"] for one in sender.submissions()] == ["superseded", "stands"]


def test_entries_are_made_only_if_none_exists(sender: Sender) -> None:
    one = filled(identifier=named())
    conditional = entry(one, ifNoneExist=f"identifier={one['identifier']['value']}")
    changed = {**conditional, "resource": {**one, "authored": "2024-01-01"}}

    assert statuses(sender.post("", bundle("transaction", conditional))) == ["201 Created"]
    assert statuses(sender.post("", bundle("transaction", changed))) == ["200 OK"]
    assert statuses(sender.post("", bundle("batch", one))) == ["200 OK"]
    wrong = entry(one, ifNoneExist="status=completed")
    refused = sender.post("", bundle("transaction", wrong))
    assert refused.status_code == 422
    assert len(sender.submissions()) == 1


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({"resourceType": "Bundle", "type": "collection"}, "Bundle.type", "not-one-of"),
        ({"resourceType": "Bundle"}, "Bundle.type", "required"),
        ({"resourceType": "Bundle", "type": "batch", "x": 1}, "Bundle.x", "unknown-field"),
        (
            {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {}}]},
            "Bundle.entry[0].request",
            "required",
        ),
        (filled(), f"{ROOT}.resourceType", "not-one-of"),
    ],
)
def test_what_is_no_bundle_is_refused(sender: Sender, body: Any, place: str, code: str) -> None:
    reply = sender.post("", body)

    assert reply.status_code == 422
    assert (place, code) in issues(reply)


def test_an_empty_bundle_does_nothing(sender: Sender) -> None:
    reply = sender.post("", bundle("batch"))

    assert reply.json() == {"resourceType": "Bundle", "type": "batch-response"}


def test_a_bundle_has_its_limits(sender: Sender) -> None:
    reply = sender.post("", bundle("batch", *([{"request": entry({})["request"]}] * 201)))

    assert (reply.status_code, issues(reply)) == (413, [("", "payload-too-large")])


def test_a_retry_gets_the_first_answer(sender: Sender) -> None:
    body = bundle("batch", filled(), WRONG)
    headers = {"Idempotency-Key": "a bundle"}
    first, again = (sender.post("", body, headers) for _ in range(2))
    other = sender.post("", bundle("batch", filled()), headers)

    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert issues(other) == [("", "idempotency-key-reused")]
    assert len(sender.submissions()) == 1


@pytest.mark.parametrize("prefer", ["minimal", "OperationOutcome"])
def test_entries_are_answered_as_preferred(sender: Sender, prefer: str) -> None:
    reply = sender.post("", bundle("batch", filled()), {"Prefer": f"return={prefer}"})
    [one] = reply.json()["entry"]

    assert "resource" not in one
    assert ("outcome" in one["response"]) is (prefer == "OperationOutcome")


def test_a_network_pushes_for_its_own(service: Service) -> None:
    network = service.network()
    hospitals = [service.organization(network=network["id"]) for _ in range(2)]
    foreign = service.organization()
    caller = service.as_(service.key(Kind.NETWORK, network["id"]))
    resources = [
        filled(subject={"reference": f"Organization/{one.id}"}) for one in (*hospitals, foreign)
    ]

    def push(kind: str) -> Any:
        return caller.post(BASE, json=bundle(kind, *resources), headers=MEDIA)

    assert issues(push("transaction")) == [("Bundle.entry[2].resource.subject", "not-found")]
    assert statuses(push("batch")) == ["201 Created", "201 Created", "422 Unprocessable Entity"]
    for one in hospitals:
        assert len(one.client.get(f"{one.path}/submissions").json()["data"]) == 1
        events = one.client.get(f"{one.path}/audit").json()["data"]
        assert (events[-1]["operation"], events[-1]["actor"]["kind"]) == (
            f"POST {BASE}/",
            "network",
        )
    assert foreign.client.get(f"{foreign.path}/submissions").json()["data"] == []
    events = foreign.client.get(f"{foreign.path}/audit").json()["data"]
    assert all(BASE not in one["operation"] for one in events)
