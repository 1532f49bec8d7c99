"""A second implementation, written from the sources alone, in whole arrays where the first loops.

Takes the values of one phase without gaps, and how many of them fix the limits. Sources: Wheeler,
*Understanding Variation* (XmR); Montgomery, *Introduction to Statistical Quality Control* (xbar,
s, p, c, u); Laney (2002), Qual Eng 14:531-537; Benneyan (2001), Health Care Manag Sci 4:305-318;
Nelson (1994), J Qual Technol 26:237-239; Anhøj & Olesen (2014), PLoS ONE 9:e113825.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[np.float64]


class Lines(NamedTuple):
    centre: Array
    lower: Array
    upper: Array


def flat(centre: float, lower: float, upper: float, like: Array) -> Lines:
    return Lines(*(np.full(like.shape, one) for one in (centre, lower, upper)))


def individuals(x: Array, base: int) -> Lines:
    width = 2.66 * np.abs(np.diff(x[:base])).mean()
    middle = x[:base].mean()
    return flat(middle, middle - width, middle + width, x)


def times(x: Array, base: int) -> Lines:
    turned = individuals(x ** (1 / 3.6), base)
    return Lines(*(np.clip(line, 0, None) ** 3.6 for line in turned))


def counts(x: Array, base: int) -> Lines:
    m = x[:base].mean()
    return flat(m, max(0, m - 3 * np.sqrt(m)), m + 3 * np.sqrt(m), x)


def between(x: Array, base: int) -> Lines:
    m = x[:base].mean()
    sigma = np.sqrt(m * (m + 1))
    return flat(float(np.median(x[:base])), max(0, m - 3 * sigma), m + 3 * sigma, x)


def rates(over: Array, under: Array, base: int, *, proportion: bool, prime: bool) -> Lines:
    r = over[:base].sum() / under[:base].sum()
    sigma = np.sqrt((r * (1 - r) if proportion else r) / under)
    if prime:
        z = (over / under - r)[:base] / sigma[:base]
        sigma = sigma * np.abs(np.diff(z)).mean() / 1.128
    top = 1 if proportion else np.inf
    return Lines(
        np.full(over.shape, r), np.clip(r - 3 * sigma, 0, None), np.clip(r + 3 * sigma, None, top)
    )


def c4(n: Array) -> Array:
    """By Gauss: the mean of a chi variable over the root of its degrees of freedom."""
    made: Array = stats.chi.mean(n - 1) / np.sqrt(n - 1)
    return made


def samples(groups: list[list[float]], base: int, *, spread: bool) -> Lines:
    n = np.array([len(group) for group in groups], dtype=np.float64)
    means = np.array([np.mean(group) for group in groups])
    sds = np.array([np.std(group, ddof=1) for group in groups])
    pooled = np.sqrt(((n - 1) * sds**2)[:base].sum() / (n - 1)[:base].sum())
    s = sds[:base].mean() if len(set(n[:base])) == 1 else pooled
    if spread:
        relative = 3 * np.sqrt(1 / c4(n) ** 2 - 1)
        return Lines(np.full(n.shape, s), s * np.clip(1 - relative, 0, None), s * (1 + relative))
    grand = np.average(means[:base], weights=n[:base])
    width = 3 * s / (c4(n) * np.sqrt(n))
    return Lines(np.full(n.shape, grand), grand - width, grand + width)


def run(x: Array, base: int) -> Lines:
    middle = float(np.median(x[:base]))
    return flat(middle, np.nan, np.nan, x)


class Anhoej(NamedTuple):
    useful: int
    longest: int
    crossings: int
    signal: bool


def anhoej(x: Array, centre: float) -> Anhoej:
    """Runs by splitting where the sign changes, limits from scipy."""
    signs = np.sign(np.where(np.isclose(x, centre, rtol=1e-12), 0, x - centre))
    signs = signs[signs != 0]
    turns = np.flatnonzero(np.diff(signs))
    lengths = np.diff(np.concatenate([[-1], turns, [len(signs) - 1]]))
    longest = int(lengths.max()) if len(signs) else 0
    n = len(signs)
    if n < 10:
        return Anhoej(n, longest, len(turns), signal=False)
    few = len(turns) < stats.binom.ppf(0.05, n - 1, 0.5)
    return Anhoej(n, longest, len(turns), bool(longest > round(np.log2(n) + 3) or few))


def lines(kind: str, given: dict[str, Any], base: int) -> Lines:
    """The lines of a chart, by its kind; `given` as in the golden file."""
    if kind in {"xbar", "s"}:
        return samples(given["samples"], base, spread=kind == "s")
    if kind in {"p", "p_prime", "u", "u_prime"}:
        over, under = (np.array(given[one], dtype=np.float64) for one in ("over", "under"))
        return rates(over, under, base, proportion=kind[0] == "p", prime="prime" in kind)
    made = {"run": run, "i": individuals, "t": times, "c": counts, "g": between}[kind]
    return made(np.array(given["values"], dtype=np.float64), base)
