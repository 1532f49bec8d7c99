"""P3: what a release around one hospital's joining, leaving or answering anew tells of it."""

from collections.abc import Iterator
from math import asin, pi, sqrt
from typing import NamedTuple

import numpy as np

from tests.attacks.algebra import Floats, matrix
from tests.attacks.equations import MEAN_STEP
from tests.attacks.naive import live
from tests.attacks.results import Result
from tests.attacks.world import History, Row

FIGURE, GOAL, Z = "overall", 0.55, 1.96


class Event(NamedTuple):
    """A hospital that joined, left or answered anew, and the guess about it.

    ``now`` and ``then`` are places of its submissions, -1 if there is none.
    """

    kind: str
    release: int
    now: int
    then: int


class Guess(NamedTuple):
    """Whether a guess was right, and how likely that was, as the posterior has it."""

    right: bool
    likely: float


def events(history: History) -> Iterator[Event]:
    """Everything that happened to one hospital between two releases."""
    place = {(one.organization, one.submission): i for i, one in enumerate(history.people)}
    then: dict[str, int] = {}
    for release, counted in enumerate(history.counted, 1):
        now = {c.organization: place[c.unknown] for c in counted if c.unknown in place}
        if release > 1:
            for who in sorted(now.keys() | then.keys()):
                one, other = now.get(who, -1), then.get(who, -1)
                if one != other:
                    kind = "join" if other < 0 else "leave" if one < 0 else "resubmit"
                    yield Event(kind, release, one, other)
        then = now


class Posterior(NamedTuple):
    """Of every score: an estimate, its covariance, and the covariance before."""

    estimate: Floats
    after: Floats
    before: Floats


def posterior(history: History, rows: list[Row]) -> Posterior:
    """Best linear estimate of every score from these means.

    The attacker knows how scores vary between hospitals, within a network and from answer to
    answer: as they truly do.
    """
    people = history.people
    same = np.array([one.organization for one in people])
    together = np.array([one.network for one in people])
    # Between hospitals, within a network, and from answer to answer: as the world is made.
    before = 100.0 * (same[:, None] == same) + 36.0 * (together[:, None] == together)
    before += 32.0 * np.eye(len(people))
    number = np.array([len(row.members) for row in rows])
    member = matrix([row.members for row in rows], len(people)) / number[:, None]
    noise = np.full(len(rows), MEAN_STEP**2 / 12)
    gain = np.linalg.solve(member @ before @ member.T + np.diag(noise), member @ before).T
    means = np.array([row.cell.mean for row in rows], dtype=np.float64)
    middle = float(np.average(means, weights=number))
    estimate = middle + gain @ (means - middle)
    after = before - gain @ member @ before
    return Posterior(estimate, after, before)


def guesses(history: History, *, around: bool) -> dict[str, list[Guess]]:
    """For who joined or left: above the median of the smallest cell? Who answered anew: higher?

    ``around``: from what was on show just before and just after only, else from everything.
    """
    rows = history.of(FIGURE)
    scores = np.array([one.scores[FIGURE] for one in history.people])
    smallest: dict[int, Row] = {}
    for row in sorted(rows, key=lambda row: -len(row.members)):
        smallest.update(dict.fromkeys(row.members.tolist(), row))
    made: dict[str, list[Guess]] = {"join": [], "leave": [], "resubmit": []}
    known: dict[int, Posterior] = {}
    for event in events(history):
        of = event.now if event.now >= 0 else event.then
        if of not in smallest or (event.kind == "resubmit" and event.then not in smallest):
            continue
        when = event.release if around else 0
        if when not in known:
            known[when] = posterior(history, on_show(rows, when) if around else rows)
        made[event.kind].append(_guess(event, known[when], scores, smallest[of]))
    return made


def on_show(rows: list[Row], release: int) -> list[Row]:
    """What was on show in a release and in the one before."""
    found: dict[tuple[str, int], Row] = {}
    for row in rows:
        if row.release < release:
            found[row.cell.cohort, 0] = row
        elif row.release == release:
            found[row.cell.cohort, 1] = row
    return list(found.values())


def _guess(event: Event, known: "Posterior", scores: Floats, row: Row) -> Guess:
    weights = np.zeros(len(scores))
    if event.kind == "resubmit":
        weights[[event.now, event.then]] = 1, -1
        above, told = scores @ weights > 0, known.estimate @ weights > 0
    else:
        of = event.now if event.now >= 0 else event.then
        weights[of] = 1
        percentile = row.cell.percentiles["p50"]
        middle = row.cell.mean if percentile is None else percentile
        above = scores[of] > np.median(scores[row.members])
        told = known.estimate[of] > middle
    left = weights @ known.after @ weights / (weights @ known.before @ weights)
    return Guess(bool(above == told), 0.5 + asin(sqrt(np.clip(1 - left, 0, 1))) / pi)


def wilson(right: int, number: int) -> tuple[float, float]:
    """A 95 % interval for a share."""
    share, extra = right / number, Z**2 / number
    middle = (share + extra / 2) / (1 + extra)
    half = Z * sqrt(share * (1 - share) / number + extra / (4 * number)) / (1 + extra)
    return middle - half, middle + half


def link(history: History) -> list[Result]:
    """Guess about everybody who joined, left or answered anew."""
    careless = _live(history)
    results = []
    for around in (True, False):
        found = guesses(history, around=around)
        every = [one for some in found.values() for one in some]
        right = sum(one.right for one in every)
        low, high = wilson(right, len(every))
        kinds = ", ".join(
            f"{kind} {np.mean([one.right for one in some]):.0%} of {len(some)}"
            for kind, some in found.items()
            if some
        )
        share = right / len(every)
        results.append(
            Result(
                "P3 around" if around else "P3 ever",
                f"{len(every)} single joins, departures and new answers: was the score above the"
                " median of its smallest cell, was the new answer higher? Best linear estimate by"
                " one who knows the memberships and how scores vary, from "
                + ("the two releases around" if around else "all releases")
                + ". Naive: refreshed live",
                f"{careless:.0%}",
                f"{share:.1%} (95 % interval {low:.1%} to {high:.1%}); expected"
                f" {np.mean([one.likely for one in every]):.1%}; {kinds}",
                "<= 55 %",
                naive_beaten=careless > 0.9,
                passed=share <= GOAL,
            )
        )
    return results


def _live(history: History) -> float:
    """Share of right guesses about who joined, from exact means before and after."""
    now, right, tried = list(history.counted[0]), 0, 0
    there = {one.organization for one in now}
    middle = float(np.median([one.scores[FIGURE] for one in now]))
    for one in history.counted[1]:
        if one.organization not in there:
            before, after = live(now)["all"], live([*now, one])["all"]
            score = after[0] * after[1] - before[0] * before[1]
            right += (score > middle) == (one.scores[FIGURE] > middle)
            tried += 1
            now.append(one)
    return right / max(tried, 1)
