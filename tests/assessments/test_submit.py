"""Submitting, over HTTP."""

from tests.conftest import Service


def test_a_submission_is_scored(service: Service) -> None:
    organization = service.organization()

    reply = organization.submit()

    assert reply.status_code == 201
    scores = reply.json()["scores"]
    assert {one["section"]: one["fraction"] for one in scores["sections"]} == {
        "A": "75/2",
        "B": "50",
    }
