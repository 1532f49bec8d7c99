"""How selective the sample behind a release is, in bands: what members are told of it. Pure.

A band is told of exactly those that a cell is about, and a new one only when that cell is. Cells
alone do not keep bands far enough apart: of two cohorts that each have one member the other lacks,
different bands would name the one that is flagged. So a new band is about the members of every
other band ever told, or about so many others that no network knows all but few of them. An
organization that is to be forgotten takes bands away as it does cells.

Above the lowest band it takes flagged answers in three networks: what is under 5 % and what comes
of fewer is one word. Those that do not take part are a group of their own, of no cohort, and may be
few: of these it takes as many as a cell does.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import fsum
from typing import Any, NamedTuple

from app.benchmarks.blinded import Locked
from app.benchmarks.disclosure.cells import Key, ReleaseCells, Status, Unknown
from app.benchmarks.disclosure.changes import are_apart, forgotten_of, homes_of
from app.benchmarks.disclosure.panel import PANEL
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import ALL
from app.benchmarks.measuring import Measured

FEW = 3
"""Networks: of fewer it is not told that they make a share high (as R3 counts changes)."""

Body = Mapping[str, Any]


class Band(StrEnum):
    """A share, coarsely."""

    UNDER_5_OR_FEW = "under_5_or_few"
    FROM_5 = "5_to_10"
    FROM_10 = "10_to_20"
    OVER_20 = "over_20"


class Told(NamedTuple):
    """A band in the release in which it was new, and whom it is about."""

    release: int
    cohort: str
    body: Body
    members: frozenset[Unknown]


def band_of(share: float) -> Band:
    """The band of a share from 0 to 1; ends belong upwards."""
    if share < 0.05:  # noqa: PLR2004 - the bands say it
        return Band.UNDER_5_OR_FEW
    if share < 0.10:  # noqa: PLR2004
        return Band.FROM_5
    return Band.FROM_10 if share <= 0.20 else Band.OVER_20  # noqa: PLR2004


def bands_of(
    cells: ReleaseCells,
    measured: Measured | None,
    locked: Locked | None,
    earlier: Sequence[ReleaseCells],
    before: Mapping[int, Body],
    thresholds: Thresholds,
) -> Body:
    """The bands that go with a release's cells of one instrument version.

    Args:
        cells: the release's.
        measured: what the answers of those that count now look like; none if none stand.
        locked: who has a locked result now.
        earlier: the cells of the releases before, oldest first.
        before: by release, the bands of these; none of those from before there were any.
        thresholds: that the release is built by.

    Returns:
        ``flagged``, by cohort with a shown overall figure the band of the mean share of flagged
        submissions over its members, and ``not_taking_part``, the band of those with a locked
        result that do not take part, or none; each ``as_of_release``. One of whom no answers stand
        any more counts as having none that are flagged: who counts is who counts in the cell.
        A cohort whose new members are too near to those of another band keeps its last one.
    """
    told = _told(earlier, before)
    homes, forgotten = homes_of((*earlier, cells)), forgotten_of(earlier)
    flagged: dict[str, Body] = {}
    for cell in cells.cells:
        if cell.figure != "overall" or cell.cohort in PANEL or not cell.shown:
            continue
        members = cells.members[cell.key]
        if cell.status is Status.PUBLISHED and all(
            (one.release == cells.number and one.members == members)
            or are_apart(one.members, members, homes, thresholds)
            for one in told
        ):
            band = {"band": str(_flagged(members, measured)), "as_of_release": cells.number}
            told.append(Told(cells.number, cell.cohort, band, members))
        last = next((one for one in reversed(told) if one.cohort == cell.cohort), None)
        if last is not None and forgotten.isdisjoint(last.members):
            flagged[cell.cohort] = last.body
    return {"flagged": flagged, "not_taking_part": _not_taking_part(cells, locked, thresholds)}


def _told(earlier: Sequence[ReleaseCells], before: Mapping[int, Body]) -> list[Told]:
    """All bands there have been, oldest first."""
    return [
        Told(release.number, cohort, band, release.members[Key(cohort, "overall")])
        for release in earlier
        for cohort, band in before.get(release.number, {}).get("flagged", {}).items()
        if band["as_of_release"] == release.number
    ]


def _flagged(members: frozenset[Unknown], measured: Measured | None) -> Band:
    flagged = measured.flagged if measured else {}
    mine = [flagged[one] for one in members & flagged.keys()]
    if len({one.network for one in mine}) < FEW:
        return Band.UNDER_5_OR_FEW
    return band_of(fsum(one.share for one in mine) / len(members))


def _not_taking_part(
    cells: ReleaseCells, locked: Locked | None, thresholds: Thresholds
) -> Body | None:
    """Of everybody only: who does not take part is in no cohort, and on no list that is public.

    Never carried: who they were is not remembered, nor whether one has been erased since.
    """
    whole = cells.find(Key(ALL, "overall"))
    if whole is None or whole.status is not Status.PUBLISHED or locked is None:
        return None
    few = (
        locked.blinded < thresholds.organizations_for_mean
        or len(locked.networks) < thresholds.networks
        or locked.outside_largest_network < thresholds.outside_largest_network
    )
    band = Band.UNDER_5_OR_FEW if few else band_of(locked.share)
    return {"band": str(band), "as_of_release": cells.number}
