"""HTTP of instruments: open to everyone, and one door for the operator."""

from typing import Annotated, Any

from fastapi import Path, Response

from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.catalog import service, versions
from app.catalog.answers import AcceptLanguage, Lang, answer, listing
from app.catalog.schemas import InstrumentIn
from app.failures import responses
from app.problems import (
    InstrumentLocked,
    InsufficientScope,
    Invalid,
    NotFound,
    Unauthenticated,
    VersionPublished,
)

router = Part(route_class=Route, tags=["catalog"])

Name = Annotated[str, Path(max_length=64, examples=["seven-leverage-points"])]
Version = Annotated[str, Path(max_length=64, examples=["1"])]


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
        **responses(
            Unauthenticated, InsufficientScope, VersionPublished, InstrumentLocked, Invalid
        ),
    },
)
async def publish(
    definition: InstrumentIn, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """Publish an instrument version. It never changes afterwards."""
    found, is_new = await service.publish_instrument(session, definition, now=now)
    await versions.settle(session, now=now)
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
