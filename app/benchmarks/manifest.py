"""What a release says of itself: by which rules it was made, of what, and what the gate found."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from app.benchmarks.disclosure.cells import ReleaseCells
from app.benchmarks.disclosure.figures import is_item
from app.benchmarks.disclosure.findings import GateReport
from app.benchmarks.disclosure.thresholds import TOP, Thresholds
from app.benchmarks.files.signing import ReleaseSigner
from app.benchmarks.items import items_of
from app.benchmarks.lattice import Lattice
from app.benchmarks.snapshot import Window
from app.catalog.service import Published
from app.scoring.form import Form

METHOD = "palanca-release/1"
"""Which rules made a release; a change of rules is a new one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release is built by; ``as_of`` is the day that ages are counted to.

    Its files name ``base``, where the service is reached, and ``signer`` signs them.
    """

    lattice: Lattice
    definition: dict[str, Any]
    thresholds: Thresholds
    max_age_days: int
    joint_targets: int
    as_of: date
    now: datetime
    base: str
    signer: ReleaseSigner

    @property
    def window(self) -> Window:
        """Which periods may be published on that day."""
        youngest, oldest = self.thresholds.age_days, self.max_age_days
        return Window.at(self.as_of, min_age_days=youngest, max_age_days=oldest)


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument version's share of a release, and the gate's word on it (None: unchanged)."""

    instrument: Published
    cells: ReleaseCells
    report: GateReport | None
    measures: Mapping[str, Any] = field(default_factory=dict)
    """Psychometrics, as they are published."""


def manifest_of(
    plan: Plan, number: int, parts: Sequence[Part], bodies: list[dict[str, Any]]
) -> dict[str, Any]:
    """The manifest of a release with these cells."""
    return {
        "release": number,
        "method": METHOD,
        "as_of": plan.as_of.isoformat(),
        "built_at": plan.now.isoformat(),
        "thresholds": asdict(plan.thresholds),
        "max_age_days": plan.max_age_days,
        "lattice": plan.definition,
        "cells_sha256": sha256_of(bodies),
        "instruments": [_summary(part, plan) for part in parts],
        "items": [{**_name(part), "items": items_of(part.instrument)} for part in parts],
        "psychometrics": [{**_name(part), **part.measures} for part in parts if part.measures],
    }


def _summary(part: Part, plan: Plan) -> dict[str, Any]:
    form = part.instrument.form
    statuses = [str(cell.status) for cell in part.cells.cells if not is_item(cell.figure)]
    return {
        **_name(part),
        "content_sha256": form.content_sha256,
        "figures": list(part.instrument.figures),
        "in_place": in_place(form),
        "cells": {one: statuses.count(one) for one in ("published", "carried", "withheld")},
        "gate": _verdict(part.report, plan.thresholds) if part.report else None,
    }


def _name(part: Part) -> dict[str, str]:
    form = part.instrument.form
    return {"instrument": form.instrument, "version": form.version}


def in_place(form: Form) -> dict[str, float]:
    """By figure, the points from which what it is about is in place; for those that have such.

    A figure has it if all its items reach it at the same score.
    """
    level = form.rule.in_place_from
    if level is None:
        return {}
    sections = {one.code: one.items for one in form.sections}
    items = {"overall": form.items.values(), **sections}
    points = {
        figure: {TOP * (level - one.minimum) / one.span for one in mine}
        for figure, mine in items.items()
    }
    return {figure: found.pop() for figure, found in points.items() if len(found) == 1}


def _verdict(report: GateReport, thresholds: Thresholds) -> dict[str, Any]:
    """What the public may know of the gate's report: exact counts would undo their rounding.

    How many scores had to be tried by programs depends on what the scores are: it is not told.
    """
    step = thresholds.organizations_step
    return {
        "passed": report.passed,
        "organizations": int(step * round(report.organizations / step)),
        "releases": report.releases,
        "networks_tried": report.networks_tried,
        "exactly_determined": report.exactly_determined,
        "exactly_determined_unrounded": report.exactly_determined_unrounded,
        "every_width_at_least": thresholds.gate_width,
        "complete": report.complete,
    }


def sha256_of(content: object) -> str:
    """The hash of a document, whatever the order of its keys."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
