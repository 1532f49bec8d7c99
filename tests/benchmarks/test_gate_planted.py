"""Planted bad releases, built as ``privacy-security.md`` 2b names them: the gate refuses each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from app.benchmarks.disclosure.cells import (
    NO_PERCENTILES,
    Cell,
    Contribution,
    Histogram,
    Key,
    Reason,
    ReleaseCells,
    Status,
)
from app.benchmarks.disclosure.changes import changes, networks_of
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.rules import count, edges_of
from tests.benchmarks.test_gate_world import RULES, SHARES, World, build, publish

FIGURE = "overall"
Groups = Mapping[str, Sequence[Contribution]]


def lattice_groups(contributions: Sequence[Contribution], least: int = 10) -> Groups:
    """The lattice's cohorts that have at least so many."""
    cohorts = sorted({cohort for c in contributions for cohort in c.cohorts})
    groups = {cohort: [c for c in contributions if cohort in c.cohorts] for cohort in cohorts}
    return {cohort: group for cohort, group in groups.items() if len(group) >= least}


def filtered(
    world: World, contributions: Sequence[Contribution], *, but: bool, most: int
) -> Groups:
    """Every combination of filters with 10 or more; ``but``: all but one value."""
    groups: dict[str, list[Contribution]] = {"all": list(contributions)}
    pairs = [(name, v) for name, shares in SHARES.items() for v in shares if len(shares) > 1]
    for size in range(1, most + 1):
        for filters in combinations(pairs, size):
            group = [
                c
                for c in contributions
                if all(
                    (world.attributes[int(c.organization[1:])][name] == value) is not but
                    for name, value in filters
                )
            ]
            if len(group) >= 10:
                groups[";".join(map(":".join, filters))] = group
    return groups


def free_filters() -> list[ReleaseCells]:
    """A1: single-value filters, at least 10, exact means."""
    world = World(150, 60)
    everybody = world.submit(range(150), 1, [FIGURE])
    return [publish(1, filtered(world, everybody, but=False, most=3), exact=True)]


def all_but_one_filters() -> list[ReleaseCells]:
    """A2: all but one value, rounded as the rules say."""
    world = World(150, 60)
    return [publish(1, filtered(world, world.submit(range(150), 1, [FIGURE]), but=True, most=2))]


def joins(batch: int, *, exact: bool, batches: int = 2, wait: int = 0) -> list[ReleaseCells]:
    """Live refresh after each batch of joiners; a cell waits for so many changes."""
    world = World(150, 60)
    everybody = world.submit(range(150), 1, [FIGURE])
    history = [publish(1, lattice_groups(everybody[:90]), exact=exact)]
    for number in range(2, batches + 2):
        now = everybody[: 90 + batch * (number - 1)]
        fresh = publish(number, lattice_groups(now), exact=exact)
        history.append(carry(fresh, history, wait))
    return history


def carry(fresh: ReleaseCells, history: Sequence[ReleaseCells], wait: int) -> ReleaseCells:
    """The release with earlier values where fewer than ``wait`` changed."""
    cells, members = [], dict(fresh.members)
    networks = networks_of([*history, fresh])
    for cell in fresh.cells:
        shown = [r for r in history if (c := r.find(cell.key)) and c.status == Status.PUBLISHED]
        last = shown[-1] if shown else fresh
        old = last.find(cell.key)
        if old and last is not fresh:
            changed, _ = changes(networks, members[cell.key], last.members[cell.key])
            if changed < wait:
                members[cell.key] = last.members[cell.key]
                cells.append(replace(old, status=Status.CARRIED, reason=Reason.TOO_FEW_CHANGES))
                continue
        cells.append(cell)
    return ReleaseCells(fresh.number, tuple(cells), fresh.contributions, members)


def single(sizes: Sequence[int], *, exact: bool = False) -> list[ReleaseCells]:
    """One cohort of networks of those sizes, beside a sound total of 60."""
    world = World(60, 60)
    networks = [f"n{i}" for i, size in enumerate(sizes) for _ in range(size)]
    everybody = world.submit(range(60), 1, [FIGURE])
    group = [replace(c, network=network) for c, network in zip(everybody, networks, strict=False)]
    rest = everybody[len(group) :]
    return [publish(1, {"all": [*group, *rest], "region:us_west": group}, exact=exact)]


def altered(change: Callable[[Cell, ReleaseCells], Cell]) -> list[ReleaseCells]:
    """An honest release of 110 with the total's cell altered."""
    release = build(World(110, 50).submit(range(110), 1, [FIGURE]), figures=[FIGURE])
    cells = [change(c, release) if c.cohort == "all" else c for c in release.cells]
    return [replace(release, cells=tuple(cells))]


def scores(release: ReleaseCells) -> list[float]:
    return [c.scores[FIGURE] for c in release.contributions]


def order_statistics(cell: Cell, release: ReleaseCells) -> Cell:
    values = np.percentile(scores(release), [10, 25, 50, 75, 90], method="nearest").tolist()
    return replace(cell, percentiles=dict(zip(NO_PERCENTILES, values, strict=True)))


def exact_counts(cell: Cell, release: ReleaseCells) -> Cell:
    edges = edges_of(5)
    return replace(cell, histogram=Histogram(edges, tuple(count(np.array(scores(release)), edges))))


