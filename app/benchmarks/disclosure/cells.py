"""Cells, releases and what they are made of: plain values, public and private parts apart.

A ``Cell`` is public as it stands. A ``Contribution`` and a release's ``members`` never leave the
operator.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Self

from app.benchmarks.disclosure.thresholds import TOP


class Status(StrEnum):
    """What a cell shows."""

    PUBLISHED = "published"
    CARRIED = "carried"
    WITHHELD = "withheld"


class Reason(StrEnum):
    """Why a cell or one of its statistics is not shown, or not renewed."""

    TOO_FEW_ORGANIZATIONS = "too_few_organizations"
    TOO_FEW_NETWORKS = "too_few_networks"
    NETWORK_DOMINANCE = "network_dominance"
    GROUP_DISCLOSURE = "group_disclosure"
    COMPLEMENTARY = "complementary"
    RELEASE_GATE = "release_gate"
    TOO_FEW_CHANGES = "too_few_changes"
    HISTOGRAM_TOO_ROUGH = "histogram_too_rough"


class Key(NamedTuple):
    """What a cell is about."""

    cohort: str
    figure: str


class Unknown(NamedTuple):
    """What is protected: one organization's one submission."""

    organization: str
    submission: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """One organization's scores in a release; private.

    ``network`` of an independent organization is its own id. ``scores`` maps figure to 0..100;
    a withheld score is absent. ``cohorts`` are ids of the lattice.

    Of an organization that was erased only ``erased`` and ``cohorts`` are known: the figures that
    it had a score for. Its organization, network and submission are made up and lead nowhere.
    One that is ``leaving`` will be erased. ``before`` is its earlier result in the release's panel.

    Raises:
        ValueError: a score is not a number from 0 to 100.
    """

    organization: str
    network: str
    submission: str
    scores: Mapping[str, float]
    cohorts: frozenset[str]
    erased: frozenset[str] = frozenset()
    leaving: bool = False
    before: Unknown | None = None

    def __post_init__(self) -> None:
        if not all(0 <= score <= TOP for score in self.scores.values()):
            strange = [name for name, score in self.scores.items() if not 0 <= score <= TOP]
            raise ValueError(f"score of {strange[0]} is not from 0 to {TOP:g}")

    @property
    def unknown(self) -> Unknown:
        """What an attacker would like to know about it."""
        return Unknown(self.organization, self.submission)

    @property
    def forgotten(self) -> bool:
        """Whether no further release may tell of it."""
        return self.leaving or bool(self.erased)

    @property
    def figures(self) -> frozenset[str]:
        """What it counts in."""
        return self.erased | self.scores.keys()


@dataclass(frozen=True, slots=True)
class Histogram:
    """Rounded counts between ``edges`` (points; a bin holds its lower edge, the last bin both)."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def shares(self) -> tuple[str, ...]:
        """Shares in steps of 5 %, with the ends "<5 %" and ">95 %" (R6); of the rounded counts."""
        total = sum(self.counts) or 1
        return tuple(share_of(count / total) for count in self.counts)


def share_of(share: float) -> str:
    """A share from 0 to 1 as it is published: in steps of 5 %, open at both ends (R6)."""
    rounded = 5 * math.floor(share * 20 + 0.5)
    return "<5 %" if rounded < 5 else ">95 %" if rounded > 95 else f"{rounded} %"  # noqa: PLR2004


NO_PERCENTILES: Mapping[str, float | None] = dict.fromkeys(("p10", "p25", "p50", "p75", "p90"))
"""All percentiles a cell may have, each withheld."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a release says about a cohort's figure; public.

    ``organizations`` is rounded, ``networks`` a band ("5-9", "10-19", "20-49", "50+"), ``mean`` in
    steps of half a point. ``withheld_statistics`` says why a statistic of a shown cell is absent.
    ``broader`` is the nearest broader cohort whose cell for the figure is shown.
    """

    cohort: str
    figure: str
    status: Status
    reason: Reason | None = None
    organizations: int | None = None
    networks: str | None = None
    mean: float | None = None
    histogram: Histogram | None = None
    percentiles: Mapping[str, float | None] = field(default_factory=lambda: NO_PERCENTILES)
    withheld_statistics: Mapping[str, Reason] = field(default_factory=dict)
    as_of_release: int | None = None
    broader: str | None = None

    @property
    def key(self) -> Key:
        """What it is about."""
        return Key(self.cohort, self.figure)

    @property
    def shown(self) -> bool:
        """Whether it has figures, its own or carried ones."""
        return self.status is not Status.WITHHELD

    def to_dict(self) -> dict[str, Any]:
        """The cell as JSON has it; ``from_dict`` reads it back."""
        body: dict[str, Any] = {name: getattr(self, name) for name in Cell.__slots__}
        body["percentiles"] = dict(self.percentiles)
        body["withheld_statistics"] = {k: str(v) for k, v in self.withheld_statistics.items()}
        body["status"], body["reason"] = str(self.status), self.reason and str(self.reason)
        if self.histogram:
            edges, counts = list(self.histogram.edges), list(self.histogram.counts)
            body["histogram"] = {"edges": edges, "counts": counts}
        return body

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Self:
        """Read what ``to_dict`` wrote."""
        read = dict(body)
        read["status"] = Status(body["status"])
        read["reason"] = body["reason"] and Reason(body["reason"])
        read["withheld_statistics"] = {
            name: Reason(reason) for name, reason in body["withheld_statistics"].items()
        }
        if found := body["histogram"]:
            read["histogram"] = Histogram(tuple(found["edges"]), tuple(found["counts"]))
        return cls(**read)


@dataclass(frozen=True, slots=True)
class ReleaseCells:
    """A release: its public ``cells``, and privately who is behind each of them.

    ``members`` has, for each shown cell, the submissions its figures were computed from: for a
    carried cell those of its ``as_of_release``.
    """

    number: int
    cells: tuple[Cell, ...]
    contributions: tuple[Contribution, ...]
    members: Mapping[Key, frozenset[Unknown]]

    def find(self, key: Key) -> Cell | None:
        """The cell about that, if there is one."""
        return next((cell for cell in self.cells if cell.key == key), None)
