"""HTTP of crosswalks: how two frameworks relate, as somebody wrote it down."""

from typing import Annotated, Any

from fastapi import Path, Response

from app.api import Part, Route, SessionDep
from app.catalog import versions
from app.catalog.answers import AcceptLanguage, Lang, answer, listing
from app.failures import responses
from app.problems import NotFound

router = Part(route_class=Route, prefix="/crosswalks", tags=["catalog"])


@router.get("", response_model=dict[str, Any])
async def list_crosswalks(session: SessionDep) -> Response:
    """All crosswalks. Frameworks that none links directly may be linked by way of others."""
    library = await versions.library(session)
    data = [
        {
            "id": one.name,
            "revision": one.revision,
            "source": one.content["source"],
            "target": one.content["target"],
            "edges": len(one.content["edges"]),
            "provenance": one.content["provenance"],
            "href": f"/v1/crosswalks/{one.name}",
        }
        for one in library.of_kind("crosswalk")
    ]
    return answer(listing(data), ["en"], "*", None)


@router.get("/{crosswalk}", response_model=dict[str, Any], responses=responses(NotFound))
async def get_crosswalk(
    crosswalk: Annotated[str, Path(max_length=140)],
    session: SessionDep,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """One crosswalk: its edges with their reasons, and who has no counterpart."""
    library = await versions.library(session)
    found = library.documents.get(("crosswalk", crosswalk, "1"))
    if found is None:
        raise NotFound(f"No crosswalk {crosswalk}")
    content = {**found.content, "revision": found.revision, "content_sha256": found.sha256}
    return answer(content, found.content["translation_status"], lang, accept_language)
