"""HTTP of search over the catalog, in the searcher's own words."""

from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel, Field

from app.api import Part, Route, SessionDep
from app.catalog import languages, searching, versions
from app.catalog.answers import AcceptLanguage, Lang, answer, listing
from app.schemas import Page

router = Part(route_class=Route, prefix="/search", tags=["catalog"])


class HitOut(BaseModel):
    """Something that was found."""

    kind: Literal["element", "item"]
    framework: str = Field(default="", description="Of an element, with `edition`.")
    edition: str = ""
    instrument: str = Field(default="", description="Of an item, with `version`.")
    version: str = ""
    code: str
    title: str
    snippet: str = Field(
        description="Plain text, to be escaped; what was found stands between `**` and `**`."
    )
    matched: list[str] = Field(description="Words of the question that it has.")
    matched_in: Literal["title", "summary", "guidance"]
    score: float = Field(description="Compares within one answer only.")
    href: str


class SearchOut(BaseModel):
    """What was found, best first."""

    data: list[HitOut]
    page: Page
    corrected: dict[str, str] = Field(
        description="Words that nothing has, each with the one it was read as: the first five."
    )


@router.get("", response_model=SearchOut)
async def search(
    session: SessionDep,
    q: Annotated[
        str, Query(min_length=1, max_length=200, examples=["how do I plan for improvement"])
    ],
    kind: Literal["element", "item"] | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Elements and items for a question in your own words, best first, with why they were found."""
    library = await versions.library(session)
    tags = library.languages
    language = languages.choose(tags, None if lang == languages.EVERY else lang, accept_language)
    found = await searching.find(session, library, q, language, kind=kind, limit=limit)
    content = {
        **listing([shown(one) for one in found.hits]),
        "corrected": dict(found.corrected),
    }
    return answer(content, tags, language, None)


def shown(one: searching.Hit) -> dict[str, Any]:
    """A hit as it is served."""
    place = f"/v1/instruments/{one.name}/versions/{one.edition}"
    if one.kind == "element":
        place = f"/v1/frameworks/{one.name}/elements/{one.code}?edition={one.edition}"
    named = ("framework", "edition") if one.kind == "element" else ("instrument", "version")
    return {
        "kind": one.kind,
        named[0]: one.name,
        named[1]: one.edition,
        "code": one.code,
        "title": one.title,
        "snippet": one.snippet,
        "matched": one.matched,
        "matched_in": one.where,
        "score": one.score,
        "href": place,
    }
