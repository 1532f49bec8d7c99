"""One figure over all releases as the wire shows it. Pure."""

from collections.abc import Mapping
from typing import Any

from app.benchmarks.disclosure.cells import Cell, Status
from app.benchmarks.disclosure.panel import AGAIN, BEFORE
from app.benchmarks.disclosure.postprocessing import interval
from app.benchmarks.published import Line
from app.benchmarks.views import whole

NOTE = (
    "Of the organizations counted in each release. Who takes part changes from one to the next, so"
    " a difference between two releases is not a change of the same organizations; that one is"
    " same_organizations."
)


def trend(named: tuple[str, str], cohort: str, lines: Mapping[str, Line]) -> dict[str, Any]:
    """One figure of one cohort over the releases; of everybody also the same ones twice."""
    line = lines[cohort]
    now, before = (_by_release(lines.get(half, [])) for half in (AGAIN, BEFORE))
    data, renewed = [], None
    for manifest, found in line:
        number = manifest["release"]
        data.append(
            {
                "release": number,
                "as_of": manifest["as_of"],
                "status": str(found.status),
                "reason": found.reason and str(found.reason),
                "as_of_release": found.as_of_release,
                "organizations": found.organizations,
                "mean": found.mean,
                "mean_interval": interval(found),
                "percentiles": dict(found.percentiles),
                "same_organizations": _same(renewed, before.get(number), now.get(number)),
            }
        )
        if found.status is Status.PUBLISHED:
            renewed = number
    return {
        "instrument": named[0],
        "version": named[1],
        "cohort": cohort,
        "figure": line[0][1].figure,
        "organizations": "as_counted_in_each_release",
        "note": NOTE,
        **whole(data),
    }


def _by_release(line: Line) -> dict[int, Cell]:
    return {manifest["release"]: found for manifest, found in line}


def _same(since: int | None, before: Cell | None, now: Cell | None) -> dict[str, Any] | None:
    """Those that answered again since a release; none of other cohorts, or of old releases."""
    if before is None or now is None:
        return None
    means = before.mean, now.mean
    return {
        "since_release": since,
        "status": str(now.status),
        "reason": now.reason and str(now.reason),
        "organizations": now.organizations,
        "before": _half(before),
        "now": _half(now),
        "change": None if means[0] is None or means[1] is None else means[1] - means[0],
    }


def _half(found: Cell) -> dict[str, Any]:
    return {
        "mean": found.mean,
        "mean_interval": interval(found),
        "percentiles": dict(found.percentiles),
    }
