"""Step 4 of the gate: the newest release against the rules, from cells and members as given."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.benchmarks.disclosure.cells import Cell, ReleaseCells, Status
from app.benchmarks.disclosure.findings import RULES as WORDS
from app.benchmarks.disclosure.findings import Finding, Rule
from app.benchmarks.disclosure.recheck import recheck
from tests.benchmarks.test_gate_world import RULES, World, build

WORLD = World(110, 60)
FIRST = build(WORLD.submit(range(110), 1, ["overall"]), figures=["overall"])
SECOND = build(
    [*WORLD.submit(range(25), 2, ["overall"]), *FIRST.contributions[25:]], [FIRST], ["overall"]
)


def altered(release: ReleaseCells, change: Callable[[Cell], Cell], which: Status) -> ReleaseCells:
    """The release with its first cell of that status altered."""
    [i, *_] = [i for i, cell in enumerate(release.cells) if cell.status is which]
    cells = list(release.cells)
    cells[i] = change(cells[i])
    return replace(release, cells=tuple(cells))


def test_what_the_builder_makes_is_in_order() -> None:
    statuses = {cell.status for cell in SECOND.cells}

    assert statuses == set(Status)
    assert recheck([FIRST], RULES) == []
    assert recheck([FIRST, SECOND], RULES) == []


@pytest.mark.parametrize(
    ("which", "change", "rule"),
    [
        pytest.param(
            Status.WITHHELD,
            lambda c: replace(c, mean=50.0),
            Rule.WITHHELD,
            id="a withheld cell with a mean",
        ),
        pytest.param(
            Status.PUBLISHED,
            lambda c: replace(c, organizations=111),
            Rule.ROUNDING,
            id="an exact number of organizations",
        ),
        pytest.param(
            Status.PUBLISHED,
            lambda c: replace(c, networks="5-9"),
            Rule.NETWORKS,
            id="a wrong band of networks",
        ),
        pytest.param(
            Status.PUBLISHED, lambda c: replace(c, mean=None), Rule.ROUNDING, id="no mean"
        ),
        pytest.param(
            Status.CARRIED,
            lambda c: replace(c, mean=c.mean + 1),
            Rule.CHANGES,
            id="a carried value that is not the last",
        ),
        pytest.param(
            Status.CARRIED,
            lambda c: replace(c, mean=c.mean + 0.1),
            Rule.ROUNDING,
            id="a carried value that is not rounded",
        ),
    ],
)
def test_an_altered_cell(which: Status, change: Callable[[Cell], Cell], rule: Rule) -> None:
    findings = recheck([FIRST, altered(SECOND, change, which)], RULES)

    assert rule in {finding.rule for finding in findings}
    assert {finding.release for finding in findings} == {2}
    assert len({finding.cohort for finding in findings}) == 1


def test_a_carried_cell_needs_an_earlier_value() -> None:
    carried = altered(FIRST, lambda c: replace(c, status=Status.CARRIED), Status.PUBLISHED)

    assert {finding.rule for finding in recheck([carried], RULES)} == {Rule.CHANGES}


def test_a_carried_cell_keeps_its_members() -> None:
    [carried, *_] = [cell for cell in SECOND.cells if cell.status is Status.CARRIED]
    moved = replace(SECOND, members={**SECOND.members, carried.key: frozenset()})

    assert [(f.rule, f.cohort) for f in recheck([FIRST, moved], RULES)] == [
        (Rule.CHANGES, carried.cohort)
    ]


def test_a_cell_of_nobody_is_refused() -> None:
    [shown, *_] = [cell for cell in FIRST.cells if cell.shown]
    emptied = replace(FIRST, members={**FIRST.members, shown.key: frozenset()})

    assert Rule.ORGANIZATIONS in {finding.rule for finding in recheck([emptied], RULES)}


def test_a_release_with_too_few_changes_is_at_fault_as_a_whole() -> None:
    twice = ReleaseCells(2, FIRST.cells, FIRST.contributions, FIRST.members)

    findings = recheck([FIRST, twice], RULES)

    assert Finding(Rule.CHANGES, 2, "", "", 110, 0) in findings


def test_every_rule_is_put_into_words() -> None:
    assert WORDS.keys() == set(Rule)
    assert Finding(Rule.NARROW, 1, "all", "overall", 60, 2).to_dict() == {
        "rule": "narrow",
        "release": 1,
        "cohort": "all",
        "figure": "overall",
        "organizations": 60,
        "affected": 2,
        "insider": False,
        "message": "scores can be narrowed to less than the gate's width",
    }
