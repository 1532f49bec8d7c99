"""Figures about single items: of everybody only, from 100 organizations on, in the gate."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from app.benchmarks.disclosure.builder import build_cells, keep
from app.benchmarks.disclosure.cells import Contribution, Key, Reason, ReleaseCells, Status
from app.benchmarks.disclosure.figures import item_figure
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.recheck import recheck
from app.benchmarks.disclosure.rules import Group, describe
from app.benchmarks.disclosure.scores import Scores
from app.benchmarks.disclosure.thresholds import Thresholds, TooWeakError
from app.benchmarks.lattice import Lattice
from tests.benchmarks.test_lattice import definition

LATTICE = Lattice.load(definition())
RULES = Thresholds()
ITEM, SAME, OTHER = item_figure("A", "A1"), item_figure("A", "A2"), item_figure("B", "B1")
FIGURES = ("overall", ITEM, SAME, OTHER)
PLACES = {figure: place for place, figure in enumerate(FIGURES)}


def organizations(
    number: int, *, period: int = 1, first: int = 0, network_of: int = 4, without: int = 0
) -> list[Contribution]:
    """In networks of four; the first ``without`` of them have no score for the item."""
    random = np.random.default_rng(1000 * period + first)
    made = []
    for i in range(first, first + number):
        scores = np.clip(random.normal(55, 18, len(FIGURES)), 0, 100).round(2).tolist()
        made.append(
            Contribution(
                f"o{i:03}",
                f"n{i // network_of:03}",
                str(period),
                Scores(PLACES, [scores[0], None if i < without else scores[1], *scores[2:]]),
                LATTICE.cohorts_of({"size": "small", "teaching": "yes" if i % 2 else "no"}),
            )
        )
    return made


def build(
    contributions: Sequence[Contribution], earlier: Sequence[ReleaseCells] = ()
) -> ReleaseCells:
    return build_cells(
        contributions,
        LATTICE,
        FIGURES,
        earlier=earlier,
        number=len(earlier) + 1,
        thresholds=RULES,
    )


def of(release: ReleaseCells, figure: str = ITEM) -> tuple[Status, Reason | None]:
    [cell] = [one for one in release.cells if one.figure == figure and one.cohort == "all"]
    return cell.status, cell.reason


@pytest.mark.parametrize(
    ("contributions", "expected"),
    [
        pytest.param(organizations(100), (Status.PUBLISHED, None), id="a hundred are enough"),
        pytest.param(
            organizations(99),
            (Status.WITHHELD, Reason.TOO_FEW_ORGANIZATIONS),
            id="ninety-nine are not",
        ),
        pytest.param(
            organizations(104, without=5),
            (Status.WITHHELD, Reason.TOO_FEW_ORGANIZATIONS),
            id="who has no score for the item does not count",
        ),
        pytest.param(
            organizations(120, network_of=40),
            (Status.WITHHELD, Reason.TOO_FEW_NETWORKS),
            id="three networks are too few",
        ),
    ],
)
def test_an_item_is_shown_of_a_hundred_organizations(
    contributions: list[Contribution], expected: tuple[Status, Reason | None]
) -> None:
    release = build(contributions)

    assert of(release) == expected
    assert gate([release], RULES).passed


def test_the_threshold_can_be_raised_and_not_lowered() -> None:
    strict = replace(RULES, organizations_for_items=101)
    with pytest.raises(TooWeakError, match="organizations_for_items"):
        replace(RULES, organizations_for_items=99)
    release = build_cells(
        organizations(100), LATTICE, FIGURES, earlier=(), number=1, thresholds=strict
    )

    assert of(release) == (Status.WITHHELD, Reason.TOO_FEW_ORGANIZATIONS)
    assert of(release, "overall")[0] is Status.PUBLISHED
    assert replace(RULES, organizations_for_mean=200).of(ITEM).organizations_for_mean == 200


def test_only_everybody_has_figures_of_items() -> None:
    release = build(organizations(240))

    assert {c.cohort for c in release.cells if c.figure in {ITEM, OTHER}} == {"all"}
    assert {c.cohort for c in release.cells if c.figure == "overall"} > {"all", "teaching:yes"}


def test_items_are_of_the_coarse_true_scores() -> None:
    contributions = organizations(160)
    [cell] = [one for one in build(contributions).cells if one.figure == ITEM]
    scores = [one.scores[ITEM] for one in contributions]

    assert cell.mean == pytest.approx(np.mean(scores), abs=0.25)
    assert cell.mean is not None
    assert cell.mean % 0.5 == 0
    assert cell.histogram is not None
    assert all(count % 5 == 0 for count in cell.histogram.counts)
    assert all(value is not None for value in cell.percentiles.values())


def test_too_few_changes_carry_items_beside_figures_that_are_renewed() -> None:
    """Of 23 who join, eight have a score for the item."""
    first = build(organizations(120))
    joined = organizations(23, first=120)
    fewer = [
        replace(one, scores=Scores(PLACES, [one.scores["overall"], None, 50.0, 50.0]))
        if i >= 8
        else one
        for i, one in enumerate(joined)
    ]
    second = build([*organizations(120), *fewer], [first])

    assert of(second) == (Status.CARRIED, Reason.TOO_FEW_CHANGES)
    assert of(second, SAME) == (Status.CARRIED, Reason.TOO_FEW_CHANGES)
    assert of(second, OTHER) == of(second, "overall") == (Status.PUBLISHED, None)
    assert gate([first, second], RULES).passed


def test_the_gate_attacks_items_as_it_does_sections() -> None:
    """A release without minimum change: twelve who all join, less one of them."""
    everybody = organizations(140)
    first, second = build(everybody[:120]), build(everybody[:120])
    for figure in (ITEM, "overall"):
        one = [c for c in everybody[:121] if figure in c.scores]
        members = {Key("all", figure): frozenset(c.unknown for c in one)}
        shown = describe(Group.of(one, figure), RULES)
        [cell] = [c for c in first.cells if c.key == Key("all", figure)]
        cell = replace(cell, as_of_release=2, **shown)
        planted = ReleaseCells(2, (cell,), tuple(everybody[:121]), members)
        found = {one.rule for one in gate([first, planted], RULES).findings}
        assert {Rule.DIFFERENCE, Rule.CHANGES, Rule.DETERMINED} <= found
    assert of(second) == (Status.PUBLISHED, None)


@pytest.mark.parametrize(
    ("cohort", "number", "rule"),
    [
        pytest.param("teaching:yes", 240, Rule.ITEMS, id="an item of a cohort"),
        pytest.param("all", 60, Rule.ORGANIZATIONS, id="an item of sixty"),
    ],
)
def test_a_planted_item_is_a_mistake(cohort: str, number: int, rule: Rule) -> None:
    contributions = [c for c in organizations(number) if cohort in c.cohorts]
    release = build(organizations(number))
    key = Key(cohort, ITEM)
    [shown] = [c for c in release.cells if c.key == Key(cohort, "overall")]
    cell = replace(shown, figure=ITEM, **describe(Group.of(contributions, ITEM), RULES))
    planted = replace(
        release,
        cells=(*(c for c in release.cells if c.key != key), cell),
        members={**release.members, key: frozenset(c.unknown for c in contributions)},
    )

    assert rule in {one.rule for one in recheck([planted], RULES) if one.figure == ITEM}


@pytest.mark.parametrize(("who", "kept"), [(0, Status.CARRIED), (50, Status.WITHHELD)])
def test_what_counts_somebody_to_be_forgotten_is_not_kept(who: int, kept: Status) -> None:
    """The first lacks an item of section A and counts in none of these; the other counts."""
    everybody = organizations(120, without=1)
    everybody[who] = replace(everybody[who], leaving=True)
    first = build(everybody)

    again = keep([first], 2)

    assert of(first) == of(first, OTHER) == (Status.PUBLISHED, None)
    assert of(again) == of(again, SAME) == (kept, Reason.TOO_FEW_CHANGES)
    assert of(again, OTHER)[0] is Status.WITHHELD
    assert of(again, "overall")[0] is Status.WITHHELD


def test_scores_are_a_mapping_of_what_is_there() -> None:
    scores = Scores(PLACES, [1.0, None, 3.0, None])

    assert dict(scores) == {"overall": 1.0, SAME: 3.0}
    assert (len(scores), list(scores.values()), scores.get(ITEM)) == (2, [1.0, 3.0], None)
    assert ITEM not in scores
    with pytest.raises(KeyError):
        scores[ITEM]
    with pytest.raises(ValueError, match="2 scores for 4 figures"):
        Scores(PLACES, [1.0, 2.0])
    with pytest.raises(ValueError, match="from 0 to 100"):
        Contribution("o", "n", "1", Scores(PLACES, [1.0, None, 101.0, None]), frozenset())
