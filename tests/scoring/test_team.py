"""The result of a locked assessment."""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.figure import Figure, Withheld
from app.scoring.form import Answer, Form, Item, Rule, Section, Special
from app.scoring.groups import GroupFigure
from app.scoring.score import score
from app.scoring.team import Response, team_result

NA = Special.NOT_APPLICABLE
ALONE = Figure(None, Withheld.NOT_ALONE)
FEW = Figure(None, Withheld.TOO_FEW_RESPONDENTS)
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


def one(
    role: str, *levels: Answer | None, mode: Literal["individual", "consensus"] = "individual"
) -> Response:
    codes = ["A.1", "A.2", "B.1", "B.2"]
    answers = {c: level for c, level in zip(codes, levels, strict=True) if level is not None}
    return Response(role, mode, answers)


TEAM = [
    one("nursing", 0, 0, 2, 1),
    one("nursing", 2, 0, 2, 1),
    one("nursing", 1, 0, 2, 1),
    one("physician", 4, 4, 2, 1),
    one("physician", 4, 4, 2, 1),
    one("physician", 4, 4, 2, 1),
    one("physician", 4, 0, 2, 1),
]
CONSENSUS = one("administrative", 4, 2, 4, 2, mode="consensus")


def test_each_role_has_one_vote() -> None:
    result = team_result(FORM, TEAM)

    nursing, physician = Fraction(25, 2), Fraction(175, 2)
    figure = result.sections[0]
    assert result.basis == "role_balanced"
    assert figure.code == "A"
    assert figure.score == figure.individuals.role_balanced == Figure((nursing + physician) / 2)
    assert figure.individuals.mean == Figure((3 * nursing + 4 * physician) / 7)
    assert figure.individuals.groups == (
        GroupFigure("nursing", 3, Figure(nursing)),
        GroupFigure("physician", 4, Figure(physician)),
    )
    assert figure.individuals.gap.figure == Figure(physician - nursing)


def test_the_overall_is_made_of_the_teams_sections() -> None:
    overall = team_result(FORM, TEAM).overall

    assert overall.code is None
    assert overall.score == Figure(Fraction(50))
    assert overall.individuals.n == 7
    assert overall.individuals.mean == Figure((Fraction(775, 14) + 50) / 2)
    assert overall.individuals.groups == (
        GroupFigure("nursing", 3, Figure(Fraction(125, 4))),
        GroupFigure("physician", 4, Figure(Fraction(275, 4))),
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("npx"), st.tuples(*[st.integers(0, 2)] * 4)),
        min_size=3,
        max_size=9,
    )
)
def test_the_overall_is_the_mean_of_respondents_where_nobody_lacks_a_section(
    team: list[tuple[str, tuple[int, int, int, int]]],
) -> None:
    responses = [one(role, *levels) for role, levels in team]
    overalls = [score(FORM, r.answers).overall.fraction or Fraction(0) for r in responses]
    found = team_result(FORM, responses).overall.individuals

    assert found.mean == Figure(sum(overalls, Fraction(0)) / len(overalls))
    for group in found.groups:
        if group.n is not None:
            own = [o for o, r in zip(overalls, responses, strict=True) if r.role == group.role]
            assert group == GroupFigure(group.role, len(own), Figure(sum(own) / Fraction(len(own))))


@settings(max_examples=40, deadline=None)
@given(st.permutations([*TEAM, CONSENSUS]))
def test_the_order_of_submissions_does_not_matter(responses: list[Response]) -> None:
    assert team_result(FORM, responses) == team_result(FORM, [*TEAM, CONSENSUS])


def test_a_consensus_is_a_result_by_itself() -> None:
    result = team_result(FORM, [CONSENSUS])

    assert result.basis == "consensus"
    assert result.respondents == 0
    assert [figure.score for figure in result.sections] == [
        Figure(Fraction(75)),
        Figure(Fraction(100)),
    ]
    assert result.overall.score == Figure(Fraction(175, 2))
    assert result.overall.individuals.mean == FEW
    assert result.agenda == ()


