"""How selective the sample behind a release is, in bands: what members are told of it. Pure.

A band is told of exactly those that a cell is about, and a new one exactly when that cell is new.
So it says nothing of fewer organizations than the cells do: two bands, of nested cohorts or of two
releases, are of the members of two shown cells, which R3 and the complementary rule keep ten
organizations apart, and the gate watches. An organization that is to be forgotten takes carried
bands away with the cells.

Someone who knows who is in each cohort, and the answers of one network, still learns from a band
only what it says of all others together: above the lowest one it takes flagged answers in three
networks, so that no one's are told to one or two others. What is under 5 % and what comes of fewer
than three networks is one word.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import fsum
from typing import Any

from app.benchmarks.blinded import Locked
from app.benchmarks.disclosure.cells import Key, ReleaseCells, Status
from app.benchmarks.disclosure.panel import PANEL
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


def band_of(share: float, networks: int) -> Band:
    """The band of a share from 0 to 1 that is made by so many networks; ends belong upwards."""
    if share < 0.05 or networks < FEW:  # noqa: PLR2004 - the bands say it
        return Band.UNDER_5_OR_FEW
    if share < 0.10:  # noqa: PLR2004
        return Band.FROM_5
    return Band.FROM_10 if share <= 0.20 else Band.OVER_20  # noqa: PLR2004


def bands_of(
    cells: ReleaseCells,
    measured: Measured | None,
    locked: Locked | None,
    before: Mapping[int, Body],
) -> Body:
    """The bands that go with a release's cells of one instrument version.

    Args:
        cells: the release's.
        measured: what the answers of those that count now look like; none if none stand.
        locked: who has a locked result now.
        before: by release, the bands of releases before; none of those from before there were any.

    Returns:
        ``flagged``, by cohort with a shown overall figure the band of the mean share of flagged
        submissions over its members, and ``not_taking_part``, the band of those with a locked
        result that do not take part, or none; each ``as_of_release``. One of whom no answers stand
        any more counts as having none that are flagged: who counts is who counts in the cell.
    """
    flagged: dict[str, Any] = {}
    for cell in cells.cells:
        if cell.figure != "overall" or cell.cohort in PANEL:
            continue
        if cell.as_of_release is None or not cell.shown:
            continue
        if cell.status is Status.PUBLISHED:
            band = _flagged(cells, cell.cohort, measured)
            flagged[cell.cohort] = {"band": str(band), "as_of_release": cells.number}
        elif found := before.get(cell.as_of_release, {}).get("flagged", {}).get(cell.cohort):
            flagged[cell.cohort] = found
    return {"flagged": flagged, "not_taking_part": _not_taking_part(cells, locked, before)}


def _flagged(cells: ReleaseCells, cohort: str, measured: Measured | None) -> Band:
    members = cells.members[Key(cohort, "overall")]
    flagged = measured.flagged if measured else {}
    mine = [flagged[one] for one in members & flagged.keys()]
    return band_of(fsum(one.share for one in mine) / len(members), len({m.network for m in mine}))


def _not_taking_part(
    cells: ReleaseCells, locked: Locked | None, before: Mapping[int, Body]
) -> Body | None:
    """Of everybody only: who does not take part is in no cohort, and on no list that is public."""
    whole = cells.find(Key(ALL, "overall"))
    if whole is None or not whole.shown or whole.as_of_release is None:
        return None
    if whole.status is Status.CARRIED:
        found: Body | None = before.get(whole.as_of_release, {}).get("not_taking_part")
        return found
    if locked is None:
        return None
    band = band_of(locked.share, len(locked.networks))
    return {"band": str(band), "as_of_release": cells.number}
