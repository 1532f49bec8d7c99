"""HTTP of the catalog: open to everyone, and one door for the operator."""

from typing import Annotated, Any

import orjson
from fastapi import Header, Path, Query, Response

from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.catalog import languages, service
from app.catalog.schemas import InstrumentIn
from app.failures import responses
from app.problems import InsufficientScope, Invalid, NotFound, Unauthenticated, VersionPublished
from app.schemas import Page

router = Part(route_class=Route, tags=["catalog"])

Lang = Annotated[
    str | None,
    Query(
        max_length=35,
        description="Language of the texts; `*` for all. Wins over Accept-Language.",
        examples=["es-419"],
    ),
]
AcceptLanguage = Annotated[str | None, Header(max_length=500)]
Name = Annotated[str, Path(max_length=64, examples=["seven-leverage-points"])]
Version = Annotated[str, Path(max_length=64, examples=["1"])]

PUBLIC = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}


def answer(
    content: dict[str, Any], tags: list[str], lang: str | None, accept: str | None
) -> Response:
    """A document in the language asked for."""
    chosen = languages.choose(tags, lang, accept)
    headers = PUBLIC if chosen == languages.EVERY else {**PUBLIC, "Content-Language": chosen}
    return Response(
        orjson.dumps(languages.localize(content, chosen)), 200, headers, "application/json"
    )


@router.get("/frameworks", response_model=dict[str, Any])
async def list_frameworks(
    session: SessionDep, lang: Lang = None, accept_language: AcceptLanguage = None
) -> Response:
    """All frameworks with their editions."""
    rows = await service.list_frameworks(session)
    data = [
        {
            "id": row.framework,
            "edition": row.edition,
            "year": row.content["year"],
            "title": row.content["title"],
            "summary": row.content["summary"],
            "elements": len(row.content["elements"]),
            "translation_status": row.content["translation_status"],
            "href": f"/v1/frameworks/{row.framework}?edition={row.edition}",
        }
        for row in rows
    ]
    tags = sorted({tag for row in rows for tag in row.content["title"]}) or ["en"]
    return answer(listing(data), tags, lang, accept_language)


@router.get("/frameworks/{framework}", response_model=dict[str, Any], responses=responses(NotFound))
async def get_framework(
    framework: Name,
    session: SessionDep,
    edition: Annotated[str | None, Query(max_length=64)] = None,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """One edition of a framework with all its elements, the newest if none is named."""
    row = await service.get_framework(session, framework, edition)
    citations = service.citations(row)
    elements = [{**one, "citation": citations[one["source"]]} for one in row.content["elements"]]
    content = {**row.content, "elements": elements, "content_sha256": row.content_sha256}
    return answer(content, list(row.content["title"]), lang, accept_language)


@router.get(
    "/frameworks/{framework}/elements/{code}",
    response_model=dict[str, Any],
    responses=responses(NotFound),
)
async def get_element(
    framework: Name,
    code: Annotated[str, Path(max_length=64, examples=["LP1"])],
    session: SessionDep,
    edition: Annotated[str | None, Query(max_length=64)] = None,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """One element with its children, its source and the citation of that source."""
    row = await service.get_framework(session, framework, edition)
    elements = row.content["elements"]
    found = next((element for element in elements if element["code"] == code), None)
    if found is None:
        raise NotFound(f"{framework} has no element {code}")
    citations = service.citations(row)
    content = {
        **found,
        "framework": framework,
        "edition": row.edition,
        "citation": citations[found["source"]],
        "attribution": row.content["attribution"],
        "children": [
            {**one, "citation": citations[one["source"]]}
            for one in elements
            if one.get("parent") == code
        ],
    }
    return answer(content, list(found["title"]), lang, accept_language)


@router.get("/instruments", response_model=dict[str, Any])
async def list_instruments(
    session: SessionDep, lang: Lang = None, accept_language: AcceptLanguage = None
) -> Response:
    """All instruments with their published versions."""
    return instruments(await service.list_instruments(session), lang, accept_language)


@router.get(
    "/instruments/{instrument}", response_model=dict[str, Any], responses=responses(NotFound)
)
async def get_instrument(
    instrument: Name,
    session: SessionDep,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """The published versions of an instrument, newest first."""
    found = await service.list_instruments(session, instrument)
    if not found:
        raise NotFound(f"No instrument {instrument}")
    return instruments(found, lang, accept_language)


@router.get(
    "/instruments/{instrument}/versions/{version}",
    response_model=dict[str, Any],
    responses=responses(NotFound),
)
async def get_version(
    instrument: Name,
    version: Version,
    session: SessionDep,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """One version with all sections, items and levels."""
    found = await service.get_instrument(session, instrument, version)
    content = published(found)
    return answer(content, found.definition.languages, lang, accept_language)


@router.post(
    "/instruments",
    status_code=201,
    dependencies=[allowed(Permission.CATALOG_WRITE)],
    responses={
        200: {"description": "Published before with the same content; nothing changed"},
        **responses(Unauthenticated, InsufficientScope, VersionPublished, Invalid),
    },
)
async def publish(
    definition: InstrumentIn, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """Publish an instrument version. It never changes afterwards."""
    found, is_new = await service.publish_instrument(session, definition, now=now)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = (
        f"/v1/instruments/{definition.instrument}/versions/{definition.version}"
    )
    return published(found)


def published(found: service.Published) -> dict[str, Any]:
    """A version as it is served: its document, hash and date."""
    return {
        **found.definition.model_dump(mode="json", exclude_none=True),
        "content_sha256": found.form.content_sha256,
        "published_at": found.published_at.isoformat(),
    }


def instruments(found: list[service.Published], lang: str | None, accept: str | None) -> Response:
    """Versions in brief."""
    data = [
        {
            "instrument": one.definition.instrument,
            "version": one.definition.version,
            "title": one.definition.title,
            "languages": one.definition.languages,
            "sections": len(one.form.sections),
            "items": sum(len(section.items) for section in one.form.sections),
            "content_sha256": one.form.content_sha256,
            "published_at": one.published_at.isoformat(),
            "href": (
                f"/v1/instruments/{one.definition.instrument}/versions/{one.definition.version}"
            ),
        }
        for one in found
    ]
    tags = sorted({tag for one in found for tag in one.definition.languages}) or ["en"]
    return answer(listing(data), tags, lang, accept)


def listing(data: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that always fits one page, in the shape of all lists."""
    return {"data": data, "page": Page(next_cursor=None, limit=len(data)).model_dump()}
