"""How well an instrument measures: psychometrics over all locked assessments, for the operator.

Only complete, individual, standing submissions of locked assessments count. Levels are oriented,
so that a reverse-keyed item counts with the others.
"""

from collections.abc import Sequence
from dataclasses import asdict
from statistics import fmean, median
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.answers import by_item
from app.assessments.models import Assessment, Mode, Submission
from app.assessments.submissions import stands
from app.catalog.service import Published, find_instrument
from app.db import Scope, enter
from app.scoring.agreement import rwg_j
from app.scoring.form import Form
from app.scoring.linking import link
from app.scoring.reliability import cronbach_alpha, icc
from app.scoring.score import score

CHUNK = 500
"""Organizations whose rows are in sight at once; the tenant context stays of bounded size."""

Rows = list[list[int]]


async def quality(
    session: AsyncSession, instrument: Published, organization_ids: Sequence[UUID]
) -> dict[str, Any]:
    """Alpha, ICC(1), ICC(2) and rwg(j) of the whole and of each section."""
    units = await _units(session, instrument, organization_ids)
    form = instrument.form
    whole = list(range(len(form.items)))
    scales = [_scale(None, form, whole, units)]
    start = 0
    for section in form.sections if len(form.sections) > 1 else ():
        places = list(range(start, start + len(section.items)))
        scales.append(_scale(section.code, form, places, units))
        start += len(section.items)
    return {
        "instrument": form.instrument,
        "version": form.version,
        "scales": scales,
        "linking": await _linking(session, instrument, organization_ids),
    }


async def _linking(
    session: AsyncSession, short: Published, organization_ids: Sequence[UUID]
) -> dict[str, Any] | None:
    """How a short form's overall scores become the long form's, by answers to the long one."""
    of = short.definition.short_of
    long = None if of is None else await find_instrument(session, of.instrument, of.version)
    if long is None:
        return None
    units = await _units(session, long, organization_ids)
    pairs = []
    for levels in (row for unit in units for row in unit):
        # Oriented twice is as it was answered.
        items = zip(long.form.items.items(), levels, strict=True)
        answers = {code: item.oriented(level) for (code, item), level in items}
        part = {code: answers[code] for code in short.form.items}
        few, all_of_it = score(short.form, part).overall, score(long.form, answers).overall
        if few.number is not None and all_of_it.number is not None:
            pairs.append((few.number, all_of_it.number))
    found = link(pairs)
    to = {"instrument": long.form.instrument, "version": long.form.version}
    return {"to": to, "submissions": len(pairs), **(asdict(found) if found else {})}


async def _units(
    session: AsyncSession, instrument: Published, organization_ids: Sequence[UUID]
) -> list[Rows]:
    """Oriented levels of each assessment's complete submissions."""
    items = list(instrument.form.items.values())
    units: dict[UUID, Rows] = {}
    for start in range(0, len(organization_ids), CHUNK):
        chunk = tuple(organization_ids[start : start + CHUNK])
        await enter(session, Scope(organizations=chunk))
        found = await session.exec(
            select(Submission.assessment_id, Submission.answers)
            .where(
                col(Submission.organization_id).in_(chunk),
                Assessment.organization_id == Submission.organization_id,
                Assessment.id == Submission.assessment_id,
                Assessment.instrument_version_id == instrument.id,
                col(Assessment.locked_at).is_not(None),
                Submission.mode == Mode.INDIVIDUAL,
                *stands(),
            )
            .order_by(col(Submission.id))
        )
        for assessment_id, answers in found:
            levels = [one for one in by_item(answers) if type(one) is int]
            if len(levels) == len(items):
                oriented = [item.oriented(one) for item, one in zip(items, levels, strict=True)]
                units.setdefault(assessment_id, []).append(oriented)
    return list(units.values())


def _scale(section: str | None, form: Form, places: list[int], units: list[Rows]) -> dict[str, Any]:
    items = list(form.items.values())
    options = [items[place].span + 1 for place in places]
    chosen = [[[row[place] for place in places] for row in unit] for unit in units]
    rows = [row for unit in chosen for row in unit]
    found = icc([[fmean(row) for row in unit] for unit in chosen])
    agreed = [
        float(one.value)
        for unit in chosen
        if (one := rwg_j(list(zip(*unit, strict=True)), options=options)) is not None
    ]
    return {
        "section": section,
        "items": len(places),
        "submissions": len(rows),
        "assessments": len(units),
        "cronbach_alpha": cronbach_alpha(rows),
        "icc1": found and found.icc1,
        "icc2": found and found.icc2,
        "mean_group_size": found and found.mean_size,
        "rwg_j": _spread(agreed) if agreed else None,
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {
        "mean": fmean(values),
        "median": median(values),
        "minimum": min(values),
        "maximum": max(values),
    }
