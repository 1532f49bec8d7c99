"""The same organizations twice: what those that answered again say now, and said before.

Whoever takes part changes from release to release, so that two releases of everybody are not a
change of the same organizations. A panel has those of everybody's figures whose result is another
one than when these were last shown. Its two cells stand and fall together, in every figure; they
are never carried, for they are about one step.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from app.benchmarks.disclosure.cells import (
    Cell,
    Contribution,
    Key,
    Reason,
    ReleaseCells,
    Status,
    Unknown,
)
from app.benchmarks.disclosure.complement import People
from app.benchmarks.disclosure.figures import is_item
from app.benchmarks.disclosure.findings import Finding, Rule
from app.benchmarks.disclosure.rules import describe, judge
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import ALL

AGAIN, BEFORE = "all/again", "all/before"
"""Ids of the two cohorts, which are in no lattice: no category's id has a slash."""

PANEL = frozenset({AGAIN, BEFORE})

Sets = Mapping[str, frozenset[Unknown]]
"""By cohort, whose figures are shown."""


class Step(NamedTuple):
    """Cohorts shown now, and in the release in which everybody's were last renewed."""

    now: Sets
    then: Sets


def last_of_everybody(earlier: Sequence[ReleaseCells]) -> ReleaseCells | None:
    """The last release with new figures of everybody."""
    renewed = (
        release
        for release in reversed(earlier)
        if any(one.cohort == ALL and one.status is Status.PUBLISHED for one in release.cells)
    )
    return next(renewed, None)


def answered_again(
    contributions: Sequence[Contribution], last: ReleaseCells | None
) -> list[Contribution]:
    """The contributions, those of a panel with the result that counted ``before``.

    Who is to be forgotten is in none: no further release may tell of its earlier result.
    """
    if last is None:
        return [replace(one, before=None) for one in contributions]
    counted = frozenset[Unknown]().union(*_sets(last, {ALL}).values())
    then = {
        one.organization: one.unknown
        for one in last.contributions
        if one.unknown in counted and not one.forgotten
    }
    return [
        replace(one, before=before)
        if (before := then.get(one.organization)) not in {None, one.unknown}
        else replace(one, before=None)
        for one in contributions
    ]


def members_of(cohort: str, contributions: Sequence[Contribution]) -> frozenset[Unknown]:
    """Who is in one of the two cohorts."""
    if cohort == AGAIN:
        return frozenset(one.unknown for one in contributions if one.before is not None)
    return frozenset(one.before for one in contributions if one.before is not None)


@dataclass(frozen=True, slots=True)
class Panel:
    """Those that answered again since the ``last`` release with new figures of everybody."""

    contributions: Sequence[Contribution]
    earlier: Sequence[ReleaseCells]
    last: ReleaseCells
    people: People
    figures: Sequence[str]
    thresholds: Thresholds

    def cells(self, number: int, now: Sets, withhold: Collection[Key]) -> Iterator[Cell]:
        """Its cells in release ``number``, all shown or none.

        ``now`` has the shown cohorts, of everybody only if its figures are new; ``withhold`` names
        cells that a gate found at fault.
        """
        reason = self._why_not(Step(now, _sets(self.last, _but_panels(self.last))))
        if any(key.cohort in PANEL for key in withhold):
            reason = Reason.RELEASE_GATE
        for cohort in (AGAIN, BEFORE):
            groups = () if reason else self.people.groups([*members_of(cohort, self.contributions)])
            for place, figure in enumerate(self.figures):
                if reason:
                    yield Cell(cohort, figure, Status.WITHHELD, reason)
                else:
                    shown = describe(groups[place], self.thresholds)
                    yield Cell(cohort, figure, Status.PUBLISHED, as_of_release=number, **shown)

    def _why_not(self, step: Step) -> Reason | None:
        """Why it may not be shown, if it may not.

        Neither half, nor what is left of any shown cohort without it, nor those of everybody that
        came or went, nor what is different from a half of an earlier panel may be less than a cell.
        """
        if ALL not in step.now:
            return Reason.TOO_FEW_CHANGES
        halves = {cohort: members_of(cohort, self.contributions) for cohort in (AGAIN, BEFORE)}
        for half in halves.values():
            for group in self.people.groups([*half]):
                if reason := judge(group, self.thresholds):
                    return reason
        few = self.thresholds.organizations_for_mean
        known = [one for release in self.earlier for one in _sets(release, PANEL).values()]
        numbers = {len(half ^ one) for one in known for half in halves.values()}
        numbers.add(len(moved(halves, step)))
        if any(0 < number < few for number in numbers):
            return Reason.COMPLEMENTARY
        return Reason.COMPLEMENTARY if any(map(self._is_unfit, _left(halves, step))) else None

    def _is_unfit(self, who: frozenset[Unknown]) -> bool:
        """Whether these may not be shown as a cell."""
        if len(who) < self.thresholds.organizations_for_mean:
            return True
        groups = (one for one in self.people.groups([*who]) if not np.isnan(one.scores).any())
        return any(judge(one, self.thresholds) for one in groups)


def _left(halves: Sets, step: Step) -> Iterator[frozenset[Unknown]]:
    """What subtraction leaves of a half and a cohort, the one inside the other."""
    for half, shown in ((halves[AGAIN], step.now), (halves[BEFORE], step.then)):
        for cohort in shown.values():
            if half < cohort or cohort < half:
                yield half ^ cohort


def moved(halves: Sets, step: Step) -> frozenset[str]:
    """Organizations that joined or left everybody: what all four means together are about."""
    now = {one.organization for one in step.now[ALL] - halves[AGAIN]}
    then = {one.organization for one in step.then[ALL] - halves[BEFORE]}
    return frozenset(now ^ then)


def of_few(history: Sequence[ReleaseCells], thresholds: Thresholds) -> Iterator[Finding]:
    """Panels of the newest release that tell, with everybody then and now, of too few that moved.

    Or halves that are not of the same organizations, or not in everybody.
    """
    *earlier, newest = history
    halves = _sets(newest, PANEL)
    if not halves:
        return
    last = last_of_everybody(earlier)
    everybody = _sets(newest, {ALL}).get(ALL, frozenset())
    before = {} if last is None else _sets(last, {ALL})
    again, then = halves.get(AGAIN, frozenset()), halves.get(BEFORE, frozenset())
    paired = {one.organization for one in again} == {one.organization for one in then}
    inside = again <= everybody and then <= before.get(ALL, frozenset())
    few = -1
    if paired and inside:
        few = len(moved(halves, Step({ALL: everybody}, before)))
        if not 0 < few < thresholds.organizations_for_mean:
            return
    for key, members in newest.members.items():
        if key.cohort in PANEL:
            number = len(members)
            yield Finding(Rule.DIFFERENCE, newest.number, *key, number, max(few, 0) or number)


def _sets(release: ReleaseCells, cohorts: Collection[str]) -> dict[str, frozenset[Unknown]]:
    """Who is in the shown ones of these; all figures of a cohort have the same members."""
    return {
        key.cohort: members
        for key, members in release.members.items()
        if key.cohort in cohorts and not is_item(key.figure)
    }


def _but_panels(release: ReleaseCells) -> frozenset[str]:
    return frozenset(key.cohort for key in release.members) - PANEL
