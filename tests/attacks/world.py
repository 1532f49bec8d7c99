"""Made-up hospitals and their quarterly releases, as the service's own code judges and builds them.

The world keeps what the service forgets: who was in each published cell, with which scores. That is
what an attack is measured against, and what an attacker knows who knows everybody but the target.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from math import fsum

import numpy as np
import numpy.typing as npt
import yaml

from app.benchmarks.disclosure.cells import Cell, Contribution, ReleaseCells, Status, Unknown
from app.benchmarks.disclosure.columns import Columns, restore
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.files.signing import ReleaseSigner
from app.benchmarks.judging import Outcome, judge_all
from app.benchmarks.lattice import Lattice
from app.benchmarks.manifest import Plan
from app.benchmarks.snapshot import Snapshot
from app.catalog.schemas import InstrumentIn
from app.catalog.service import Published
from app.files import folder
from tests.inputs import LEVELS

RULES = Thresholds()
DEFINITION = yaml.safe_load((folder("seed") / "cohorts.yaml").read_text(encoding="utf-8"))
LATTICE = Lattice.load(DEFINITION)
Ints = npt.NDArray[np.int64]

COUNTRIES = {"US": 0.62, "CA": 0.1, "MX": 0.06, "BR": 0.06, "ES": 0.07, "GB": 0.06, "other": 0.03}
REGIONS: Mapping[str, Mapping[str, float]] = {
    "US": {"us_northeast": 0.2, "us_midwest": 0.26, "us_south": 0.35, "us_west": 0.19},
    "ES": {"europe": 1},
    "GB": {"europe": 1},
    "other": {"europe": 0.4, "africa": 0.2, "south_east_asia": 0.2, "western_pacific": 0.2},
}
OTHERS: Mapping[str, Mapping[str, float]] = {
    "type": {
        "acute": 0.58,
        "critical_access": 0.2,
        "childrens": 0.04,
        "psychiatric": 0.07,
        "long_term": 0.08,
        "other": 0.03,
    },
    "ownership": {"public": 0.25, "nonprofit": 0.55, "for_profit": 0.2},
    "size_band": {"under_100": 0.35, "100_299": 0.4, "300_plus": 0.25},
    "teaching": {"yes": 0.35, "no": 0.65},
}
"""Shares of the categories of ``seed/cohorts.yaml``; the region follows from the country."""

SIZES = ((25, 1), (20, 1), (16, 1), (12, 2), (10, 2), (8, 3), (6, 8), (4, 16), (3, 30), (2, 40))
"""How many networks of each size; with 189 independent ones that makes 600 in 293 networks."""

WHOLE = 600


@dataclass(frozen=True, slots=True)
class Pace:
    """Shares of organizations in a quarter, and how far scores go from one answer to the next."""

    first: float = 0.7
    joining: float = 0.16
    leaving: float = 0.02
    erased: float = 0.005
    answering: float = 0.1
    moving: float = 0.002
    """Another size band, the scores as they were."""
    partial: float = 0.06
    """Of answers, those with a section too thin to have a score."""


@dataclass(frozen=True, slots=True)
class Row:
    """A cell when it was published, and who is in it: places in ``History.people``."""

    release: int
    cell: Cell
    members: Ints


@dataclass(slots=True)
class History:
    """Releases as published, and everybody ever counted in one."""

    people: list[Contribution] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    counted: list[Sequence[Contribution]] = field(default_factory=list)
    """By release, what counted in it."""
    places: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, figure: str) -> list[Row]:
        """The rows of a figure."""
        return [row for row in self.rows if row.cell.figure == figure]

    def add(self, release: int, outcome: Outcome, now: Sequence[Contribution]) -> None:
        """A release's new cells."""
        if outcome.part is None:
            return
        self.outcomes.append(outcome)
        self.counted.append(outcome.part.cells.contributions)
        self.found(now)
        for cell in outcome.part.cells.cells:
            if cell.status is Status.PUBLISHED:
                mine = outcome.part.cells.members[cell.key]
                who = np.array(sorted(self.places[one] for one in mine))
                self.rows.append(Row(release, cell, who))

    def found(self, some: Sequence[Contribution]) -> Ints:
        """Their places; new ones if they have none."""
        return np.array([self._place(one) for one in some])

    def _place(self, one: Contribution) -> int:
        """One place for a submission, in whatever cohorts it is."""
        key = (one.organization, one.submission)
        if key not in self.places:
            self.places[key] = len(self.people)
            self.people.append(one)
        return self.places[key]


