"""Proofs of width by counterexample: other scores that would have been published the same.

A *world* is a full set of scores with every published mean *and* histogram count as released,
counted in whole organizations. If a score has two values ``need`` points apart in two worlds, no
attacker can tell which, whatever the method. Not finding such worlds proves nothing.

Worlds come from a seeded search: the true scores are swapped between organizations, some of which
are to rise and some to fall, as long as the rounded counts stay as released; then all shift a
little within their bins until the means are as released, too. How a world was found does not
matter: each is checked against all that was published before it counts.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from app.benchmarks.disclosure.system import Bools, Floats, Ints, System

ROUNDS = 6
"""How often the search starts again, with the scores whose width is still unproved."""

SWAPS = 120
"""Swaps in a search."""

STOPS = 30
"""After so many swaps the worlds so far are looked at."""

OFFERS = 48
"""Swaps to choose from, each time."""

DRIFT = 1.0
"""How far swaps may move a mean before shifts within bins make up for it, in points."""

SHIFTS = 4
"""How often scores are shifted for the means, then put back into their bins."""

INSIDE = 1e-6
"""How far inside its bin a shifted score stays, in points."""


@dataclass(slots=True)
class Walk:
    """Searches side by side (walks): each its own ``known`` scores and own wish who rises.

    ``scores`` (walks, unknowns) start as the truth; ``sums`` (walks, rows) and ``tally`` (walks,
    histograms, own bins) follow them. ``free`` (walks, most free) are the unknowns that may move,
    the first ``number`` (walks) of each line.
    """

    system: System
    known: Bools
    scores: Floats
    sums: Floats
    tally: Ints
    free: Ints
    number: Ints

    @classmethod
    def start(cls, system: System, known: Bools) -> Self:
        """Walks at the truth, one for each line of ``known`` (walks, unknowns)."""
        scores = np.repeat(system.truth[None], len(known), axis=0)
        tally = system.tally(system.counts.bins(scores))
        free = np.argsort(known, axis=1, kind="stable")
        return cls(system, known, scores, scores @ system.member.T, tally, free, (~known).sum(1))

    def swap(self, wish: Floats, random: np.random.Generator) -> None:
        """Make in each walk the offered swap that furthers ``wish`` (walks, unknowns) most."""
        walks = np.arange(len(self.scores))
        draws = random.random((2, len(walks), OFFERS)) * self.number[:, None]
        one, other = (np.take_along_axis(self.free, d.astype(np.int64), axis=1) for d in draws)
        lines = walks[:, None]
        rise = self.scores[lines, other] - self.scores[lines, one]
        gain = (wish[lines, one] - wish[lines, other]) * rise
        gain[~self._allowed(one, other, rise)] = 0
        best = gain.argmax(axis=1)
        going = walks[gain[walks, best] > 0]
        if going.size:
            self._make(going, one[going, best[going]], other[going, best[going]])

    def _allowed(self, one: Ints, other: Ints, rise: Floats) -> Bools:
        """(walks, offers) Which swaps keep the counts as released and the means near."""
        system, counts, lines = self.system, self.system.counts, np.arange(len(one))[:, None]
        member = system.member.T
        sums = self.sums[:, None] + (member[one] - member[other]) * rise[:, :, None]
        size = system.member.sum(axis=1) * DRIFT
        near = ((sums >= system.low - size) & (sums <= system.high + size)).all(axis=2)
        inside, group = system.inside.T, counts.group.T
        out = inside[one] - inside[other]
        left = group[counts.bins(self.scores[lines, one])]
        entered = group[counts.bins(self.scores[lines, other])]
        h, lines = np.arange(group.shape[1]), lines[:, :, None]
        fewer, more = self.tally[lines, h, left] - out, self.tally[lines, h, entered] + out
        fits = (fewer >= counts.low[h, left]) & (fewer <= counts.high[h, left])
        fits &= (more >= counts.low[h, entered]) & (more <= counts.high[h, entered])
        return np.asarray(near & (fits | (left == entered) | (out == 0)).all(axis=2))

    def _make(self, going: Ints, one: Ints, other: Ints) -> None:
        old = self.scores[going, one], self.scores[going, other]
        self.scores[going, one], self.scores[going, other] = old[1], old[0]
        self.sums[going] = self.scores[going] @ self.system.member.T
        self.tally[going] = self.system.tally(self.system.counts.bins(self.scores[going]))

    def worlds(self, spread: Floats) -> Floats:
        """(walks, unknowns) The scores, shifted in their bins to the released means if possible.

        ``spread`` (walks, unknowns, rows) says how to shift. Where it fails, the truth.
        """
        edges, place = self.system.counts.edges, self.system.counts.bins(self.scores)
        least, most = edges[place], edges[place + 1]
        wished, found = (self.system.low + self.system.high) / 2, self.scores
        for _ in range(SHIFTS):
            off = found @ self.system.member.T - wished
            found = found - (spread @ off[:, :, None])[:, :, 0]
            found = np.clip(found, least + INSIDE, most - INSIDE)
            found = np.where(self.known, self.system.truth, found)
        return np.where(self.system.consistent(found)[:, None], found, self.system.truth)


def widths(system: System, known: Bools, need: float) -> Floats:
    """(cases, unknowns) A width in points that each score certainly has; 0 where none was found.

    In each case (line of ``known``: cases, unknowns) those scores are given to the attacker, and
    true in every world; their own entries are 0. A search ends once all have ``need``.
    """
    random = np.random.default_rng(len(system.unknowns))
    low, high = exchanged(system, known)
    spread = np.array([_spread(system, each) for each in known])
    for start in range(ROUNDS):
        weak = (high - low < need) & ~known
        cases = np.flatnonzero(weak.any(axis=1))
        if not cases.size:
            break
        wish = random.choice([-1.0, 1.0], size=(len(cases), len(system.unknowns)))
        wish = wish if start == 0 else wish * weak[cases]
        for sign in (1, -1):
            walk = Walk.start(system, known[cases])
            for _ in range(SWAPS // STOPS):
                for _ in range(STOPS):
                    walk.swap(sign * wish, random)
                worlds = walk.worlds(spread[cases])
                low[cases] = np.minimum(low[cases], worlds)
                high[cases] = np.maximum(high[cases], worlds)
    return np.where(known, 0, high - low)


def exchanged(system: System, known: Bools) -> tuple[Floats, Floats]:
    """(cases, unknowns) Lowest and highest score by swaps of exchangeable unknowns.

    Two that are in the same cells can swap all their scores, of all figures, and nothing that was
    ever published changes: a proof for any relation between figures, too.
    """
    low = np.repeat(system.truth[None], len(known), axis=0)
    high = low.copy()
    for kind in range(system.kinds.max() + 1):
        same = (system.kinds == kind) & ~known
        least = np.where(same, system.truth, np.inf).min(axis=1, keepdims=True)
        most = np.where(same, system.truth, -np.inf).max(axis=1, keepdims=True)
        low, high = np.where(same, least, low), np.where(same, most, high)
    return low, high


def _spread(system: System, known: Bools) -> Floats:
    """(unknowns, rows) The smallest shifts of the free scores that change the sums as wished."""
    free = system.member * ~known
    return np.asarray(free.T @ np.linalg.pinv(free @ free.T, rcond=1e-9, hermitian=True))
