"""HTTP of benchmarks: open to everyone; releases are built by the operator."""

from typing import Annotated

import orjson
from fastapi import Query, Request, Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.benchmarks import service, views
from app.benchmarks.asking import (
    Cohort,
    Figure,
    Instrument,
    Version,
    cell_of,
    named_instrument,
    published_cohort,
)
from app.benchmarks.calendar import Calendar
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
from app.benchmarks.lattice import MAX_COHORTS
from app.benchmarks.published import Volume
from app.benchmarks.schemas import (
    CellList,
    CohortList,
    ComparisonOut,
    ManifestOut,
    ReleaseIn,
    ReleaseKeyOut,
    ReleaseList,
    ReleaseOut,
)
from app.catalog.languages import choose
from app.failures import responses
from app.problems import (
    AmbiguousReference,
    CohortNotPublished,
    InsufficientScope,
    Invalid,
    NotFound,
    ReleaseRefused,
    TooFewChanges,
    Unauthenticated,
    error,
)

router = Part(route_class=Route, tags=["benchmarks"])

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
async def list_releases(request: Request, now: Now) -> Response:
    """All releases, newest first, and the day of the next one."""
    rows = await shelf(request).list()
    calendar = Calendar.of(request.app.state.settings.release_days)
    body = orjson.dumps(views.releases(rows, calendar.next(now.date())))
    return Response(body, 200, SHORT, "application/json")


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
    # One from before there were files may have them any moment.
    policy = cached(release) if volume.files else {"Cache-Control": "no-cache"}
    return Response(body, 200, {**policy, "Vary": "Accept"}, "application/json")


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
    version: Version = None,
    cohort: Cohort = None,
    figure: Figure = None,
) -> Response:
    """Published figures by cohort: n, networks, mean, percentiles; what is withheld and why."""
    volume = await shelf(request).get(release)
    named = named_instrument(volume, instrument, version)
    wanted = None if cohort is None else published_cohort(volume, cohort)
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


@router.get(
    "/benchmarks/{release}/comparison",
    response_model=ComparisonOut,
    responses=responses(NotFound, AmbiguousReference, CohortNotPublished, Invalid),
)
async def compare_cohorts(
    release: Reference,
    request: Request,
    cohorts: Annotated[
        str,
        Query(
            max_length=MAX_COHORTS * 100,
            description="Ids of published cohorts, with commas; each is compared to the first.",
            examples=["teaching:yes,teaching:no"],
        ),
    ],
    instrument: Instrument = None,
    version: Version = None,
    figure: Figure = None,
) -> Response:
    """Cohorts side by side in one call: each figure's cells, and how far means are apart."""
    volume = await shelf(request).get(release)
    named = named_instrument(volume, instrument, version)
    wanted = list(dict.fromkeys(published_cohort(volume, one) for one in cohorts.split(",")))
    if len(wanted) == 1:
        raise Invalid([error("query:/cohorts", "same-cohort", "Name two cohorts or more")])
    figures = dict.fromkeys(name for _, name in volume.cells[named])
    rows = [
        [cell_of(volume, named, cohort, one) for cohort in wanted]
        for one in figures
        if figure in {None, one}
    ]
    if not rows:
        raise NotFound("The instrument has no such figure")
    body = orjson.dumps(views.comparison(volume, *named, rows))
    return Response(body, 200, cached(release), "application/json")
