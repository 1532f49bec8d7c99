"""HTTP of frameworks: their elements, how exactly each is done, and what changed."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from app.api import Part, Route, SessionDep
from app.catalog import framework_views as views
from app.catalog import versions
from app.catalog.answers import AcceptLanguage, Edition, Lang, answer, listing
from app.catalog.library import Document, Library
from app.failures import responses
from app.problems import NotFound

router = Part(route_class=Route, tags=["catalog"])

Name = Annotated[str, Path(max_length=64, examples=["seven-leverage-points"])]
Element = Annotated[str, Path(max_length=64, examples=["LP1"])]
Other = Annotated[
    str | None,
    Query(
        max_length=64, description="Of another framework.", examples=["leadership-for-improvement"]
    ),
]


def framework_of(library: Library, name: str, edition: str | None) -> Document:
    """One edition, the newest if none is named.

    Raises:
        NotFound: there is none.
    """
    found = library.framework(name, edition)
    if found is None:
        raise NotFound(f"No framework {name}" + (f" edition {edition}" if edition else ""))
    return found


def element_of(framework: Document, code: str) -> dict[str, Any]:
    """One element.

    Raises:
        NotFound: there is none.
    """
    found = next((one for one in framework.content["elements"] if one["code"] == code), None)
    if found is None:
        raise NotFound(f"{framework.name} has no element {code}")
    return dict(found)


@router.get("/frameworks", response_model=dict[str, Any])
async def list_frameworks(
    session: SessionDep, lang: Lang = None, accept_language: AcceptLanguage = None
) -> Response:
    """All frameworks with their editions."""
    library = await versions.library(session)
    tags = sorted({tag for one in library.frameworks for tag in one.content["title"]}) or ["en"]
    data = [views.brief(library, one) for one in library.frameworks]
    return answer(listing(data), tags, lang, accept_language)


@router.get("/frameworks/{framework}", response_model=dict[str, Any], responses=responses(NotFound))
async def get_framework(
    framework: Name,
    session: SessionDep,
    edition: Edition = None,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """One edition of a framework with all its elements, the newest if none is named."""
    found = framework_of(await versions.library(session), framework, edition)
    return answer(views.whole(found), list(found.content["title"]), lang, accept_language)


@router.get(
    "/frameworks/{framework}/elements/{code}",
    response_model=dict[str, Any],
    responses=responses(NotFound),
)
async def get_element(
    framework: Name,
    code: Element,
    session: SessionDep,
    edition: Edition = None,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """One element: its children, its source, how exactly it is done, what it relates to."""
    library = await versions.library(session)
    found = framework_of(library, framework, edition)
    element = element_of(found, code)
    content = views.element(library, found, element)
    return answer(content, list(element["title"]), lang, accept_language)


@router.get(
    "/frameworks/{framework}/elements/{code}/counterparts",
    response_model=dict[str, Any],
    responses=responses(NotFound),
)
async def list_counterparts(
    framework: Name,
    code: Element,
    session: SessionDep,
    edition: Edition = None,
    to: Other = None,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """What an element is called elsewhere: linked directly, or by way of other frameworks.

    A link by way of others says its path; its confidence falls with each step. Frameworks that
    are known to have no counterpart are listed with the reason; of others nothing was written down.
    """
    library = await versions.library(session)
    found = framework_of(library, framework, edition)
    element = element_of(found, code)
    if to is not None:
        framework_of(library, to, None)
    content = {
        **listing(views.counterparts(library, found, code, to)),
        "without_counterpart": views.without_counterpart(library, found, code, to),
    }
    return answer(content, list(element["title"]), lang, accept_language)


@router.get(
    "/frameworks/{framework}/changes", response_model=dict[str, Any], responses=responses(NotFound)
)
async def get_changes(
    framework: Name,
    session: SessionDep,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """What became of each element from one edition to the next."""
    library = await versions.library(session)
    framework_of(library, framework, None)
    found = [one for one in library.of_kind("changes") if one.name == framework]
    if not found:
        raise NotFound(f"{framework} has one edition here")
    tags = list(found[0].content["translation_status"])
    return answer(
        listing([views.changes(library, one) for one in found]), tags, lang, accept_language
    )


@router.get("/measures", response_model=dict[str, Any])
async def list_measures(
    session: SessionDep, lang: Lang = None, accept_language: AcceptLanguage = None
) -> Response:
    """System-level measures of all frameworks: unit, which way is better, dimension."""
    library = await versions.library(session)
    data = [
        {
            **views.element_in_brief(framework, one),
            **one["measure"],
            "summary": one["summary"],
            "provenance": one["provenance"],
        }
        for framework in library.frameworks
        for one in framework.content["elements"]
        if "measure" in one
    ]
    return answer(listing(data), library.languages, lang, accept_language)
