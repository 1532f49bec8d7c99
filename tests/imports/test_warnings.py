"""What is told of lines that are taken in all the same."""

from typing import Any

import pytest

from app.access.models import Kind
from tests.assessments.asking import standing
from tests.conftest import Service
from tests.imports.asking import Line, codes, line, push, report
from tests.imports.stepwise import PART, carried_out

ITEMS = [f"M{number}" for number in range(20)]
LONG = {
    "instrument": "many",
    "version": "1",
    "title": {"en": "Many"},
    "languages": ["en"],
    "scoring_method": {"section_min_answered": "1/2", "overall_min_sections": 1},
    "levels": [{"level": n, "text": {"en": str(n)}} for n in range(5)],
    "sections": [
        {
            "code": "M",
            "title": {"en": "Many"},
            "items": [{"code": code, "text": {"en": code}} for code in ITEMS],
        }
    ],
}


def many(name: str, first: int = 0, **more: Any) -> Line:
    """A line with twenty different answers, which begin with the first."""
    answers = {code: (first + place) % 5 for place, code in enumerate(ITEMS)}
    return line(name, **{"instrument": "many", "answers": answers, **more})


def said_of(lines: list[Line]) -> list[set[str]]:
    """Of each line the warnings."""
    for one in lines:
        assert {problem["severity"] for problem in one["problems"]} <= {"warning"}
        assert {pointer for pointer, _ in codes(one)} <= {"/answers"}
    return [{code for _, code in codes(one)} for one in lines]


ALL_ALIKE = dict.fromkeys(ITEMS, 3)
ALL_TOP = dict.fromkeys(ITEMS, 4)


@pytest.mark.parametrize(
    ("answers", "notes", "expected"),
    [
        (ALL_ALIKE, None, {"straight-lining"}),
        ({**ALL_ALIKE, "M0": 2}, None, set()),
        (dict.fromkeys(ITEMS[:10], 3), None, {"straight-lining"}),
        (dict.fromkeys(ITEMS[:9], 3), None, set()),
        (ALL_TOP, None, {"straight-lining", "all-top"}),
        (ALL_TOP, {"M1": {"evidence": "Minutes of the board"}}, {"straight-lining"}),
        (ALL_TOP, {"M1": {"next_step": "Go on"}}, {"straight-lining", "all-top"}),
        ({**ALL_TOP, "M0": 3}, None, set()),
    ],
)
def test_a_line_by_itself(
    service: Service, answers: dict[str, int], notes: Any, expected: set[str]
) -> None:
    assert service.operator.post("/v1/instruments", json=LONG).is_success
    organization = service.organization()

    reply = push(organization.client, [many("a", answers=answers, notes=notes)])

    assert said_of(report(reply)) == [expected]
    assert reply.json()["warnings"] == bool(expected)
    assert standing(service, organization.id) == 1


@pytest.mark.parametrize("is_long", [False, True])
def test_lines_beside_others(service: Service, stepwise: Service, *, is_long: bool) -> None:
    chosen = stepwise if is_long else service
    assert chosen.operator.post("/v1/instruments", json=LONG).is_success
    network = chosen.network()
    client = chosen.as_(chosen.key(Kind.NETWORK, network["id"]))
    here, there = (chosen.organization(network=network["id"]).id for _ in range(2))
    short = {code: place % 5 for place, code in enumerate(ITEMS[:19])}
    lines = [
        many("first", organization=here),
        many("again", organization=here, role="board"),
        many("other", 1, organization=here),
        many("alike", 2, organization=here),
        many("another-period", 1, organization=here, period="2025-H1"),
        many("alike-there", 2, organization=there),
        many("short", organization=here, answers=short),
        many("short-too", organization=here, answers=short),
        *([many("flat", organization=one, answers=ALL_ALIKE) for one in (here, there)]),
        *([many("first", organization=here)]),
    ]
    assert len(lines) > PART

    reply = push(client, lines)
    told = carried_out(chosen, client, reply) if is_long else report(reply)

    assert said_of(told) == [
        set(),
        {"same-answers"},
        set(),
        {"same-answers-elsewhere"},
        set(),
        {"same-answers-elsewhere"},
        set(),
        set(),
        {"straight-lining"},
        {"straight-lining"},
        set(),
    ]
    assert [one["status"] for one in told] == ["accepted"] * 10 + ["unchanged"]
