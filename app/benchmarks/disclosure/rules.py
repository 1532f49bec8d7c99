"""The rules for one cell: whether it may be shown (R4, R5, R6), and its figures if so.

Every organization weighs the same, however many answered in it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

from app.benchmarks.disclosure.cells import Contribution, Histogram, Reason
from app.benchmarks.disclosure.percentiles import percentiles, round_to
from app.benchmarks.disclosure.thresholds import TOP, Thresholds

BANDS = ((50, "50+"), (20, "20-49"), (10, "10-19"), (5, "5-9"))
"""The number of networks is shown as the first band whose start it reaches."""


def judge(
    contributions: Sequence[Contribution], figure: str, thresholds: Thresholds
) -> Reason | None:
    """Why a cell of these contributions must be withheld, if it must.

    Sources: R4 (organizations for a mean), R5 (networks), R6 (a group that answers alike).
    """
    if len(contributions) < thresholds.organizations_for_mean:
        return Reason.TOO_FEW_ORGANIZATIONS
    sizes = Counter(c.network for c in contributions)
    if len(sizes) < thresholds.networks:
        return Reason.TOO_FEW_NETWORKS
    if _dominated(sizes, thresholds) or _dominated_in_value(contributions, figure, thresholds):
        return Reason.NETWORK_DOMINANCE
    scores = [c.scores[figure] for c in contributions]
    return Reason.GROUP_DISCLOSURE if alike(scores, thresholds) else None


def _dominated(sizes: Counter[str], thresholds: Thresholds) -> bool:
    """Whether one network has too large a part of the organizations, or the others too few."""
    [(_, largest)] = sizes.most_common(1)
    total = sizes.total()
    return (
        largest > thresholds.largest_network_share * total
        or total - largest < thresholds.outside_largest_network
    )


def _dominated_in_value(
    contributions: Sequence[Contribution], figure: str, thresholds: Thresholds
) -> bool:
    """Whether ACRO's (n, k) or p-ratio rule finds the cell dominated by networks' totals.

    In numbers of organizations both follow from the largest network's share. So they are checked
    on networks' sums of scores, and, as the scale has two ends, also of what is missing to 100.
    """
    for values in (
        [(c.network, c.scores[figure]) for c in contributions],
        [(c.network, TOP - c.scores[figure]) for c in contributions],
    ):
        parts: dict[str, list[float]] = {}
        for network, value in values:
            parts.setdefault(network, []).append(value)
        first, second, *others = sorted(map(fsum, parts.values()), reverse=True)
        rest = fsum(others)
        if first + second > thresholds.two_networks_share * (first + second + rest):
            return True
        if rest < thresholds.p_ratio * first:
            return True
    return False


def alike(scores: Sequence[float], thresholds: Thresholds) -> bool:
    """Whether a mean or histogram of these would tell the answer of practically everybody (R6)."""
    mean, margin = fsum(scores) / len(scores), thresholds.end_margin
    if not margin <= mean <= TOP - margin:
        return True
    width = thresholds.bin_width(len(scores))
    if width is None:
        return False
    return max(count(scores, edges_of(width))) > thresholds.uniform_share * len(scores)


def edges_of(width: float) -> tuple[float, ...]:
    """Edges of the histogram with bins of that width, from 0 to 100."""
    return tuple(width * i for i in range(round(TOP / width) + 1))


def count(scores: Sequence[float], edges: Sequence[float]) -> list[int]:
    """How many scores are in each bin; a bin holds its lower edge, the last one both."""
    last = len(edges) - 2
    found = Counter(min(bisect_right(edges, score) - 1, last) for score in scores)
    return [found[i] for i in range(last + 1)]


def networks_band(networks: int) -> str | None:
    """The band that number of networks is shown as."""
    return next((name for start, name in BANDS if networks >= start), None)


def describe(
    contributions: Sequence[Contribution], figure: str, thresholds: Thresholds
) -> Mapping[str, Any]:
    """The figures of a cell that may be shown: fields of ``Cell`` by name (R4, R6, R7)."""
    scores = [c.scores[figure] for c in contributions]
    width = thresholds.bin_width(len(scores))
    shown = int(round_to(len(scores), thresholds.organizations_step))
    histogram = _histogram(scores, width, thresholds) if width else None
    values, reasons = percentiles(histogram, shown, thresholds)
    if histogram is None:
        reasons = {"histogram": Reason.TOO_FEW_ORGANIZATIONS, **reasons}
    return {
        "organizations": shown,
        "networks": networks_band(len({c.network for c in contributions})),
        "mean": round_to(fsum(scores) / len(scores), thresholds.mean_step),
        "histogram": histogram,
        "percentiles": values,
        "withheld_statistics": reasons,
    }


def _histogram(scores: Sequence[float], width: float, thresholds: Thresholds) -> Histogram:
    edges, step = edges_of(width), thresholds.count_step
    return Histogram(edges, tuple(int(round_to(n, step)) for n in count(scores, edges)))
