"""Every failure as ``application/problem+json`` (RFC 9457), and what routes declare of them."""

import json
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg.errors import Error as PostgresError
from psycopg.errors import ReadOnlySqlTransaction
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.problems import (
    LISTED,
    AlreadyExists,
    IdempotencyKeyInFlight,
    InternalError,
    Invalid,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    Problem,
    RequestTimeout,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
    error,
)
from app.titles import title
from app.validation import validation_error

log = logging.getLogger("palanca")

SAME_KEY = "uq_submission_idempotency_key"
SAME_IMPORT = "uq_import_run_client_id_retry_name"
CONSTRAINTS: dict[str, str] = {
    "uq_network_external_id": "A network with that external_id is there already",
    "uq_organization_network_id_external_id": (
        "The network has an organization with that external_id already"
    ),
    "uq_submission_external_id": "Another submission with that external_id stands",
    "uq_submission_respondent": "Another submission of that respondent stands",
    "uq_submission_consensus": "Another consensus stands",
    "uq_submission_organization_id_supersedes_id": "That submission was superseded already",
    "uq_instrument_version_instrument_version": "That version was published at the same moment",
    SAME_KEY: "A request with this Idempotency-Key is being carried out",
    SAME_IMPORT: "A request with this Idempotency-Key is being carried out",
    "pk_agreement": "That version was published at the same moment",
    "uq_measure_organization_id_code": "A measure by that code was made at the same moment",
    "uq_observation_period": "Another observation of that period came at the same moment",
    "uq_partner_grant_client": "Another grant to that partner was made at the same moment",
    "uq_query_answer_query_sha256": "The same query was answered at the same moment",
    "pk_release": "Another release was built at the same moment",
}
"""What the database refuses, in our words. Anything not listed is a bug."""


def problem_of(exc: Exception) -> Problem:
    """Any failure as one of ours; what is not expected becomes an internal error."""
    match exc:
        case Problem():
            return exc
        case RequestValidationError() | DataError():
            return _invalid(exc)
        case HTTPException():
            return _of_framework(exc)
        case IntegrityError(orig=PostgresError(diag=diag)) if diag.constraint_name in CONSTRAINTS:
            is_same = diag.constraint_name in {SAME_KEY, SAME_IMPORT}
            kind = IdempotencyKeyInFlight if is_same else AlreadyExists
            return kind(CONSTRAINTS[diag.constraint_name])
        case (
            OperationalError()  # no connection, a limit of time, a deadlock, a full disk
            | PoolTimeoutError()
            | DBAPIError(connection_invalidated=True)
            | DBAPIError(orig=ReadOnlySqlTransaction())  # until the name leads to the new primary
        ):
            return Unavailable("The database does not answer; try again in a moment")
    return InternalError("The request was not carried out; nothing was kept")


def _of_framework(exc: HTTPException) -> Problem:
    """What Starlette and FastAPI refuse by themselves."""
    kind = {
        NotFound.status: NotFound,
        MethodNotAllowed.status: MethodNotAllowed,
        PayloadTooLarge.status: PayloadTooLarge,
        MalformedJson.status: MalformedJson,
        RequestTimeout.status: RequestTimeout,
    }.get(exc.status_code, InternalError)
    return kind(str(exc.detail))


def _invalid(exc: RequestValidationError | DataError) -> Problem:
    if isinstance(exc, DataError):
        return Invalid([error("", "not-storable", "PostgreSQL cannot hold such a value")])
    errors = exc.errors()
    if errors and errors[0]["type"] == "json_invalid":
        return MalformedJson("Not JSON: " + str(errors[0].get("ctx", {}).get("error", "")))
    if errors and isinstance(errors[0].get("input"), bytes):
        return UnsupportedMediaType("Send application/json")  # JSON would be parsed by now
    return Invalid([validation_error(one) for one in errors[: LISTED + 1]])


def headers_of(problem: Problem) -> dict[str, str]:
    """What goes with a failure, whatever it is written in."""
    headers = {"Cache-Control": "no-store"}
    if isinstance(problem, Unavailable | IdempotencyKeyInFlight):
        headers["Retry-After"] = "1"
    if problem.status == TooManyRequests.status:
        headers["Retry-After"] = str(problem.extra["retry_after"])
    if problem.status == Unauthenticated.status:
        headers["WWW-Authenticate"] = 'Bearer realm="palanca"'
    return headers


def render(problem: Problem, request: Request | None = None) -> Response:
    """A problem as ``application/problem+json``, its title in the language asked for."""
    accept = None if request is None else request.headers.get("accept-language")
    said, language = title(problem, accept)
    return Response(
        json.dumps({**problem.body, "title": said}, ensure_ascii=False, default=str),
        problem.status,
        {**headers_of(problem), "Content-Language": language},
        "application/problem+json",
    )


Renderer = Callable[[Problem, Request], Response]


async def handle(request: Request, exc: Exception, render: Renderer = render) -> Response:
    """A failure, logged if it was not to be expected, and as a reply."""
    problem = problem_of(exc)
    if isinstance(problem, InternalError) and isinstance(exc, DBAPIError):
        # Starlette logs what nobody handles; this one is handled here.
        log.error("unexpected refusal of the database", exc_info=exc)
    elif isinstance(problem, Unavailable) and not isinstance(exc, Problem):
        log.warning("database: %s", type(getattr(exc, "orig", exc)).__name__)
    response = render(problem, request)
    if problem.status == MethodNotAllowed.status:
        response.headers["Allow"] = ", ".join(_methods(request))
    return response


def _methods(request: Request) -> list[str]:
    """All methods of a path; Starlette would list only its first route's."""
    literal = request.app.openapi()["paths"].get(request.url.path)
    if literal is not None:  # `/bulk` is not an organization's name, though it matches as one
        allowed = {method.upper() for method in literal}
        return sorted(allowed | {"HEAD"} if "GET" in allowed else allowed)
    allowed_methods = set()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        scope = dict(request.scope) | {"method": method}
        if any(str(route.matches(scope)[0].name) == "FULL" for route in request.app.router.routes):
            allowed_methods |= {method, "HEAD"} if method == "GET" else {method}
    return sorted(allowed_methods)


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """What a route can answer besides success, for OpenAPI; two of one status share an entry."""
    grouped: dict[int | str, list[type[Problem]]] = {}
    for problem in problems:
        grouped.setdefault(problem.status, []).append(problem)
    return {
        status: {
            "description": "; ".join(f"`{one.slug}`: {one.title}" for one in some),
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for status, some in grouped.items()
    }


EXPECTED = (Problem, RequestValidationError, HTTPException, DBAPIError, PoolTimeoutError)
"""What is answered for and not logged as a bug."""


def install(app: FastAPI, render: Renderer = render) -> None:
    """Render every failure the same way, those of the framework included."""

    async def answer(request: Request, exc: Exception) -> Response:
        return await handle(request, exc, render)

    for kind in EXPECTED:
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(Exception, answer)
