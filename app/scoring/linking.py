"""Scores of a short form in the terms of the long one. Pure.

Source: Kolen MJ, Brennan RL. Test Equating, Scaling, and Linking. 3rd ed. New York: Springer; 2014,
section 2.3 (linear linking, single group design).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev

FEWEST = 3
"""Pairs below which nothing can be said."""


@dataclass(frozen=True, slots=True)
class Linking:
    """``long = intercept + slope * short``, both 0 to 100.

    Attributes:
        intercept: points.
        slope: by which spreads of short scores become those of long ones.
        error: root mean square of what the long score is beside that, in points.
        correlation: of both scores; the short form's items are in both, so it is flattered.
        pairs: of scores that this rests on.
    """

    intercept: float
    slope: float
    error: float
    correlation: float
    pairs: int

    def linked(self, short: float) -> float:
        """A short score in the terms of the long form, within 0 to 100."""
        return min(100.0, max(0.0, self.intercept + self.slope * short))


def link(pairs: Sequence[tuple[float, float]]) -> Linking | None:
    """The line by which short scores get the mean and the spread of long ones.

    Args:
        pairs: short and long score of the same respondents, 0 to 100.

    Returns:
        None where there are fewer than three pairs, or one of the scores is always the same.
    """
    if len(pairs) < FEWEST:
        return None
    short, long = zip(*pairs, strict=True)
    spread_short, spread_long = pstdev(short), pstdev(long)
    if not spread_short or not spread_long:
        return None
    slope = spread_long / spread_short
    mean_short, mean_long = fmean(short), fmean(long)
    together = fmean((a - mean_short) * (b - mean_long) for a, b in pairs)
    intercept = mean_long - slope * mean_short
    return Linking(
        intercept,
        slope,
        sqrt(fmean((b - intercept - slope * a) ** 2 for a, b in pairs)),
        together / (spread_short * spread_long),
        len(pairs),
    )
