"""What the next release would be, without building it: for the operator, who sees all anyway."""

import asyncio
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.benchmarks.disclosure.figures import is_item
from app.benchmarks.judging import Outcome, judge_all
from app.benchmarks.lattices import by, current
from app.benchmarks.manifest import Plan
from app.benchmarks.service import observe


async def preview(session: AsyncSession, caller: Caller, plan: Plan) -> dict[str, Any]:
    """The next release as it would be built by that plan; writes nothing.

    Raises:
        Invalid: its day is before the last release's.
    """
    version, _ = await current(session, plan.definition)
    plan = by(version, plan)
    number, snapshot = await observe(session, caller, plan)
    outcomes = await asyncio.to_thread(lambda: list(judge_all(snapshot, plan, number)))
    told = [_told(one) for one in outcomes]
    refused = any(one["outcome"] == "refused" for one in told)
    return {
        "release": number,
        "as_of": plan.as_of.isoformat(),
        "periods_ended": {
            "from": plan.window.oldest.isoformat(),
            "to": plan.window.newest.isoformat(),
        },
        "would_be_built": any(one.renewed for one in outcomes) and not refused,
        "instruments": told,
    }


def _told(outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {
        "instrument": outcome.name,
        "contributions": outcome.contributions,
        "changed_since_last": outcome.changed,
        "outcome": "renewed" if outcome.part else "skipped",
    }
    if outcome.skipped is not None:
        told |= {"outcome": "kept" if outcome.part else "skipped", "reason": outcome.skipped}
    if outcome.part is not None:
        cells = [one for one in outcome.part.cells.cells if not is_item(one.figure)]
        statuses = [str(cell.status) for cell in cells]
        told["cells"] = {one: statuses.count(one) for one in ("published", "carried", "withheld")}
        report = outcome.part.report
        if report is not None and not report.passed:
            told |= {"outcome": "refused", "findings": report.to_dict()["findings"]}
    return told
