"""The sampler draws what it says: compared with the closed form, and with another library's."""

import math
import random
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest

from app.queries.laplace import Below, draw, flip
from tests.queries.judging import chi_square_limit, chi_square_of, two_sample_of

SCALES = [Fraction(1, 3), Fraction(1), Fraction(4), Fraction(16), Fraction(8_000, 3)]
"""From far less than a step to the noise of a mean."""

DRAWS = 30_000
RISK = 1e-6
"""Of a sound sampler being refused, were the seed another."""


def source(seed: int) -> Below:
    return random.Random(seed).randrange  # noqa: S311 - the same draws in each run


def expected(scale: Fraction, edges: list[int]) -> list[float]:
    """Probabilities of (-inf, edges[0]], (edges[0], edges[1]] ... by the closed form."""
    p = math.exp(-1 / float(scale))

    def up_to(y: int) -> float:
        tail: float = p**-y / (1 + p) if y < 0 else 1 - p ** (y + 1) / (1 + p)
        return tail

    reached = [0.0, *map(up_to, edges), 1.0]
    return [after - before for before, after in pairwise(reached)]


def edges_of(scale: Fraction) -> list[int]:
    """Of bins in which something is expected; zero and either sign have bins of their own."""
    step = max(1, round(scale / 4))
    far = 4 if scale < 1 else 16
    return sorted({-1, 0, *range(-far * step, far * step + 1, step)})


def observed(draws: list[int], edges: list[int]) -> list[int]:
    counts = [0] * (len(edges) + 1)
    for one, times in Counter(draws).items():
        counts[next((n for n, edge in enumerate(edges) if one <= edge), len(edges))] += times
    return counts


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_draws_are_distributed_as_the_closed_form_says(scale: Fraction) -> None:
    edges, below = edges_of(scale), source(20_261_123)
    draws = [draw(scale, below) for _ in range(DRAWS)]

    found, freedom = chi_square_of(observed(draws, edges), expected(scale, edges))

    assert found < chi_square_limit(freedom, RISK)


def half(scale: Fraction, below: Below) -> int:
    return draw(scale / 2, below)


def zero_twice(scale: Fraction, below: Below) -> int:
    """As if zero had two signs."""
    found = draw(scale, below)
    return 0 if found == 1 and below(8) == 0 else found


def rounded(scale: Fraction, below: Below) -> int:
    """A rounded continuous draw, which gives the neighbours of zero too little."""
    share = (below(10**9) + 0.5) / 10**9 - 0.5
    return round(-float(scale) * math.copysign(math.log(1 - 2 * abs(share)), share))


@pytest.mark.parametrize("wrong", [half, zero_twice, rounded])
def test_a_wrong_sampler_is_refused(wrong: Callable[[Fraction, Below], int]) -> None:
    scale = Fraction(1)
    edges, below = edges_of(scale), source(20_261_123)
    draws = [wrong(scale, below) for _ in range(DRAWS)]

    found, freedom = chi_square_of(observed(draws, edges), expected(scale, edges))

    assert found > chi_square_limit(freedom, RISK)


EXPONENTS = [(0, 1), (1, 7), (1, 1), (5, 3), (7, 2)]


@pytest.mark.parametrize(("numerator", "denominator"), EXPONENTS)
def test_coins_fall_as_often_as_the_exponential_says(numerator: int, denominator: int) -> None:
    below, probability = source(7), math.exp(-numerator / denominator)

    heads = sum(flip(numerator, denominator, below) for _ in range(DRAWS))

    deviation = math.sqrt(DRAWS * probability * (1 - probability))
    assert abs(heads - DRAWS * probability) <= 5 * deviation


def test_there_is_no_noise_of_no_scale() -> None:
    with pytest.raises(ValueError, match="scale"):
        draw(Fraction(0), source(1))


def test_no_number_is_rounded_on_the_way() -> None:
    def below(bound: int) -> int:
        assert type(bound) is int
        return random.Random(bound).randrange(bound)  # noqa: S311

    assert type(draw(Fraction(10**30, 7), source(3))) is int
    assert type(flip(1, 3, below)) is bool


@pytest.mark.parametrize("scale", [Fraction(1), Fraction(4), Fraction(16)], ids=str)
def test_draws_are_distributed_as_those_of_opendp(scale: Fraction) -> None:
    opendp = pytest.importorskip(
        "opendp.prelude", reason="OpenDP is not installed: nothing to compare with"
    )
    opendp.enable_features("contrib")
    space = opendp.atom_domain(T=int), opendp.absolute_distance(T=int)
    theirs = opendp.m.make_laplace(*space, scale=float(scale))
    edges, below = edges_of(scale), source(5)
    ours = observed([draw(scale, below) for _ in range(DRAWS)], edges)
    others = observed([theirs(0) for _ in range(DRAWS)], edges)

    found, freedom = two_sample_of(ours, others)

    assert found < chi_square_limit(freedom, RISK)
    wrong = observed([draw(scale * 2, below) for _ in range(DRAWS)], edges)
    assert two_sample_of(wrong, others)[0] > chi_square_limit(freedom, RISK)
