"""The rules for one cell: whether it may be shown (R4, R5, R6), and its figures if so.

Every organization weighs the same, however many answered in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, Self

import numpy as np

from app.benchmarks.disclosure.arrays import Floats, Ints
from app.benchmarks.disclosure.cells import Contribution, Histogram, Reason
from app.benchmarks.disclosure.percentiles import percentiles, round_to
from app.benchmarks.disclosure.thresholds import TOP, Thresholds

BANDS = ((50, "50+"), (20, "20-49"), (10, "10-19"), (5, "5-9"))
"""The number of networks is shown as the first band whose start it reaches."""


@dataclass(frozen=True, slots=True)
class Group:
    """The scores of a figure in a cohort (0 to 100), and a number for each one's network."""

    scores: Floats
    networks: Ints

    @classmethod
    def of(cls, contributions: Sequence[Contribution], figure: str) -> Self:
        """Those of contributions that all have a score."""
        names = {name: number for number, name in enumerate({c.network for c in contributions})}
        return cls(
            np.array([c.scores[figure] for c in contributions], dtype=np.float64),
            np.array([names[c.network] for c in contributions], dtype=np.int64),
        )

    @property
    def mean(self) -> float:
        """The same to the last digit in whatever order they come."""
        return fsum(self.scores.tolist()) / len(self.scores)

    def by_network(self, values: Floats | None = None) -> Floats:
        """How many are of each network, or the sum of values of its organizations."""
        sums = np.bincount(self.networks, weights=values)
        return np.asarray(sums[np.bincount(self.networks) > 0], dtype=np.float64)


def judge(group: Group, thresholds: Thresholds) -> Reason | None:
    """Why a cell of these scores must be withheld, if it must.

    Sources: R4 (organizations for a mean), R5 (networks), R6 (a group that answers alike).
    """
    total = len(group.scores)
    if total < thresholds.organizations_for_mean:
        return Reason.TOO_FEW_ORGANIZATIONS
    sizes = group.by_network()
    if len(sizes) < thresholds.networks:
        return Reason.TOO_FEW_NETWORKS
    largest = sizes.max()
    if (
        largest > thresholds.largest_network_share * total
        or total - largest < thresholds.outside_largest_network
        or _dominated_in_value(group, thresholds)
    ):
        return Reason.NETWORK_DOMINANCE
    return Reason.GROUP_DISCLOSURE if alike(group, thresholds) else None


def _dominated_in_value(group: Group, thresholds: Thresholds) -> bool:
    """Whether ACRO's (n, k) or p-ratio rule finds the cell dominated by networks' totals.

    In numbers of organizations both follow from the largest network's share. So they are checked
    on networks' sums of scores, and, as the scale has two ends, also of what is missing to 100.
    """
    for values in (group.scores, TOP - group.scores):
        *others, second, first = np.sort(group.by_network(values)).tolist()
        rest = fsum(others)
        if first + second > thresholds.two_networks_share * (first + second + rest):
            return True
        if rest < thresholds.p_ratio * first:
            return True
    return False


def alike(group: Group, thresholds: Thresholds) -> bool:
    """Whether a mean or histogram of these would tell the answer of practically everybody (R6)."""
    margin = thresholds.end_margin
    if not margin <= group.mean <= TOP - margin:
        return True
    width = thresholds.bin_width(len(group.scores))
    if width is None:
        return False
    largest = max(count(group.scores, edges_of(width)))
    return largest > thresholds.uniform_share * len(group.scores)


def edges_of(width: float) -> tuple[float, ...]:
    """Edges of the histogram with bins of that width, from 0 to 100."""
    return tuple(width * i for i in range(round(TOP / width) + 1))


def count(scores: Floats, edges: Sequence[float]) -> list[int]:
    """How many scores are in each bin; a bin holds its lower edge, the last one both."""
    bins = len(edges) - 1
    found = np.minimum(np.searchsorted(edges, scores, side="right") - 1, bins - 1)
    return [int(number) for number in np.bincount(found, minlength=bins)]


def networks_band(networks: int) -> str | None:
    """The band that number of networks is shown as."""
    return next((name for start, name in BANDS if networks >= start), None)


def describe(group: Group, thresholds: Thresholds) -> Mapping[str, Any]:
    """The figures of a cell that may be shown: fields of ``Cell`` by name (R4, R6, R7)."""
    number = len(group.scores)
    width = thresholds.bin_width(number)
    shown = int(round_to(number, thresholds.organizations_step))
    histogram = _histogram(group.scores, width, thresholds) if width else None
    values, reasons = percentiles(histogram, shown, thresholds)
    if histogram is None:
        reasons = {"histogram": Reason.TOO_FEW_ORGANIZATIONS, **reasons}
    return {
        "organizations": shown,
        "networks": networks_band(len(group.by_network())),
        "mean": round_to(group.mean, thresholds.mean_step),
        "histogram": histogram,
        "percentiles": values,
        "withheld_statistics": reasons,
    }


def _histogram(scores: Floats, width: float, thresholds: Thresholds) -> Histogram:
    edges, step = edges_of(width), thresholds.count_step
    return Histogram(edges, tuple(int(round_to(n, step)) for n in count(scores, edges)))
