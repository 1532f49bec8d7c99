"""By which rules a release has new psychometrics, those of before, or none. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.benchmarks.disclosure.cells import Cell, Contribution, Reason, ReleaseCells, Status
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.measuring import Measured
from app.benchmarks.psychometrics import judge, measures_of
from app.scoring.sums import Sums
from tests.scoring.test_sums import FORM, ITEMS

RULES = Thresholds()


def teams(
    number: int, *, period: int = 1, first: int = 0, of_network: int = 5, size: int = 4
) -> list[tuple[Contribution, bytes]]:
    """Each organization with its respondents' answers; those of a team are alike."""
    random = np.random.default_rng(100 * period + first)
    made = []
    for i in range(first, first + number):
        level = random.normal(2, 1)
        rows = [
            [int(np.clip(round(level + random.normal(0, 1)), o.minimum, o.maximum)) for o in ITEMS]
            for _ in range(size)
        ]
        one = Contribution(
            f"o{i}", f"n{i // of_network}", str(period), {"overall": 50.0}, frozenset({"all"})
        )
        made.append((one, bytes(level for row in rows for level in row)))
    return made


def measured(given: Sequence[tuple[Contribution, bytes]]) -> Measured:
    found = Measured(Sums(FORM))
    found.add(given)
    return found


def release(
    number: int,
    given: Sequence[tuple[Contribution, bytes]],
    status: Status = Status.PUBLISHED,
    as_of: int | None = None,
) -> ReleaseCells:
    """With the one cell that is looked at."""
    reason = Reason.RELEASE_GATE if status is Status.WITHHELD else None
    cell = Cell("all", "overall", status, reason, as_of_release=as_of or number)
    return ReleaseCells(number, (cell,), tuple(one for one, _ in given), {})


FIRST = teams(110)
BEFORE = measures_of(measured(FIRST), release(1, FIRST), (), (), RULES)


def second(
    given: Sequence[tuple[Contribution, bytes]],
    cells: ReleaseCells | None = None,
    first: ReleaseCells | None = None,
    before: Sequence[Mapping[str, Any]] = (BEFORE,),
) -> tuple[str, str | None, int | None]:
    found = measures_of(
        measured(given), cells or release(2, given), [first or release(1, FIRST)], before, RULES
    )
    return found["status"], found["reason"], found["as_of_release"]


def test_the_first_release_has_its_own() -> None:
    assert (BEFORE["status"], BEFORE["as_of_release"]) == ("published", 1)
    assert (BEFORE["organizations"], BEFORE["respondents"]) == (110, 450)
    assert [one["section"] for one in BEFORE["scales"]] == [None, "A", "B", "C"]
    assert [one["item"] for one in BEFORE["items"]] == [item.code for item in ITEMS]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param(teams(100), None, id="a hundred"),
        pytest.param(teams(99), Reason.TOO_FEW_ORGANIZATIONS, id="ninety-nine"),
        pytest.param(teams(120, of_network=30), Reason.TOO_FEW_NETWORKS, id="four networks"),
        pytest.param(
            [*teams(100, of_network=1), *teams(40, first=1000, of_network=1000)],
            Reason.NETWORK_DOMINANCE,
            id="a network of forty in 140",
        ),
        pytest.param(
            [*teams(100), *teams(1, first=500, size=150)],
            Reason.NETWORK_DOMINANCE,
            id="an organization with a quarter of the respondents and more",
        ),
        pytest.param([], Reason.TOO_FEW_ORGANIZATIONS, id="nobody"),
    ],
)
def test_who_must_be_behind_measures(
    given: list[tuple[Contribution, bytes]], reason: Reason | None
) -> None:
    assert judge(measured(given).counted, RULES) == reason
    found = measures_of(measured(given), release(1, given), (), (), RULES)
    assert found["reason"] == (reason and str(reason))
    assert bool(found["scales"]) == (reason is None)


def test_operators_may_ask_for_more() -> None:
    assert judge(measured(FIRST).counted, replace(RULES, organizations_for_mean=111)) is not None
    assert judge(measured(FIRST).counted, replace(RULES, organizations_for_items=111)) is not None


