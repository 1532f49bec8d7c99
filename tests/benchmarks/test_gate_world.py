"""A believable world, and what the gate says to an honest history of releases over it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from pathlib import Path

import numpy as np
import pytest
import yaml

from app.benchmarks.disclosure.attacks import JOINT_PROBLEMS
from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Cell, Contribution, Key, ReleaseCells, Status
from app.benchmarks.disclosure.gate import JOINT_TARGETS, gate
from app.benchmarks.disclosure.rules import Group, describe
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Lattice

RULES = Thresholds()
LATTICE = Lattice.load(
    yaml.safe_load((Path(__file__).parents[2] / "seed" / "cohorts.yaml").read_text("utf-8"))
)
FIGURES = ("overall", *(f"L{i}" for i in range(1, 8)))
SHARES: Mapping[str, Mapping[str, float]] = {
    "country": {"US": 1},
    "region": {"us_northeast": 0.2, "us_midwest": 0.25, "us_south": 0.35, "us_west": 0.2},
    "type": {"acute": 0.6, "critical_access": 0.2, "psychiatric": 0.07, "long_term": 0.13},
    "ownership": {"public": 0.25, "nonprofit": 0.55, "for_profit": 0.2},
    "size_band": {"under_100": 0.35, "100_299": 0.4, "300_plus": 0.25},
    "teaching": {"yes": 0.35, "no": 0.65},
}


class World:
    """Hospitals with public attributes in networks of 1 to about 10, and levels of leadership."""

    def __init__(self, organizations: int = 150, networks: int = 40, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        parts = self.random.dirichlet(np.full(networks, 1.5))
        sizes = self.random.multinomial(organizations - networks, parts) + 1
        of = np.repeat(np.arange(networks), sizes)
        self.networks = [f"n{n}" if sizes[n] > 1 else f"o{i:03}" for i, n in enumerate(of)]
        self.attributes = [
            {k: str(self.random.choice(list(v), p=list(v.values()))) for k, v in SHARES.items()}
            for _ in range(organizations)
        ]
        self.level = self.random.normal(55, 10, organizations)
        self.level += self.random.normal(0, 6, networks)[of]

    def submit(
        self, who: Iterable[int], period: int, figures: Sequence[str] = FIGURES
    ) -> list[Contribution]:
        """New submissions of these hospitals: seven sections and their mean."""
        made = []
        for i in who:
            noise = self.random.normal(3 * period, 8, 7)
            sections = np.clip(self.level[i] + noise, 0, 100).tolist()
            scores = dict(zip(FIGURES, [fsum(sections) / 7, *sections], strict=True))
            made.append(
                Contribution(
                    f"o{i:03}",
                    self.networks[i],
                    f"s{i:03}.{period}",
                    {figure: scores[figure] for figure in figures},
                    LATTICE.cohorts_of(self.attributes[i]),
                )
            )
        return made

    def history(self, releases: int = 3, *, linked: bool = False) -> list[ReleaseCells]:
        """Half-yearly releases, 85 % taking part; ``linked``: the others' last answers count on."""
        history: list[ReleaseCells] = []
        last: dict[str, Contribution] = {}
        for period in range(1, releases + 1):
            part = self.random.random(len(self.level)) < 0.85
            now = {c.organization: c for c in self.submit(np.flatnonzero(part).tolist(), period)}
            last = {**last, **now} if linked else now
            history.append(build(list(last.values()), history))
        return history


def build(
    contributions: Sequence[Contribution],
    earlier: Sequence[ReleaseCells] = (),
    figures: Sequence[str] = FIGURES,
) -> ReleaseCells:
    number = len(earlier) + 1
    return build_cells(
        contributions, LATTICE, figures, earlier=earlier, number=number, thresholds=RULES
    )


def publish(
    number: int,
    cohorts: Mapping[str, Sequence[Contribution]],
    figure: str = "overall",
    *,
    exact: bool = False,
) -> ReleaseCells:
    """A release without any rule but rounding: each cohort shown; ``exact``: not even that."""
    cells, everybody = [], {c.unknown: c for group in cohorts.values() for c in group}
    for cohort, group in cohorts.items():
        shown = dict(describe(Group.of(group, figure), RULES))
        if exact:
            shown |= {"mean": fsum(c.scores[figure] for c in group) / len(group)}
        cells.append(Cell(cohort, figure, Status.PUBLISHED, as_of_release=number, **shown))
    members = {Key(c, figure): frozenset(o.unknown for o in g) for c, g in cohorts.items()}
    return ReleaseCells(number, tuple(cells), tuple(everybody.values()), members)


@pytest.mark.parametrize("linked", [False, True])
def test_an_honest_history_of_150_organizations_passes(*, linked: bool) -> None:
    history = World().history(linked=linked)
    targets = JOINT_PROBLEMS if linked else JOINT_TARGETS

    report = gate(history, RULES, joint_targets=targets)

    assert report.passed, report.to_dict()["findings"]
    assert report.complete
    taking_part = {c.organization for release in history for c in release.contributions}
    assert report.organizations == len(taking_part) >= 148
    assert report.releases == 3
    assert report.exactly_determined == report.exactly_determined_unrounded == 0
    assert report.networks_tried == 20
    # Every score, with no insider and with each of the twenty (who know their own).
    assert report.checked == sum(report.method.values()) > 19 * report.unknowns
    assert report.min_width is not None
    assert report.min_width >= 20
    # Swaps show it of many scores with histograms too; of the others a sample is tried.
    assert targets < report.joint_checked < report.checked
    assert report.joint_min_width is not None
    assert report.joint_min_width >= 20
    assert not report.joint_complete
    assert json.loads(json.dumps(report.to_dict())) == report.to_dict()


def test_an_insider_is_tried_only_where_it_has_a_score() -> None:
    """Two networks of which each is in one release only, and no organization in both."""
    world = World(80, 20)
    world.networks = [f"n{i // 2}" for i in range(80)]
    first = build(world.submit(range(40), 1, ["overall"]), figures=["overall"])
    second = build(world.submit(range(40, 80), 2, ["overall"]), [first], ["overall"])

    report = gate([first, second], RULES, joint_targets=0)

    assert report.passed
    assert (report.unknowns, report.networks_tried) == (80, 20)
    # All 80 without insider; then 38 of the 40 in the system of each of the 20 insiders.
    assert report.checked == 80 + 20 * 38
    assert 0 < report.joint_checked < report.checked
    assert not report.joint_complete


def test_the_same_history_gets_the_same_report() -> None:
    history = World(60, 20).history(2)

    assert gate(history, RULES) == gate(history, RULES)


def test_every_score_can_be_looked_at_with_histograms() -> None:
    world = World(45, 20, seed=3)
    history = [build(world.submit(range(45), 1, ["overall"]), figures=["overall"])]

    report = gate(history, RULES, joint_targets=None)

    assert report.passed
    assert report.joint_complete
    # Each insider's own scores are not targets.
    assert report.joint_checked == report.checked > 45
