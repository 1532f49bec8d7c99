"""What is told of lines that are far from the same respondent's or team's round before."""

from typing import Any

import pytest

from app.access.models import Kind
from tests.conftest import Caller, Organization, Service
from tests.imports.asking import Line, line, push, report
from tests.imports.stepwise import PART, carried_out

LOW = {"A1": 0, "B1": 0, "B2": 4}
HALF = {"A1": 2, "B1": 2, "B2": 2}
NEARLY = {"A1": 2, "B1": 2, "B2": 3}
HIGH = {"A1": 4, "B1": 4, "B2": 0}
"""Overall 0, 50, less, and 100; B2 counts the other way."""

NOTHING: dict[str, Any] = {"A1": "dont_know"}


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def lines(period: str = "2025-H2", answers: dict[str, Any] = HIGH, **more: Any) -> list[Line]:
    """One of the respondent p, and one of the team."""
    said = {"period": period, "answers": answers, **more}
    name = f"{period}-{more.get('organization', '')}"
    return [
        line(f"p-{name}", respondent="p", **said),
        line(f"team-{name}", role=None, mode="consensus", **said),
    ]


def jumped(told: list[Line]) -> list[bool]:
    """Of each line whether it is said to have jumped; nothing is rejected for it."""
    assert {one["status"] for one in told} <= {"accepted", "superseded", "unchanged"}
    return ["jump" in {problem["code"] for problem in one["problems"]} for one in told]


def pushed(client: Caller, given: list[Line], mode: str = "commit") -> list[bool]:
    return jumped(report(push(client, given, mode)))


@pytest.mark.parametrize(
    ("period", "before", "now", "expected"),
    [
        ("2025-H1", LOW, HIGH, True),
        ("2025-H1", HIGH, LOW, True),
        ("2025-H1", LOW, HALF, True),
        ("2025-H1", LOW, NEARLY, False),
        ("2024-H1", LOW, HIGH, True),
        ("2024-Q1", LOW, HIGH, False),
        ("2025", LOW, HIGH, False),
        ("2025-Q3", LOW, HIGH, False),
        ("2025-H1", LOW, {"A1": 4}, True),
        ("2025-H1", LOW, NOTHING, False),
        ("2025-H1", NOTHING, HIGH, False),
    ],
)
def test_far_from_the_round_before(
    organization: Organization,
    period: str,
    before: dict[str, Any],
    now: dict[str, Any],
    expected: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert pushed(organization.client, lines(period, before)) == [False, False]

    tried = push(organization.client, lines(answers=now), "validate")
    done = push(organization.client, lines(answers=now))

    assert jumped(report(tried)) == jumped(report(done)) == [expected, expected]
    said = [problem for one in report(done) for problem in one["problems"]]
    assert [one["detail"].endswith(period) for one in said if one["code"] == "jump"] == [
        True for _ in range(2 * expected)
    ]


def test_only_the_newest_that_stands_counts(service: Service, organization: Organization) -> None:
    client = organization.client
    pushed(client, [*lines("2024-H2", LOW), *lines("2025-H1", LOW)])
    pushed(client, lines("2025-H1", HIGH))
    assert pushed(client, lines(), "validate") == [False, False]

    with service.superuser() as database:
        database.execute(
            "UPDATE submission SET withdrawn_at = now() WHERE organization_id = %s"
            " AND external_id LIKE '%%2025-H1-' AND superseded_at IS NULL",
            [organization.id],
        )

    assert pushed(client, lines()) == [True, True]


def test_nobody_else_is_compared(service: Service, organization: Organization) -> None:
    pushed(organization.client, lines("2025-H1", LOW))
    another = [line("q", respondent="q", answers=HIGH), line("nobody", answers=HIGH)]

    assert pushed(organization.client, another) == [False, False]
    assert pushed(service.organization().client, lines()) == [False, False]


def test_who_may_not_read_is_not_told(service: Service) -> None:
    network = service.network()
    one, other = (service.as_(service.key(Kind.NETWORK, network["id"])) for _ in range(2))
    organization = service.organization(network=network["id"])
    pushed(one, lines("2025-H1", LOW, organization=organization.id))
    now = lines(organization=organization.id)
    writer = service.key(Kind.ORGANIZATION, organization.id, permissions=["submissions:write"])

    assert pushed(one, now, "validate") == [True, True]
    assert pushed(other, now, "validate") == [False, False]
    assert pushed(organization.client, now, "validate") == [True, True]
    assert pushed(service.as_(writer), now, "validate") == [False, False]


@pytest.mark.parametrize("is_turned", [False, True])
def test_what_comes_along_is_not_what_was_before(stepwise: Service, *, is_turned: bool) -> None:
    """Parts that are taken in before others do not change what is told of those."""
    organization = stepwise.organization()
    client = organization.client
    pushed(client, lines("2025-H1", LOW))
    filler = [line(f"f{number}", role="board") for number in range(2 * PART)]
    given = [*lines("2024-H2", HIGH), *lines("2025-H1", HIGH), *filler, *lines()]
    given = given[::-1] if is_turned else given

    tried = carried_out(stepwise, client, push(client, given, "validate"))
    done = carried_out(stepwise, client, push(client, given))

    expected = [False] * (len(given) - 2) + [True, True]
    assert jumped(tried) == jumped(done) == (expected[::-1] if is_turned else expected)
