"""An item's score of a whole team: shown to nobody by itself, counted in benchmarks."""

from fractions import Fraction

import pytest

from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.team import Response, team_result

FORM = Form(
    "test",
    "1",
    "0" * 64,
    (
        Section("A", (Item("A.1", 0, 4), Item("A.2", 0, 4))),
        Section("B", (Item("B.1", 1, 3, reverse=True), Item("B.2", 0, 2))),
    ),
    Rule(Fraction(1, 2), 1),
)
NA, DK = Special.NOT_APPLICABLE, Special.DONT_KNOW


def team(*answers: tuple[Answer | None, ...]) -> list[Response]:
    codes = list(FORM.items)
    return [
        Response(
            role="nursing",
            mode="individual",
            answers={code: one for code, one in zip(codes, row, strict=True) if one is not None},
        )
        for row in answers
    ]


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        pytest.param(
            team((4, 0, 1, 2), (2, 0, 3, 2), (0, 4, 3, 2)),
            (50, Fraction(100, 3), Fraction(100, 3), 100),
            id="the mean over respondents, the best on top",
        ),
        pytest.param(
            team((4, 0, 1, 2), (2, 0, 3, NA), (0, 4, 3, 2)),
            (50, Fraction(100, 3), Fraction(100, 3), None),
            id="two who answered are too few",
        ),
        pytest.param(
            team((4, 0, 1, 2), (2, 0, 3, DK), (0, 4, 3, 2), (0, 4, 1, 0)),
            (Fraction(150, 4), 50, 50, Fraction(200, 3)),
            id="who does not know an item counts in the others",
        ),
        pytest.param(
            team((4, 0, 1, 2), (4, 0, 1, 2), (4, 0, 1, 2), (0, 4, None, None)),
            (75, 25, 100, 100),
            id="three who answered a section are enough for it",
        ),
        pytest.param(
            team((4, 0, 1, 2), (4, 0, 1, 2), (4, 0, 1, 2), (0, DK, DK, DK)),
            (75, 0, 100, 100),
            id="one answer of two is half a section, none is no section",
        ),
        pytest.param(
            team((4, 0, 1, 2), (4, 0, 1, 2)), (None,) * 4, id="a team of two tells nothing"
        ),
    ],
)
def test_item_scores(responses: list[Response], expected: tuple[Fraction | None, ...]) -> None:
    assert team_result(FORM, responses).items == expected


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [
        pytest.param((3, 1, 1, 0), (75, 25, 100, 0), id="as agreed, whoever answered before"),
        pytest.param((3, NA, 2, DK), (75, None, 50, None), id="what has no level has no score"),
        pytest.param((DK, DK, 2, 1), (None, None, 50, 50), id="nor has a section without a score"),
    ],
)
def test_the_consensus_is_what_counts(
    agreed: tuple[Answer, ...], expected: tuple[Fraction | None, ...]
) -> None:
    answers = dict(zip(FORM.items, agreed, strict=True))
    responses = [*team(*[(4, 4, 1, 2)] * 5), Response("board", "consensus", answers)]

    assert team_result(FORM, responses).items == expected


def test_nobody_is_shown_them() -> None:
    result = team_result(FORM, team(*[(4, 0, 1, 2)] * 4))

    assert "items" not in result.to_dict()
