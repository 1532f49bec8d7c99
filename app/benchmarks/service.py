"""The verbs of benchmarks: build a release, and place an organization in one."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import yaml
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.service import Caller
from app.assessments.models import Assessment, Result
from app.benchmarks.disclosure.builder import TooFewChangesError, build_cells
from app.benchmarks.disclosure.cells import Cell, ReleaseCells
from app.benchmarks.disclosure.findings import GateReport
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.percentiles import band
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Lattice
from app.benchmarks.models import Release, ReleaseCell, ReleaseContribution
from app.benchmarks.snapshot import Snapshot, Window, hold_builds, take
from app.catalog.service import Published
from app.db import Scope, enter
from app.files import folder
from app.problems import Invalid, NotFound, ReleaseRefused, TooFewChanges, error
from app.settings import Settings

METHOD = "palanca-release/1"
"""Which rules made a release; a change of rules is a new one."""


def thresholds_of(settings: Settings) -> Thresholds:
    """The disclosure thresholds, with what the operator made stricter."""
    return Thresholds(
        organizations_for_mean=settings.min_organizations,
        networks=settings.min_networks,
        age_days=settings.min_age_days,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release is built by; ``as_of`` is the day that ages are counted to."""

    lattice: Lattice
    definition: dict[str, Any]
    thresholds: Thresholds
    max_age_days: int
    as_of: date
    now: datetime


