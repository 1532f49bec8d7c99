"""QuestionnaireResponses as submissions: created, read, searched."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.access.models import Kind
from tests.conftest import Service
from tests.fhir.asking import (
    ABSENT,
    BASE,
    LEVELS,
    PUBLIC,
    Sender,
    extension,
    filled,
    issues,
    named,
)

ROOT = "QuestionnaireResponse"


@pytest.fixture
def sender(service: Service) -> Sender:
    return Sender.of(service)


def test_it_becomes_a_submission(sender: Sender) -> None:
    identifier = named()
    reply = sender.create(identifier=identifier)
    made = reply.json()
    [stored] = sender.submissions()

    assert reply.status_code == 201
    assert reply.headers["etag"] == 'W/"1"'
    assert reply.headers["location"] == f"{BASE}/{ROOT}/{made['id']}/_history/1"
    assert stored["id"] == made["id"]
    assert stored["answers"] == LEVELS
    assert stored["external_id"] == identifier["value"]
    assert (stored["period"], stored["role"], stored["mode"]) == (
        "2025-H2",
        "nursing",
        "individual",
    )
    assert stored["scores"]["overall"]["score"] == 43.75
    for path in (f"/{ROOT}/{made['id']}", f"/{ROOT}/{made['id']}/_history/1"):
        read = sender.get(path)
        assert (read.json(), read.headers["etag"]) == (made, 'W/"1"')
        again = sender.get(path, headers={"If-None-Match": 'W/"1"'})
        assert (again.status_code, again.content) == (304, b"")


def test_it_reads_as_it_was_written(sender: Sender) -> None:
    sent = filled(identifier=named())
    special = {"valueCoding": {"system": ABSENT, "code": "not-applicable"}}
    sent["item"][0]["item"][1]["answer"] = [special]
    made = sender.post(f"/{ROOT}", sent).json()

    for name in ("questionnaire", "status", "identifier"):
        assert made[name] == sent[name]
    assert made["subject"] == {"reference": f"Organization/{sender.organization.id}"}
    assert extension("role", "nursing") in made["extension"]
    assert extension("period", "2025-H2") in made["extension"]
    for group, of in zip(made["item"], sent["item"], strict=True):
        for item, answered in zip(group["item"], of["item"], strict=True):
            [given], [told] = answered["answer"], item["answer"]
            assert given["valueCoding"].items() <= told["valueCoding"].items()
            assert told["valueCoding"]["display"]
    again = sender.post(f"/{ROOT}", {**made, "authored": "2025-11-01"})
    assert (again.status_code, again.json()["id"]) == (200, made["id"])


@pytest.mark.parametrize(
    ("authored", "period"),
    [
        ("2025-06-30T23:59:59-05:00", "2025-H1"),
        ("2025-07-01", "2025-H2"),
        ("2025-12", "2025-H2"),
        ("2025", "2025"),
        ("2024-02-29T00:00:00.123456789Z", "2024-H1"),
    ],
)
def test_the_period_is_the_half_year_of_authored(
    sender: Sender, authored: str, period: str
) -> None:
    assert sender.create(authored=authored).status_code == 201
    assert [one["period"] for one in sender.submissions()] == [period]


def test_extensions_say_what_fhir_has_no_word_for(sender: Sender) -> None:
    others = {"url": "http://example.org/anything", "valueBoolean": True}
    said = [
        others,
        extension("period", "2025-Q3"),
        extension("role", "board"),
        extension("respondent", "ann"),
    ]
    first = sender.create(extension=said, authored=None)
    newer = sender.create(extension=said, authored=None, levels={"A1": 4})
    consensus = sender.create(extension=[extension("mode", "consensus")])

    assert (first.status_code, newer.status_code, consensus.status_code) == (201, 201, 201)
    one, two, three = sender.submissions()
    assert (one["period"], one["role"], one["status"]) == ("2025-Q3", "board", "superseded")
    assert two["supersedes"] == one["id"]
    assert (three["mode"], three["role"]) == ("consensus", None)
    assert "ann" not in first.text


def test_the_role_is_other_unless_it_is_said(sender: Sender) -> None:
    sender.create(extension=None)

    assert [one["role"] for one in sender.submissions()] == ["other"]


def test_levels_may_be_numbers(sender: Sender) -> None:
    body = filled()
    for group in body["item"]:
        for item in group["item"]:
            item["answer"] = [{"valueInteger": LEVELS[item["linkId"]]}]

    assert sender.post(f"/{ROOT}", body).status_code == 201
    assert [one["answers"] for one in sender.submissions()] == [LEVELS]


def test_a_newer_one_of_the_same_identifier_replaces_it(sender: Sender) -> None:
    identifier = named()
    first = sender.create(identifier=identifier).json()
    same = sender.create(identifier=identifier)
    newer = sender.create(identifier=identifier, status="amended", levels={**LEVELS, "A1": 4})

    assert (same.status_code, same.json()["id"]) == (200, first["id"])
    assert (newer.status_code, newer.json()["status"]) == (201, "amended")
    before = sender.get(f"/{ROOT}/{first['id']}")
    assert before.headers["etag"] == 'W/"2"'
    assert [one["code"] for one in before.json()["meta"]["tag"]] == ["superseded"]
    assert sender.get(f"/{ROOT}/{first['id']}/_history/1").json() == first
    assert sender.get(f"/{ROOT}/{first['id']}/_history/2").json() == before.json()
    for version in ("0", "3", "x"):
        assert sender.get(f"/{ROOT}/{first['id']}/_history/{version}").status_code == 404
    found = sender.get(f"/{ROOT}?identifier={identifier['value']}").json()
    assert [one["resource"]["id"] for one in found["entry"]] == [newer.json()["id"]]


def test_what_was_withdrawn_was_an_error(sender: Sender) -> None:
    made = sender.create().json()
    path = f"{sender.organization.path}/submissions/{made['id']}/withdrawal"
    assert sender.organization.client.post(path).status_code == 201

    read = sender.get(f"/{ROOT}/{made['id']}")
    assert (read.json()["status"], read.headers["etag"]) == ("entered-in-error", 'W/"2"')
    assert sender.get(f"/{ROOT}").json()["total"] == 0
    scores = sender.get(f"/Observation?derived-from={ROOT}/{made['id']}").json()
    assert {one["resource"]["status"] for one in scores["entry"]} == {"entered-in-error"}


def test_a_retry_gets_what_is_there(sender: Sender) -> None:
    headers = {"Idempotency-Key": "once"}
    first, again = (sender.create(headers=headers) for _ in range(2))
    other = sender.create(headers=headers, levels={"A1": 0})

    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert (other.status_code, issues(other)) == (422, [("", "idempotency-key-reused")])
    assert len(sender.submissions()) == 1


@pytest.mark.parametrize("condition", ["identifier={}", "?identifier={}", "identifier=urn:x|{}"])
def test_it_is_made_only_if_none_exists(sender: Sender, condition: str) -> None:
    identifier = named()
    headers = {"If-None-Exist": condition.format(identifier["value"])}
    first = sender.create(headers=headers, identifier=identifier)
    again = sender.create(headers=headers, identifier=identifier, levels={"A1": 0})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert len(sender.submissions()) == 1


def test_of_many_at_once_one_is_made(sender: Sender) -> None:
    identifier = named()
    headers = {"If-None-Exist": f"identifier={identifier['value']}"}

    def send(level: int) -> int:
        levels = {**LEVELS, "A1": level % 5}
        return sender.create(headers=headers, identifier=identifier, levels=levels).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(send, range(8)))

    assert statuses == [200] * 7 + [201]
    assert len(sender.submissions()) == 1


def test_another_condition_is_refused(sender: Sender) -> None:
    for condition in ("status=completed", "identifier=a&status=completed", "identifier="):
        reply = sender.create(headers={"If-None-Exist": condition})
        assert (reply.status_code, issues(reply)) == (
            422,
            [("http.If-None-Exist", "pattern-mismatch")],
        )
    assert sender.submissions() == []


def test_the_answer_is_as_preferred(sender: Sender) -> None:
    minimal = sender.create(headers={"Prefer": "return=minimal"})
    outcome = sender.create(headers={"Prefer": "respond-async, return=OperationOutcome"})
    whole = sender.create(headers={"Prefer": "return=representation"})

    assert {one.status_code for one in (minimal, outcome, whole)} == {201}
    assert (minimal.content, minimal.headers["etag"]) == (b"", 'W/"1"')
    assert minimal.headers["location"].startswith(f"{BASE}/{ROOT}/")
    assert issues(outcome) == [("", "ok")]
    assert whole.json()["resourceType"] == ROOT


def test_what_is_tried_is_not_kept(sender: Sender) -> None:
    body = filled(identifier=named())
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "mode", "valueCode": "create"},
            {"name": "resource", "resource": body},
        ],
    }
    for one in (body, parameters):
        reply = sender.post(f"/{ROOT}/$validate", one)
        assert (reply.status_code, issues(reply)) == (200, [("", "ok")])
    assert sender.submissions() == []
    nothing = sender.post(f"/{ROOT}/$validate", {"resourceType": "Parameters"})
    assert issues(nothing) == [("Parameters.parameter", "required")]


def test_it_is_on_the_trail(sender: Sender) -> None:
    location = sender.create().headers["location"]
    events = sender.organization.client.get(f"{sender.organization.path}/audit").json()["data"]

    assert (events[-1]["operation"], events[-1]["target"]) == (f"POST {BASE}/{ROOT}", location)


def test_organizations_are_named_as_subject_or_author(service: Service) -> None:
    network = service.network()
    hospital = service.organization(network=network["id"])
    caller = service.as_(service.key(Kind.NETWORK, network["id"]))
    address = {"reference": f"Organization/{hospital.id}"}
    ways: list[dict[str, Any]] = [
        {"subject": address},
        {"subject": {"reference": f"{PUBLIC}/Organization/{hospital.id}"}},
        {"subject": {"type": "Organization", "identifier": {"value": hospital.row["external_id"]}}},
        {"author": address},
    ]
    for way in ways:
        reply = caller.post(f"{BASE}/{ROOT}", json=filled(**way))
        assert reply.status_code == 201, reply.text
        assert reply.json()["subject"] == address
    unnamed = caller.post(f"{BASE}/{ROOT}", json=filled())
    assert issues(unnamed) == [(f"{ROOT}.subject", "required")]
    foreign = {"reference": f"Organization/{service.organization().id}"}
    reply = caller.post(f"{BASE}/{ROOT}", json=filled(subject=foreign))
    assert (reply.status_code, issues(reply)) == (422, [(f"{ROOT}.subject", "not-found")])
    events = hospital.client.get(f"{hospital.path}/audit").json()["data"]
    assert [one["operation"] for one in events].count(f"POST {BASE}/{ROOT}") == len(ways)
