"""The OpenAPI document and its offline reader."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from app.assessments.schemas import SubmissionIn
from app.failures import responses
from app.files import PACKAGE
from app.problems import MalformedJson, PayloadTooLarge, Unavailable, UnsupportedMediaType
from app.schemas import ProblemOut

DESCRIPTION = """
Catalog, self-assessment, server-side scoring and benchmarks for health-care leadership, after
IHI's *Seven Leadership Leverage Points*. Catalog and benchmarks are open; the rest needs a key:
`Authorization: Bearer plc_...`. Every failure is `application/problem+json` (RFC 9457) and says
all that is wrong at once.
"""
TAGS = [
    {"name": "catalog", "description": "Frameworks and instruments, open to everyone."},
    {"name": "organizations", "description": "Networks, organizations and their attributes."},
    {"name": "assessments", "description": "Submissions in, scores and one locked result out."},
    {"name": "benchmarks", "description": "Published releases, open to everyone; own position."},
    {"name": "service", "description": "Is it there, is it ready."},
]
READ_ITSELF = (SubmissionIn, ProblemOut)
"""Models that FastAPI does not see: routes that read their own body, and problems."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)


def install(app: FastAPI) -> None:
    """Serve ``/openapi.json`` and ``/docs`` with files of our own, nothing from elsewhere."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.mount("/static", StaticFiles(directory=PACKAGE / "static"), name="static")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(
            PACKAGE / "static" / "docs.html",
            headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"},
        )


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="Palanca",
            version=app.version,
            description=DESCRIPTION.strip(),
            routes=app.routes,
            tags=TAGS,
            servers=[{"url": "/", "description": "This service"}],
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            contact={"name": "The operator of this service"},
        )
        _, extra = models_json_schema(
            [(model, "validation") for model in READ_ITSELF],
            ref_template="#/components/schemas/{model}",
        )
        schemas = made["components"]["schemas"]
        for name, schema in extra["$defs"].items():
            schemas[ProblemOut.model_config["title"] if name == "ProblemOut" else name] = schema
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        _replace_default_errors(made)
        _say_what_is_open(made)
        _add_common_errors(made)
        app.openapi_schema = made
    return app.openapi_schema


def _replace_default_errors(made: dict[str, Any]) -> None:
    """FastAPI declares its own 422 body; ours is a problem."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in made["paths"].values():
        for operation in methods.values():
            declared = operation["responses"].get("422")
            if declared and "application/json" in declared.get("content", {}):
                declared["content"] = problem
                declared["description"] = "`invalid`: Request is not valid"


def _add_common_errors(made: dict[str, Any]) -> None:
    """What any body, and any use of the database, can be answered with."""
    body = (MalformedJson, PayloadTooLarge, UnsupportedMediaType)
    for path, methods in made["paths"].items():
        for operation in methods.values():
            common = body if "requestBody" in operation else ()
            also = responses(*common) if path == "/healthz" else responses(*common, Unavailable)
            for status, declared in also.items():
                operation["responses"].setdefault(str(status), declared)


def _say_what_is_open(made: dict[str, Any]) -> None:
    """An operation that needs no key says so, rather than nothing."""
    for methods in made["paths"].values():
        for operation in methods.values():
            operation.setdefault("security", [])