def test_beside_a_consensus_the_individuals_are_still_compared() -> None:
    both, alone = team_result(FORM, [*TEAM, CONSENSUS]), team_result(FORM, TEAM)

    assert both.overall.score == Figure(Fraction(175, 2))
    assert both.overall.individuals == alone.overall.individuals
    assert both.item_agreement == alone.item_agreement
    assert both.agenda == alone.agenda


def test_two_people_are_no_team() -> None:
    result = team_result(FORM, TEAM[:2])

    assert result.overall.score == FEW
    assert [figure.score for figure in result.sections] == [FEW, FEW]
    assert [found.rwg for found in result.item_agreement] == [FEW] * 4
    assert [found.average_deviation for found in result.section_agreement] == [FEW] * 2
    assert result.agenda == ()
    assert result.to_dict()["respondents"] is None
    assert result.to_dict()["respondents_fewer_than"] == 3


def test_a_section_that_too_few_answered_leaves_the_overall_to_the_others() -> None:
    result = team_result(FORM, [one("nursing", 4, 4, NA, NA)] * 3)

    assert result.sections[1].score == FEW
    assert result.overall.score == Figure(Fraction(100))
    assert result.overall.individuals.n == 3


def test_a_role_needs_enough_sections_for_an_overall() -> None:
    form = Form("t", "1", "", FORM.sections, Rule(Fraction(1, 2), 2))
    team = [*[one("nursing", 4, 4, NA, NA)] * 3, *[one("physician", 0, 0, 4, 2)] * 3]

    found = team_result(form, team).overall.individuals

    assert found.mean == Figure(Fraction(75))
    assert found.groups == (
        GroupFigure("nursing", None, ALONE),
        GroupFigure("physician", 3, Figure(Fraction(50))),
    )


def test_a_team_needs_enough_sections_for_an_overall() -> None:
    form = Form("t", "1", "", FORM.sections, Rule(Fraction(1, 2), 2))

    found = team_result(form, [one("nursing", 4, 4, NA, NA)] * 3).overall

    assert found.score == Figure(None, Withheld.TOO_FEW_SECTIONS)


@pytest.mark.parametrize(
    ("responses", "options", "message"),
    [
        pytest.param(TEAM, {"min_group": 2}, "At least 3", id="a group of two"),
        pytest.param([CONSENSUS] * 2, {}, "2 consensus submissions", id="two consensuses"),
        pytest.param(
            [Response("n", "individual", {"Z": 1})], {}, "No item Z", id="an unknown item"
        ),
    ],
)
def test_what_is_refused(
    responses: list[Response], options: Mapping[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        team_result(FORM, responses, **options)


def test_json() -> None:
    told = team_result(FORM, [*TEAM, one("board", 1, 1, 1, 1)]).to_dict()

    assert json.loads(json.dumps(told)) == told
    assert list(told) == [
        "basis",
        "respondents",
        "respondents_fewer_than",
        "min_group",
        "overall",
        "sections",
        "agreement",
        "agenda",
    ]
    assert told["sections"][0]["individuals"]["roles"] == [  # type: ignore[index]
        {
            "role": "board",
            "n": None,
            "fraction": None,
            "score": None,
            "withheld": "too_few_to_show_alone",
        },
        {
            "role": "nursing",
            "n": None,
            "fraction": None,
            "score": None,
            "withheld": "too_few_to_show_alone",
        },
        {"role": "physician", "n": 4, "fraction": "175/2", "score": 87.5, "withheld": None},
        {"role": None, "n": 4, "fraction": "125/8", "score": 15.63, "withheld": None},
    ]
    assert told["agenda"][0]["code"] == "A.2"  # type: ignore[index]
    assert told["agreement"]["items"][0] == {  # type: ignore[index]
        "code": "A.1",
        "items": 1,
        "n": 8,
        "fewer_than": None,
        "rwg": {"fraction": "0", "value": 0.0, "withheld": None, "reset_to_zero": True},
        "average_deviation": {"fraction": "3/2", "value": 1.5, "withheld": None},
    }
