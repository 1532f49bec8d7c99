"""HTTP of a leadership development program from a locked result. Nothing of it is kept."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Response

from app.api import Part, Route, SessionDep
from app.assessments.locked import own_scores
from app.assessments.projection_routes import Code, sections_of
from app.assessments.schemas import Period
from app.catalog import service as catalog
from app.catalog import versions
from app.catalog.answers import AcceptLanguage, Lang
from app.catalog.framework_routes import framework_of
from app.catalog.program_routes import MARKDOWN, AsMarkdown, shown
from app.catalog.program_schemas import ProgramOut
from app.catalog.programs import Wanted, faults
from app.failures import responses
from app.organizations.tenant import DENIED, Reader
from app.problems import Invalid, NotShared, error

router = Part(route_class=Route, prefix="/organizations/{org}", tags=["assessments"])

Roles = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z][a-z_]{0,40}(,[a-z][a-z_]{0,40}){0,19}$",
        description="Who takes part: codes of roles, with commas between.",
        examples=["cfo,cno"],
    ),
]
PARAMETERS: Mapping[str | int, str] = {"roles": "roles", "scores": "instrument"}
"""What of the question is to blame for a fault of the program."""


@router.get(
    "/program",
    response_model=ProgramOut,
    responses={**MARKDOWN, **responses(*DENIED, NotShared, Invalid)},
)
async def get_program(
    tenant: Reader,
    session: SessionDep,
    response: Response,
    instrument: Code = "seven-leverage-points",
    version: Code = "1",
    period: Annotated[Period | None, Query()] = None,
    roles: Roles = None,
    most: Annotated[int, Query(ge=1, le=60, description="Modules at most.")] = 6,
    markdown_: AsMarkdown = False,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Any:  # noqa: ANN401 - a document or its Markdown
    """A program from the latest locked result: modules for what was asked, the lowest first."""
    found = await catalog.get_instrument(session, instrument, version)
    own = (await own_scores(session, tenant.id, found, period))[0]
    asked = found.definition.framework
    if asked is None:
        detail = "The instrument asks about no framework"
        raise Invalid([error("query:/instrument", "no-framework", detail, received=instrument)])
    library = await versions.library(session)
    framework = framework_of(library, asked.id, asked.edition)
    scores: dict[str, float] = {}
    for one in sections_of(found.definition, own.scores):
        if one.score is not None:
            scores[one.element] = min(one.score, scores.get(one.element, one.score))
    wanted = Wanted(framework, (), scores, roles.split(",") if roles else (), most)
    if wrong := list(faults(library, wanted)):
        raise Invalid(
            [error(f"query:/{PARAMETERS[one.where[0]]}", "unknown", str(one)) for one in wrong]
        )
    of = {"instrument": instrument, "version": version, "period": own.period}
    return shown(library, wanted, response, lang, accept_language, as_page=markdown_, of=of)
