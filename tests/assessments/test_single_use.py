"""An invitation is good for one submission, whoever asks again, and however fast."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.assessments.asking import refused, rows, together, wait_until_somebody_waits
from tests.assessments.inviting import SHEET, answer, invite, path, row
from tests.conftest import Organization, Service


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


@pytest.fixture
def token(organization: Organization) -> str:
    return str(invite(organization)[0]["token"])


def test_a_token_is_good_for_one_submission(
    service: Service, organization: Organization, token: str
) -> None:
    assert answer(service, token).status_code == 201

    again = [answer(service, token), answer(service, token, answers={"A1": 4, "B1": 0})]

    assert [refused(one) for one in again] == [(409, "invitation-used")] * 2
    assert rows(service, organization.id)["submission"] == 1
    assert service.as_(token).get(SHEET).json()["status"] == "used"


def test_a_retry_with_its_idempotency_key_gets_the_same_answer(
    service: Service, organization: Organization, token: str
) -> None:
    first = answer(service, token, key="k1")

    again = answer(service, token, key="k1")

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = answer(service, token, key="k1", answers={"A1": 4, "B1": 0})
    assert refused(other) == (422, "idempotency-key-reused")
    assert rows(service, organization.id)["submission"] == 1


def test_who_kept_a_copy_of_the_token_cannot_try_out_what_was_answered(
    service: Service, token: str
) -> None:
    """The organization reads all answers, and may have kept tokens: a match would tell whose."""
    assert answer(service, token, key="the person's own").status_code == 201

    right = answer(service, token, key="guessed")
    wrong = answer(service, token, key="guessed", answers={"A1": 0})

    assert refused(right) == refused(wrong) == (409, "invitation-used")
    assert right.content == wrong.content


def test_one_persons_idempotency_key_is_not_anothers(
    service: Service, organization: Organization
) -> None:
    first, second = invite(organization, roles={"nursing": 2})

    replies = [answer(service, one["token"], key="1") for one in (first, second)]

    assert [one.status_code for one in replies] == [201, 201]
    assert "Idempotent-Replayed" not in replies[1].headers
    assert rows(service, organization.id)["submission"] == 2


def test_of_two_that_come_at_once_one_is_taken_in(
    service: Service, organization: Organization
) -> None:
    for made in invite(organization, roles={"nursing": 5}):
        token = made["token"]
        replies = together([lambda t=token: answer(service, t) for _ in range(2)])  # type: ignore[misc]

        assert sorted(one.status_code for one in replies) == [201, 409]
    assert rows(service, organization.id)["submission"] == 5


def test_revoking_and_answering_at_once_take_turns(
    service: Service, organization: Organization
) -> None:
    for made in invite(organization, roles={"nursing": 5}):
        token, where = made["token"], f"{path(organization)}/{made['id']}"
        answered, _ = together(
            [
                lambda t=token: answer(service, t),  # type: ignore[misc]
                lambda w=where: organization.client.request("DELETE", w),  # type: ignore[misc]
            ]
        )
        stored = row(service, made["id"])
        assert answered.status_code in {201, 401}
        assert (stored["used_on"] is None) == (answered.status_code == 401)
        assert stored["revoked_at"] is not None


def test_who_was_revoked_while_answering_is_refused(
    service: Service, organization: Organization
) -> None:
    [made] = invite(organization)
    with ThreadPoolExecutor(1) as pool, service.superuser() as database:
        database.execute("SELECT FROM invitation WHERE id = %s FOR UPDATE", [made["id"]])
        answering = pool.submit(answer, service, made["token"])
        wait_until_somebody_waits(service)
        database.execute("UPDATE invitation SET revoked_at = now() WHERE id = %s", [made["id"]])
        database.commit()

        assert answering.result().status_code == 401
    assert rows(service, organization.id)["submission"] == 0
