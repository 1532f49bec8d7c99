"""Discrete Laplace noise, exactly: whole numbers in and out, no floating point between.

After Canonne, Kamath and Steinke, *The Discrete Gaussian for Differential Privacy* (2020),
algorithms 1 and 2: every decision is a coin whose probability is a fraction. Pure: the randomness
is an argument.
"""

from collections.abc import Callable
from fractions import Fraction

Below = Callable[[int], int]
"""A whole number from 0 to one less than is given, each as likely; the service's is the operating
system's (``secrets.randbelow``)."""


def flip(numerator: int, denominator: int, below: Below) -> bool:
    """True with probability exp(-numerator / denominator).

    Args:
        numerator: 0 or more.
        denominator: 1 or more.
        below: the randomness.
    """
    while numerator > denominator:
        if not _flip_small(1, 1, below):
            return False
        numerator -= denominator
    return _flip_small(numerator, denominator, below)


def _flip_small(numerator: int, denominator: int, below: Below) -> bool:
    """The same where the exponent is 1 at most: the series of exp, a coin for each term."""
    terms = 1
    while below(denominator * terms) < numerator:
        terms += 1
    return terms % 2 == 1


def draw(scale: Fraction, below: Below) -> int:
    """A whole number y with probability proportional to exp(-abs(y) / scale).

    Args:
        scale: sensitivity over epsilon, more than 0.
        below: the randomness.

    Raises:
        ValueError: there is no such distribution.
    """
    if scale <= 0:
        raise ValueError(f"a scale of {scale}")
    whole, parts = scale.numerator, scale.denominator
    while True:
        rest = below(whole)
        if not flip(rest, whole, below):
            continue
        wholes = 0
        while _flip_small(1, 1, below):
            wholes += 1
        size = (rest + whole * wholes) // parts
        is_negative = below(2) == 1
        if size or not is_negative:  # zero has no sign: half of its draws are taken back
            return -size if is_negative else size
