"""What changed between releases (R3): organizations that joined, left or resubmitted."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

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


def homes_of(history: Iterable[ReleaseCells]) -> dict[str, str | None]:
    """The network of each organization in any of the releases, oldest first, as last known.

    ``None`` for one that was erased.
    """
    return {
        c.organization: None if c.erased else c.network
        for release in history
        for c in release.contributions
    }


def are_apart(
    one: frozenset[Unknown],
    other: frozenset[Unknown],
    homes: Mapping[str, str | None],
    thresholds: Thresholds,
) -> bool:
    """Whether two memberships differ by so many that no network knows all but few of these.

    By as many, from as many networks, as change between two values of a cell (R3), and outside the
    largest of these as many as in a cell (R5). ``homes`` has each one's network. It looks no
    further than it has to: most memberships are far apart.
    """
    found, sizes = set[str](), Counter[str]()
    for unknown in chain(
        (u for u in one if u not in other),
        (u for u in other if u not in one),
    ):
        if unknown.organization in found:
            continue
        found.add(unknown.organization)
        home = homes[unknown.organization]
        if home is not None:
            sizes[home] += 1
        if (
            len(found) >= thresholds.changed_organizations
            and len(sizes) >= thresholds.changed_networks
            and sizes.total() - max(sizes.values()) >= thresholds.outside_largest_network
        ):
            return True
    return False


def forgotten_of(history: Iterable[ReleaseCells]) -> frozenset[Unknown]:
    """Whose scores no further release may tell of, not even in a figure published before."""
    return frozenset(c.unknown for release in history for c in release.contributions if c.forgotten)
