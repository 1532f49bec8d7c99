"""HTTP of what is open to everybody, of scores, and of organizations."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, RepeatableRoute, Route, SessionDep, allowed
from app.assessments import service as assessments
from app.assessments import submissions
from app.assessments.service import Round
from app.catalog import service as catalog
from app.catalog.languages import choose
from app.catalog.service import Published
from app.clients import discovery_routes
from app.fhir import search, views
from app.fhir.capability import statement
from app.fhir.observations import Id, Scores
from app.fhir.replies import names_of, reply
from app.fhir.response_routes import subject
from app.fhir.tenants import ABSENT, READ, RESULTS, check_scope, open_owner, open_tenant
from app.organizations import service as organizations
from app.organizations.references import parse_id
from app.problems import Invalid, NotFound, error
from app.r4.names import Names, questionnaire_id
from app.r4.questionnaire import name_of, questionnaire

router = APIRouter(route_class=Route)
posted = APIRouter(route_class=RepeatableRoute)

PUBLIC = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}
AcceptLanguage = Annotated[str | None, Header(max_length=500)]
Anybody = Annotated[Caller, allowed()]


@router.get("/metadata")
async def metadata(request: Request) -> Response:
    """What can be done here, as a CapabilityStatement."""
    search.read(request, {"mode"})
    headers = {"Cache-Control": PUBLIC["Cache-Control"]}
    return reply(statement(request.app.version, names_of(request)), headers=headers)


@router.get("/.well-known/smart-configuration")
async def smart_configuration(request: Request) -> dict[str, object]:
    """Where tokens are had, as SMART asks below the base."""
    return await discovery_routes.smart_configuration(request)


def _resource(found: Published, names: Names, accept: str | None) -> dict[str, Any]:
    language = choose(found.definition.languages, None, accept)
    return questionnaire(
        found.definition, names, language=language, published_at=found.published_at
    )


@router.get("/Questionnaire/{id_}")
async def read_questionnaire(
    id_: str, request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """A published version of an instrument."""
    search.read(request, ())
    instrument, _, version = id_.partition(".")
    found = None
    if version and id_.isascii():
        found = await catalog.find_instrument(session, instrument, version)
    if found is None:
        every = await catalog.list_instruments(session)
        found = next((one for one in every if _id(one) == id_), None)
    if found is None:
        raise NotFound("No such Questionnaire")
    made = _resource(found, names_of(request), accept_language)
    return reply(made, headers={**PUBLIC, "Content-Language": made["language"]})


def _id(one: Published) -> str:
    return questionnaire_id(one.definition.instrument, one.definition.version)


TEXTS = ("title", "name")
QUESTIONNAIRES = {"_id", "url", "version", "status"} | {
    f"{name}{modifier}" for name in TEXTS for modifier in ("", ":exact", ":contains")
}


@router.get("/Questionnaire")
async def find_questionnaires(
    request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """Published versions."""
    asked = search.read(request, QUESTIONNAIRES | search.PAGING)
    names = names_of(request)
    every = await catalog.list_instruments(session)
    found = [one for one in every if _fits(one, asked, names)]
    page, following = search.cut(asked, found)
    resources = [_resource(one, names, accept_language) for one in page]
    return reply(search.bundle(asked, resources, len(found), following), headers=PUBLIC)


@posted.post("/Questionnaire/_search", dependencies=[search.Posted])
async def find_questionnaires_posted(
    request: Request, session: SessionDep, accept_language: AcceptLanguage = None
) -> Response:
    """The same by a form."""
    return await find_questionnaires(request, session, accept_language)


def _fits(one: Published, asked: search.Asked, names: Names) -> bool:
    definition = one.definition
    exact = {
        "_id": _id(one),
        "version": definition.version,
        "status": "active",
    }
    url = asked.one("url")
    canonical = names.questionnaire(definition.instrument), names.canonical(definition)
    texts = {"title": [*definition.title.values()], "name": [name_of(definition)]}
    return (
        all(asked.one(name) in {None, value} for name, value in exact.items())
        and (url is None or url in canonical)
        and all(_says(values, name, asked) for name, values in texts.items())
    )


def _says(texts: Sequence[str], name: str, asked: search.Asked) -> bool:
    """FHIR's string search: from the beginning, in whatever case; or as a modifier says."""
    begins, exact, within = (asked.one(f"{name}{one}") for one in ("", ":exact", ":contains"))
    low = [text.casefold() for text in texts]
    return (
        (begins is None or any(one.startswith(begins.casefold()) for one in low))
        and (exact is None or exact in texts)
        and (within is None or any(within.casefold() in one for one in low))
    )


