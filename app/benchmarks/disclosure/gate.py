"""The release gate (2d): what all releases together give away, before the newest is published.

Steps: the newest release's cells against R3 to R7; exact determination, as though nothing had ever
been rounded, with no insider knowledge and with that of each of the largest networks; the same
knowledge against widths over means, for every score; and widths over means and histograms together,
for all that swaps prove and for a seeded sample of the others, or for all of these. Figures are
taken one by one: that an overall score is the mean of sections tells nothing new as long as a
cohort's figures are all shown, about the same members, which is looked at; so it is with sections
and items. This attacker does not
use that scores change little between periods.

No step has a time limit. A program without an optimum, or scores that do not give what is
published, refuse the release.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from app.benchmarks.disclosure.arrays import Ints
from app.benchmarks.disclosure.attacks import (
    ENOUGH,
    Tally,
    determine,
    narrow_by_all,
    narrow_by_means,
)
from app.benchmarks.disclosure.cells import ReleaseCells
from app.benchmarks.disclosure.changes import networks_of
from app.benchmarks.disclosure.findings import Finding, GateReport, Rule
from app.benchmarks.disclosure.knowledge import NOBODY, Case
from app.benchmarks.disclosure.panel import of_few
from app.benchmarks.disclosure.recheck import differences, recheck
from app.benchmarks.disclosure.system import System, stack
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.disclosure.together import apart, beside

JOINT_TARGETS = 12
"""Scores tried by programs with means and histograms together, unless more or all are asked for."""


def gate(
    history: Sequence[ReleaseCells],
    thresholds: Thresholds,
    *,
    joint_targets: int | None = JOINT_TARGETS,
) -> GateReport:
    """Judge the newest of all releases, oldest first, the new one included.

    ``joint_targets`` is how many classes that swaps do not prove to be wide to look at by programs
    with histograms; ``None`` means all of them.

    Raises:
        KeyError: a shown cell has no members, or a member no contribution in any release.
        ValueError: there is no release.
    """
    if not history:
        raise ValueError("a gate needs a release")
    systems, newest = stack(history), history[-1].number
    networks = _largest_networks(history, thresholds)
    cases = list(_cases(systems, history, networks))
    findings = recheck(history, thresholds) + differences(systems, newest, thresholds)
    findings += [*apart(history[-1]), *beside(history, thresholds), *of_few(history, thresholds)]
    findings += _inconsistent(systems)
    tally = Tally()
    determine(cases, tally)
    complete = not (findings or tally.at_fault)
    if complete:
        narrow_by_means(cases, tally, thresholds.gate_width)
        new = [case for case in cases if _is_new(case, newest)]
        narrow_by_all(new, tally, thresholds.gate_width, joint_targets)
        complete = tally.narrow < ENOUGH
    findings += tally.findings()
    unknowns = {unknown for system in systems for unknown in system.unknowns}
    return GateReport(
        passed=not findings,
        releases=len(history),
        organizations=len({unknown.organization for unknown in unknowns}),
        unknowns=sum(len(system.unknowns) for system in systems),
        cells=sum(len(system.rows) for system in systems),
        networks_tried=len(networks),
        exactly_determined=tally.determined,
        exactly_determined_unrounded=tally.determined_unrounded,
        checked=tally.means.number,
        min_width=tally.means.least,
        method=dict(tally.method),
        joint_checked=tally.joint.number,
        joint_min_width=tally.joint.least,
        joint_complete=complete and not tally.joint_left,
        complete=complete,
        findings=tuple(findings),
    )


def _largest_networks(history: Sequence[ReleaseCells], thresholds: Thresholds) -> list[str]:
    """The networks to try as insiders, the largest first; of two organizations at least.

    Whose an erased score was is not known any more: it is a network of its own.
    """
    owned = {(c.network, c.organization) for release in history for c in release.contributions}
    sizes = Counter(network for network, _ in owned)
    ranked = sorted((name for name in sizes if sizes[name] > 1), key=lambda n: (-sizes[n], n))
    return ranked[: int(thresholds.gate_networks)]


def _cases(
    systems: Sequence[System], history: Sequence[ReleaseCells], networks: Sequence[str]
) -> Iterator[Case]:
    """Each system with each insider that has a score in it; without any first."""
    owned: dict[str, set[str]] = {}
    for unknown, network in networks_of(history).items():
        if network is not None:
            owned.setdefault(network, set()).add(unknown.organization)
    names: dict[int, Ints] = {}
    codes: dict[str, int] = {}
    for insider in (NOBODY, *networks):
        mine = np.array([codes.setdefault(one, len(codes)) for one in owned.get(insider, ())])
        for system in systems:
            unknowns = system.unknowns
            if id(unknowns) not in names:
                who = [codes.setdefault(one.organization, len(codes)) for one in unknowns]
                names[id(unknowns)] = np.array(who)
            known = np.isin(names[id(unknowns)], mine)
            if insider == NOBODY or known.any():
                yield Case(system, insider, known)


def _is_new(case: Case, newest: int) -> bool:
    """Whether the newest release says anything about the system."""
    return any(row.release == newest for row in case.system.rows)


def _inconsistent(systems: Sequence[System]) -> Iterator[Finding]:
    """Cells that the true scores do not give: then no proof from them holds."""
    for system in systems:
        for i in system.violated():
            row = system.rows[int(i)]
            number = len(row.members)
            yield Finding(Rule.INCONSISTENT, *row.name, number, number)
