"""HTTP of the catalog as a whole: its versions, what changed between them, all in one call."""

from typing import Annotated, Any

from fastapi import Query, Response

from app.api import Part, Route, SessionDep
from app.catalog import versions
from app.catalog.answers import PUBLIC, AcceptLanguage, Lang, answer, listing
from app.catalog.models import CatalogVersion
from app.failures import responses
from app.problems import NotFound

router = Part(route_class=Route, prefix="/catalog", tags=["catalog"])

Number = Annotated[int, Query(ge=1, le=1_000_000)]


def brief(version: CatalogVersion) -> dict[str, Any]:
    """A version in a list."""
    return {
        "version": version.number,
        "sha256": version.sha256,
        "published_at": version.published_at.isoformat(),
        "documents": len(version.documents),
    }


async def newest(session: SessionDep) -> CatalogVersion:
    """The newest version.

    Raises:
        NotFound: nothing was published.
    """
    found = await versions.newest(session)
    if found is None:
        raise NotFound("Nothing was published yet")
    return found


@router.get("", response_model=dict[str, Any], responses=responses(NotFound))
async def get_catalog(session: SessionDep, response: Response) -> dict[str, Any]:
    """What is published now: a number, its hash, and each document with its own."""
    found = await newest(session)
    response.headers.update(PUBLIC)
    return {**brief(found), "documents": found.documents}


@router.get("/versions", response_model=dict[str, Any])
async def list_versions(session: SessionDep, response: Response) -> dict[str, Any]:
    """All versions, the newest first. A version never changes."""
    response.headers.update(PUBLIC)
    return listing([brief(one) for one in await versions.list_versions(session)])


@router.get("/diff", response_model=dict[str, Any], responses=responses(NotFound))
async def get_difference(
    session: SessionDep,
    response: Response,
    before: Annotated[int, Query(alias="from", ge=1, le=1_000_000)],
    after: Annotated[int | None, Query(alias="to", ge=1, le=1_000_000)] = None,
) -> dict[str, Any]:
    """What changed from one version to another, or to the newest: documents and their elements."""
    old = await versions.get_version(session, before)
    new = await newest(session) if after is None else await versions.get_version(session, after)
    response.headers.update(PUBLIC)
    return {
        "from": old.number,
        "to": new.number,
        **await versions.difference(session, old, new),
    }


@router.get("/content", response_model=dict[str, Any], responses=responses(NotFound))
async def get_content(
    session: SessionDep, lang: Lang = None, accept_language: AcceptLanguage = None
) -> Response:
    """Every framework, its guidance and all crosswalks in one call; instruments apart."""
    library = await versions.library(session)
    found = await versions.get_version(session, library.version)
    documents = [library.documents[key] for key in sorted(library.documents)]
    tags = sorted({tag for one in documents for tag in one.content["translation_status"]})
    content = {
        "version": library.version,
        "sha256": found.sha256,
        "documents": [
            {"kind": one.kind, "revision": one.revision, "sha256": one.sha256, **one.content}
            for one in documents
        ],
    }
    return answer(content, tags or ["en"], lang, accept_language)
