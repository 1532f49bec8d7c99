"""A release's cells from contributions: rules R3 to R7 applied over the whole lattice.

The order: each cell is judged alone; then cells with too few changes keep their earlier value;
then cells are withheld that would give away a withheld one by subtraction.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from app.benchmarks.disclosure.arrays import Bools
from app.benchmarks.disclosure.cells import (
    Cell,
    Contribution,
    Key,
    Reason,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.classes import Classes
from app.benchmarks.disclosure.columns import Columns
from app.benchmarks.disclosure.rules import describe, judge
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Lattice


class TooFewChangesError(Exception):
    """A release with too few changed organizations since the one before (R3); build none."""

    def __init__(self, changed: int, needed: float) -> None:
        super().__init__(f"{changed} changed organizations; a release needs {needed:g}")
        self.changed = changed
        self.needed = needed


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
    first. ``withhold`` names cells to leave out, such as those a gate found at fault.

    Raises:
        TooFewChangesError: fewer than ``changed_in_release`` organizations joined, left or
            resubmitted since the last release (R3).
        ValueError: an organization is there twice.
    """
    if len({c.organization for c in contributions}) != len(contributions):
        raise ValueError("an organization contributes twice")
    changed = changed_organizations(
        {c.unknown for c in contributions},
        {c.unknown for release in earlier[-1:] for c in release.contributions},
    )
    if len(changed) < thresholds.changed_in_release:
        raise TooFewChangesError(len(changed), thresholds.changed_in_release)
    networks, forgotten = networks_of((*earlier, contributions)), forgotten_of(earlier)
    # Most figures have the same members in the same cells.
    changed_in, classify = cache(partial(changes, networks)), cache(Classes.of)
    columns, drafts = Columns(contributions), dict[Key, Draft]()
    for figure in figures:
        single: dict[Key, Draft] = {}
        for cohort in lattice.cohorts:
            key = Key(cohort.id, figure)
            group = columns.group(key)
            reason = Reason.RELEASE_GATE if key in withhold else judge(group, thresholds)
            if reason:
                draft = _withheld(key, reason)
            else:
                shown = describe(group, thresholds)
                cell = Cell(*key, Status.PUBLISHED, as_of_release=number, **shown)
                draft = Draft(cell, columns.members(key))
            single[key] = _carry(draft, earlier, changed_in, forgotten, thresholds)
        drafts |= _complement(single, lattice, classify, thresholds)
    cells = tuple(_pointed(draft.cell, drafts, lattice) for draft in drafts.values())
    members = {key: draft.members for key, draft in drafts.items() if draft.cell.shown}
    return ReleaseCells(number, cells, tuple(contributions), members)


def changed_organizations(now: Iterable[Unknown], then: Iterable[Unknown]) -> frozenset[str]:
    """Organizations that joined, left or resubmitted between two sets of submissions."""
    return frozenset(unknown.organization for unknown in set(now) ^ set(then))


def networks_of(
    sources: Iterable[ReleaseCells | Sequence[Contribution]],
) -> dict[Unknown, str | None]:
    """The network of each submission in any of the releases or lists of contributions.

    ``None`` for one that was erased: nobody knows any more whose it was.
    """
    return {
        c.unknown: None if c.erased else c.network
        for source in sources
        for c in (source.contributions if isinstance(source, ReleaseCells) else source)
    }


def last_value(key: Key, earlier: Sequence[ReleaseCells]) -> Draft | None:
    """The cell as last shown, however long ago, and its members."""
    for release in reversed(earlier):
        cell = release.find(key)
        if cell and cell.shown:
            return Draft(cell, release.members[key])
    return None


def changes(
    networks: Mapping[Unknown, str | None], now: frozenset[Unknown], then: frozenset[Unknown]
) -> tuple[int, int]:
    """How many organizations changed between two memberships, and from how many networks.

    One that was erased has left, and counts for no network: its own may be counted already.
    """
    different = now ^ then
    of = {networks[u] for u in different} - {None}
    return len({u.organization for u in different}), len(of)


def forgotten_of(history: Iterable[ReleaseCells]) -> frozenset[Unknown]:
    """Whose scores no further release may tell of, not even in a figure published before."""
    return frozenset(c.unknown for release in history for c in release.contributions if c.forgotten)


def keep(earlier: Sequence[ReleaseCells], number: int) -> ReleaseCells:
    """The last release's cells once more as those of ``number``, less what is forgotten."""
    last, forgotten = earlier[-1], forgotten_of(earlier)
    left = {
        cell.key: _kept(cell)
        if forgotten.isdisjoint(last.members.get(cell.key, ()))
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
    return Draft(Cell(*key, Status.WITHHELD, reason), frozenset())


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


def _complement(
    drafts: Mapping[Key, Draft],
    lattice: Lattice,
    classify: Callable[[tuple[frozenset[Unknown], ...]], Classes],
    thresholds: Thresholds,
) -> dict[Key, Draft]:
    """The drafts, cells withheld until no difference of nested ones is about too few.

    CMS: nothing small may be shown *nor be derivable*. A parent less its shown children, or a
    cohort less one inside it, is a cell as well.
    """
    left = dict(drafts)
    keys = [key for key, draft in drafts.items() if draft.cell.shown]
    classes = classify(tuple(drafts[key].members for key in keys))
    place = {key.cohort: i for i, key in enumerate(keys)}
    families = [
        (place[family.parent], [place[child] for child in family.children if child in place])
        for family in lattice.families()
        if family.parent in place
    ]
    shown = np.ones(len(keys), dtype=bool)
    while (weakest := _weakest(classes, shown, families, thresholds)) is not None:
        left[keys[weakest]] = _withheld(keys[weakest], Reason.COMPLEMENTARY)
        shown[weakest] = False
    return left


def _weakest(
    classes: Classes,
    shown: Bools,
    families: Sequence[tuple[int, list[int]]],
    thresholds: Thresholds,
) -> int | None:
    """The smallest set to withhold of those in a difference of too few organizations."""
    size = np.diag(classes.common)
    for parent, children in families:
        parts = [child for child in children if shown[child]]
        together = classes.member[parts].any(axis=0)
        if shown[parent] and parts and not (together & ~classes.member[parent]).any():
            outside = classes.number[classes.member[parent] & ~together].sum()
            if 0 < outside < thresholds.organizations_for_mean:
                return min(parts, key=lambda part: int(size[part]))
    fewer = size[:, None] - size
    few = (classes.common == size) & (fewer > 0) & (fewer < thresholds.organizations_for_mean)
    pairs = np.argwhere(few & shown & shown[:, None])
    return int(pairs[0, 1]) if pairs.size else None


def _pointed(cell: Cell, drafts: dict[Key, Draft], lattice: Lattice) -> Cell:
    """The cell with the nearest broader cohort that is shown."""
    around = (Key(cohort, cell.figure) for cohort in lattice.broader(cell.cohort))
    return replace(cell, broader=next((k.cohort for k in around if drafts[k].cell.shown), None))
