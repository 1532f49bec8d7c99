"""HTTP of leadership development programs. Nothing is kept: the same question, the same program."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Response

from app.api import Part, Route, SessionDep
from app.catalog import versions
from app.catalog.answers import AcceptLanguage, Lang
from app.catalog.framework_routes import framework_of
from app.catalog.languages import EVERY, choose, localize
from app.catalog.library import Library
from app.catalog.program_pages import markdown
from app.catalog.program_schemas import ProgramIn, ProgramOut
from app.catalog.programs import Wanted, faults, program
from app.failures import responses
from app.problems import Invalid, NotFound, error

router = Part(route_class=Route, prefix="/programs", tags=["catalog"])

AsMarkdown = Annotated[
    bool, Query(alias="markdown", description="As Markdown, to print or to mail.")
]
MARKDOWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}
}


@router.post("", response_model=ProgramOut, responses={**MARKDOWN, **responses(NotFound, Invalid)})
async def make_program(
    asked: ProgramIn,
    session: SessionDep,
    response: Response,
    markdown_: AsMarkdown = False,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Any:  # noqa: ANN401 - a document or its Markdown
    """A leadership development program: modules in an explained order, with field work."""
    if not asked.elements and not asked.scores:
        raise Invalid([error("", "required", "Name elements, or give scores")])
    library = await versions.library(session)
    framework = framework_of(library, asked.framework, asked.edition)
    wanted = Wanted(framework, asked.elements, asked.scores, asked.roles, asked.most)
    if wrong := list(faults(library, wanted)):
        raise Invalid(
            [error("".join(f"/{at}" for at in one.where), "unknown", str(one)) for one in wrong]
        )
    return shown(library, wanted, response, lang, accept_language, as_page=markdown_)


def shown(
    library: Library,
    wanted: Wanted,
    response: Response,
    lang: str | None,
    accept: str | None,
    *,
    as_page: bool,
    of: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 - a document or its Markdown
    """A program as it is served: a page is in one language even where all are asked for."""
    tags = wanted.framework.content["title"]
    language = choose(tags, None if as_page and lang == EVERY else lang, accept)
    if language != EVERY:
        response.headers["Content-Language"] = language
    made = program(library, wanted)
    if as_page:
        headers = {"Content-Language": language}
        return Response(markdown(made, language), 200, headers, "text/markdown; charset=utf-8")
    return {**localize(made, language), "result": of}
