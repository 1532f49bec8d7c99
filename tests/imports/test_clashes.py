"""Lines set against each other: their order does not matter."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from tests.assessments.asking import standing
from tests.conftest import Organization, Service
from tests.imports.asking import Line, codes, line, push, report, some, statuses
from tests.imports.stepwise import carried_out


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_lines_changes_nothing(service: Service, seed: int) -> None:
    lines = some(seed)
    shuffled = random.Random(seed).sample(lines, len(lines))  # noqa: S311 - not a secret

    def told(given: list[Line]) -> tuple[Counter[tuple[str, ...]], list[Any]]:
        organization = service.organization()
        for number in range(1, 30):
            organization.submit(external_id=f"x{number}")
        organization.submit(external_id="x30", respondent="p")
        found = report(push(organization.client, given))
        outcomes = Counter(
            (json.dumps(said), one["status"], *sorted(code for _, code in codes(one)))
            for said, one in zip(given, found, strict=True)
        )
        with service.superuser() as database:
            kept = database.execute(
                "SELECT external_id, answers, superseded_at IS NULL FROM submission"
                " WHERE organization_id = %s ORDER BY 1, 2, 3",
                [organization.id],
            ).fetchall()
        return outcomes, kept

    outcomes, kept = told(lines)

    assert told(shuffled) == (outcomes, kept)
    assert {"accepted", "superseded", "rejected"} <= {status for _, status, *_ in outcomes}


def test_of_the_very_same_line_twice_one_counts(
    service: Service, organization: Organization
) -> None:
    reply = push(organization.client, [line("a"), line("b"), line("a")])

    assert statuses(reply) == ["accepted", "accepted", "unchanged"]
    assert standing(service, organization.id) == 2


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([line("a"), line("a", role="board")], id="an external id"),
        pytest.param([line("a", respondent="p"), line("b", respondent="p")], id="a respondent"),
        pytest.param([line("a", mode="consensus"), line("b", mode="consensus")], id="a consensus"),
        pytest.param([line("there", role="board"), line("b", respondent="q")], id="what is there"),
    ],
)
def test_of_two_lines_about_the_same_neither_is_right(
    service: Service, organization: Organization, others: list[Line]
) -> None:
    organization.submit(external_id="there", respondent="q")

    told = report(push(organization.client, [*others, line("c")]))

    assert [one["status"] for one in told] == ["rejected", "rejected", "accepted"]
    assert codes(told[0]) == codes(told[1]) == {("/external_id", "repeated")}
    assert standing(service, organization.id) == 2


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("lines", "status"),
    [
        pytest.param([line("there", respondent="q")] * 1_000, "unchanged", id="all the same"),
        pytest.param(
            [line(f"x{number}", respondent="q") for number in range(1_000)],
            "rejected",
            id="all about one",
        ),
    ],
)
def test_very_many_lines_that_meet_take_no_longer_than_others(
    stepwise: Service, lines: list[Line], status: str
) -> None:
    organization = stepwise.organization()
    organization.submit(external_id="there", respondent="q")

    told = carried_out(stepwise, organization.client, push(organization.client, lines))

    assert {one["status"] for one in told} == {status}
