"""Many requests at once: what one of them is told holds for all."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.assessments.asking import (
    refused,
    rows,
    standing,
    together,
    wait_until_somebody_waits,
)
from tests.conftest import Organization, Service

MANY = 20


def patiently(call: Callable[[], httpx.Response]) -> Callable[[], httpx.Response]:
    """Whom a busy service tells to come again comes again."""

    def until_answered() -> httpx.Response:
        while (reply := call()).status_code == 503:
            time.sleep(0.1)
        return reply

    return until_answered


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


@pytest.mark.parametrize("name", ["Idempotency-Key", "external_id", "respondent", "consensus"])
def test_of_twenty_alike_one_stands(
    service: Service, organization: Organization, name: str
) -> None:
    def submit() -> httpx.Response:
        match name:
            case "Idempotency-Key":
                return organization.submit({"Idempotency-Key": "k"})
            case "external_id":
                return organization.submit(external_id="x")
            case "respondent":
                return organization.submit(respondent="x")
            case _:
                return organization.submit(mode="consensus")

    replies = together([patiently(submit)] * MANY)

    assert standing(service, organization.id) == 1
    assert rows(service, organization.id)["assessment"] == 1
    # Who comes while the first is in flight is told to come again.
    others = [refused(one) for one in replies if not one.is_success]
    slugs = {"already-exists", "submission-ended", "idempotency-key-in-flight"}
    assert set(others) <= {(409, slug) for slug in slugs}
    accepted = {one.json()["id"] for one in replies if one.is_success}
    assert rows(service, organization.id)["submission"] == len(accepted) >= 1
    if name in {"Idempotency-Key", "external_id"}:
        assert len(accepted) == 1


def test_twenty_different_ones_open_one_assessment_and_all_stand(
    service: Service, organization: Organization
) -> None:
    replies = together([patiently(organization.submit)] * MANY)

    assert [one.status_code for one in replies] == [201] * MANY
    assert rows(service, organization.id) == {"assessment": 1, "submission": MANY, "result": 0}
    assert standing(service, organization.id) == MANY


@pytest.mark.parametrize("head_start", [0.0, 0.02, 0.05])
def test_what_was_acknowledged_before_the_lock_is_in_the_result(
    service: Service, organization: Organization, head_start: float
) -> None:
    for _ in range(3):
        organization.submit()

    def lock() -> httpx.Response:
        time.sleep(head_start)
        return organization.client.post(f"{organization.path}/assessments/2025-H2/lock")

    locked, *submitted = together([lock, *[patiently(organization.submit)] * 12])

    assert locked.status_code == 201
    refusals = [refused(one) for one in submitted if not one.is_success]
    assert set(refusals) <= {(409, "assessment-closed")}
    counted = 3 + sum(one.is_success for one in submitted)
    assert locked.json()["result"]["respondents"] == counted == standing(service, organization.id)


def test_of_eight_locks_one_computes_and_all_answer_the_same(
    service: Service, organization: Organization
) -> None:
    for _ in range(3):
        organization.submit()

    replies = together(
        [lambda: organization.client.post(f"{organization.path}/assessments/2025-H2/lock")] * 8
    )

    assert sorted(one.status_code for one in replies) == [200] * 7 + [201]
    assert len({one.content for one in replies}) == 1
    assert rows(service, organization.id)["result"] == 1


COPY = """
    INSERT INTO submission (organization_id, id, assessment_id, client_id, mode, role, body_sha256,
      answers, section_scores, overall, receipt_sha256, submitted_at)
    SELECT organization_id, gen_random_uuid(), assessment_id, client_id, mode, role, body_sha256,
      answers, section_scores, overall, receipt_sha256, submitted_at
    FROM submission WHERE organization_id = %s LIMIT 1
"""


def test_a_lock_waits_for_submissions_in_flight(
    service: Service, organization: Organization
) -> None:
    for _ in range(3):
        organization.submit()

    with ThreadPoolExecutor(1) as pool, service.superuser() as in_flight:
        in_flight.execute(
            "SELECT 1 FROM assessment WHERE organization_id = %s FOR SHARE", (organization.id,)
        )
        in_flight.execute(COPY, (organization.id,))
        locking = pool.submit(
            organization.client.post, f"{organization.path}/assessments/2025-H2/lock"
        )
        wait_until_somebody_waits(service)
        assert not locking.done()
        in_flight.commit()
        reply = locking.result()

    assert (reply.status_code, reply.json()["result"]["respondents"]) == (201, 4)


def test_a_submission_waits_for_the_lock_and_comes_too_late(
    service: Service, organization: Organization
) -> None:
    organization.submit()

    with ThreadPoolExecutor(1) as pool, service.superuser() as locking:
        locking.execute(
            "UPDATE assessment SET locked_at = now() WHERE organization_id = %s", (organization.id,)
        )
        late = pool.submit(organization.submit)
        wait_until_somebody_waits(service)
        locking.commit()

    assert refused(late.result()) == (409, "assessment-closed")
    assert rows(service, organization.id)["submission"] == 1


@pytest.mark.parametrize("ending", ["a withdrawal", "a replacement"])
def test_two_cannot_end_the_same_submission(
    service: Service, organization: Organization, ending: str
) -> None:
    old = organization.submit().json()["id"]

    with ThreadPoolExecutor(1) as pool, service.superuser() as first:
        first.execute("UPDATE submission SET withdrawn_at = now() WHERE id = %s", (old,))
        if ending == "a withdrawal":
            path = f"{organization.path}/submissions/{old}/withdrawal"
            second = pool.submit(organization.client.post, path)
        else:
            second = pool.submit(lambda: organization.submit(supersedes=old))
        wait_until_somebody_waits(service)
        first.commit()

    assert refused(second.result()) == (409, "submission-ended")
    assert rows(service, organization.id)["submission"] == 1
