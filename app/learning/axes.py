"""Where things are on a drawn chart: scales, round ticks, wrapped lines. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

CHARACTER = 0.56
"""Width of a letter beside the height of its font, on average, and rather too wide."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From a number to a place on the page, in pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place; a range of nothing is in the middle."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``, at most about ``most``.

    Args:
        low: the least that is drawn.
        high: the most; more than or equal to ``low``.
        most: how many there is room for, from two.
    """
    if high == low:
        high = low + (abs(low) or 1)
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** floor(log10(rough))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def wrap(text: str, width: float, size: float) -> list[str]:
    """A text in lines that fit a width in pixels; a word that does not is a line by itself."""
    most = max(int(width / (size * CHARACTER)), 8)
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def spaced(places: Sequence[float], widths: Sequence[float]) -> list[int]:
    """Which labels are shown so that none touches another: every one, every second, every third.

    Args:
        places: their middles in pixels, ascending.
        widths: their widths in pixels.
    """
    if not places:
        return []
    room = max(widths) + 10
    for every in (*range(1, 13), 15, 18, 20, 24, 30, 36, 48, 60, 100, 200, 500):
        shown = list(range(0, len(places), every))
        if all(places[after] - places[before] >= room for before, after in pairwise(shown)):
            return shown
    return [0]
