"""Agreement within a team, and the agenda."""

from dataclasses import replace
from fractions import Fraction

import pytest

from app.scoring.agenda import AGENDA_LENGTH
from app.scoring.figure import Figure
from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.team import Response, team_result

NA = Special.NOT_APPLICABLE
FORM = Form(
    "test",
    "1",
    "0" * 64,
    (
        Section("A", (Item("A.1", 0, 4), Item("A.2", 0, 4))),
        Section("B", (Item("B.1", 0, 4), Item("B.2", 0, 2))),
    ),
    Rule(Fraction(1, 2), 1),
)


def one(role: str, *levels: Answer | None) -> Response:
    codes = ["A.1", "A.2", "B.1", "B.2"]
    answers = {c: level for c, level in zip(codes, levels, strict=True) if level is not None}
    return Response(role, "individual", answers)


TEAM = [
    one("nursing", 0, 0, 2, 1),
    one("nursing", 2, 0, 2, 1),
    one("nursing", 1, 0, 2, 1),
    one("physician", 4, 4, 2, 1),
    one("physician", 4, 4, 2, 1),
    one("physician", 4, 4, 2, 1),
    one("physician", 4, 0, 2, 1),
]


def test_agreement() -> None:
    result = team_result(FORM, TEAM)

    item, section = result.item_agreement[3], result.section_agreement[1]
    assert (item.code, item.items, item.n, item.rwg) == ("B.2", 1, 7, Figure(Fraction(1)))
    assert item.average_deviation == Figure(Fraction(0))
    assert (section.code, section.items, section.n) == ("B", 2, 7)
    assert section.rwg == Figure(Fraction(1))
    assert result.item_agreement[1].rwg_reset


def test_a_sections_agreement_leaves_out_items_that_too_few_answered() -> None:
    team = [one("nursing", 4, None, 2, 0), one("nursing", 4, 1, 2, 1), one("nursing", 4, 1, 2, 2)]

    found = team_result(FORM, team).section_agreement[0]

    assert (found.items, found.n, found.rwg) == (1, 3, Figure(Fraction(1)))


def test_the_agenda_begins_where_the_team_differs_most() -> None:
    first, second = team_result(FORM, TEAM).agenda

    assert (first.rank, first.code, first.section) == (1, "A.2", "A")
    assert first.disagreement == Fraction(96, 49) / 4
    assert (first.lowest, first.highest) == (0, 4)
    assert first.comparison.mean == Figure(Fraction(12, 7))
    assert first.comparison.gap.figure == Figure(Fraction(3))
    assert (second.rank, second.code) == (2, "A.1")


def test_equal_disagreement_goes_by_code() -> None:
    team = [one("nursing", level, level, level, level // 2) for level in (0, 0, 4)]

    backwards = replace(FORM, sections=tuple(reversed(FORM.sections)))

    assert [i.code for i in team_result(backwards, team).agenda] == ["A.1", "A.2", "B.1", "B.2"]


def test_the_agenda_fits_a_meeting() -> None:
    items = tuple(Item(f"I{n:02d}", 0, 4) for n in range(AGENDA_LENGTH + 5))
    form = Form("t", "1", "", (Section("S", items),), Rule(Fraction(1, 2), 1))
    team = [Response("nursing", "individual", dict.fromkeys(form.items, n)) for n in range(3)]

    assert len(team_result(form, team).agenda) == AGENDA_LENGTH


@pytest.mark.parametrize(
    ("team", "shown"),
    [
        pytest.param([(0, 1), (2, 2), (4, 4)], {"A.1": True, "A.2": True}, id="all answered all"),
        pytest.param(
            [(0, 1), (2, 2), (4, 4), (None, None)],
            {"A.1": True, "A.2": True},
            id="who answered none of a section is not in its mean",
        ),
        pytest.param(
            [(0, 1), (2, 2), (4, 4), (4, None)],
            {"A.1": False, "A.2": False},
            id="one skipped an item: the section's levels could be subtracted",
        ),
        pytest.param(
            [(0, 1), (2, 2), (4, None), (4, None)],
            {"A.1": False},
            id="an item that two answered is not on the agenda",
        ),
    ],
)
def test_levels_are_shown_where_nobody_answered_in_part(
    team: list[tuple[int | None, int | None]], shown: dict[str, bool]
) -> None:
    responses = [one("nursing", *levels, 2, 1) for levels in team]

    agenda = team_result(FORM, responses).agenda

    assert {item.code: item.comparison.mean.fraction is not None for item in agenda} == shown
    assert {item.code: item.lowest is not None for item in agenda} == shown
    assert all(item.disagreement > 0 for item in agenda)
