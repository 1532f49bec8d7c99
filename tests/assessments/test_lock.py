"""Locking: the result is computed once and for ever; and the ways to name an assessment."""

from typing import Any
from unittest.mock import ANY

import httpx
import pytest

from tests.assessments.asking import PAIRED, publish, refusal, refused, rows
from tests.conftest import Organization, Service

NURSE: dict[str, Any] = {"role": "nursing", "answers": {"A1": 1, "A2": 2, "B1": 2, "B2": 2}}
PHYSICIAN: dict[str, Any] = {"role": "physician", "answers": {"A1": 3, "A2": 4, "B1": 2, "B2": 2}}
"""By hand: A 37.5 and 87.5, B 50 for both."""


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def lock(organization: Organization, reference: str = "2025-H2") -> httpx.Response:
    return organization.client.post(f"{organization.path}/assessments/{reference}/lock")


def get(organization: Organization, path: str) -> httpx.Response:
    return organization.client.get(f"{organization.path}/assessments/{path}")


def submit_all(organization: Organization, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        assert organization.submit(**body).status_code == 201


def figure(
    fraction: str | None, score: float | None, withheld: str | None = None
) -> dict[str, Any]:
    return {"fraction": fraction, "score": score, "withheld": withheld}


def role(
    name: str | None, n: int | None, fraction: str | None = None, score: float | None = None
) -> dict[str, Any]:
    withheld = "too_few_to_show_alone" if fraction is None else None
    return {"role": name, "n": n, **figure(fraction, score, withheld)}


def test_a_lock_answers_the_result(organization: Organization) -> None:
    submit_all(organization, *[NURSE] * 3, *[PHYSICIAN] * 3)
    assessment = get(organization, "2025-H2").json()

    reply = lock(organization)

    body = reply.json()
    assert reply.status_code == 201
    assert reply.headers["Location"] == (
        f"{organization.path}/assessments/{assessment['id']}/result"
    )
    assert {name: value for name, value in body.items() if name != "result"} == {
        "organization_id": organization.id,
        "assessment_id": assessment["id"],
        "instrument": "small",
        "version": "1",
        "period": "2025-H2",
        "locked_at": ANY,
    }
    result = body["result"]
    assert (result["basis"], result["respondents"], result["min_group"]) == ("role_balanced", 6, 3)
    assert result["respondents_fewer_than"] is None
    assert result["sections"][0] == {
        "code": "A",
        **figure("125/2", 62.5),
        "individuals": {
            "n": 6,
            "fewer_than": None,
            "mean": figure("125/2", 62.5),
            "role_balanced": figure("125/2", 62.5),
            "roles": [
                role("nursing", 3, "75/2", 37.5),
                role("physician", 3, "175/2", 87.5),
            ],
            "gap": {**figure("50", 50.0), "highest": "physician", "lowest": "nursing"},
        },
    }
    assert {name: result["overall"][name] for name in ("fraction", "score", "withheld")} == figure(
        "225/4", 56.25
    )
    # A1: levels 1 and 3, three each: variance 6/5 of a chance variance of 2.
    assert result["agreement"]["items"][0] == {
        "code": "A1",
        "items": 1,
        "n": 6,
        "fewer_than": None,
        "rwg": {"fraction": "2/5", "value": 0.4, "withheld": None, "reset_to_zero": False},
        "average_deviation": {"fraction": "1", "value": 1.0, "withheld": None},
    }


def test_an_open_assessment_turns_locked_and_keeps_its_result(organization: Organization) -> None:
    submit_all(organization, *[NURSE] * 3)
    opened = get(organization, "2025-H2").json()
    assert opened == {
        "id": ANY,
        "organization_id": organization.id,
        "instrument": "small",
        "version": "1",
        "period": "2025-H2",
        "period_end": "2025-12-31",
        "status": "open",
        "submissions": 3,
        "opened_at": ANY,
        "locked_at": None,
    }

    result = lock(organization)

    locked_at = result.json()["locked_at"]
    assert get(organization, "2025-H2").json() == {
        **opened,
        "status": "locked",
        "locked_at": locked_at,
    }
    assert opened["opened_at"] < locked_at
    assert get(organization, "2025-H2/result").content == result.content
    assert get(organization, f"{opened['id']}/result").content == result.content


def test_a_second_lock_finds_the_same_result(service: Service, organization: Organization) -> None:
    submit_all(organization, *[NURSE] * 3)
    first = lock(organization)
    assert refused(organization.submit()) == (409, "assessment-closed")

    second = lock(organization)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.content == first.content
    assert second.headers["Location"] == first.headers["Location"]
    assert rows(service, organization.id) == {"assessment": 1, "submission": 3, "result": 1}


@pytest.mark.parametrize("path", ["result", "agenda"])
def test_before_the_lock_there_is_no_result(organization: Organization, path: str) -> None:
    organization.submit()

    assert refusal(get(organization, f"2025-H2/{path}")) == {
        "type": "/problems/assessment-open",
        "title": "Assessment is not locked yet",
        "status": 409,
        "detail": "Lock the assessment to have its result",
    }


def test_where_all_was_withdrawn_there_is_nothing_to_lock(
    service: Service, organization: Organization
) -> None:
    submission = organization.submit().json()["id"]
    organization.client.post(f"{organization.path}/submissions/{submission}/withdrawal")

    assert refusal(lock(organization)) == {
        "type": "/problems/assessment-empty",
        "title": "Assessment has no submissions",
        "status": 409,
        "detail": "Nothing to lock: no submission stands",
    }
    assert get(organization, "2025-H2").json()["status"] == "open"
    assert rows(service, organization.id)["result"] == 0
    assert organization.submit().status_code == 201


def test_only_what_stands_is_counted(organization: Organization) -> None:
    submit_all(organization, *[NURSE] * 3, {**PHYSICIAN, "respondent": "p"})
    submit_all(organization, {**NURSE, "respondent": "p"})
    withdrawn = organization.submit(**PHYSICIAN).json()["id"]
    organization.client.post(f"{organization.path}/submissions/{withdrawn}/withdrawal")

    result = lock(organization).json()["result"]

    assert result["respondents"] == 4
    assert result["sections"][0]["score"] == 37.5


def test_a_consensus_is_the_result_and_individuals_are_beside_it(
    organization: Organization,
) -> None:
    agreed = {"A1": 4, "A2": 4, "B1": 4, "B2": 0}
    submit_all(organization, *[NURSE] * 3, {"mode": "consensus", "role": None, "answers": agreed})

    result = lock(organization).json()["result"]

    assert (result["basis"], result["respondents"]) == ("consensus", 3)
    assert result["overall"]["score"] == result["sections"][0]["score"] == 100.0
    assert result["sections"][0]["individuals"]["mean"]["score"] == 37.5


def test_a_role_under_three_is_not_shown_by_itself(organization: Organization) -> None:
    board: dict[str, Any] = {"role": "board", "answers": {"A1": 4, "A2": 4, "B1": 2, "B2": 2}}
    submit_all(organization, *[NURSE] * 3, *[PHYSICIAN] * 3, *[board] * 2)

    roles = lock(organization).json()["result"]["sections"][0]["individuals"]["roles"]

    # The board's two are pooled with the nurses, or they could be subtracted.
    assert roles == [
        role("board", None),
        role("nursing", None),
        role("physician", 3, "175/2", 87.5),
        role(None, 5, "125/2", 62.5),
    ]


def test_a_team_under_three_has_no_figures(organization: Organization) -> None:
    submit_all(organization, NURSE, PHYSICIAN)

    result = lock(organization).json()["result"]

    assert (result["respondents"], result["respondents_fewer_than"]) == (None, 3)
    shown = [result["overall"], *result["sections"]]
    assert {(one["score"], one["withheld"]) for one in shown} == {(None, "too_few_respondents")}
    assert result["agenda"] == []


def test_the_clock_of_the_lock_may_be_behind_that_of_the_first_submission(
    service: Service, organization: Organization
) -> None:
    organization.submit()
    with service.superuser() as connection:
        connection.execute(
            "UPDATE assessment SET opened_at = opened_at + interval '1 minute'"
            " WHERE organization_id = %s",
            (organization.id,),
        )

    reply = lock(organization)

    assert reply.status_code == 201
    assert reply.json()["locked_at"] == get(organization, "2025-H2").json()["opened_at"]


@pytest.fixture(scope="module")
def second(service: Service) -> None:
    """A second instrument, with a second version."""
    publish(service)
    publish(service, version="2")


@pytest.mark.usefixtures("second")
def test_a_period_of_two_instruments_needs_the_instrument_or_the_id(
    service: Service, organization: Organization
) -> None:
    small = organization.submit().json()["assessment_id"]
    pair = organization.submit(**PAIRED).json()["assessment_id"]

    for reply in (get(organization, "2025-H2"), lock(organization)):
        assert refusal(reply) == {
            "type": "/problems/ambiguous-reference",
            "title": "More than one thing goes by that name",
            "status": 409,
            "detail": "Several assessments in that period; use the id, or say ?instrument=",
        }
    assert get(organization, "2025-H2?instrument=small").json()["id"] == small
    assert get(organization, "2025-H2?instrument=pair").json()["id"] == pair
    assert get(organization, pair).json()["instrument"] == "pair"
    for path in (f"{small}?instrument=pair", "2025-H2?instrument=none", "2025-H1", "x"):
        assert refused(get(organization, path)) == (404, "not-found")
    path = f"{organization.path}/assessments/2025-H2/lock?instrument=pair"
    assert organization.client.post(path).json()["assessment_id"] == pair
    assert get(organization, small).json()["status"] == "open"
    assert rows(service, organization.id)["result"] == 1


@pytest.mark.usefixtures("second")
def test_two_versions_in_a_period_are_told_apart_by_id(organization: Organization) -> None:
    first = organization.submit(**PAIRED).json()["assessment_id"]
    organization.submit(**PAIRED, version="2")

    assert refused(get(organization, "2025-H2?instrument=pair")) == (409, "ambiguous-reference")
    assert get(organization, first).json()["version"] == "1"
