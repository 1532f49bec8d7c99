"""Voting groups, and what is shown of them."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.figure import Figure, Withheld
from app.scoring.groups import Gap, GroupFigure, compare, count, voting_groups

ALONE = Figure(None, Withheld.NOT_ALONE)
FEW = Figure(None, Withheld.TOO_FEW_RESPONDENTS)
NO_GAP = Gap(Figure(None, Withheld.TOO_FEW_ROLES))


@pytest.mark.parametrize(
    ("counts", "groups"),
    [
        pytest.param({}, [], id="nobody"),
        pytest.param({"a": 2}, [], id="two people are no group"),
        pytest.param({"a": 1, "b": 1}, [], id="nor are two roles of one"),
        pytest.param({"a": 3}, [("a",)], id="three stand alone"),
        pytest.param({"b": 4, "a": 3}, [("a",), ("b",)], id="each large role alone"),
        pytest.param({"a": 3, "b": 2, "c": 1}, [("a",), ("b", "c")], id="small roles are pooled"),
        pytest.param({"a": 1, "b": 1, "c": 1}, [("a", "b", "c")], id="also without a large one"),
        pytest.param({"a": 5, "b": 2}, [("a", "b")], id="a pool of two takes in the large role"),
        pytest.param({"a": 5, "b": 4, "c": 1}, [("a",), ("b", "c")], id="the smallest of them"),
        pytest.param(
            {"b": 4, "a": 4, "c": 1}, [("b",), ("a", "c")], id="by name if they are equal"
        ),
        pytest.param({"a": 3, "b": 0}, [("a",)], id="a role without anyone covers nobody"),
    ],
)
def test_voting_groups(counts: Mapping[str, int], groups: list[tuple[str, ...]]) -> None:
    assert list(voting_groups(counts, min_group=3)) == groups


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 6)), st.integers(3, 6))
def test_every_group_is_large_enough_and_everyone_is_in_one(
    counts: dict[str, int], min_group: int
) -> None:
    groups = voting_groups(counts, min_group=min_group)

    members = [role for group in groups for role in group]
    assert all(sum(counts[role] for role in group) >= min_group for group in groups)
    assert all(counts[group[0]] >= min_group for group in groups if len(group) == 1)
    assert len(members) == len(set(members))
    if sum(counts.values()) >= min_group:
        assert {role for role, n in counts.items() if n} == set(members)
    else:
        assert not groups


def test_roles_that_stand_alone_are_compared() -> None:
    found = compare({"n": [0, 1, 2], "p": [3, 3, 3, 4], "x": [2, 2], "y": [4]}, min_group=3)

    assert found.n == 10
    assert found.mean == Figure(Fraction(24, 10))
    assert found.role_balanced == Figure((1 + Fraction(13, 4) + Fraction(8, 3)) / 3)
    assert found.groups == (
        GroupFigure("n", 3, Figure(Fraction(1))),
        GroupFigure("p", 4, Figure(Fraction(13, 4))),
        GroupFigure("x", None, ALONE),
        GroupFigure("y", None, ALONE),
        GroupFigure(None, 3, Figure(Fraction(8, 3))),
    )
    assert found.gap == Gap(Figure(Fraction(9, 4)), highest="p", lowest="n")


def test_a_role_that_covers_a_small_one_is_not_shown() -> None:
    found = compare({"n": [0, 1, 2], "p": [4]}, min_group=3)

    assert found.mean == found.role_balanced == Figure(Fraction(7, 4))
    assert found.groups == (
        GroupFigure("n", None, ALONE),
        GroupFigure("p", None, ALONE),
        GroupFigure(None, 4, Figure(Fraction(7, 4))),
    )
    assert found.gap == NO_GAP


def test_a_team_that_is_too_small_shows_nothing() -> None:
    found = compare({"n": [1], "p": [4]}, min_group=3)

    assert (found.n, found.mean, found.role_balanced, found.gap) == (2, FEW, FEW, NO_GAP)
    assert [group.mean for group in found.groups] == [ALONE, ALONE]
    assert found.to_dict(3)["n"] is None


def test_a_gap_of_nothing_is_a_gap() -> None:
    found = compare({"n": [1, 1, 1], "p": [1, 1, 1]}, min_group=3)

    assert found.gap == Gap(Figure(Fraction(0)), highest="p", lowest="n")


def test_json() -> None:
    found = compare({"n": [0, 1, 1], "p": [3, 3, 3], "x": []}, min_group=3).to_dict(3, "level")

    assert found == {
        "n": 6,
        "fewer_than": None,
        "mean": {"fraction": "11/6", "level": 1.83, "withheld": None},
        "role_balanced": {"fraction": "11/6", "level": 1.83, "withheld": None},
        "roles": [
            {"role": "n", "n": 3, "fraction": "2/3", "level": 0.67, "withheld": None},
            {"role": "p", "n": 3, "fraction": "3", "level": 3.0, "withheld": None},
            {
                "role": "x",
                "n": None,
                "fraction": None,
                "level": None,
                "withheld": "too_few_to_show_alone",
            },
        ],
        "gap": {
            "fraction": "7/3",
            "level": 2.33,
            "withheld": None,
            "highest": "p",
            "lowest": "n",
        },
    }


@pytest.mark.parametrize(
    ("n", "told"),
    [
        pytest.param(3, {"n": 3, "fewer_than": None}, id="enough"),
        pytest.param(2, {"n": None, "fewer_than": 3}, id="too few"),
        pytest.param(0, {"n": None, "fewer_than": 3}, id="none is told like too few"),
    ],
)
def test_a_number_of_people(n: int, told: dict[str, object]) -> None:
    assert count(n, 3) == told
