"""The same organizations twice: who is in a panel, what it shows, and when it may not be shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from app.benchmarks.disclosure.builder import build_cells, keep
from app.benchmarks.disclosure.cells import Contribution, Key, Reason, ReleaseCells, Status, Unknown
from app.benchmarks.disclosure.columns import Columns, restore
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.panel import AGAIN, BEFORE, PANEL, of_few
from tests.benchmarks.test_gate_world import LATTICE, RULES, World, publish

FIGURES = ("overall", "L1", "L2")
EVERYBODY = range(120)


def hospitals() -> World:
    return World(200, 200, seed=5)


def release(
    contributions: Sequence[Contribution],
    *earlier: ReleaseCells,
    withhold: Collection[Key] = (),
) -> ReleaseCells:
    return build_cells(
        contributions,
        LATTICE,
        FIGURES,
        earlier=earlier,
        number=len(earlier) + 1,
        thresholds=RULES,
        withhold=withhold,
    )


def step(
    again: Iterable[int], joining: Iterable[int] = (), leaving: Collection[int] = ()
) -> tuple[ReleaseCells, ReleaseCells]:
    """A release of everybody, and the next after some answered again, came or went."""
    world = hospitals()
    first = {one.organization: one for one in world.submit(EVERYBODY, 1, FIGURES)}
    then = release([*first.values()])
    new = world.submit([*again, *joining], 2, FIGURES)
    gone = {f"o{i:03}" for i in leaving}
    now = first | {one.organization: one for one in new}
    return then, release([now[name] for name in now if name not in gone], then)


def panel(of: ReleaseCells) -> Mapping[Key, frozenset[Unknown]]:
    return {key: members for key, members in of.members.items() if key.cohort in PANEL}


def reasons(of: ReleaseCells) -> set[Reason | None]:
    """Why its panel's cells are withheld; all or none are."""
    cells = [one for one in of.cells if one.cohort in PANEL]
    assert len(cells) == 2 * len(FIGURES)
    assert len({one.shown for one in cells}) == 1
    return {one.reason for one in cells}


def test_it_has_who_answered_again_now_and_before() -> None:
    then, now = step(range(40), joining=range(120, 140), leaving=range(100, 115))

    scores = {c.unknown: c.scores for one in (then, now) for c in one.contributions}
    names = {f"o{i:03}" for i in range(40)}
    for figure in FIGURES:
        for cohort, period in ((AGAIN, 2), (BEFORE, 1)):
            members = now.members[Key(cohort, figure)]
            assert {one.organization for one in members} == names
            assert {one.submission[-1] for one in members} == {str(period)}
            cell = now.find(Key(cohort, figure))
            assert cell is not None
            assert cell.status is Status.PUBLISHED
            assert (cell.organizations, cell.as_of_release, cell.broader) == (40, 2, "all")
            mean = np.mean([scores[one][figure] for one in members])
            assert cell.mean == pytest.approx(mean, abs=0.25 + 1e-9)
    assert gate([then, now], RULES).passed


def test_a_first_release_has_none() -> None:
    then, _ = step(range(40))
    assert not [one for one in then.cells if one.cohort in PANEL]


@pytest.mark.parametrize(
    ("again", "joining", "leaving", "reason"),
    [
        pytest.param(range(40), (), (), None, id="nobody moved"),
        pytest.param(range(40), range(120, 130), (), None, id="ten joined"),
        pytest.param(range(40), range(120, 125), range(115, 120), None, id="five each"),
        pytest.param(range(40), range(120, 129), (), Reason.COMPLEMENTARY, id="nine joined"),
        pytest.param(range(40), (), (119,), Reason.COMPLEMENTARY, id="one left"),
        pytest.param(range(120), range(120, 121), (), Reason.COMPLEMENTARY, id="all, and one"),
        pytest.param(range(115), (), (), Reason.COMPLEMENTARY, id="all but five"),
        pytest.param(range(110), (), (), None, id="all but ten"),
        pytest.param(range(120), (), (), None, id="all"),
        pytest.param(range(9), range(120, 140), (), Reason.TOO_FEW_ORGANIZATIONS, id="nine"),
        pytest.param((), range(120, 140), (), Reason.TOO_FEW_ORGANIZATIONS, id="none"),
    ],
)
def test_neither_half_nor_what_is_left_is_about_few(
    again: Iterable[int],
    joining: Collection[int],
    leaving: Collection[int],
    reason: Reason | None,
) -> None:
    then, now = step(again, joining, leaving)

    assert reasons(now) == {reason}
    if reason is None:
        assert gate([then, now], RULES).passed


def test_a_network_that_would_be_left_alone_is_not() -> None:
    then, now = step(range(100))
    assert reasons(now) == {None}
    one_network = [
        replace(one, network="n") if int(one.organization[1:]) >= 100 else one
        for one in then.contributions
    ]
    then = release(one_network)
    new = [replace(one, before=None) for one in now.contributions[:100]]
    assert reasons(release([*one_network[100:], *new], then)) == {Reason.COMPLEMENTARY}


def test_who_is_to_be_forgotten_is_told_of_no_more() -> None:
    then, now = step(range(40))
    leaving = [replace(one, leaving=one.organization == "o000") for one in then.contributions]
    stored = replace(then, contributions=tuple(leaving))

    again = release(now.contributions, stored)

    members = {one.organization for members in panel(again).values() for one in members}
    assert "o000" not in members


def of_one_network(contributions: Iterable[Contribution]) -> dict[str, Contribution]:
    """Whoever they are, the first 25 hospitals are of one network, the others of none."""
    return {
        one.organization: replace(one, network="n") if one.organization < "o025" else one
        for one in contributions
    }


