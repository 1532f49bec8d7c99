"""Items of a section stand and fall together, and are about everybody or all but ten."""

from dataclasses import replace

import pytest

from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Cell, Key, Reason, ReleaseCells, Status
from app.benchmarks.disclosure.columns import Columns, restore
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.rules import Group, describe
from app.benchmarks.disclosure.scores import Scores
from app.benchmarks.disclosure.together import beside
from tests.benchmarks.test_disclosure_items import (
    FIGURES,
    ITEM,
    LATTICE,
    OTHER,
    PLACES,
    RULES,
    SAME,
    build,
    of,
    organizations,
)
from tests.benchmarks.test_gate_forgotten import nobody


@pytest.mark.parametrize(("lacking", "left_out"), [(0, 0), (1, 10), (9, 10), (10, 10), (12, 12)])
def test_items_leave_out_nobody_or_ten(lacking: int, left_out: int) -> None:
    """Sections less items are about those that lack one: never about one to nine."""
    contributions = organizations(130, without=lacking)
    release = build(contributions)
    members = {release.members[Key("all", item)] for item in (ITEM, SAME)}

    [mine] = members
    assert release.members[Key("all", "overall")] > mine or not lacking
    assert len(mine) == 130 - left_out
    assert not mine & {one.unknown for one in contributions[:lacking]}
    assert mine == build(contributions[::-1]).members[Key("all", ITEM)]
    assert release.members[Key("all", OTHER)] == release.members[Key("all", "overall")]
    assert gate([release], RULES).passed


def test_an_item_that_may_not_be_shown_takes_its_section_with_it() -> None:
    """Were A2 and the section's mean shown, A1 would follow: nobody has a point in it."""
    alike = [
        replace(one, scores=Scores(PLACES, [50.0 + i % 9, 0.0, 40.0 + i % 30, 50.0 - i % 30]))
        for i, one in enumerate(organizations(120))
    ]
    release = build(alike)

    assert of(release) == of(release, SAME) == (Status.WITHHELD, Reason.GROUP_DISCLOSURE)
    assert of(release, OTHER) == of(release, "overall") == (Status.PUBLISHED, None)


def test_an_item_at_fault_takes_its_section_and_not_everybodys_figures() -> None:
    release = build_cells(
        organizations(120),
        LATTICE,
        FIGURES,
        earlier=(),
        number=1,
        thresholds=RULES,
        withhold={Key("all", SAME)},
    )

    assert of(release) == of(release, SAME) == (Status.WITHHELD, Reason.RELEASE_GATE)
    assert of(release, OTHER) == of(release, "overall") == (Status.PUBLISHED, None)


def without(release: ReleaseCells, figure: str) -> ReleaseCells:
    """As if that cell had been withheld by itself."""
    key = Key("all", figure)
    withheld = Cell("all", figure, Status.WITHHELD, Reason.RELEASE_GATE)
    cells = tuple(withheld if cell.key == key else cell for cell in release.cells)
    members = {one: some for one, some in release.members.items() if one != key}
    return replace(release, cells=cells, members=members)


@pytest.mark.parametrize(("figure", "found"), [(SAME, {ITEM}), (OTHER, set())])
def test_the_gate_looks_for_sections_with_items_apart(figure: str, found: set[str]) -> None:
    findings = gate([without(build(organizations(120)), figure)], RULES).findings

    assert {one.figure for one in findings if one.rule is Rule.DIFFERENCE} == found


@pytest.mark.parametrize(("fewer", "found"), [(0, set()), (1, {"A"}), (9, {"A"}), (10, set())])
def test_the_gate_compares_items_with_figures_of_everybody(fewer: int, found: set[str]) -> None:
    release = build(organizations(140))
    some = [c for c in release.contributions if c.organization >= f"o{fewer:03}"]
    cells, members = [], dict(release.members)
    for cell in release.cells:
        if cell.figure in {ITEM, SAME}:
            members[cell.key] = frozenset(c.unknown for c in some)
            cells.append(replace(cell, **describe(Group.of(some, cell.figure), RULES)))
        else:
            cells.append(cell)
    planted = replace(release, cells=tuple(cells), members=members)

    findings = gate([planted], RULES).findings

    assert {one.figure.split("/")[1] for one in findings} == found
    assert all(one.rule is Rule.DIFFERENCE for one in findings)


def test_the_gate_compares_items_of_before_with_everybody_now() -> None:
    """Items of 120; 20 others leave and five join who are not in the items."""
    first = build(organizations(140, without=20))
    second = build(organizations(140, period=2), [first])
    nearly = frozenset(
        [*first.members[Key("all", ITEM)], *(c.unknown for c in first.contributions[:5])]
    )
    members = {
        key: nearly if key.cohort == "all" and key.figure == "overall" else some
        for key, some in second.members.items()
    }
    [finding] = beside([first, replace(second, members=members)], RULES)

    assert (finding.release, finding.cohort, finding.figure) == (2, "all", "overall")
    assert list(beside([first, second], RULES)) == []


def test_members_are_the_same_when_they_are_read_back_even_of_erased_ones() -> None:
    contributions = organizations(120, without=3)
    release = build(contributions)
    gone = {c.unknown: nobody(c) for c in release.contributions if c.organization < "o060"}
    stored = [gone.get(c.unknown, c) for c in release.contributions]

    back = restore(1, release.cells, {1: Columns(stored)})

    for key, members in release.members.items():
        renamed = {gone[u].unknown if u in gone else u for u in members}
        assert back.members[key] == renamed, key
    assert len(back.members[Key("all", ITEM)]) == 110
