"""What stands and falls together, and who counts in it: else the others would tell what is left.

An overall score is the mean of sections, and a section of its items. A figure left out by itself
could be reckoned from the others; one that is about other members, less the others, is about the
difference. So a cohort's figures are shown all or none, and so are the items of a section.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256

from app.benchmarks.disclosure.cells import Cell, Contribution, Key, ReleaseCells, Unknown
from app.benchmarks.disclosure.figures import counted_in, is_item, section_of
from app.benchmarks.disclosure.findings import Finding, Rule
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import ALL


def complete(contributions: Iterable[Contribution], figures: Iterable[str]) -> list[Contribution]:
    """Those that have every figure; who lacks one counts in none.

    An overall score is the mean of the sections that have one. Were somebody in a cohort's overall
    mean and not in one of its sections, the one less the others would be about nobody else.
    """
    needed = frozenset(figures)
    return [one for one in contributions if one.scores.keys() >= needed]


def count_items(
    contributions: Sequence[Contribution], items: Iterable[str], thresholds: Thresholds
) -> list[Contribution]:
    """The contributions, marked for each section in whose items they count: who has all of these.

    A section less its items is about those that lack one. Where these are too few for a cell, some
    more are left out, whichever a hash puts first: always the same, and no one's choice.
    """
    sections: dict[str, list[str]] = {}
    for item in items:
        sections.setdefault(counted_in(item), []).append(item)
    marks = [set[str]() for _ in contributions]
    order = sorted(range(len(contributions)), key=lambda at: _lot(contributions[at]))
    for mark, mine in sections.items():
        having = [at for at in order if all(item in contributions[at].scores for item in mine)]
        lacking, enough = len(order) - len(having), int(thresholds.organizations_for_mean)
        for at in having[enough - lacking if 0 < lacking < enough else 0 :]:
            marks[at].add(mark)
    join = cache(lambda cohorts, mine: cohorts | mine)
    return [
        replace(one, cohorts=join(one.cohorts, frozenset(mine))) if mine else one
        for one, mine in zip(contributions, marks, strict=True)
    ]


def _lot(one: Contribution) -> bytes:
    return sha256(one.organization.encode()).digest()


def keys_of(
    cohorts: Iterable[str], figures: Sequence[str], items: Sequence[str]
) -> list[list[Key]]:
    """Cells that stand and fall together: each cohort's, and each section's items of everybody."""
    sections: dict[str | None, list[Key]] = {}
    for item in items:
        sections.setdefault(section_of(item), []).append(Key(ALL, item))
    return [*([Key(one, figure) for figure in figures] for one in cohorts), *sections.values()]


def apart(newest: ReleaseCells) -> Iterator[Finding]:
    """Shown cells of cohorts, or of a section's items, that are not all shown of the same members.

    The overall score is the mean of the sections: the others tell the one that is missing, and
    what is different about its members. So it is with a section and its items.
    """
    together: dict[tuple[str, str | None], list[Cell]] = {}
    for cell in newest.cells:
        together.setdefault((cell.cohort, section_of(cell.figure)), []).append(cell)
    for cells in together.values():
        if len({newest.members.get(cell.key) if cell.shown else None for cell in cells}) > 1:
            for cell in (one for one in cells if one.shown):
                yield _finding(newest, cell.key)


def beside(history: Sequence[ReleaseCells], thresholds: Thresholds) -> Iterator[Finding]:
    """Items of nearly the same members as a figure of everybody, in any two releases.

    The sections' means less those of the items would be about the few that are in the one only.
    At least one of both is in the newest release.
    """
    newest = history[-1]
    for at, release in enumerate(history):
        others = [newest] if at < len(history) - 1 else history
        for item, mine in _shown(release, items=True).items():
            for other in others:
                for whole, all_of_them in _shown(other, items=False).items():
                    nested = mine <= all_of_them or all_of_them <= mine
                    few = abs(len(mine) - len(all_of_them))
                    if nested and 0 < few < thresholds.organizations_for_mean:
                        yield _finding(newest, item if release is newest else whole)


def _shown(release: ReleaseCells, *, items: bool) -> Mapping[Key, frozenset[Unknown]]:
    """Who is in the figures of everybody, once for all of the same members."""
    found = {
        members: key
        for key, members in release.members.items()
        if key.cohort == ALL and is_item(key.figure) == items
    }
    return {key: members for members, key in found.items()}


def _finding(release: ReleaseCells, key: Key) -> Finding:
    number = len(release.members[key])
    return Finding(Rule.DIFFERENCE, release.number, *key, number, number)
