"""A release's cells from contributions: rules R3 to R7 applied over the whole lattice.

The order: each cohort is judged alone, all its figures together; then cells with too few changes
keep their earlier value; then cells are withheld that would give away a withheld one by
subtraction.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

from app.benchmarks.disclosure.cells import (
    Cell,
    Contribution,
    Key,
    Reason,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.changes import (
    changes,
    check_changes,
    forgotten_of,
    networks_of,
)
from app.benchmarks.disclosure.classes import Classes
from app.benchmarks.disclosure.columns import Columns
from app.benchmarks.disclosure.complement import Complement, People
from app.benchmarks.disclosure.figures import is_item
from app.benchmarks.disclosure.panel import (
    PANEL,
    Panel,
    answered_again,
    last_of_everybody,
    members_of,
)
from app.benchmarks.disclosure.rules import describe, judge
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.disclosure.together import complete, count_items, keys_of
from app.benchmarks.lattice import ALL, Lattice

NOBODY = frozenset[Unknown]()


class Draft(NamedTuple):
    """A cell as it stands, and whose submissions its figures are from (nobody's if withheld)."""

    cell: Cell
    members: frozenset[Unknown]


def build_cells(
    contributions: Sequence[Contribution],
    lattice: Lattice,
    figures: Sequence[str],
    *,
    earlier: Sequence[ReleaseCells],
    number: int,
    thresholds: Thresholds,
    withhold: Collection[Key] = (),
) -> ReleaseCells:
    """The cells of release ``number``: one per cohort and figure, withheld ones included.

    ``contributions`` has each organization at most once, ``earlier`` all releases so far, oldest
    first. ``withhold`` names cells, such as those a gate found at fault, whose cohorts to leave
    out, or an item's section. Who lacks a figure counts in none; one that lacks an item, in no
    item of its section. Figures of items have one cell, of everybody.

    Raises:
        TooFewChangesError: fewer than ``changed_in_release`` organizations joined, left or
            resubmitted since the last release (R3).
        ValueError: an organization is there twice.
    """
    if len({c.organization for c in contributions}) != len(contributions):
        raise ValueError("an organization contributes twice")
    items = [figure for figure in figures if is_item(figure)]
    sections = [figure for figure in figures if not is_item(figure)]
    contributions = count_items(complete(contributions, sections), items, thresholds)
    last = last_of_everybody(earlier)
    contributions = answered_again(contributions, last)
    check_changes(contributions, earlier, thresholds)
    networks, forgotten = networks_of((*earlier, contributions)), forgotten_of(earlier)
    # Most figures have the same members in the same cells.
    changed_in = cache(partial(changes, networks))
    columns, drafts = Columns(contributions), dict[Key, Draft]()
    known = chain.from_iterable(release.contributions for release in earlier)
    people = People({one.unknown: one for one in chain(known, contributions)}, sections)
    gone = _complements(people, lattice, thresholds)
    together = keys_of((cohort.id for cohort in lattice.cohorts), sections, items)
    left_out = _refused(columns, together, thresholds, withhold)
    for figure in (*sections, *items):
        single = {
            key: _carry(
                _withheld(key, left_out[key])
                if key in left_out
                else _published(key, columns, number, thresholds),
                earlier,
                changed_in,
                forgotten,
                thresholds,
            )
            for keys in together
            for key in keys
            if key.figure == figure
        }
        drafts |= single if is_item(figure) else _complement(single, gone)
    if last is not None:
        panel = Panel(contributions, earlier, last, people, sections, thresholds)
        drafts |= _panel(panel, number, drafts, withhold)
    cells = tuple(_pointed(draft.cell, drafts, lattice) for draft in drafts.values())
    members = {key: draft.members for key, draft in drafts.items() if draft.cell.shown}
    return ReleaseCells(number, cells, tuple(contributions), members)


def _published(key: Key, columns: Columns, number: int, thresholds: Thresholds) -> Draft:
    shown = describe(columns.group(key), thresholds)
    cell = Cell(*key, Status.PUBLISHED, as_of_release=number, **shown)
    return Draft(cell, columns.members(key))


def _refused(
    columns: Columns,
    together: Sequence[Sequence[Key]],
    thresholds: Thresholds,
    withhold: Collection[Key],
) -> dict[Key, Reason]:
    """Cells that may not be shown, and why; one that may not takes the others with it."""
    found: dict[Key, Reason] = {}
    for keys in together:
        reasons = (judge(columns.group(key), thresholds.of(key.figure)) for key in keys)
        at_fault = any(key in withhold for key in keys)
        reason = Reason.RELEASE_GATE if at_fault else next(filter(None, reasons), None)
        if reason:
            found |= dict.fromkeys(keys, reason)
    return found


def last_value(key: Key, earlier: Sequence[ReleaseCells]) -> Draft | None:
    """The cell as last shown, however long ago, and its members."""
    for release in reversed(earlier):
        cell = release.find(key)
        if cell and cell.shown:
            return Draft(cell, release.members[key])
    return None


def keep(earlier: Sequence[ReleaseCells], number: int) -> ReleaseCells:
    """The last release's cells once more as those of ``number``, less panels and the forgotten."""
    last, forgotten = earlier[-1], forgotten_of(earlier)
    left = {
        cell.key: _kept(cell)
        if cell.cohort not in PANEL and forgotten.isdisjoint(last.members.get(cell.key, ()))
        else Cell(*cell.key, Status.WITHHELD, Reason.TOO_FEW_CHANGES, broader=cell.broader)
        for cell in last.cells
    }
    return ReleaseCells(
        number,
        tuple(_repointed(cell, left) for cell in left.values()),
        tuple(c for c in last.contributions if not c.forgotten),
        {key: last.members[key] for key, cell in left.items() if cell.shown},
    )


def _kept(cell: Cell) -> Cell:
    if not cell.shown:
        return cell
    return replace(cell, status=Status.CARRIED, reason=Reason.TOO_FEW_CHANGES)


def _repointed(cell: Cell, cells: Mapping[Key, Cell]) -> Cell:
    """The cell with the nearest of the broader cohorts it led to that is still shown."""
    broader = cell.broader
    while broader is not None and not cells[Key(broader, cell.figure)].shown:
        broader = cells[Key(broader, cell.figure)].broader
    return replace(cell, broader=broader)


def _withheld(key: Key, reason: Reason) -> Draft:
    return Draft(Cell(*key, Status.WITHHELD, reason), NOBODY)


def _carry(
    draft: Draft,
    earlier: Sequence[ReleaseCells],
    changed_in: Callable[[frozenset[Unknown], frozenset[Unknown]], tuple[int, int]],
    forgotten: frozenset[Unknown],
    thresholds: Thresholds,
) -> Draft:
    """The draft, or the cell's last value if too little has changed since (R3).

    Nothing at all if that value counts somebody who is to be forgotten.
    """
    last = last_value(draft.cell.key, earlier)
    if last is None or not draft.cell.shown:
        return draft
    organizations, from_networks = changed_in(draft.members, last.members)
    if (
        organizations >= thresholds.changed_organizations
        and from_networks >= thresholds.changed_networks
    ):
        return draft
    if not forgotten.isdisjoint(last.members):
        return _withheld(draft.cell.key, Reason.TOO_FEW_CHANGES)
    return Draft(_kept(last.cell), last.members)


def _complements(
    people: People, lattice: Lattice, thresholds: Thresholds
) -> Callable[[tuple[str, ...], tuple[frozenset[Unknown], ...]], frozenset[str]]:
    """What tells of cohorts and their members which to withhold; the same for all figures."""

    @cache
    def gone(shown: tuple[str, ...], sets: tuple[frozenset[Unknown], ...]) -> frozenset[str]:
        classes = Classes.of(sets)
        groups = people.groups(classes.unknowns)
        return Complement(shown, classes, lattice, groups, thresholds).withheld()

    return gone


def _complement(
    drafts: Mapping[Key, Draft],
    gone: Callable[[tuple[str, ...], tuple[frozenset[Unknown], ...]], frozenset[str]],
) -> dict[Key, Draft]:
    """The drafts, cells withheld until no difference of nested ones may not be shown."""
    shown = [draft for draft in drafts.values() if draft.cell.shown]
    some = gone(tuple(one.cell.cohort for one in shown), tuple(one.members for one in shown))
    return {
        key: _withheld(key, Reason.COMPLEMENTARY) if key.cohort in some else draft
        for key, draft in drafts.items()
    }


def _panel(
    panel: Panel, number: int, drafts: Mapping[Key, Draft], withhold: Collection[Key]
) -> dict[Key, Draft]:
    """Those that answered again, beside all that is shown."""
    now = {
        key.cohort: draft.members
        for key, draft in drafts.items()
        if draft.cell.shown
        and not is_item(key.figure)
        and (key.cohort != ALL or draft.cell.status is Status.PUBLISHED)
    }
    cells = panel.cells(number, now, withhold)
    return {
        one.key: Draft(one, members_of(one.cohort, panel.contributions) if one.shown else NOBODY)
        for one in cells
    }


def _pointed(cell: Cell, drafts: dict[Key, Draft], lattice: Lattice) -> Cell:
    """The cell with the nearest broader cohort that is shown."""
    cohorts = (ALL,) if cell.cohort in PANEL else lattice.broader(cell.cohort)
    around = (Key(cohort, cell.figure) for cohort in cohorts)
    return replace(cell, broader=next((k.cohort for k in around if drafts[k].cell.shown), None))
