"""Withdrawing, and what a locked assessment no longer takes."""

import pytest

from tests.assessments.asking import refusal, refused, rows
from tests.conftest import Organization, Service


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def test_a_withdrawn_submission_no_longer_counts_and_stays_readable(
    organization: Organization,
) -> None:
    stays, goes = organization.submit().json(), organization.submit().json()
    here = f"{organization.path}/submissions/{goes['id']}"

    reply = organization.client.post(f"{here}/withdrawal")

    body = reply.json()
    assert reply.status_code == 201
    assert body == {**goes, "status": "withdrawn", "withdrawn_at": body["withdrawn_at"]}
    assert body["withdrawn_at"] > goes["submitted_at"]
    assert organization.client.get(here).json() == body
    listed = organization.client.get(f"{organization.path}/submissions?standing=true").json()
    assert [one["id"] for one in listed["data"]] == [stays["id"]]
    assessment = organization.client.get(f"{organization.path}/assessments/2025-H2").json()
    assert (assessment["status"], assessment["submissions"]) == ("open", 1)


def test_what_was_superseded_cannot_be_withdrawn(organization: Organization) -> None:
    superseded = organization.submit().json()
    organization.submit(supersedes=superseded["id"])

    reply = organization.client.post(
        f"{organization.path}/submissions/{superseded['id']}/withdrawal"
    )

    assert refusal(reply) == {
        "type": "/problems/submission-ended",
        "title": "Submission no longer stands",
        "status": 409,
        "detail": "The submission is superseded already",
    }


def test_a_locked_assessment_takes_no_withdrawal(organization: Organization) -> None:
    submission = organization.submit().json()
    assert organization.client.post(f"{organization.path}/assessments/2025-H2/lock").is_success

    path = f"{organization.path}/submissions/{submission['id']}"

    assert refusal(organization.client.post(f"{path}/withdrawal")) == {
        "type": "/problems/assessment-closed",
        "title": "Assessment is locked",
        "status": 409,
        "detail": "The assessment was locked; its result stays as it is",
    }
    assert organization.client.get(path).json() == submission


def test_a_locked_assessment_takes_no_submission_and_answers_retries(
    service: Service, organization: Organization
) -> None:
    key = {"Idempotency-Key": "k"}
    by_key = organization.submit(key)
    by_id = organization.submit(external_id="rec")
    assert organization.client.post(f"{organization.path}/assessments/2025-H2/lock").is_success
    before = rows(service, organization.id)

    late = [
        organization.submit(),
        organization.submit(external_id="rec", answers={"A1": 4}),
        organization.submit(supersedes=by_id.json()["id"]),
    ]

    for reply in late:
        assert refusal(reply) == {
            "type": "/problems/assessment-closed",
            "title": "Assessment is locked",
            "status": 409,
            "detail": "The assessment of 2025-H2 was locked; it takes no submissions",
        }
    assert rows(service, organization.id) == before
    assert organization.submit(key).content == by_key.content
    assert organization.submit(external_id="rec").content == by_id.content


def test_another_period_stays_open(organization: Organization) -> None:
    organization.submit()
    organization.client.post(f"{organization.path}/assessments/2025-H2/lock")

    assert organization.submit(period="2026-H1").status_code == 201
    assert refused(organization.submit()) == (409, "assessment-closed")
