"""What is wrong with a QuestionnaireResponse is said with its place, and nothing is left behind."""

from copy import deepcopy
from typing import Any

import pytest

from tests.conftest import Service
from tests.effects import effect, rows
from tests.fhir.asking import BASE, Sender, answer, extension, filled, issues
from tests.fhir.bad import REFUSED, ROOT, VALUE
from tests.inputs import INSTRUMENT


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_its_place(service: Service, sender: Sender, name: str) -> None:
    change, place, code = REFUSED[name]
    body = deepcopy(filled())
    change(body)
    before = rows(service)

    reply = sender.post(f"/{ROOT}", body)

    assert reply.status_code == 422, reply.text
    assert (place, code) in issues(reply)
    for one in reply.json()["issue"]:
        assert one["severity"] == "error"
        assert one["details"]["text"]
    assert effect(before, rows(service)) == {}
    tried = sender.post(f"/{ROOT}/$validate", body)
    assert tried.status_code == 200
    assert issues(tried) == issues(reply)


@pytest.fixture(scope="module")
def sender(service: Service) -> Sender:
    return Sender.of(service)


def test_there_are_many_kinds() -> None:
    assert len({code for _, _, code in REFUSED.values()}) >= 17


def test_one_fault_is_one_issue(sender: Sender) -> None:
    one = filled()
    one["item"] = [{"linkId": "A", "item": [answer("A1", 9)]}]

    assert issues(sender.post(f"/{ROOT}", one)) == [(f"{VALUE}.code", "answer-unknown")]


def test_all_that_is_wrong_is_said_at_once(sender: Sender) -> None:
    body = filled(status="stopped", identifier={"value": "a b"})
    body["item"][0]["item"][0]["answer"] = [{"valueInteger": 12}]
    body["item"][1]["linkId"] = "Z"

    assert sorted(issues(sender.post(f"/{ROOT}", body))) == [
        (f"{ROOT}.identifier.value", "pattern-mismatch"),
        (VALUE, "level-out-of-range"),
        (f"{ROOT}.item[1].linkId", "item-unknown"),
        (f"{ROOT}.status", "status-not-final"),
    ]


@pytest.mark.parametrize("body", [[], "text", 7, {}, {"resourceType": ROOT}])
def test_what_is_no_resource_is_refused(sender: Sender, body: Any) -> None:
    reply = sender.post(f"/{ROOT}", body)

    assert reply.status_code == 422
    assert issues(reply)


def test_a_pseudonym_is_not_said_back(sender: Sender) -> None:
    body = filled(extension=[extension("respondent", "Maria " * 40)])
    reply = sender.post(f"/{ROOT}", body)

    assert issues(reply) == [(f"{ROOT}.extension[0].value", "string-too-long")]
    assert "Maria" not in reply.text


def test_nothing_comes_into_a_locked_round(sender: Sender) -> None:
    extensions = [extension("role", "nursing"), extension("period", "2024")]
    assert sender.create(extension=extensions).status_code == 201
    organization = sender.organization
    locked = organization.client.post(f"{organization.path}/assessments/2024/lock")
    assert locked.status_code == 201

    reply = sender.create(extension=extensions)
    tried = sender.post(f"/{ROOT}/$validate", filled(extension=extensions))

    assert (reply.status_code, issues(reply)) == (409, [("", "assessment-closed")])
    assert (tried.status_code, issues(tried)) == (200, [("", "assessment-closed")])


def test_nothing_is_taken_in_without_an_agreement(service: Service) -> None:
    reply = Sender(service.organization(agree=False)).create()

    assert (reply.status_code, issues(reply)) == (403, [("", "agreement-needed")])


def test_items_may_be_left_out(sender: Sender) -> None:
    reply = sender.create(levels={"B1": 2})

    assert reply.status_code == 201
    assert len(INSTRUMENT["sections"]) == 2
    assert [one["linkId"] for one in reply.json()["item"]] == ["B"]
    unanswered = filled(levels={"A1": 2})
    unanswered["item"][0]["item"].append({"linkId": "A2", "text": "two"})
    assert sender.post(f"/{ROOT}", unanswered).status_code == 201
    assert sender.organization.client.get(f"{BASE}/{ROOT}").json()["total"] >= 2
