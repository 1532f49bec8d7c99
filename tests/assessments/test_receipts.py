"""Receipts over HTTP: the bytes prove the scores, and are the ones that were promised."""

import json
from hashlib import sha256
from typing import Any

import pytest

from app.scoring.receipt import verify
from tests.assessments.asking import refused
from tests.conftest import Organization, Service


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


ANSWERS: list[dict[str, Any]] = [
    {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
    {"A1": 3, "A2": "not_applicable", "B1": 0},
    {"A1": "dont_know"},
]


@pytest.mark.parametrize("answers", ANSWERS, ids=["all levels", "one does not apply", "withheld"])
def test_a_receipt_verifies_and_has_the_hash_of_the_reply(
    organization: Organization, answers: dict[str, Any]
) -> None:
    submitted = organization.submit(answers=answers).json()

    reply = organization.client.get(submitted["receipt"]["href"])

    promised = submitted["receipt"]["sha256"]
    assert reply.headers["content-type"] == "application/json"
    assert verify(reply.content, sha256=promised).ok
    body = reply.json()
    assert body.pop("sha256") == promised
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert sha256(canonical.encode()).hexdigest() == promised
    assert {
        item["code"]: item["answer"]
        for section in body["sections"]
        for item in section["items"]
        if item["answer"] is not None
    } == answers
    scores = submitted["scores"]
    assert [section["fraction"] for section in body["sections"]] == [
        section["fraction"] for section in scores["sections"]
    ]
    assert body["overall"]["fraction"] == scores["overall"]["fraction"]


def test_a_receipt_altered_in_one_byte_does_not_verify(organization: Organization) -> None:
    submitted = organization.submit().json()
    data = organization.client.get(submitted["receipt"]["href"]).content
    place = data.index(b'"answer":1') + len(b'"answer":')

    altered = data[:place] + b"2" + data[place + 1 :]

    assert not verify(altered, sha256=submitted["receipt"]["sha256"]).ok


def test_a_receipt_stays_the_same_whatever_becomes_of_the_submission(
    organization: Organization,
) -> None:
    href = organization.submit(respondent="p").json()["receipt"]["href"]
    before = organization.client.get(href).content

    organization.submit(respondent="p", answers={"A1": 4})
    organization.client.post(f"{organization.path}/assessments/2025-H2/lock")

    assert organization.client.get(href).content == before


def test_a_receipt_that_is_not_the_promised_one_is_not_given_out(
    service: Service, organization: Organization
) -> None:
    submitted = organization.submit().json()
    with service.superuser() as connection:
        connection.execute(
            "UPDATE submission SET answers = set_byte(answers, 0, 4) WHERE id = %s",
            (submitted["id"],),
        )

    reply = organization.client.get(submitted["receipt"]["href"])

    assert refused(reply) == (500, "internal-error")
    assert "answer" not in reply.text
