"""The application: wiring and nothing else."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Request
from pydantic import BaseModel
from sqlalchemy import text
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send

from app import api, docs, failures, paging
from app.access import used
from app.access.callers import Recent
from app.assessments import invitation_routes, respondent_routes, submission_routes
from app.assessments import program_routes as result_programs
from app.assessments import projection_routes as projections
from app.assessments import routes as assessments
from app.assessments.straight import Desk, Straight
from app.assessments.together import Together
from app.audit.chain import Signer
from app.benchmarks import coverage_routes as coverage
from app.benchmarks import file_routes as benchmark_files
from app.benchmarks import item_routes as benchmark_items
from app.benchmarks import position_routes as positions
from app.benchmarks import routes as benchmarks
from app.benchmarks import trend_routes as trends
from app.benchmarks import wish_routes as wishes
from app.benchmarks.published import Shelf
from app.catalog import crosswalk_routes as crosswalks
from app.catalog import framework_routes as frameworks
from app.catalog import program_routes as programs
from app.catalog import routes as catalog
from app.catalog import search_routes as search
from app.catalog import version_routes as catalog_versions
from app.clients import discovery_routes, key_routes, oauth_errors, oauth_routes
from app.clients import routes as clients
from app.database import Databases, connect
from app.db import APP_ROLE, RELEASE_ROLE, check_role, make_engine
from app.erasure import routes as erasure
from app.fhir import application, outcomes
from app.imports import helps, kept_routes, template_routes
from app.imports import routes as imports
from app.learning import aim_routes as aims
from app.learning import chart_routes as charts
from app.learning import cycle_routes as tests_of_change
from app.learning import measure_routes as measures
from app.limiting import Limiter
from app.migrate import head
from app.organizations import agreement_routes, audit_routes, bulk_routes, grant_routes
from app.organizations import routes as organizations
from app.practices import adoption_routes as adoptions
from app.practices import library_routes as library
from app.practices import routes as practices
from app.practices import step_routes as steps
from app.problems import NotFound, Unavailable, catalogue
from app.queries import routes as queries
from app.r4.names import PATH
from app.ready import Ready
from app.settings import Settings
from app.titles import title
from app.wire import Wire


class Health(BaseModel):
    """That the process answers."""

    status: str


class Service(FastAPI):
    """The application, with the quick ways around it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the service."""
        scope["app"] = self
        await self.state.quick(scope, receive, send)

    async def ordinary(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What goes through the routing."""
        await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> FastAPI:
    """The service for these settings; it connects when it starts."""
    app = Service(
        title="Palanca",
        version=version("palanca"),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        dependencies=[Depends(paging.known_parameters)],
        redirect_slashes=False,
        max_body_size=None,  # Wire counts; FastAPI would answer 413 in plain text
    )
    app.state.settings = settings
    app.state.quick = Ready(Straight(app.ordinary, settings))
    app.state.limiter = Limiter(settings)
    app.state.draining = False
    for part in (
        catalog.router,
        frameworks.router,
        crosswalks.router,
        catalog_versions.router,
        search.router,
        programs.router,
        assessments.quality_router,
        organizations.router,
        audit_routes.router,
        agreement_routes.router,
        bulk_routes.router,
        grant_routes.router,
        submission_routes.router,
        imports.router,
        kept_routes.router,
        template_routes.router,
        assessments.router,
        projections.router,
        measures.router,
        charts.router,
        aims.router,
        tests_of_change.router,
        practices.router,
        steps.router,
        practices.reviews,
        adoptions.router,
        library.router,
        result_programs.router,
        invitation_routes.router,
        respondent_routes.router,
        erasure.router,
        trends.router,  # before what takes any word for a release
        benchmarks.router,
        benchmark_items.router,
        coverage.router,
        positions.router,
        wishes.router,
        benchmark_files.router,
        queries.router,
        clients.router,
        key_routes.router,
    ):
        app.include_router(part, prefix="/v1")
    for unversioned in (oauth_routes.router, discovery_routes.router, service):
        app.include_router(unversioned)
    failures.install(app)
    oauth_errors.install(app)
    docs.install(app)
    application.mount(app)
    app.add_middleware(Wire, settings=settings, renderers={PATH: outcomes.render})
    # Open data is for browsers too; keys travel in a header, never in cookies.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET"],
        allow_headers=["Authorization", "If-None-Match", "If-Range", "Range"],
        expose_headers=[
            "Accept-Ranges",
            "Content-Disposition",
            "Content-Range",
            "ETag",
            "Link",
            "Content-Language",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
        ],
    )
    return app


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connect, refuse unsafe roles, serve, disconnect."""
    settings: Settings = app.state.settings
    databases: Databases = connect(settings)
    app.state.pepper = settings.pepper()
    app.state.signer = Signer(app.state.pepper)
    app.state.recent = Recent()
    app.state.engine = make_engine(databases.app, pool_size=settings.pool_size)
    app.state.release_engine = make_engine(databases.release, pool_size=2)
    app.state.desk = Desk(
        engine=app.state.engine,
        pepper=app.state.pepper,
        recent=app.state.recent,
        limiter=app.state.limiter,
        together=Together(app.state.engine, app.state.signer),
    )
    app.state.shelf = Shelf(app.state.release_engine)
    # What is here now stays: nobody need look through it for garbage again and again.
    gc.collect()
    gc.freeze()
    try:
        await check_role(app.state.engine, APP_ROLE)
        await check_role(app.state.release_engine, RELEASE_ROLE)
        async with used.kept(app.state.engine, app.state.recent):
            yield
    finally:
        await app.state.limiter.close()
        await app.state.engine.dispose()
        await app.state.release_engine.dispose()


service = APIRouter(tags=["service"])


@service.get("/healthz")
async def health() -> Health:
    """Whether the process answers; asks nothing of the database."""
    return Health(status="ok")


class ProblemPage(BaseModel):
    """What a problem's ``type`` leads to."""

    slug: str
    title: str
    status: int
    meaning: str


@service.get("/problems/{slug}", responses=failures.responses(NotFound))
async def problem(
    slug: Annotated[str, Path(max_length=64)],
    accept_language: Annotated[str | None, Header(max_length=500)] = None,
) -> ProblemPage:
    """What a problem means; the `type` of every problem leads here."""
    kind, of_line = catalogue().get(slug), helps.meanings().get(slug)
    if kind is None and of_line is not None:
        return ProblemPage(slug=slug, title=of_line.title, status=422, meaning=of_line.meaning)
    if kind is None:
        raise NotFound("No such problem")
    meaning = " ".join((kind.__doc__ or "").split())
    said, _ = title(kind, accept_language)
    return ProblemPage(slug=slug, title=said, status=kind.status, meaning=meaning)


@service.get("/readyz", responses=failures.responses(Unavailable))
async def ready(request: Request, session: api.SessionDep) -> Health:
    """Whether requests can be served: the database answers and has this code's schema."""
    if request.app.state.draining:
        raise Unavailable("Stopping: what comes now belongs elsewhere")
    revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
    if revision != head():
        raise Unavailable(f"The schema is at {revision}, not {head()}: run `palanca db upgrade`")
    return Health(status="ready")