@router.get("/Organization/{id_}")
async def read_organization(
    id_: str,
    caller: Annotated[Caller, allowed(Permission.ORGANIZATIONS_READ)],
    request: Request,
    session: SessionDep,
) -> Response:
    """An organization of the caller's."""
    search.read(request, ())
    if parse_id(id_) is None:
        raise NotFound("No such organization")
    found = await organizations.get(session, caller, id_)
    return reply(views.organization(found, names_of(request)))


def _scores(found: Round, result: Any) -> Scores:  # noqa: ANN401 - a private table's row
    figures = [result.detail["overall"], *result.detail["sections"]]
    assessment = found.assessment
    return Scores(
        "r",
        assessment.id,
        assessment.organization_id,
        assessment.period,
        result.locked_at,
        found.instrument,
        figures,
    )


@router.get("/Observation/{id_}")
async def read_observation(
    id_: str, caller: Anybody, request: Request, session: SessionDep, now: Now
) -> Response:
    """One figure of a submission, or of a locked round."""
    search.read(request, ())
    wanted = Id.parse(id_)
    check_scope(caller, (READ if wanted is None or wanted.kind == "s" else RESULTS).permission)
    if wanted is None:
        raise NotFound(ABSENT)
    scores = await _of(request, session, caller, wanted, now)
    every = scores.observations(names_of(request))
    if wanted.place >= len(every):
        raise NotFound(ABSENT)
    return reply(every[wanted.place])


async def _of(
    request: Request, session: AsyncSession, caller: Caller, wanted: Id, now: Now
) -> Scores:
    """The figures of what an id names."""
    if wanted.kind == "s":

        async def owner(ids: Sequence[UUID]) -> UUID | None:
            return await submissions.find_owner(session, ids, wanted.of)

        tenant = await open_owner(request, session, caller, owner, READ, now)
        stored = await submissions.get(session, tenant.id, wanted.of, pushed_by=tenant.pushed_by)
        return Scores.of_submission(stored)

    async def of_round(ids: Sequence[UUID]) -> UUID | None:
        return await assessments.find_owner(session, ids, wanted.of)

    tenant = await open_owner(request, session, caller, of_round, RESULTS, now)
    every = await assessments.list_results(session, tenant.id)
    found = [one for one in every if one[0].assessment.id == wanted.of]
    if not found:
        raise NotFound(ABSENT)
    return _scores(*found[0])


@router.get("/Observation")
async def find_observations(
    caller: Anybody, request: Request, session: SessionDep, now: Now
) -> Response:
    """Figures of an organization's locked rounds; or with derived-from, of a submission."""
    asked = search.read(request, {"subject", "focus", "code", "derived-from"} | search.PAGING)
    names = names_of(request)
    source = asked.one("derived-from")
    check_scope(caller, (RESULTS if source is None else READ).permission)
    about = subject(asked, names) or subject(asked, names, "focus")
    if source is None:
        tenant = await open_tenant(request, session, caller, about, RESULTS, now)
        every = [_scores(*one) for one in await assessments.list_results(session, tenant.id)]
    else:
        every = await _derived(request, session, caller, (source, about), now)
    resources = [each for one in every for each in one.observations(names)]
    found = [one for one in resources if _coded(one, asked.one("code"))]
    page, following = search.cut(asked, found)
    return reply(search.bundle(asked, page, len(found), following))


@posted.post("/Observation/_search", dependencies=[search.Posted])
async def find_observations_posted(
    caller: Anybody, request: Request, session: SessionDep, now: Now
) -> Response:
    """The same by a form."""
    return await find_observations(caller, request, session, now)


async def _derived(
    request: Request,
    session: AsyncSession,
    caller: Caller,
    wanted: tuple[str, str | None],
    now: Now,
) -> list[Scores]:
    """The figures of a submission, if it is there and of the organization that is asked about."""
    source, about = wanted
    local = source if "/" in source else f"QuestionnaireResponse/{source}"
    id_ = names_of(request).local("QuestionnaireResponse", local)
    if id_ is None:
        detail = "QuestionnaireResponse/{id}"
        raise Invalid([error("query:/derived-from", "not-a-response", detail)])
    parsed = parse_id(id_)
    if parsed is None:
        return []
    try:
        found = await _of(request, session, caller, Id("s", parsed, 0), now)
    except NotFound:
        return []
    return [found] if about in {None, str(found.organization_id)} else []


def _coded(one: dict[str, Any], wanted: str | None) -> bool:
    if wanted is None:
        return True
    system, bar, code = wanted.rpartition("|")
    coding = one["code"]["coding"][0]
    return code in {"", coding["code"]} and (not bar or system in {"", coding["system"]})