def plan(settings: Settings, *, as_of: date | None, now: datetime) -> Plan:
    """The plan for the next release by these settings and the lattice in ``seed/``.

    Raises:
        Invalid: a day to come: what is too fresh today would be published.
    """
    if as_of is not None and as_of > now.date():
        raise Invalid(
            [error("/as_of", "in-the-future", "A day not after today", received=str(as_of))]
        )
    definition = yaml.safe_load((folder("seed") / "cohorts.yaml").read_text(encoding="utf-8"))
    return Plan(
        lattice=Lattice.load(definition),
        definition=definition,
        thresholds=thresholds_of(settings),
        max_age_days=settings.max_age_days,
        as_of=as_of or now.date(),
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument version's share of a release, and the gate's word on it (None: unchanged)."""

    instrument: Published
    cells: ReleaseCells
    report: GateReport | None


async def build(session: AsyncSession, caller: Caller, plan: Plan) -> Release:
    """Build the next release from one snapshot, or refuse.

    Args:
        session: in a REPEATABLE READ transaction, in the operator's context.
        caller: an operator.
        plan: lattice, thresholds and clock.

    Raises:
        TooFewChanges: nothing, or too little, changed since the release before.
        ReleaseRefused: the gate found cells at fault; nothing is published.
    """
    await hold_builds(session)
    number = ((await session.exec(select(func.max(Release.number)))).one() or 0) + 1
    window = Window.at(
        plan.as_of, min_age_days=plan.thresholds.age_days, max_age_days=plan.max_age_days
    )
    snapshot = await take(session, caller, plan.lattice, window)
    # Seconds of arithmetic: beside the event loop, not in it.
    parts = await asyncio.to_thread(_parts, snapshot, plan, number)
    refused = [part for part in parts if part.report is not None and not part.report.passed]
    if refused:
        raise ReleaseRefused(
            "The release would tell too much; see findings",
            findings=[
                {
                    "instrument": part.instrument.form.instrument,
                    "version": part.instrument.form.version,
                    **part.report.to_dict(),
                }
                for part in refused
                if part.report is not None
            ],
        )
    return await _publish(session, caller, plan, number, parts)


def _parts(snapshot: Snapshot, plan: Plan, number: int) -> list[Part]:
    """Each instrument's cells; one with too few changes keeps the cells it has."""
    parts, skipped = [], []
    for version, instrument in snapshot.instruments.items():
        earlier = snapshot.earlier.get(version, [])
        try:
            cells = build_cells(
                snapshot.now.get(version, []),
                plan.lattice,
                instrument.figures,
                earlier=earlier,
                number=number,
                thresholds=plan.thresholds,
            )
        except TooFewChangesError as exc:
            skipped.append(f"{instrument.form.instrument} {instrument.form.version}: {exc}")
            if earlier:
                last = earlier[-1]
                kept = ReleaseCells(number, last.cells, last.contributions, last.members)
                parts.append(Part(instrument, kept, None))
            continue
        report = gate([*earlier, cells], plan.thresholds)
        parts.append(Part(instrument, cells, report))
    if not any(part.report for part in parts):
        raise TooFewChanges("; ".join(skipped) or "There is no locked result yet")
    return parts


async def _publish(
    session: AsyncSession, caller: Caller, plan: Plan, number: int, parts: Sequence[Part]
) -> Release:
    bodies = [
        (part.instrument, cell, cell.to_dict()) for part in parts for cell in part.cells.cells
    ]
    manifest = _manifest(plan, number, parts, [body for _, _, body in bodies])
    release = Release(number=number, built_at=plan.now, manifest=manifest, sha256=_sha256(manifest))
    session.add(release)
    await session.flush()
    session.add_all(
        ReleaseCell(
            release_number=number,
            instrument=instrument.form.instrument,
            version=instrument.form.version,
            cohort=cell.cohort,
            figure=cell.figure,
            body=body,
        )
        for instrument, cell, body in bodies
    )
    await session.flush()
    for part in parts:
        await _remember(session, number, part)
    await enter(session, caller.scope)
    return release


async def _remember(session: AsyncSession, number: int, part: Part) -> None:
    """Who was counted: needed to judge later releases, seen by no one."""
    counted = part.cells.contributions
    await enter(session, Scope(organizations=tuple(UUID(one.organization) for one in counted)))
    session.add_all(
        ReleaseContribution(
            organization_id=UUID(one.organization),
            release_number=number,
            assessment_id=UUID(one.submission),
            cohorts=sorted(one.cohorts),
        )
        for one in counted
    )
    await session.flush()


def _manifest(
    plan: Plan, number: int, parts: Sequence[Part], bodies: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "release": number,
        "method": METHOD,
        "as_of": plan.as_of.isoformat(),
        "built_at": plan.now.isoformat(),
        "thresholds": asdict(plan.thresholds),
        "max_age_days": plan.max_age_days,
        "lattice": plan.definition,
        "cells_sha256": _sha256(bodies),
        "instruments": [_summary(part) for part in parts],
    }


def _summary(part: Part) -> dict[str, Any]:
    form = part.instrument.form
    statuses = [str(cell.status) for cell in part.cells.cells]
    return {
        "instrument": form.instrument,
        "version": form.version,
        "content_sha256": form.content_sha256,
        "figures": list(part.instrument.figures),
        "cells": {one: statuses.count(one) for one in ("published", "carried", "withheld")},
        "gate": part.report.to_dict() if part.report else None,
    }


def _sha256(content: object) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Own:
    """An organization's own scores in its latest locked round."""

    period: str
    scores: dict[str, float | None]


async def own_scores(
    session: AsyncSession, organization_id: UUID, instrument: Published, period: str | None
) -> Own:
    """The latest locked result over an instrument version, or that of a period.

    Raises:
        NotFound: nothing is locked.
    """
    wanted = (
        select(Assessment.period, Result)
        .where(
            Assessment.organization_id == organization_id,
            Assessment.instrument_version_id == instrument.id,
            Result.organization_id == organization_id,
            Result.assessment_id == Assessment.id,
        )
        .order_by(col(Assessment.period_end).desc(), col(Result.locked_at).desc())
    )
    if period is not None:
        wanted = wanted.where(Assessment.period == period)
    found = (await session.exec(wanted.limit(1))).one_or_none()
    if found is None:
        raise NotFound("No locked assessment to place; lock one first")
    return Own(
        found[0],
        dict(zip(instrument.figures, (found[1].overall, *found[1].section_scores), strict=True)),
    )


def place(figure: str, score: float | None, cell: Cell) -> dict[str, Any]:
    """An own score and the band of published breakpoints it lies in; nothing beyond the release."""
    return {
        "figure": figure,
        "score": None if score is None else round(score, 2),
        "band": "withheld" if score is None else band(score, cell),
        "percentiles": dict(cell.percentiles),
        "cohort": cell.cohort,
        "cohort_mean": cell.mean,
        "withheld": cell.reason and str(cell.reason),
    }
