"""Organizations that were erased: earlier releases count them, and nobody knows their scores."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import pytest

from app.benchmarks.disclosure.attacks import Tally, narrow_by_means
from app.benchmarks.disclosure.builder import build_cells, keep
from app.benchmarks.disclosure.cells import (
    Contribution,
    Key,
    Reason,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.changes import changes, networks_of
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.knowledge import NOBODY, Case
from app.benchmarks.disclosure.lp import Program
from app.benchmarks.disclosure.rays import exchanged, rays
from app.benchmarks.disclosure.recheck import recheck
from app.benchmarks.disclosure.system import System, stack
from tests.benchmarks.test_gate_world import LATTICE, RULES, World, build, publish

FIGURE = ["overall"]


def nobody(contribution: Contribution) -> Contribution:
    """What is left of a contribution; the same one is the same nobody in every release."""
    number = str(uuid5(NAMESPACE_OID, str(contribution.unknown)))
    return Contribution(
        organization=number,
        network=number,
        submission=number,
        scores={},
        cohorts=contribution.cohorts,
        erased=contribution.figures,
    )


def forget(history: Sequence[ReleaseCells], gone: Collection[str]) -> list[ReleaseCells]:
    """The history as it is restored after these organizations were erased."""
    changed = []
    for release in history:
        new = {c.unknown: nobody(c) if c.organization in gone else c for c in release.contributions}
        others = {c.unknown: nobody(c) for r in history for c in r.contributions}
        names = {u: others[u].unknown if u.organization in gone else u for u in others}
        members = {
            key: frozenset(names[unknown] for unknown in some)
            for key, some in release.members.items()
        }
        changed.append(replace(release, contributions=tuple(new.values()), members=members))
    return changed


def width(system: System, target: int, *, joint: bool) -> float:
    """How far a score can be told, by the program alone."""
    case = Case(system, NOBODY, np.zeros(len(system.unknowns), dtype=bool))
    program = Program(case, int(system.classes.kind[target]), joint=joint)
    least, most = program.end(1), program.end(-1)
    assert least is not None
    assert most is not None
    return most - least


@pytest.fixture(scope="module")
def world() -> tuple[list[ReleaseCells], list[ReleaseCells]]:
    """Two releases of 90, and the same with four forgotten; two of those came with new answers."""
    made = World(90, 30, seed=4)
    then = made.submit(range(90), 1, FIGURE)
    first = build(then, figures=FIGURE)
    second = build([*then[20:50], *made.submit(range(50, 90), 2, FIGURE)], [first], FIGURE)
    history = [first, second]
    return history, forget(history, {"o003", "o030", "o055", "o070"})


def test_an_honest_history_passes_with_some_forgotten(
    world: tuple[list[ReleaseCells], list[ReleaseCells]],
) -> None:
    _, forgotten = world
    made = World(90, 30, seed=4)
    made.random = np.random.default_rng(9)
    contributions = made.submit([i for i in range(90) if i not in {3, 30, 55, 70}], 3, FIGURE)
    history = [*forgotten, build(contributions, forgotten, FIGURE)]

    report = gate(history, RULES)

    assert report.passed, report.to_dict()["findings"]
    assert report.complete
    assert report.exactly_determined == report.exactly_determined_unrounded == 0
    gone = {c.unknown for release in forgotten for c in release.contributions if c.erased}
    assert len(gone) == 6, "two of the four with two submissions each"
    assert report.method["program"] >= len(gone), "their widths are found without their scores"
    assert not {u.organization for u in gone} & {c.organization for c in contributions}


@pytest.mark.parametrize("joint", [False, True], ids=["means", "means and histograms"])
def test_what_can_be_told_of_anybody_is_the_same_with_some_forgotten(
    world: tuple[list[ReleaseCells], list[ReleaseCells]], *, joint: bool
) -> None:
    """The program needs no true scores: the erased one stays as unknown as it was to strangers."""
    [known], [unknown] = (stack(history) for history in world)
    assert known.member.shape == unknown.member.shape
    order = [known.unknowns.index(u) if u in known.unknowns else -1 for u in unknown.unknowns]
    living = [i for i, place in enumerate(order) if place >= 0]

    for target in living[:: len(living) // 4]:
        expected = width(known, order[target], joint=joint)
        assert width(unknown, target, joint=joint) == pytest.approx(expected, abs=1e-4)


def test_proofs_do_not_rest_on_scores_that_are_not_known(
    world: tuple[list[ReleaseCells], list[ReleaseCells]],
) -> None:
    [known], [unknown] = (stack(history) for history in world)
    gone, free = unknown.erased, np.zeros(len(unknown.unknowns), dtype=bool)
    assert gone.sum() == 6
    moved = replace(unknown, truth=np.where(gone, 99.0, unknown.truth))
    told, forgot, elsewhere = (Case(one, NOBODY, free) for one in (known, unknown, moved))
    everybody = np.arange(len(unknown.classes.number))

    assert exchanged(forgot).max() <= exchanged(told).max()
    assert np.array_equal(exchanged(forgot), exchanged(elsewhere))
    assert rays(forgot, everybody).max() <= 100 + 1e-9
    assert np.allclose(rays(forgot, everybody), rays(elsewhere, everybody))


def test_true_scores_fit_what_was_published_also_without_the_forgotten(
    world: tuple[list[ReleaseCells], list[ReleaseCells]],
) -> None:
    _, forgotten = world
    [system] = stack(forgotten)
    wrong = replace(system, low=system.low + 2000, high=system.high + 2000)

    assert system.violated().tolist() == []
    assert len(wrong.violated()) == len(system.rows), "four scores do not explain everything"


def world_of(number: int, seed: int = 0) -> list[Contribution]:
    made = World(number, number, seed=seed)
    return made.submit(range(number), 1, FIGURE)


def test_a_release_that_gives_the_forgotten_away_is_refused() -> None:
    """The same cell once with it and once without: the difference is its score."""
    group = world_of(24)
    first = publish(1, {"all": group}, exact=True)
    [forgotten] = forget([first], {group[0].organization})
    second = publish(2, {"all": group[1:]}, exact=True)

    report = gate([forgotten, second], RULES)

    assert not report.passed
    assert report.exactly_determined == 1
    assert {one.rule for one in report.findings} >= {Rule.DETERMINED, Rule.DIFFERENCE}


def test_a_narrow_range_of_the_forgotten_is_found() -> None:
    """Rounded, the difference of two means tells its score to within some points."""
    high, *others = world_of(12)
    group = [replace(high, scores={"overall": 95.0}), *others]
    first, second = publish(1, {"all": group}), publish(2, {"all": others})
    [forgotten] = forget([first], {high.organization})
    [system] = stack([forgotten, second])
    [gone] = np.flatnonzero(system.erased).tolist()
    tally = Tally()

    narrow_by_means([Case(system, NOBODY, np.zeros(12, dtype=bool))], tally, RULES.gate_width)

    assert width(system, gone, joint=False) < 20
    assert tally.narrow == 1
    assert not gate([forgotten, second], RULES).passed


def test_the_forgotten_left_and_count_for_no_network() -> None:
    group = world_of(30)
    first = publish(1, {"all": group})
    [forgotten] = forget([first], {c.organization for c in group[:10]})
    then = forgotten.members[Key("all", "overall")]
    now = frozenset(c.unknown for c in group[10:])

    assert changes(networks_of([forgotten]), now, then) == (10, 0)


@pytest.fixture(scope="module")
def carried() -> list[ReleaseCells]:
    """A release of 60 in which one of a cohort is forgotten, or about to be."""
    made = World(60, 30, seed=7)
    return [build(made.submit(range(60), 1, FIGURE), figures=FIGURE)]


def next_release(earlier: Sequence[ReleaseCells], gone: set[str]) -> ReleaseCells:
    """Twenty organizations answered again, those of the last places; the forgotten are not in."""
    before = [c for c in earlier[-1].contributions if not c.erased and c.organization not in gone]
    changed = {c.organization for c in before[-20:]}
    now = [
        replace(c, submission=f"{c.submission}.again") if c.organization in changed else c
        for c in before
    ]
    return build_cells(
        now, LATTICE, FIGURE, earlier=earlier, number=len(earlier) + 1, thresholds=RULES
    )


@pytest.mark.parametrize("leaving", [False, True], ids=["erased", "about to be erased"])
def test_the_next_release_repeats_no_figure_that_counts_the_forgotten(
    carried: list[ReleaseCells], *, leaving: bool
) -> None:
    gone = carried[0].contributions[0].organization
    earlier = forget(carried, {gone})
    if leaving:
        [first] = carried
        marked = [replace(c, leaving=c.organization == gone) for c in first.contributions]
        earlier = [replace(first, contributions=tuple(marked))]
    hidden = {u for r in earlier for c in r.contributions if c.forgotten for u in [c.unknown]}

    plain, release = next_release(carried, set()), next_release(earlier, {gone})

    was_carried = {cell.key for cell in plain.cells if cell.status is Status.CARRIED}
    assert was_carried
    with_it = {key for key, some in earlier[0].members.items() if some & hidden}
    withheld = {
        cell.key
        for cell in release.cells
        if (cell.status, cell.reason) == (Status.WITHHELD, Reason.TOO_FEW_CHANGES)
    }
    assert withheld
    assert withheld == was_carried & with_it
    assert not any(some & hidden for some in release.members.values())
    assert gate([*earlier, release], RULES).passed


def test_cells_kept_from_the_last_release_lose_those_of_the_forgotten(
    carried: list[ReleaseCells],
) -> None:
    gone = carried[0].contributions[0]
    earlier = forget(carried, {gone.organization})

    kept = keep(earlier, 2)

    shown = {cell.key: cell for cell in carried[0].cells if cell.shown}
    left = {cell.key: cell for cell in kept.cells if cell.shown}
    assert set(left) == {key for key in shown if gone.unknown not in carried[0].members[key]}
    assert set(left) < set(shown)
    assert len(kept.contributions) == len(carried[0].contributions) - 1
    for cell in kept.cells:
        assert cell.broader is None or Key(cell.broader, cell.figure) in left
    again = keep(carried, 2)
    assert [c for c in again.cells if c.shown] == [
        replace(cell, status=Status.CARRIED, reason=Reason.TOO_FEW_CHANGES)
        for cell in carried[0].cells
        if cell.shown
    ]
    assert again.contributions == carried[0].contributions


def test_the_gate_refuses_a_figure_that_counts_the_forgotten(carried: list[ReleaseCells]) -> None:
    gone = carried[0].contributions[0].organization
    earlier = forget(carried, {gone})
    release = next_release(carried, {gone})
    repeated = [cell for cell in release.cells if cell.status is Status.CARRIED]

    found = recheck(
        [
            *earlier,
            replace(
                release,
                members={
                    key: earlier[0].members[key] if some & known(gone, carried) else some
                    for key, some in release.members.items()
                },
            ),
        ],
        RULES,
    )

    assert repeated
    assert Rule.FORGOTTEN in {one.rule for one in found}


def known(organization: str, history: Sequence[ReleaseCells]) -> frozenset[Unknown]:
    """The organization's submissions."""
    return frozenset(
        c.unknown for r in history for c in r.contributions if c.organization == organization
    )