def left_over() -> list[ReleaseCells]:
    """A withheld corner of three that the total less the shown cohorts gives away."""
    everybody = World(60, 60).submit(range(60), 1, [FIGURE])
    groups = {"all": everybody, "teaching:yes": everybody[:30], "teaching:no": everybody[30:57]}
    return [publish(1, {**groups, "size_band:300_plus": everybody[:57]})]


def left_over_of_two() -> list[ReleaseCells]:
    """Four hospitals of a region: those of its other countries, whose cohort is withheld."""
    everybody = World(60, 60).submit(range(60), 1, [FIGURE])
    groups = {"region:europe": everybody[:34], "country:ES": everybody[:15]}
    return [publish(1, {"all": everybody, **groups, "country:GB": everybody[15:30]})]


def alike() -> list[ReleaseCells]:
    """A cohort where everybody answers 0."""
    everybody = World(60, 60).submit(range(60), 1, [FIGURE])
    zeros = [replace(c, scores={FIGURE: 0.0}) for c in everybody[:20]]
    return [publish(1, {"all": [*zeros, *everybody[20:]], "teaching:no": zeros})]


def corner() -> list[ReleaseCells]:
    """A cohort of one that the total less the shown cohorts gives away."""
    everybody = World(60, 60).submit(range(60), 1, [FIGURE])
    return [
        publish(1, {"all": everybody, "region:a": everybody[:30], "region:b": everybody[30:59]})
    ]


PLANTED = [
    pytest.param(free_filters, 150, {Rule.DETERMINED, Rule.ROUNDING}, id="A1 free filters, exact"),
    pytest.param(all_but_one_filters, 150, {Rule.DETERMINED}, id="A2 all-but-one filters"),
    pytest.param(
        lambda: joins(1, exact=True), 92, {Rule.DETERMINED, Rule.CHANGES}, id="T1 live, exact"
    ),
    pytest.param(lambda: joins(1, exact=False), 92, {Rule.DETERMINED, Rule.CHANGES}, id="T3 live"),
    pytest.param(
        lambda: joins(5, exact=True), 100, {Rule.DETERMINED, Rule.CHANGES}, id="T4 batches of 5"
    ),
    pytest.param(
        lambda: joins(1, exact=True, batches=25, wait=5),
        115,
        {Rule.DETERMINED, Rule.CHANGES},
        id="T6 live, cells wait for 5 changes, exact",
    ),
    pytest.param(
        lambda: joins(10, exact=True, wait=5),
        110,
        {Rule.CHANGES, Rule.ROUNDING},
        id="T7x batches of 10, cells wait for 5 changes, exact",
    ),
    pytest.param(
        lambda: single([9, 1], exact=True),
        60,
        {Rule.DETERMINED, Rule.NETWORKS},
        id="I3 an insider with nine of ten, exact",
    ),
    pytest.param(lambda: single([1] * 9), 60, {Rule.ORGANIZATIONS}, id="nine organizations"),
    pytest.param(lambda: single([11] + [1] * 29), 60, {Rule.NETWORKS}, id="a network over 25 %"),
    pytest.param(lambda: single([5] * 4), 60, {Rule.NETWORKS}, id="four networks"),
    pytest.param(lambda: single([1] * 30, exact=True), 60, {Rule.ROUNDING}, id="exact means"),
    pytest.param(lambda: altered(order_statistics), 110, {Rule.PERCENTILES}, id="order statistics"),
    pytest.param(lambda: altered(exact_counts), 110, {Rule.ROUNDING}, id="exact counts"),
    pytest.param(left_over, 60, {Rule.DIFFERENCE}, id="a difference of three"),
    pytest.param(left_over_of_two, 60, {Rule.DIFFERENCE}, id="what two cohorts leave of a third"),
    pytest.param(corner, 60, {Rule.DETERMINED}, id="a rest of one"),
    pytest.param(alike, 60, {Rule.ROUNDING}, id="a group that answers alike"),
]


def test_there_are_at_least_ten() -> None:
    assert len(PLANTED) >= 10


@pytest.mark.parametrize(("plant", "organizations", "rules"), PLANTED)
def test_a_planted_release_is_refused(
    plant: Callable[[], list[ReleaseCells]], organizations: int, rules: set[Rule]
) -> None:
    history = plant()

    report = gate(history, RULES)

    assert not report.passed
    assert report.organizations == organizations
    assert rules <= {finding.rule for finding in report.findings}
    cells = {Key(cell.cohort, cell.figure) for release in history for cell in release.cells}
    for finding in report.findings:
        assert finding.organizations > 0
        assert 1 <= finding.release <= len(history)
        assert Key(finding.cohort, finding.figure) in cells or finding.rule == Rule.CHANGES
    named = {c.organization for r in history for c in r.contributions}
    assert not named & set(str(report.to_dict()).replace("'", " ").split())


def test_exact_means_are_told_from_rounded_ones() -> None:
    exact, rounded = (gate(joins(1, exact=exact), RULES) for exact in (True, False))

    assert exact.exactly_determined == exact.exactly_determined_unrounded > 0
    assert rounded.exactly_determined == 0
    assert rounded.exactly_determined_unrounded == exact.exactly_determined_unrounded


def test_an_insider_is_named_as_the_way_in() -> None:
    report = gate(single([9, 1], exact=True), RULES)

    [finding] = [f for f in report.findings if f.rule == Rule.DETERMINED]
    assert finding.insider
    assert (finding.cohort, finding.organizations, finding.affected) == ("region:us_west", 10, 1)
