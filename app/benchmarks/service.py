"""The verbs of benchmarks: build a release, and place an organization in one."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import yaml
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.access.callers import Caller
from app.benchmarks.coverage import keep_coverage
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.files.signing import ReleaseSigner
from app.benchmarks.files.words import columns
from app.benchmarks.judging import judge_all
from app.benchmarks.keeping import keep_files
from app.benchmarks.lattice import Lattice
from app.benchmarks.lattices import settle
from app.benchmarks.manifest import Part, Plan, manifest_of, sha256_of
from app.benchmarks.models import Release, ReleaseCell
from app.benchmarks.snapshot import CHUNK, Snapshot, hold_builds, still, take
from app.db import Scope, enter
from app.files import folder
from app.problems import Invalid, ReleaseRefused, TooFewChanges, error
from app.settings import Settings

EARLIEST = date(2000, 1, 1)
"""No assessment is older; the paper's first edition is of 2005."""


def thresholds_of(settings: Settings) -> Thresholds:
    """The disclosure thresholds, with what the operator made stricter."""
    return Thresholds(
        organizations_for_mean=settings.min_organizations,
        networks=settings.min_networks,
        age_days=settings.min_age_days,
    )


def seeded() -> dict[str, Any]:
    """The lattice as ``seed/cohorts.yaml`` has it."""
    text = (folder("seed") / "cohorts.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def plan(settings: Settings, *, as_of: date | None, now: datetime) -> Plan:
    """The plan for the next release by these settings and the lattice in ``seed/``.

    What wishes were granted comes on top when it is carried out (``lattices``).

    Raises:
        Invalid: a day to come: what is too fresh today would be published.
        ValueError: no pepper is set; an attribute of the lattice cannot be a column of files.
    """
    if as_of is not None and not EARLIEST <= as_of <= now.date():
        detail = f"A day from {EARLIEST} to today"
        raise Invalid([error("/as_of", "out-of-range", detail, received=str(as_of))])
    definition = seeded()
    lattice = Lattice.load(definition)
    columns(lattice)
    return Plan(
        lattice=lattice,
        definition=definition,
        thresholds=thresholds_of(settings),
        max_age_days=settings.max_age_days,
        joint_targets=settings.gate_targets,
        as_of=as_of or now.date(),
        now=now,
        base=settings.public_url,
        signer=ReleaseSigner(settings.pepper()),
    )


async def build(session: AsyncSession, caller: Caller, plan: Plan) -> Release:
    """Build the next release from one snapshot, or refuse.

    What it is made of is read as of one moment, in a transaction beside the one that publishes:
    that one has to see what others do meanwhile, an operator's other acts on the audit trail.

    Args:
        session: the transaction that the release comes into being with.
        caller: an operator, in whose context the transaction is.
        plan: lattice, thresholds and clock.

    Raises:
        TooFewChanges: nothing, or too little, changed since the release before.
        ReleaseRefused: the gate found cells at fault; nothing is published.
    """
    await hold_builds(session)
    plan = await settle(session, plan)
    columns(plan.lattice)
    number, snapshot = await observe(session, caller, plan)
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
    release = await _publish(session, caller, plan, number, parts)
    await keep_coverage(session, number, parts, snapshot, plan.thresholds)
    return release


async def observe(session: AsyncSession, caller: Caller, plan: Plan) -> tuple[int, Snapshot]:
    """The number of the next release, and what it would be made of.

    Raises:
        Invalid: its day is before the last release's.
    """
    last = (
        await session.exec(select(Release).order_by(col(Release.number).desc()).limit(1))
    ).first()
    if last is not None and plan.as_of.isoformat() < last.manifest["as_of"]:
        # Going back and forth would make changes that nobody made.
        raise Invalid([error("/as_of", "before-last-release", "Not before the last release")])
    async with still(session, caller.scope) as reading:
        snapshot = await take(reading, caller, plan.lattice, plan.window)
    return 1 if last is None else last.number + 1, snapshot


def _parts(snapshot: Snapshot, plan: Plan, number: int) -> list[Part]:
    """Each instrument's cells; one with too few changes keeps the cells it has."""
    outcomes = list(judge_all(snapshot, plan, number))
    if not any(one.renewed for one in outcomes):
        skipped = [f"{one.name}: {one.skipped}" for one in outcomes]
        raise TooFewChanges("; ".join(skipped) or "There is no locked result yet")
    return [one.part for one in outcomes if one.part is not None]


async def _publish(
    session: AsyncSession, caller: Caller, plan: Plan, number: int, parts: Sequence[Part]
) -> Release:
    bodies = [
        (part.instrument, cell, cell.to_dict()) for part in parts for cell in part.cells.cells
    ]
    manifest = manifest_of(plan, number, parts, [body for _, _, body in bodies])
    release = Release(
        number=number, built_at=plan.now, manifest=manifest, sha256=sha256_of(manifest)
    )
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
    await keep_files(session, number, base=plan.base, signer=plan.signer)
    for part in parts:
        await _remember(session, number, part)
    await enter(session, caller.scope)
    return release


REMEMBER = """
    INSERT INTO release_contribution
      (organization_id, assessment_id, release_number, cohorts, before_id)
    SELECT organization_id, assessment_id, %s, cohorts, before_id FROM json_to_recordset(%s::json)
      AS counted (organization_id uuid, assessment_id uuid, cohorts text[], before_id uuid)
"""


async def _remember(session: AsyncSession, number: int, part: Part) -> None:
    """Who was counted: needed to judge later releases, seen by no one."""
    counted = part.cells.contributions
    for start in range(0, len(counted), CHUNK):
        some = counted[start : start + CHUNK]
        await enter(session, Scope(organizations=tuple(UUID(one.organization) for one in some)))
        rows = [
            {
                "organization_id": one.organization,
                "assessment_id": one.submission,
                "cohorts": sorted(one.cohorts),
                "before_id": one.before and one.before.submission,
            }
            for one in some
        ]
        await sql.send(session, REMEMBER, [number, sql.json_of(rows)])
