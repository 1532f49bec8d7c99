"""HTTP of an organization's own place in what is published."""

from typing import Annotated

from fastapi import Query, Request

from app.api import Part, Route, SessionDep
from app.assessments.locked import own_scores
from app.assessments.schemas import Period
from app.benchmarks.asking import Instrument, Version, cell_of, named_instrument, published_cohort
from app.benchmarks.file_routes import shelf
from app.benchmarks.lattice import ALL
from app.benchmarks.position import place, trend
from app.benchmarks.schemas import PositionOut, PositionTrendOut
from app.catalog import service as catalog
from app.failures import responses
from app.organizations.tenant import Reader
from app.problems import (
    AmbiguousReference,
    CohortNotPublished,
    InsufficientScope,
    Invalid,
    NotFound,
    NotShared,
    Unauthenticated,
)
from app.schemas import Page

router = Part(route_class=Route, tags=["benchmarks"])

ANSWERS = responses(
    Unauthenticated,
    InsufficientScope,
    NotFound,
    NotShared,
    AmbiguousReference,
    CohortNotPublished,
    Invalid,
)
Cohort = Annotated[str, Query(max_length=200)]


@router.get("/organizations/{org}/position", response_model=PositionOut, responses=ANSWERS)
async def get_position(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    instrument: Instrument = None,
    version: Version = None,
    period: Annotated[Period | None, Query()] = None,
    cohort: Cohort = ALL,
    release: Annotated[str, Query(max_length=20)] = "latest",
) -> dict[str, object]:
    """Own scores of the latest locked assessment, as bands in published breakpoints."""
    volume = await shelf(request).get(release)
    named = named_instrument(volume, instrument, version)
    wanted = published_cohort(volume, cohort)
    found = await catalog.get_instrument(session, *named)
    own = (await own_scores(session, tenant.id, found, period))[0]
    return {
        "organization_id": tenant.id,
        "instrument": named[0],
        "version": named[1],
        "period": own.period,
        "release": volume.number,
        "cohort": wanted,
        "data": [
            place(figure, score, cell_of(volume, named, wanted, figure))
            for figure, score in own.scores.items()
        ],
    }


@router.get(
    "/organizations/{org}/position/trend", response_model=PositionTrendOut, responses=ANSWERS
)
async def get_position_trend(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    instrument: Instrument = None,
    version: Version = None,
    cohort: Cohort = ALL,
    figure: Annotated[str, Query(max_length=64)] = "overall",
) -> dict[str, object]:
    """One figure over the releases, oldest first: the round of then and its band."""
    volumes = await shelf(request).newest()
    if not volumes:
        raise NotFound("No release yet")
    named = named_instrument(volumes[0], instrument, version)
    wanted = published_cohort(volumes[0], cohort)
    found = await catalog.get_instrument(session, *named)
    if figure not in found.figures:
        raise NotFound("The instrument has no such figure")
    own = await own_scores(session, tenant.id, found)
    data = trend(own, volumes[::-1], named, (wanted, figure))
    return {
        "organization_id": tenant.id,
        "instrument": named[0],
        "version": named[1],
        "cohort": wanted,
        "figure": figure,
        "data": data,
        "page": Page(next_cursor=None, limit=max(len(data), 1)),
    }
