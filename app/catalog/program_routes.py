"""HTTP of leadership development programs. Nothing is kept: the same question, the same program."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from app.api import Part, Route, SessionDep
from app.catalog import versions
from app.catalog.answers import AcceptLanguage, Lang
from app.catalog.documents import RoleCode
from app.catalog.framework_routes import framework_of
from app.catalog.languages import EVERY, choose, localize
from app.catalog.program_pages import markdown
from app.catalog.programs import Wanted, program
from app.catalog.texts import Slug, WrongError
from app.failures import responses
from app.problems import Invalid, NotFound, error
from app.schemas import Code, In

router = Part(route_class=Route, prefix="/programs", tags=["catalog"])

Score = Annotated[float, Field(ge=0, le=100)]


class ProgramIn(In):
    """What a program is to be made of: scores of a result, or chosen elements, or both."""

    framework: Slug = "seven-leverage-points"
    edition: Code | None = None
    elements: list[Code] = Field(
        default=[], max_length=60, description="Of those with a score, all if none is named."
    )
    scores: dict[Code, Score] = Field(
        default={}, max_length=60, description="0 to 100 by element, as a result has them."
    )
    roles: list[RoleCode] = Field(default=[], max_length=20, description="Who takes part.")
    most: int = Field(default=6, ge=1, le=60, description="Modules at most.")


@router.post(
    "",
    response_model=dict[str, Any],
    responses={
        200: {"content": {"text/markdown": {"schema": {"type": "string"}}}},
        **responses(NotFound, Invalid),
    },
)
async def make_program(
    asked: ProgramIn,
    session: SessionDep,
    markdown_: Annotated[
        bool, Query(alias="markdown", description="As Markdown, to print or to mail.")
    ] = False,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Any:  # noqa: ANN401 - a document or its Markdown
    """A leadership development program: modules in an explained order, with field work."""
    if not asked.elements and not asked.scores:
        raise Invalid([error("", "required", "Name elements, or give scores")])
    library = await versions.library(session)
    framework = framework_of(library, asked.framework, asked.edition)
    wanted = Wanted(framework, asked.elements, asked.scores, asked.roles, asked.most)
    try:
        made = program(library, wanted)
    except WrongError as exc:
        pointer = "".join(f"/{one}" for one in exc.where)
        raise Invalid([error(pointer, "unknown", str(exc))]) from None
    language = choose(framework.content["title"], lang, accept_language)
    headers = {} if language == EVERY else {"Content-Language": language}
    if markdown_:
        text = markdown(made, "en" if language == EVERY else language)
        return Response(text, 200, headers, "text/markdown; charset=utf-8")
    return localize(made, language)
