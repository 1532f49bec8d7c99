"""What changed between releases (R3): organizations that joined, left or resubmitted."""

from collections.abc import Iterable, Mapping, Sequence

from app.benchmarks.disclosure.cells import Contribution, ReleaseCells, Unknown
from app.benchmarks.disclosure.thresholds import Thresholds


class TooFewChangesError(Exception):
    """A release with too few changed organizations since the one before (R3); build none."""

    def __init__(self, changed: int, needed: float) -> None:
        super().__init__(f"{changed} changed organizations; a release needs {needed:g}")
        self.changed = changed
        self.needed = needed


def check_changes(
    contributions: Iterable[Contribution], earlier: Sequence[ReleaseCells], thresholds: Thresholds
) -> None:
    """See that enough changed for a release at all.

    Raises:
        TooFewChangesError: it did not.
    """
    changed = changed_organizations(
        {c.unknown for c in contributions},
        {c.unknown for release in earlier[-1:] for c in release.contributions},
    )
    if len(changed) < thresholds.changed_in_release:
        raise TooFewChangesError(len(changed), thresholds.changed_in_release)


def changed_organizations(now: Iterable[Unknown], then: Iterable[Unknown]) -> frozenset[str]:
    """Organizations that joined, left or resubmitted between two sets of submissions."""
    return frozenset(unknown.organization for unknown in set(now) ^ set(then))


def networks_of(
    sources: Iterable[ReleaseCells | Sequence[Contribution]],
) -> dict[Unknown, str | None]:
    """The network of each submission in any of the releases or lists of contributions.

    ``None`` for one that was erased: nobody knows any more whose it was.
    """
    return {
        c.unknown: None if c.erased else c.network
        for source in sources
        for c in (source.contributions if isinstance(source, ReleaseCells) else source)
    }


def changes(
    networks: Mapping[Unknown, str | None], now: frozenset[Unknown], then: frozenset[Unknown]
) -> tuple[int, int]:
    """How many organizations changed between two memberships, and from how many networks.

    One that was erased has left, and counts for no network: its own may be counted already.
    """
    different = now ^ then
    of = {networks[u] for u in different} - {None}
    return len({u.organization for u in different}), len(of)


def forgotten_of(history: Iterable[ReleaseCells]) -> frozenset[Unknown]:
    """Whose scores no further release may tell of, not even in a figure published before."""
    return frozenset(c.unknown for release in history for c in release.contributions if c.forgotten)