def test_incomplete_answers_do_not_count() -> None:
    one, answers = FIRST[0]
    spoilt = bytes([254, *answers[1:6], *answers[6:12], 255, *answers[13:18], *answers[18:]])
    found = measured([(one, spoilt), (FIRST[1][0], bytes([253, *answers[1:6]])), (one, b"")])

    assert [number for _, number in found.counted] == [2]
    assert found.sums.respondents == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            [*FIRST, *teams(10, period=2, first=200, of_network=4)],
            ("published", None, 2),
            id="ten joined, from three networks",
        ),
        pytest.param(
            [*teams(10, period=2, of_network=4), *FIRST[10:]],
            ("published", None, 2),
            id="ten answered again",
        ),
        pytest.param(
            [*FIRST, *teams(9, period=2, first=200, of_network=3)],
            ("carried", "too_few_changes", 1),
            id="nine joined",
        ),
        pytest.param(
            [*FIRST, *teams(10, period=2, first=200, of_network=5)],
            ("carried", "too_few_changes", 1),
            id="ten joined, from two networks",
        ),
        pytest.param(FIRST[:100], ("carried", "too_few_changes", 1), id="ten left"),
        pytest.param(FIRST[:99], ("withheld", "too_few_organizations", None), id="too few left"),
    ],
)
def test_minimum_change(
    given: list[tuple[Contribution, bytes]], expected: tuple[str, str | None, int | None]
) -> None:
    assert second(given) == expected


CHANGED = [*FIRST, *teams(20, period=2, first=200)]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        pytest.param(
            release(2, CHANGED, Status.CARRIED, 1),
            ("carried", "too_few_changes", 1),
            id="with a figure that is carried they are",
        ),
        pytest.param(
            release(2, CHANGED, Status.WITHHELD),
            ("withheld", "release_gate", None),
            id="with a figure that is withheld they are",
        ),
        pytest.param(
            ReleaseCells(2, (), (), {}), ("withheld", "too_few_organizations", None), id="none"
        ),
    ],
)
def test_they_go_with_the_figure_of_all(
    cells: ReleaseCells, expected: tuple[str, str | None, int | None]
) -> None:
    assert second(CHANGED, cells) == expected


def test_what_was_withheld_between_does_not_hide_what_was_before() -> None:
    gone = {**BEFORE, "status": "withheld", "as_of_release": None}

    assert second(FIRST, before=(BEFORE, gone)) == ("carried", "too_few_changes", 1)
    assert second(FIRST, before=(gone,)) == ("published", None, 2)


def test_releases_of_before_have_none_to_carry() -> None:
    carried = release(2, FIRST, Status.CARRIED, 1)

    assert second(FIRST, carried, before=()) == ("withheld", "too_few_changes", None)


def test_none_are_carried_that_count_who_is_to_be_forgotten() -> None:
    leaving = [(replace(FIRST[0][0], leaving=True), FIRST[0][1]), *FIRST[1:]]
    first = release(1, leaving)

    assert second(FIRST[1:], first=first) == ("withheld", "too_few_changes", None)
    assert second([*FIRST[1:], *CHANGED[110:]], first=first) == ("published", None, 2)


def test_numbers_are_rounded_and_shares_are_open_at_the_ends() -> None:
    for scale in BEFORE["scales"]:
        values = [scale["cronbach_alpha"], scale["icc1"], scale["icc2"], *scale["rwg_j"].values()]
        for value in values:
            assert value is None or value == round(value, 2)
        assert sorted(scale["rwg_j"].values()) == list(scale["rwg_j"].values())
    single = BEFORE["scales"][-1]
    assert single["withheld_statistics"] == {"cronbach_alpha": "not_defined"}
    assert BEFORE["items"][-1]["withheld_statistics"] == {"item_rest": "not_defined"}
    shares = {item[end] for item in BEFORE["items"] for end in ("ceiling_share", "floor_share")}
    assert shares <= {"<5 %", ">95 %", *(f"{share} %" for share in range(5, 100, 5))}


def test_quartiles_of_agreement_are_near_the_raw_ones() -> None:
    """Within a bin of those of a tenth more or fewer teams: rounding counts to five moves them."""
    sums = measured(FIRST).sums
    for scale, told in zip(sums.scales(), BEFORE["scales"], strict=True):
        for name, share in (("p25", 25), ("p50", 50), ("p75", 75)):
            low, high = np.percentile(scale.rwg_j, [share - 10, share + 10])
            assert low - 0.05 <= told["rwg_j"][name] <= high + 0.05


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param(
            [*teams(90), *teams(30, first=300, size=1)],
            "too_few_organizations",
            id="ninety teams of two or more",
        ),
        pytest.param(
            [(one, stored[:6] * 4) for one, stored in FIRST],
            "group_disclosure",
            id="all teams agree entirely",
        ),
    ],
)
def test_agreement_is_withheld_where_it_would_tell_of_few_or_of_all(
    given: list[tuple[Contribution, bytes]], reason: str
) -> None:
    found = measures_of(measured(given), release(1, given), (), (), RULES)

    assert found["status"] == "published"
    for scale in found["scales"]:
        assert scale["rwg_j"] == {"p25": None, "p50": None, "p75": None}
        assert scale["icc1"] is scale["icc2"] is None
        within = {scale["withheld_statistics"][name] for name in ("icc1", "icc2", "rwg_j")}
        assert within == {reason}
