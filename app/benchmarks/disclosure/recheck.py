"""Step 4 of the gate: the newest release against R3 to R7, from cells and memberships as given.

What the builder decided is not taken on trust: each figure is computed again from the members and
must be what is shown, and sizes and roundings are looked at in the cell itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial

import numpy as np

from app.benchmarks.disclosure.arrays import Bools, Ints
from app.benchmarks.disclosure.builder import last_value
from app.benchmarks.disclosure.cells import (
    Cell,
    Contribution,
    Reason,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.changes import changed_organizations, changes, networks_of
from app.benchmarks.disclosure.figures import is_item
from app.benchmarks.disclosure.findings import Finding, Rule
from app.benchmarks.disclosure.rules import Group, describe, judge
from app.benchmarks.disclosure.system import FLOOR, System
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import ALL

AGAINST: Mapping[Reason, Rule] = {
    Reason.TOO_FEW_ORGANIZATIONS: Rule.ORGANIZATIONS,
    Reason.TOO_FEW_NETWORKS: Rule.NETWORKS,
    Reason.NETWORK_DOMINANCE: Rule.NETWORKS,
    Reason.GROUP_DISCLOSURE: Rule.ROUNDING,
}
"""The rule that a cell breaks which should have been withheld for that reason."""

FIGURES: Mapping[str, Rule] = {
    "organizations": Rule.ROUNDING,
    "networks": Rule.NETWORKS,
    "mean": Rule.ROUNDING,
    "histogram": Rule.ROUNDING,
    "percentiles": Rule.PERCENTILES,
}
"""The rule that a cell breaks whose field is not as computed again."""


def recheck(history: Sequence[ReleaseCells], thresholds: Thresholds) -> list[Finding]:
    """Findings against the newest release of ``history`` (oldest first).

    Raises:
        KeyError: a shown cell has no members, or a member no contribution.
    """
    *earlier, newest = history
    everybody = {c.unknown: c for release in history for c in release.contributions}
    changed_in = cache(partial(changes, networks_of(history)))
    found = list(_release(newest, earlier, thresholds))
    for cell in newest.cells:
        broken = set(_cell(cell, newest, everybody, thresholds))
        if cell.shown and not _renewed(cell, newest, earlier, changed_in, thresholds):
            broken.add(Rule.CHANGES)
        number = len(newest.members.get(cell.key, ()))
        found += [
            Finding(rule, newest.number, cell.cohort, cell.figure, number, number)
            for rule in sorted(broken)
        ]
    return found


def differences(systems: Sequence[System], newest: int, thresholds: Thresholds) -> list[Finding]:
    """Cells that differ from one inside them, or two, by too few organizations (P2).

    Over all releases, where at least one of them is new in ``newest``. CMS: nothing small may be
    shown, nor be derivable from what is. Two that are inside share nobody.
    """
    found = []
    least = thresholds.organizations_for_mean
    for system in systems:
        common = system.classes.common
        size = np.diag(common)
        nested = common == size[:, None]
        fewer = size - size[:, None]
        few = nested & (fewer > 0) & (fewer < least)
        for inner, outer in np.argwhere(few).tolist():
            rows = (system.rows[inner], system.rows[outer])
            found += [
                Finding(Rule.DIFFERENCE, *row.name, len(row.members), int(fewer[inner, outer]))
                for row in rows
                if newest in {r.release for r in rows}
            ]
        for *three, left in _threes(common, nested, least):
            new = [row for row in (system.rows[i] for i in three) if row.release == newest]
            if new:
                # One of them withheld is enough: the smallest, which is the least loss.
                row = min(new, key=lambda one: len(one.members))
                found.append(Finding(Rule.DIFFERENCE, *row.name, len(row.members), left))
    return found


def _threes(common: Ints, nested: Bools, least: float) -> Iterator[tuple[int, int, int, int]]:
    """A set, two inside it that share nobody, and how few they leave; 0 is no difference."""
    size = np.diag(common)
    for outer in range(len(size)):
        inner = np.flatnonzero(nested[:, outer] & (size < size[outer]))
        left = size[outer] - size[inner][:, None] - size[inner]
        few = (common[np.ix_(inner, inner)] == 0) & (left > 0) & (left < least)
        for one, other in np.argwhere(np.triu(few)).tolist():
            yield outer, int(inner[one]), int(inner[other]), int(left[one, other])


def _release(
    newest: ReleaseCells, earlier: Sequence[ReleaseCells], thresholds: Thresholds
) -> Iterator[Finding]:
    """Too few changed organizations for a release at all (R3)."""
    before = {c.unknown for release in earlier[-1:] for c in release.contributions}
    now = {c.unknown for c in newest.contributions}
    changed = len(changed_organizations(now, before))
    if changed < thresholds.changed_in_release:
        yield Finding(Rule.CHANGES, newest.number, "", "", len(now), changed)


def _cell(
    cell: Cell,
    newest: ReleaseCells,
    everybody: Mapping[Unknown, Contribution],
    thresholds: Thresholds,
) -> Iterator[Rule]:
    """The rules R4 to R7 that the cell breaks."""
    if not cell.shown:
        if cell != Cell(cell.cohort, cell.figure, cell.status, cell.reason, broader=cell.broader):
            yield Rule.WITHHELD
        return
    if not _rounded(cell):
        yield Rule.ROUNDING
    if any(everybody[unknown].forgotten for unknown in newest.members[cell.key]):
        yield Rule.FORGOTTEN
        return
    if cell.status is Status.CARRIED:
        return
    members = [everybody[unknown] for unknown in newest.members[cell.key]]
    group, rules = Group.of(members, cell.figure), thresholds.of(cell.figure)
    if reason := judge(group, rules):
        yield AGAINST[reason]
    if is_item(cell.figure) and cell.cohort != ALL:
        yield Rule.ITEMS
    right = describe(group, rules) if members else {}
    yield from (rule for name, rule in FIGURES.items() if getattr(cell, name) != right.get(name))


def _rounded(cell: Cell) -> bool:
    """Whether all numbers are multiples of the weakest steps allowed."""
    steps = [(cell.organizations, FLOOR.organizations_step), (cell.mean, FLOOR.mean_step)]
    if cell.histogram is not None:
        steps += [(count, FLOOR.count_step) for count in cell.histogram.counts]
    steps += [(value, FLOOR.mean_step) for value in cell.percentiles.values() if value is not None]
    return all(value is not None and value % step == 0 for value, step in steps)


def _renewed(
    cell: Cell,
    newest: ReleaseCells,
    earlier: Sequence[ReleaseCells],
    changed_in: Callable[[frozenset[Unknown], frozenset[Unknown]], tuple[int, int]],
    thresholds: Thresholds,
) -> bool:
    """Whether the cell is its last value carried, or has a new one after enough changes (R3)."""
    last = last_value(cell.key, earlier)
    if cell.status is Status.CARRIED:
        return (
            last is not None
            and _same(cell, last.cell)
            and (newest.members[cell.key] == last.members)
        )
    if last is None:
        return True
    organizations, from_networks = changed_in(newest.members[cell.key], last.members)
    return (
        organizations >= thresholds.changed_organizations
        and from_networks >= thresholds.changed_networks
    )


def _same(one: Cell, other: Cell) -> bool:
    """Whether two cells show the same figures of the same release."""
    fields = (*FIGURES, "withheld_statistics", "as_of_release")
    return all(getattr(one, name) == getattr(other, name) for name in fields)
