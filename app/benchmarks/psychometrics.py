"""How well an instrument measured in a release: by the rules that its cells are under. Pure.

Measures are not sums of scores, so the gate's programs cannot take them in. Instead they are new
only where the figure of all organizations is, of a hundred organizations or more, and coarse.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.benchmarks.disclosure.arrays import Floats
from app.benchmarks.disclosure.cells import (
    Contribution,
    Histogram,
    Key,
    Reason,
    ReleaseCells,
    Status,
    Unknown,
    share_of,
)
from app.benchmarks.disclosure.percentiles import QUARTILES, percentiles, round_to
from app.benchmarks.disclosure.rules import count, edges_of
from app.benchmarks.disclosure.thresholds import TOP, Thresholds
from app.benchmarks.lattice import ALL
from app.benchmarks.measuring import Measured
from app.scoring.agreement import MIN_LEVELS
from app.scoring.sums import ItemMeasure, Scale

DIGITS = 2
"""Of coefficients: finer than that they say more of these organizations than of the instrument."""

RESPONDENTS_STEP = 50
"""The number of respondents is rounded to a multiple of this: that of one team does not show."""

NOT_DEFINED = "not_defined"
"""The reason where a formula has no value: one item, or nothing varies."""

Body = Mapping[str, Any]
Counted = Sequence[tuple[Contribution, int]]
Before = Sequence[frozenset[Unknown]]


def measures_of(
    measured: Measured | None,
    cells: ReleaseCells,
    earlier: Sequence[ReleaseCells],
    before: Sequence[Body],
    thresholds: Thresholds,
) -> Body:
    """The measures that go with a release's cells of one instrument version.

    Args:
        measured: sums over those that count now; none if nobody answered alone.
        cells: the release's.
        earlier: the cells of the releases before, oldest first.
        before: their measures, oldest first; none of those from before there were any.
        thresholds: that the release is built by.
    """
    whole = cells.find(Key(ALL, "overall"))
    if whole is None or not whole.shown:
        return withheld(whole.reason if whole and whole.reason else Reason.TOO_FEW_ORGANIZATIONS)
    last = next((one for one in reversed(before) if one["status"] != Status.WITHHELD), None)
    if whole.status is Status.PUBLISHED and whole.as_of_release == cells.number:
        counted = measured.counted if measured else []
        if reason := judge(counted, thresholds):
            return withheld(reason)
        then = _counted_before(earlier, before)
        if measured and _changed(counted, then, thresholds):
            return _new(measured, cells.number, then, thresholds)
    if last is None or any(one.forgotten for one in _counted_then(last, earlier)):
        return withheld(Reason.TOO_FEW_CHANGES)
    return {**last, "status": str(Status.CARRIED), "reason": str(Reason.TOO_FEW_CHANGES)}


def judge(counted: Counted, thresholds: Thresholds) -> Reason | None:
    """Why measures over these organizations' respondents must be withheld, if they must.

    Respondents weigh alike, so no network may have too large a share of these either.
    """
    organizations, respondents = Counter[str](), Counter[str]()
    for contribution, number in counted:
        organizations[contribution.network] += 1
        respondents[contribution.network] += number
    total = organizations.total()
    if total < max(thresholds.organizations_for_items, thresholds.organizations_for_mean):
        return Reason.TOO_FEW_ORGANIZATIONS
    if len(organizations) < thresholds.networks:
        return Reason.TOO_FEW_NETWORKS
    largest, share = max(organizations.values()), thresholds.largest_network_share
    if (
        largest > share * total
        or total - largest < thresholds.outside_largest_network
        or max(respondents.values()) > share * respondents.total()
    ):
        return Reason.NETWORK_DOMINANCE
    return None


def _counted_then(last: Body, earlier: Sequence[ReleaseCells]) -> Sequence[Contribution]:
    """Who may be in measures as of a release before."""
    return [
        one
        for release in earlier
        if release.number == last["as_of_release"]
        for one in release.contributions
    ]


def _counted_before(earlier: Sequence[ReleaseCells], before: Sequence[Body]) -> Before:
    """Who may be in the measures of each release that had new ones."""
    shown = {one["as_of_release"]: one for one in before if one["status"] != Status.WITHHELD}
    return [frozenset(c.unknown for c in _counted_then(one, earlier)) for one in shown.values()]


def _changed(counted: Counted, before: Before, thresholds: Thresholds) -> bool:
    """Whether enough is new beside all that was shown (R3); who has left is not even counted.

    Beside the last alone would not do: what comes back after a while may differ by one
    organization from what was shown long ago.
    """
    for then in before:
        new = [one for one, _ in counted if one.unknown not in then]
        if (
            len({one.organization for one in new}) < thresholds.changed_organizations
            or len({one.network for one in new}) < thresholds.changed_networks
        ):
            return False
    return True


def withheld(reason: Reason) -> Body:
    """Measures that are not shown."""
    return {
        "status": str(Status.WITHHELD),
        "reason": str(reason),
        "as_of_release": None,
        "organizations": None,
        "respondents": None,
        "scales": [],
        "items": [],
    }


def _new(measured: Measured, number: int, before: Before, thresholds: Thresholds) -> Body:
    sums, counted = measured.sums, measured.counted
    several = _of_several([one for one in counted if one[1] >= MIN_LEVELS], before, thresholds)
    return {
        "status": str(Status.PUBLISHED),
        "reason": None,
        "as_of_release": number,
        "organizations": int(round_to(len(counted), thresholds.organizations_step)),
        "respondents": int(round_to(sums.respondents, RESPONDENTS_STEP)),
        "scales": [_scale(one, several, thresholds) for one in sums.scales()],
        "items": [_item(one) for one in sums.items()],
    }


def _of_several(counted: Counted, before: Before, thresholds: Thresholds) -> Reason | None:
    """Why what is about variance within teams must be withheld: it is of teams of two or more."""
    if reason := judge(counted, thresholds):
        return reason
    return None if _changed(counted, before, thresholds) else Reason.TOO_FEW_CHANGES


def _scale(scale: Scale, several: Reason | None, thresholds: Thresholds) -> Body:
    alike = several
    if alike is None and scale.icc and scale.icc.icc1 > thresholds.uniform_share:
        alike = Reason.GROUP_DISCLOSURE  # within their teams practically all say the same
    icc = scale.icc if alike is None else None
    values = {
        "cronbach_alpha": scale.alpha,
        "icc1": icc.icc1 if icc else None,
        "icc2": icc.icc2 if icc else None,
    }
    quartiles, reasons = _quartiles(scale.rwg_j, several, thresholds)
    missing = {name: NOT_DEFINED for name, value in values.items() if value is None}
    if alike is not None:
        missing |= dict.fromkeys(("icc1", "icc2"), str(alike))
    return {
        "section": scale.code,
        "items": scale.items,
        **{name: _rounded(value) for name, value in values.items()},
        "rwg_j": quartiles,
        "withheld_statistics": missing | reasons,
    }


def _item(item: ItemMeasure) -> Body:
    return {
        "item": item.code,
        "section": item.section,
        "item_rest": _rounded(item.item_rest),
        "ceiling_share": share_of(item.ceiling),
        "floor_share": share_of(item.floor),
        "withheld_statistics": {} if item.item_rest is not None else {"item_rest": NOT_DEFINED},
    }


def _quartiles(
    values: Floats, several: Reason | None, thresholds: Thresholds
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Of the teams' rwg(j), read from a rounded histogram (R7), and why they are not told."""
    none: dict[str, float | None] = dict.fromkeys(QUARTILES)
    edges, step = edges_of(thresholds.middle_bin), thresholds.count_step
    counts = count(np.asarray(TOP * values), edges) if several is None else []
    if counts and max(counts) > thresholds.uniform_share * len(values):
        several = Reason.GROUP_DISCLOSURE
    if several is not None:
        return none, {"rwg_j": str(several)}
    histogram = Histogram(edges, tuple(int(round_to(one, step)) for one in counts))
    shown = int(round_to(len(values), thresholds.organizations_step))
    found, _ = percentiles(histogram, shown, thresholds)
    if found["p50"] is None:
        return none, {"rwg_j": str(Reason.HISTOGRAM_TOO_ROUGH)}
    return {name: _rounded((found[name] or 0.0) / TOP) for name in QUARTILES}, {}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS) + 0.0
