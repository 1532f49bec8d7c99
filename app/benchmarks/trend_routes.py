"""HTTP of one figure over all releases, open to everyone."""

import orjson
from fastapi import Request, Response

from app.api import Part, Route
from app.benchmarks.asking import Cohort, Figure, Instrument, Version, published_cohort
from app.benchmarks.disclosure.panel import AGAIN, BEFORE
from app.benchmarks.file_routes import SHORT, shelf
from app.benchmarks.lattice import ALL
from app.benchmarks.published import Shelf, Volume
from app.benchmarks.trend_schemas import TrendOut
from app.benchmarks.trend_views import trend
from app.failures import responses
from app.problems import AmbiguousReference, CohortNotPublished, Invalid, NotFound

router = Part(route_class=Route, tags=["benchmarks"])


@router.get(
    "/benchmarks/trend",
    response_model=TrendOut,
    responses=responses(NotFound, AmbiguousReference, CohortNotPublished, Invalid),
)
async def get_trend(
    request: Request,
    instrument: Instrument = None,
    version: Version = None,
    cohort: Cohort = ALL,
    figure: Figure = "overall",
) -> Response:
    """One figure of one cohort in every release, oldest first, as each release has it.

    Of whoever was counted each time: a difference is not a change of the same organizations. That
    is told beside it, of everybody: what those that answered again said before, and say now.
    """
    releases = shelf(request)
    volume, named = await _named(releases, instrument, version)
    wanted = published_cohort(volume, cohort or ALL)
    cohorts = (ALL, BEFORE, AGAIN) if wanted == ALL else (wanted,)
    lines = await releases.lines(named, cohorts, figure or "overall")
    if not lines[wanted]:
        raise NotFound("No release has such a figure")
    body = orjson.dumps(trend(named, wanted, lines))
    return Response(body, 200, SHORT, "application/json")


async def _named(
    releases: Shelf, instrument: str | None, version: str | None
) -> tuple[Volume, tuple[str, str]]:
    """The one instrument version meant, and the newest release that has it."""
    found: dict[tuple[str, str], Volume] = {}
    for volume in await releases.newest():
        for key in volume.cells:
            if instrument in {None, key[0]} and version in {None, key[1]}:
                found.setdefault(key, volume)
    if not found:
        raise NotFound("No release has such an instrument version")
    if len(found) > 1:
        raise AmbiguousReference(
            "Say instrument and version", choices=[" ".join(key) for key in sorted(found)]
        )
    [(key, volume)] = found.items()
    return volume, key
