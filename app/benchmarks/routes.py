"""HTTP of benchmarks: open to everyone; releases are built by the operator."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Route, SessionDep, allowed
from app.assessments.schemas import Period
from app.benchmarks import service, views
from app.benchmarks.file_routes import (
    SHORT,
    Accepted,
    Lang,
    Reference,
    cached,
    page_of,
    prefers_pages,
    shelf,
)
from app.benchmarks.files.signing import ReleaseSigner, described
from app.benchmarks.lattice import ALL
from app.benchmarks.published import Volume
from app.benchmarks.schemas import (
    CellList,
    CohortList,
    ManifestOut,
    PositionOut,
    ReleaseIn,
    ReleaseKeyOut,
    ReleaseList,
    ReleaseOut,
)
from app.catalog import service as catalog
from app.catalog.languages import choose
from app.failures import responses
from app.organizations.tenant import Reader
from app.problems import (
    AmbiguousReference,
    CohortNotPublished,
    InsufficientScope,
    Invalid,
    NotFound,
    NotShared,
    ReleaseRefused,
    TooFewChanges,
    Unauthenticated,
)

router = APIRouter(route_class=Route, tags=["benchmarks"])

Instrument = Annotated[
    str | None, Query(max_length=64, description="Needed if the release has several.")
]
Cohort = Annotated[
    str | None,
    Query(
        max_length=200,
        description="A published cohort: its id, such as `size_band:300_plus;teaching:yes`.",
    ),
]
Builder = Annotated[Caller, allowed(Permission.RELEASES_WRITE)]


@router.post(
    "/releases",
    status_code=201,
    response_model=ReleaseOut,
    responses=responses(Unauthenticated, InsufficientScope, TooFewChanges, ReleaseRefused, Invalid),
)
async def build_release(
    caller: Builder,
    session: SessionDep,
    request: Request,
    response: Response,
    now: Now,
    given: ReleaseIn | None = None,
) -> dict[str, object]:
    """Build the next release from one snapshot, if the release gate passes it (operator)."""
    plan = service.plan(request.app.state.settings, as_of=given.as_of if given else None, now=now)
    release = await service.build(session, caller, plan)
    response.headers["Location"] = f"/v1/benchmarks/{release.number}"
    return views.brief(release.manifest, release.sha256)


@router.get("/benchmarks", response_model=ReleaseList)
async def list_releases(request: Request) -> Response:
    """All releases, newest first."""
    rows = await shelf(request).list()
    return Response(orjson.dumps(views.releases(rows)), 200, SHORT, "application/json")


@router.get("/benchmarks/public-key")
async def get_public_key(request: Request, response: Response) -> ReleaseKeyOut:
    """The key that the manifests of releases are signed with (base64, PEM, and its SHA-256)."""
    signer = ReleaseSigner(request.app.state.pepper)
    response.headers.update(SHORT)
    return ReleaseKeyOut(**described(signer.public_key))


@router.get(
    "/benchmarks/{release}",
    response_model=ManifestOut,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **responses(NotFound),
    },
)
async def get_release(
    release: Reference,
    request: Request,
    lang: Lang = None,
    accept: Accepted = None,
    accept_language: Accepted = None,
) -> Response:
    """A release's manifest: rules, thresholds, lattice, and the gate's report; files, if it has.

    A browser (`Accept: text/html`) gets its page.
    """
    if prefers_pages(accept):
        return await page_of(request, release, lang, accept_language)
    volume = await shelf(request).get(release, with_files=True)
    key = described(ReleaseSigner(request.app.state.pepper).public_key)
    body = orjson.dumps(views.manifest(volume, key))
    return Response(body, 200, {**cached(release), "Vary": "Accept"}, "application/json")


@router.get(
    "/benchmarks/{release}/cohorts", response_model=CohortList, responses=responses(NotFound)
)
async def list_cohorts(
    release: Reference,
    request: Request,
    lang: Lang = None,
    accept_language: Accepted = None,
) -> Response:
    """The lattice: every cohort that has cells, and which are around it."""
    volume = await shelf(request).get(release)
    language = choose(["en", "es-419"], lang, accept_language)
    headers = {**cached(release), "Content-Language": language, "Vary": "Accept-Language"}
    return Response(orjson.dumps(views.cohorts(volume, language)), 200, headers, "application/json")


@router.get(
    "/benchmarks/{release}/cells",
    response_model=CellList,
    responses=responses(NotFound, AmbiguousReference, CohortNotPublished, Invalid),
)
async def list_cells(
    release: Reference,
    request: Request,
    instrument: Instrument = None,
    version: Annotated[str | None, Query(max_length=64)] = None,
    cohort: Cohort = None,
    figure: Annotated[
        str | None, Query(max_length=64, description="`overall`, or the code of a section.")
    ] = None,
) -> Response:
    """Published figures by cohort: n, networks, mean, percentiles; what is withheld and why."""
    volume = await shelf(request).get(release)
    named = _instrument(volume, instrument, version)
    wanted = None if cohort is None else _cohort(volume, cohort)
    asked = (*named, wanted, figure)
    if asked not in volume.answers:
        volume.answers[asked] = _cells(volume, named, wanted, figure)
    return Response(volume.answers[asked], 200, cached(release), "application/json")


def _cells(volume: Volume, named: tuple[str, str], cohort: str | None, figure: str | None) -> bytes:
    found = [
        cell
        for (of_cohort, of_figure), cell in volume.cells[named].items()
        if cohort in {None, of_cohort} and figure in {None, of_figure}
    ]
    if not found:
        raise NotFound("The instrument has no such figure")
    order = {one.id: place for place, one in enumerate(volume.lattice.cohorts)}
    found.sort(key=lambda cell: order[cell.cohort])
    return orjson.dumps(views.cells(volume, *named, found))


def _instrument(volume: Volume, instrument: str | None, version: str | None) -> tuple[str, str]:
    """The one instrument version of the release that was meant."""
    found = [
        key for key in volume.cells if instrument in {None, key[0]} and version in {None, key[1]}
    ]
    if not found:
        raise NotFound("The release has no such instrument version")
    if len(found) > 1:
        raise AmbiguousReference(
            "Say instrument and version", choices=[" ".join(key) for key in sorted(found)]
        )
    return found[0]


def _cohort(volume: Volume, reference: str) -> str:
    """The id of a published cohort, whatever the order of its parts."""
    if reference == ALL:
        return ALL
    parts = [part.partition(":") for part in reference.split(";")]
    filters = {name: value for name, _, value in parts}
    found = volume.lattice.resolve(filters) if len(filters) == len(parts) else None
    if found is None:
        raise CohortNotPublished(
            "There are no free filters: only the cohorts of the lattice are published",
            nearest=list(volume.lattice.nearest(filters)),
            cohorts=f"/v1/benchmarks/{volume.number}/cohorts",
        )
    return found


@router.get(
    "/organizations/{org}/position",
    response_model=PositionOut,
    responses=responses(
        Unauthenticated,
        InsufficientScope,
        NotFound,
        NotShared,
        AmbiguousReference,
        CohortNotPublished,
        Invalid,
    ),
)
async def get_position(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    instrument: Instrument = None,
    version: Annotated[str | None, Query(max_length=64)] = None,
    period: Annotated[Period | None, Query()] = None,
    cohort: Annotated[str, Query(max_length=200)] = ALL,
    release: Annotated[str, Query(max_length=20)] = "latest",
) -> dict[str, object]:
    """Own scores of the latest locked assessment, as bands in published breakpoints."""
    volume = await shelf(request).get(release)
    named = _instrument(volume, instrument, version)
    wanted = _cohort(volume, cohort)
    found = await catalog.get_instrument(session, *named)
    own = await service.own_scores(session, tenant.id, found, period)
    return {
        "organization_id": tenant.id,
        "instrument": named[0],
        "version": named[1],
        "period": own.period,
        "release": volume.number,
        "cohort": wanted,
        "data": [
            service.place(figure, score, volume.cells[named][wanted, figure])
            for figure, score in own.scores.items()
        ],
    }
