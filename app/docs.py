"""The OpenAPI document and its offline reader."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles

from app.assessments.schemas import SubmissionIn
from app.clients.schemas import JwksIn
from app.failures import responses
from app.files import PACKAGE
from app.imports.schemas import SubmissionLineIn
from app.organizations.bulk_schemas import OrganizationRowIn
from app.problems import (
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    Invalid,
    MalformedJson,
    PayloadTooLarge,
    Problem,
    RequestTimeout,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
)
from app.schemas import NO_NUL, ProblemOut
from app.trail import MAX_KEY

DESCRIPTION = """
Catalog, self-assessment, server-side scoring and benchmarks for health-care leadership, after
IHI's *Seven Leadership Leverage Points*. Catalog and benchmarks are open; the rest needs a key:
`Authorization: Bearer plc...`. Every failure is `application/problem+json` (RFC 9457) and says
all that is wrong at once.
"""
TAGS = [
    {"name": "catalog", "description": "Frameworks and instruments, open to everyone."},
    {"name": "organizations", "description": "Networks, organizations and their attributes."},
    {"name": "agreements", "description": "What organizations sign, and what they allow."},
    {"name": "clients", "description": "Programs that call, their keys and tokens."},
    {"name": "assessments", "description": "Submissions in, scores and one locked result out."},
    {"name": "learning", "description": "Measures, charts, aims and tests of change."},
    {"name": "imports", "description": "Many submissions at once, each with its outcome."},
    {"name": "respondents", "description": "Invitations, and what a person may do with one."},
    {"name": "data", "description": "Export and erasure of what is held."},
    {"name": "benchmarks", "description": "Published releases, open to everyone; own position."},
    {"name": "queries", "description": "Own queries of approved researchers; off by default."},
    {"name": "service", "description": "Is it there, is it ready."},
]
READ_ITSELF = (JwksIn, OrganizationRowIn, SubmissionIn, SubmissionLineIn, ProblemOut)
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
        _add_retries(made)
        _refuse_nul(made)
        _close_maps(schemas)
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


BODY = (MalformedJson, PayloadTooLarge, RequestTimeout, UnsupportedMediaType)
RETRIED = (IdempotencyKeyInFlight, IdempotencyKeyReused)


def _add_common_errors(made: dict[str, Any]) -> None:
    """What any body, any retry, and any use of the database can be answered with."""
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            common: list[type[Problem]] = [Invalid]  # a query parameter that it does not have
            common += BODY if method != "get" else ()
            common += RETRIED if method == "post" and _has_key(operation) else ()
            common += () if path == "/healthz" else (TooManyRequests, Unavailable)
            for status, declared in responses(*common).items():
                known = operation["responses"].setdefault(str(status), declared)
                new = declared["description"].split("; ")
                missing = [one for one in new if one not in known["description"]]
                known["description"] = "; ".join([known["description"], *missing])


def _has_key(operation: dict[str, Any]) -> bool:
    return any(one.keys() & {"key", "invitation"} for one in operation.get("security", ()))


def _close_maps(node: Any) -> None:  # noqa: ANN401 - JSON
    """Maps whose names have a pattern take no others; Pydantic leaves that unsaid."""
    if isinstance(node, dict) and "patternProperties" in node:
        node.setdefault("additionalProperties", False)
    if isinstance(node, dict | list):
        for one in node.values() if isinstance(node, dict) else node:
            _close_maps(one)


def _refuse_nul(made: dict[str, Any]) -> None:
    """No text of a query holds NUL, whatever it is for; see ``paging.known_parameters``."""
    for methods in made["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                for schema in (parameter["schema"], *parameter["schema"].get("anyOf", [])):
                    plain = schema.get("type") == "string" and not schema.keys() & {
                        "enum",
                        "format",
                    }
                    if parameter["in"] == "query" and plain:
                        schema.setdefault("pattern", NO_NUL)


def _add_retries(made: dict[str, Any]) -> None:
    """Every POST with a key takes an idempotency key, whether its route reads it or not."""
    for methods in made["paths"].values():
        operation = methods.get("post", {})
        parameters = operation.setdefault("parameters", []) if _has_key(operation) else None
        if parameters is not None and all(
            one["name"].lower() != "idempotency-key" for one in parameters
        ):
            parameters.append(IDEMPOTENCY_KEY)


IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A retry with the same key gets the answer of the first time. A UUID is good. "
    "Where much is done at once, it is needed.",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
}


def _say_what_is_open(made: dict[str, Any]) -> None:
    """An operation that needs no key says so, rather than nothing."""
    for methods in made["paths"].values():
        for operation in methods.values():
            operation.setdefault("security", [])