def instrument(sections: Sequence[str]) -> Published:
    """An instrument of these sections with an item each, as the catalog would have it."""
    definition = InstrumentIn.model_validate(
        {
            "instrument": "made-up",
            "version": "1",
            "title": {"en": "Made up"},
            "languages": ["en"],
            "scoring_method": {"section_min_answered": "1/2", "overall_min_sections": 1},
            "levels": LEVELS,
            "sections": [
                {
                    "code": code,
                    "title": {"en": code},
                    "items": [{"code": f"{code}1", "text": {"en": code}}],
                }
                for code in sections
            ],
        }
    )
    return Published(uuid.UUID(int=1), definition, definition.form("0" * 64), datetime.now(UTC))


def plan(joint_targets: int) -> Plan:
    """How releases are built: by the lattice of ``seed/`` and the weakest thresholds allowed."""
    return Plan(
        lattice=LATTICE,
        definition=DEFINITION,
        thresholds=RULES,
        max_age_days=730,
        joint_targets=joint_targets,
        as_of=date(2026, 10, 1),
        now=datetime(2026, 10, 1, tzinfo=UTC),
        base="http://localhost",
        signer=ReleaseSigner(b"attacks"),
    )


class World:
    """Hospitals with public attributes in networks, who answer, join and go quarter by quarter."""

    def __init__(
        self,
        organizations: int = WHOLE,
        seed: int = 1,
        *,
        sections: Sequence[str] = ("A", "B"),
        pace: Pace = Pace(),
        joint_targets: int = 0,
    ) -> None:
        self.random = np.random.default_rng(seed)
        self.pace, self.sections = pace, tuple(sections)
        self.instrument, self.plan = instrument(sections), plan(joint_targets)
        sizes = np.array([size for size, number in SIZES for _ in range(number)])
        alone = WHOLE - sizes.sum()
        of = np.repeat(np.arange(len(sizes) + alone), np.r_[sizes, np.ones(alone, dtype=np.int64)])
        of = np.sort(self.random.permutation(of)[:organizations])
        number = np.bincount(of)
        self.networks = [f"n{n}" if number[n] > 1 else f"o{i:03}" for i, n in enumerate(of)]
        self.attributes = [self._attributes() for _ in range(organizations)]
        self.level = self.random.normal(55, 10, organizations)
        self.level += self.random.normal(0, 6, len(number))[of]
        self.here = np.zeros(organizations, dtype=bool)
        self.gone = np.zeros(organizations, dtype=bool)
        self.last: dict[int, Contribution] = {}
        self.stored: list[tuple[tuple[Cell, ...], list[Contribution]]] = []
        self.first: dict[str, dict[str, str]] = {}
        """Attributes when the first release was built, by organization."""

    def _attributes(self) -> dict[str, str]:
        country = self._one(COUNTRIES)
        region = self._one(REGIONS.get(country, {"americas_other": 1}))
        return {"country": country, "region": region} | {
            name: self._one(shares) for name, shares in OTHERS.items()
        }

    def _one(self, shares: Mapping[str, float]) -> str:
        return str(self.random.choice(list(shares), p=list(shares.values())))

    def history(self, releases: int = 8) -> History:
        """So many quarters, each with a release if the gate passes it."""
        history = History()
        for quarter in range(1, releases + 1):
            self.release(history, self.quarter(quarter))
        return history

    def quarter(self, quarter: int) -> list[Contribution]:
        """Who counts then, and with what."""
        pace, number = self.pace, len(self.level)
        dice = self.random.random((6, number))
        joining = pace.first if quarter == 1 else pace.joining
        self._erase(np.flatnonzero(self.here & (dice[0] < pace.erased)))
        self.here = (
            np.where(self.here, dice[1] >= pace.leaving, (dice[1] < joining) & ~self.gone)
            & ~self.gone
        )
        for i in np.flatnonzero(self.here).tolist():
            if dice[2, i] < pace.moving:
                self.attributes[i]["size_band"] = self._one(OTHERS["size_band"])
            if i not in self.last or dice[3, i] < pace.answering:
                self.last[i] = self.submit(i, quarter, partial=bool(dice[4, i] < pace.partial))
            cohorts = LATTICE.cohorts_of(self.attributes[i])
            self.last[i] = replace(self.last[i], cohorts=cohorts)
        for i in np.flatnonzero(~self.here).tolist():
            self.last.pop(i, None)
        return list(self.last.values())

    def submit(self, i: int, quarter: int, *, partial: bool = False) -> Contribution:
        """New scores of a hospital: sections, and their mean overall."""
        noise = self.random.normal(quarter, 8, len(self.sections))
        values = np.round(np.clip(self.level[i] + noise, 0, 100), 2).tolist()
        sections = dict(zip(self.sections, values, strict=True))
        if partial:
            del sections[self.sections[int(self.random.integers(len(self.sections)))]]
        overall = fsum(sections.values()) / len(sections)
        scores = {"overall": overall, **sections}
        cohorts = LATTICE.cohorts_of(self.attributes[i])
        return Contribution(f"o{i:03}", self.networks[i], f"s{i:03}.{quarter}", scores, cohorts)

    def _erase(self, who: Ints) -> None:
        """Nobody takes the place of these in all releases so far, as ``forgetting`` does it."""
        self.gone[who] = True
        names = {f"o{i:03}" for i in who.tolist()}
        for _, counted in self.stored:
            counted[:] = [
                one if one.organization not in names else forgotten(one) for one in counted
            ]

    def earlier(self) -> list[ReleaseCells]:
        """The releases so far as the service would read them back."""
        columns = {n: Columns(counted) for n, (_, counted) in enumerate(self.stored, 1)}
        return [restore(n, cells, columns) for n, (cells, _) in enumerate(self.stored, 1)]

    def judge(self, now: Sequence[Contribution]) -> Outcome:
        """What the service would make of the next release."""
        version = self.instrument.id
        snapshot = Snapshot({version: self.instrument}, {version: now}, {version: self.earlier()})
        [outcome] = judge_all(snapshot, self.plan, len(self.stored) + 1)
        return outcome

    def release(self, history: History, now: Sequence[Contribution]) -> Outcome:
        """Publish the next release, unless nothing changed or the gate refuses it."""
        outcome = self.judge(now)
        part = outcome.part
        if not self.first:
            self.first = {f"o{i:03}": dict(mine) for i, mine in enumerate(self.attributes)}
        if part is not None and part.report is not None and part.report.passed:
            self.stored.append((part.cells.cells, list(part.cells.contributions)))
            history.add(len(self.stored), outcome, now)
        return outcome


def forgotten(one: Contribution) -> Contribution:
    """Who is nobody in particular."""
    if one.erased:
        return one
    name, before = nobody(one.submission), one.before
    return Contribution(
        name,
        name,
        name,
        {},
        one.cohorts,
        erased=frozenset(one.scores),
        before=None if before is None else Unknown(*[nobody(before.submission)] * 2),
    )


def nobody(submission: str) -> str:
    """In whose place; always the same."""
    return str(uuid.uuid5(uuid.UUID(int=0), submission))
