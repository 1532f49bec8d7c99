"""What psychometrics of one release, and of several together, would tell of one organization."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.benchmarks.disclosure.arrays import Floats
from app.benchmarks.disclosure.cells import Contribution, ReleaseCells
from app.benchmarks.psychometrics import Body, measures_of
from app.scoring.sums import ItemMeasure
from tests.benchmarks.test_psychometrics_rules import (
    BEFORE,
    FIRST,
    RULES,
    measured,
    release,
    teams,
)
from tests.scoring.test_sums import ITEMS

Teams = Sequence[tuple[Contribution, bytes]]
WITHIN = ("icc1", "icc2", "rwg_j")
"""What tells how far those of a team are apart."""


def published(
    given: Teams, *, earlier: Sequence[ReleaseCells] = (), before: Sequence[Body] = ()
) -> Body:
    return measures_of(measured(given), release(len(earlier) + 1, given), earlier, before, RULES)


def test_what_comes_back_may_not_differ_from_long_ago_by_one() -> None:
    """Ten go, ten come, then the ten are back with one more: beside the first it is about one."""
    others = [*FIRST[10:], *teams(10, period=2, first=200, of_network=4)]
    back = [*FIRST, *teams(1, period=3, first=300)]
    history = [release(1, FIRST), release(2, others)]
    between = published(others, earlier=history[:1], before=[BEFORE])

    found = published(back, earlier=history, before=[BEFORE, between])

    assert between["status"] == "published"
    assert (found["status"], found["as_of_release"]) == ("carried", 2)


def test_no_statistic_tells_how_far_the_two_of_the_only_team_are_apart() -> None:
    """Of the others one answered each: all variance within organizations is that team's."""
    found = published([*teams(110, size=1), *teams(1, first=300, size=2)])

    assert found["status"] == "published"
    for scale in found["scales"]:
        assert {scale["withheld_statistics"][name] for name in WITHIN} == {"too_few_organizations"}
        assert scale["icc1"] is scale["icc2"] is None


def test_one_new_team_among_many_new_organizations_does_not_show() -> None:
    singles = teams(11, period=2, first=200, size=1)
    given = [*FIRST, *singles, *teams(1, period=2, first=300)]
    found = published(given, earlier=[release(1, FIRST)], before=[BEFORE])

    assert found["status"] == "published"
    for scale, before in zip(found["scales"], BEFORE["scales"], strict=True):
        assert {scale["withheld_statistics"][name] for name in WITHIN} == {"too_few_changes"}
        assert before["icc1"] is not None


def team(random: np.random.Generator, number: int, level: float) -> tuple[Contribution, bytes]:
    """Four who answered around a level."""
    own = level + random.normal(0, 0.5, (4, 1)) + random.normal(0, 0.8, (4, len(ITEMS)))
    low, high = ([getattr(one, end) for one in ITEMS] for end in ("minimum", "maximum"))
    rows = np.clip(np.round(own), low, high).astype(np.uint8)
    cohorts = frozenset({"all"})
    one = Contribution(f"o{number}", f"n{number // 4}", "1", {"overall": 50.0}, cohorts)
    return one, rows.tobytes()


def numbers(body: Body) -> Floats:
    """All that is told, open ends as though they were closed."""
    told: list[Any] = []
    for scale in body["scales"]:
        told += [scale["cronbach_alpha"], scale["icc1"], scale["icc2"], *scale["rwg_j"].values()]
    for item in body["items"]:
        shares = [item["ceiling_share"], item["floor_share"]]
        told += [item["item_rest"], *(float(one.strip("<> %")) / 100 for one in shares)]
    return np.array([0.0 if one is None else one for one in told], dtype=np.float64)


def guessed(attack: Callable[[np.random.Generator, float], Floats], tries: int) -> float:
    """How often a linear classifier that learned from half of the tries is right about the rest."""
    random = np.random.default_rng(11)
    high = np.arange(tries) % 2 == 1
    away = np.abs(random.normal(0, 0.8, tries))
    seen = np.array(
        [attack(random, 2 + far if up else 2 - far) for up, far in zip(high, away, strict=True)]
    )
    table = np.c_[seen / (seen.std(axis=0) + 1e-9), np.ones(tries)]
    half, ridge = tries // 2, np.eye(table.shape[1])
    learned = np.linalg.solve(
        table[:half].T @ table[:half] + ridge, table[:half].T @ np.where(high[:half], 1.0, -1.0)
    )
    return float(((table[half:] @ learned > 0) == high[half:]).mean())


def test_two_releases_do_not_tell_whether_one_that_joined_is_high_or_low() -> None:
    """150 organizations, then 160; the target is one of the ten. Chance is a half."""

    def attack(random: np.random.Generator, level: float) -> Floats:
        mine = [team(random, number, random.normal(2, 0.8)) for number in range(150)]
        joined = [team(random, 900 + 4 * n, random.normal(2, 0.8)) for n in range(9)]
        then = published(mine)
        now = published(
            [*mine, *joined, team(random, 999, level)],
            earlier=[release(1, mine)],
            before=[then],
        )
        assert now["as_of_release"] == 2
        return numbers(now) - numbers(then)

    assert guessed(attack, 400) <= 0.6


def test_the_same_attack_would_find_exact_shares_of_one_that_joined_alone() -> None:
    """An attack that cannot succeed proves nothing: unrounded, and one by one, it does."""

    def attack(random: np.random.Generator, level: float) -> Floats:
        mine = [team(random, number, random.normal(2, 0.8)) for number in range(150)]
        then, now = (
            measured(one).sums.items() for one in (mine, [*mine, team(random, 999, level)])
        )
        pairs = zip(then, now, strict=True)
        return np.array([end for old, new in pairs for end in ends(old, new)])

    def ends(old: ItemMeasure, new: ItemMeasure) -> tuple[float, float]:
        return new.ceiling - old.ceiling, new.floor - old.floor

    assert guessed(attack, 400) >= 0.75
