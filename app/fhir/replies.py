"""What FHIR asks of requests and replies: formats, preferences, versions as ETags."""

import re
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request
from starlette.responses import Response

from app.problems import Invalid, NotAcceptable, NotFound, UnsupportedMediaType, error
from app.r4.names import Names

MEDIA_TYPE = "application/fhir+json"
JSON = frozenset({MEDIA_TYPE, "application/json", "text/json", "json"})
ANY = frozenset({"*/*", "application/*"})
VERSIONS = frozenset({"", "4.0", "4.0.1"})
ROOTS = ("QuestionnaireResponse", "Bundle", "Parameters")


def reply(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401 - JSON
    """A resource."""
    return Response(orjson.dumps(content), status, headers, MEDIA_TYPE)


def names_of(request: Request) -> Names:
    """What things are called where this service is reached."""
    return Names(request.app.state.settings.public_url)


async def negotiate(request: Request) -> None:
    """See that JSON is wanted: ``_format``, or else ``Accept``.

    Raises:
        NotAcceptable: something else is.
        NotFound: NUL in the path; the database cannot even be asked for it.
    """
    if "\0" in request.scope["path"]:
        raise NotFound("Nothing is at this path")
    wanted = request.query_params.get("_format")
    if wanted is None:
        ranges = ",".join(request.headers.getlist("accept")).split(",")
        good = any(_is_json(one, JSON | ANY) for one in ranges) or ranges == [""]
    else:
        good = _is_json(wanted.replace(" ", "+"), JSON)  # a plus that nobody escaped
    if not good:
        raise NotAcceptable(f"There is {MEDIA_TYPE}, of FHIR 4.0")


def _is_json(given: str, wanted: frozenset[str]) -> bool:
    kind, *rest = (part.strip().lower() for part in given.split(";"))
    parameters = dict(part.partition("=")[::2] for part in rest)
    refused = re.fullmatch(r"0(\.0*)?", parameters.get("q", "1")) is not None
    version = parameters.get("fhirversion", "").strip('"')
    return kind in wanted and not refused and version in VERSIONS


async def posted(request: Request) -> object:
    """The body as parsed JSON.

    Raises:
        UnsupportedMediaType: it is something else.
    """
    media_type = request.headers.get("content-type", "nothing").partition(";")[0].strip().lower()
    if media_type not in {MEDIA_TYPE, "application/json"}:
        raise UnsupportedMediaType(f"Send {MEDIA_TYPE}, not {media_type[:64]}")
    given = await request.json()
    named = given.get("resourceType") if isinstance(given, dict) else None
    request.state.root = named if named in ROOTS else "Resource"
    return given


Posted = Annotated[object, Depends(posted)]


async def preference(prefer: Annotated[str | None, Header()] = None) -> str:
    """What a write is answered with: representation, minimal or OperationOutcome."""
    found = re.search(r"(?:^|[,;\s])return\s*=\s*\"?(\w+)", prefer or "")
    wanted = found[1] if found else "representation"
    return wanted if wanted in {"minimal", "OperationOutcome"} else "representation"


Preference = Annotated[str, Depends(preference)]


def condition(if_none_exist: str | None) -> str | None:
    """The identifier in ``If-None-Exist``, the one thing that can be asked there.

    Raises:
        Invalid: something else is.
    """
    if if_none_exist is None:
        return None
    found = re.fullmatch(r"\??identifier=(?:[^&|]*\|)?([A-Za-z0-9._:-]{1,64})", if_none_exist)
    if found is None:
        detail = "It is identifier=..., and no more"
        raise Invalid([error("header:/If-None-Exist", "pattern-mismatch", detail)])
    return found[1]
