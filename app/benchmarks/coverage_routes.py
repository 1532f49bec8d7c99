"""HTTP of how selective the sample behind a release is: for those who take part."""

from typing import Annotated

from fastapi import Request

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Part, Route, SessionDep, allowed
from app.benchmarks.asking import Instrument, Version, named_instrument
from app.benchmarks.coverage import NOTHING, find_coverage, shown
from app.benchmarks.coverage_schemas import CoverageOut
from app.benchmarks.file_routes import Reference, shelf
from app.failures import responses
from app.problems import (
    AmbiguousReference,
    InsufficientScope,
    Invalid,
    NotFound,
    Unauthenticated,
)

router = Part(route_class=Route, tags=["benchmarks"])

Member = Annotated[Caller, allowed(Permission.BENCHMARKS_READ)]


@router.get(
    "/benchmarks/{release}/coverage",
    response_model=CoverageOut,
    responses=responses(Unauthenticated, InsufficientScope, NotFound, AmbiguousReference, Invalid),
)
async def get_coverage(
    release: Reference,
    _: Member,
    session: SessionDep,
    request: Request,
    instrument: Instrument = None,
    version: Version = None,
) -> dict[str, object]:
    """How selective the sample is: part of the population, flagged answers, who stays out.

    For keys of organizations, networks and the operator, whichever organization it is; no key of a
    partner app or a researcher can have the scope. Old releases have no bands.
    """
    volume = await shelf(request).get(release)
    named = named_instrument(volume, instrument, version)
    bands = (await find_coverage(session, named, {volume.number})).get(volume.number, NOTHING)
    return {
        "release": volume.number,
        "as_of": volume.as_of,
        "instrument": named[0],
        "version": named[1],
        "sha256": volume.sha256,
        **shown(bands, volume.lattice, volume.cells[named]),
    }