def test_everybodys_figures_are_to_be_new() -> None:
    """Where they are carried, nobody's step is told; a release that only keeps shows none."""
    world = hospitals()
    first = of_one_network(world.submit(EVERYBODY, 1, FIGURES))
    then = release([*first.values()])
    second = first | of_one_network(world.submit(range(25), 2, FIGURES))
    carried = release([*second.values()], then)

    everybody = carried.find(Key("all", "overall"))
    assert everybody is not None
    assert everybody.status is Status.CARRIED
    assert reasons(carried) == {Reason.TOO_FEW_CHANGES}
    assert reasons(keep(step(range(40)), 3)) == {Reason.TOO_FEW_CHANGES}

    third = second | of_one_network(world.submit(range(20, 110), 3, FIGURES))
    now = release([*third.values()], then, carried)
    assert reasons(now) == {None}
    before, again = ({o.submission for o in now.members[Key(c, "L1")]} for c in (BEFORE, AGAIN))
    assert before == {f"s{i:03}.1" for i in range(110)}, "not of what was carried"
    assert again == {f"s{i:03}.{2 if i < 20 else 3}" for i in range(110)}


def test_what_the_gate_finds_takes_both_halves() -> None:
    then, now = step(range(40))
    again = release(now.contributions, then, withhold=[Key(BEFORE, "L2")])

    assert reasons(again) == {Reason.RELEASE_GATE}
    assert [one for one in again.cells if one.cohort not in PANEL] == [
        one for one in now.cells if one.cohort not in PANEL
    ]


def test_panels_of_nearly_the_same_are_not_shown_one_after_the_other() -> None:
    """Now of one panel and before of the next have but two that differ."""
    world = hospitals()
    first = {one.organization: one for one in world.submit(EVERYBODY, 1, FIGURES)}
    then = release([*first.values()])
    second = first | {one.organization: one for one in world.submit(range(40), 2, FIGURES)}
    middle = release([*second.values()], then)
    assert reasons(middle) == {None}
    for again, reason in (
        (range(40), None),
        (range(1, 41), Reason.COMPLEMENTARY),
        (range(5, 45), None),
    ):
        third = second | {one.organization: one for one in world.submit(again, 3, FIGURES)}
        now = release([*third.values()], then, middle)
        assert reasons(now) == {reason}


def planted(again: Sequence[int], moved: int) -> list[ReleaseCells]:
    """Everybody then and now, and a panel, without any rule; ``moved`` joined in between."""
    world = hospitals()
    first = {one.organization: one for one in world.submit(EVERYBODY, 1, ("overall",))}
    new = world.submit([*again, *range(120, 120 + moved)], 2, ("overall",))
    names = {f"o{i:03}" for i in again}
    then = publish(1, {"all": [*first.values()]})
    cohorts = {
        "all": [*(first | {one.organization: one for one in new}).values()],
        AGAIN: [one for one in new if one.organization in names],
        BEFORE: [first[name] for name in sorted(names)],
    }
    return [then, publish(2, cohorts)]


@pytest.mark.parametrize(
    ("again", "moved", "found"),
    [(40, 0, False), (40, 10, False), (40, 9, True), (40, 3, True), (120, 0, False)],
)
def test_the_gate_does_not_take_it_on_trust(again: int, moved: int, *, found: bool) -> None:
    history = planted(range(again), moved)

    findings = [one for one in gate(history, RULES).findings if one.cohort in PANEL]

    assert bool(findings) is found
    assert {one.rule for one in findings} <= {Rule.DIFFERENCE}
    assert {one.affected for one in findings} <= {moved}


def test_the_gate_refuses_halves_of_different_organizations() -> None:
    then, now = planted(range(40), 0)
    mixed = {
        key: members if key.cohort != BEFORE else frozenset([*members][:-1])
        for key, members in now.members.items()
    }

    assert {one.cohort for one in of_few([then, replace(now, members=mixed)], RULES)} == PANEL
    assert not [*of_few([then, now], RULES)]
    strangers = [replace(now, number=1), replace(then, contributions=())]
    assert not [*of_few(strangers, RULES)], "a release without a panel"


def test_stored_it_is_the_same() -> None:
    then, now = step(range(40), joining=range(120, 140))
    columns = {1: Columns(then.contributions), 2: Columns(now.contributions)}

    back = restore(2, now.cells, columns)

    assert panel(back) == panel(now)
    assert len(panel(back)) == 2 * len(FIGURES)


def test_of_one_that_was_erased_it_is_known_that_it_was_in_both() -> None:
    then, now = step(range(40), joining=range(120, 140))
    names = {"s000.1": "x", "s000.2": "y"}

    def erase(one: Contribution) -> Contribution:
        if one.organization != "o000":
            return one
        nobody = names[one.submission]
        before = one.before and Unknown(names[one.before.submission], names[one.before.submission])
        return Contribution(
            nobody, nobody, nobody, {}, one.cohorts, frozenset(FIGURES), before=before
        )

    columns = {
        n: Columns([erase(one) for one in release_.contributions])
        for n, release_ in enumerate((then, now), 1)
    }
    first, second = (restore(n, r.cells, columns) for n, r in enumerate((then, now), 1))

    assert Unknown("y", "y") in second.members[Key(AGAIN, "overall")]
    assert Unknown("x", "x") in second.members[Key(BEFORE, "overall")]
    assert Unknown("x", "x") in first.members[Key("all", "overall")]
    world = hospitals()
    third = {one.organization: one for one in world.submit(range(60, 120), 3, FIGURES)}
    living = {one.organization: one for one in second.contributions if not one.erased}
    last = release([*(living | third).values()], first, second)
    assert gate([first, second, last], RULES).passed
