"""HTTP of frameworks and crosswalks as FHIR's terminology: open to everybody."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from app.api import RepeatableRoute, Route, SessionDep
from app.catalog import versions
from app.catalog.languages import choose
from app.catalog.library import Library
from app.fhir import search
from app.fhir.replies import names_of, reply
from app.problems import NotFound
from app.r4.names import Names
from app.r4.terminology import code_system, concept_map

router = APIRouter(route_class=Route)
posted = APIRouter(route_class=RepeatableRoute)

PUBLIC = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}
AcceptLanguage = Annotated[str | None, Header(max_length=500)]
KNOWN = {"_id", "url", "version", "status"}
Resource = dict[str, Any]


def code_systems(library: Library, names: Names, accept: str | None) -> list[Resource]:
    """All editions of all frameworks."""
    return [
        code_system(one, names, choose(one.content["title"], None, accept))
        for one in library.frameworks
    ]


def concept_maps(library: Library, names: Names, accept: str | None) -> list[Resource]:
    """All crosswalks."""
    made = []
    for one in library.of_kind("crosswalk"):
        source, target = (
            library.documents["framework", named["framework"], named["edition"]]
            for named in (one.content["source"], one.content["target"])
        )
        language = choose(one.content["translation_status"], None, accept)
        made.append(concept_map(one, (source, target), names, language))
    return made


KINDS = {"CodeSystem": code_systems, "ConceptMap": concept_maps}


async def _every(
    kind: str, request: Request, session: SessionDep, accept: str | None
) -> Sequence[Resource]:
    return KINDS[kind](await versions.library(session), names_of(request), accept)


async def _read(
    kind: str, id_: str, request: Request, session: SessionDep, accept: str | None
) -> Response:
    search.read(request, ())
    every = await _every(kind, request, session, accept)
    found = next((one for one in every if one["id"] == id_), None)
    if found is None:
        raise NotFound(f"No such {kind}")
    return reply(found, headers={**PUBLIC, "Content-Language": found["language"]})


async def _find(kind: str, request: Request, session: SessionDep, accept: str | None) -> Response:
    asked = search.read(request, KNOWN | search.PAGING)
    wanted = {name.removeprefix("_"): asked.one(name) for name in KNOWN}
    found = [
        one
        for one in await _every(kind, request, session, accept)
        if all(value in {None, one[name]} for name, value in wanted.items())
    ]
    page, following = search.cut(asked, found)
    return reply(search.bundle(asked, page, len(found), following), headers=PUBLIC)


@router.get("/CodeSystem/{id_}")
async def read_code_system(
    id_: str, request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """An edition of a framework."""
    return await _read("CodeSystem", id_, request, session, accept_language)


@router.get("/ConceptMap/{id_}")
async def read_concept_map(
    id_: str, request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """A crosswalk."""
    return await _read("ConceptMap", id_, request, session, accept_language)


@router.get("/CodeSystem")
async def find_code_systems(
    request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """Editions of frameworks."""
    return await _find("CodeSystem", request, session, accept_language)


@router.get("/ConceptMap")
async def find_concept_maps(
    request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """Crosswalks."""
    return await _find("ConceptMap", request, session, accept_language)


@posted.post("/CodeSystem/_search", dependencies=[search.Posted])
async def find_code_systems_posted(
    request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """The same by a form."""
    return await _find("CodeSystem", request, session, accept_language)


@posted.post("/ConceptMap/_search", dependencies=[search.Posted])
async def find_concept_maps_posted(
    request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """The same by a form."""
    return await _find("ConceptMap", request, session, accept_language)
