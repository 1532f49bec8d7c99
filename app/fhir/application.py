"""The FHIR application: mounted, with failures in its own words and no OpenAPI document."""

import re

from fastapi import Depends, FastAPI
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from app import failures
from app.fhir import bundle_routes, outcomes, response_routes, routes, terminology_routes
from app.fhir.replies import negotiate
from app.r4.names import PATH


def mount(app: FastAPI) -> None:
    """Serve FHIR below an application, with its state."""
    fhir = FastAPI(
        title="FHIR",
        version=app.version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(negotiate)],
        redirect_slashes=False,
        max_body_size=None,  # Wire counts, around everything
    )
    fhir.state = app.state
    for part in (
        bundle_routes.router,
        response_routes.router,
        response_routes.tried,
        routes.router,
        routes.posted,
        terminology_routes.router,
        terminology_routes.posted,
    ):
        fhir.include_router(part)
    failures.install(fhir, outcomes.render)
    app.router.routes.append(Route(PATH, _Base(fhir)))
    below = Mount(PATH, fhir, name="fhir")
    # Starlette's own stops at the end of a line, which an address may hold.
    below.path_regex = re.compile(below.path_regex.pattern, re.DOTALL)
    app.router.routes.append(below)


class _Base:
    """The base itself, which is written without a slash, too."""

    def __init__(self, fhir: FastAPI) -> None:
        self.fhir = fhir

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        root = scope.get("root_path", "")
        below = {"app_root_path": root, "root_path": root + PATH, "path": f"{root}{PATH}/"}
        await self.fhir({**scope, **below}, receive, send)
