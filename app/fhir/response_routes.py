"""HTTP of QuestionnaireResponse: create, validate, read, search."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Request
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, RepeatableRoute, Route, SessionDep, allowed
from app.assessments import submissions
from app.assessments.names import retry_hash
from app.assessments.submissions import Filters, Stored
from app.catalog import service as catalog
from app.db import enter
from app.fhir import intake, outcomes, search, views
from app.fhir.intake import Sender
from app.fhir.replies import Posted, Preference, condition, names_of, reply
from app.fhir.tenants import ABSENT, READ, open_owner, open_tenant
from app.organizations.tenant import Tenant
from app.paging import decode_cursor, encode_cursor
from app.problems import Invalid, NotFound, Problem, error
from app.r4.names import Names
from app.trail import REPLAYED, Trail

router = APIRouter(route_class=Route, prefix="/QuestionnaireResponse")
tried = APIRouter(route_class=RepeatableRoute, prefix=router.prefix)

Writer = Annotated[Caller, allowed(Permission.SUBMISSIONS_WRITE)]
Reader = Annotated[Caller, allowed(Permission.SUBMISSIONS_READ)]
RetryKey = Annotated[str | None, Header(min_length=1, max_length=255)]


@router.post("")
async def create(
    caller: Writer,
    raw: Posted,
    prefer: Preference,
    request: Request,
    session: SessionDep,
    now: Now,
    idempotency_key: RetryKey = None,
    if_none_exist: Annotated[str | None, Header()] = None,
) -> Response:
    """Take a QuestionnaireResponse in as a submission."""
    names, pepper = names_of(request), request.app.state.pepper
    hashed = retry_hash(idempotency_key, caller.client_id, pepper)
    sender = Sender(caller, names, pepper, now, hashed)
    entry = await intake.understand(session, sender, raw, condition(if_none_exist))
    await intake.carry_out(session, sender, [entry])
    stored = entry.stored
    trail: Trail = request.state.trail
    trail.chain = stored.submission.organization_id
    version = views.version_of(stored)
    headers = {**views.headers(stored, version), "Location": views.href(stored)}
    status = 201
    if stored.replayed and hashed == stored.submission.idempotency_key is not None:
        headers[REPLAYED] = "true"
    elif stored.replayed or entry.was_there:
        status = 200
    if prefer == "minimal":
        return Response(status_code=status, headers=headers)
    if prefer == "OperationOutcome":
        return reply(outcomes.all_right("Taken in and scored", names), status, headers)
    return reply(views.response(stored, names), status, headers)


@tried.post("/$validate")
async def validate(
    caller: Writer, raw: Posted, request: Request, session: SessionDep, now: Now
) -> Response:
    """Say what would become of a QuestionnaireResponse, and keep nothing of it."""
    names = names_of(request)
    given, root = raw, request.state.root
    if isinstance(raw, dict) and root == "Parameters":
        given, root = _resource(raw), "QuestionnaireResponse"
    sender = Sender(caller, names, request.app.state.pepper, now)
    entry = await intake.understand(session, sender, given)
    await intake.carry_out(session, sender, [entry], keep=False)
    trail: Trail = request.state.trail
    trail.chain = entry.organization_id or caller.chain
    if entry.organization_id is None:
        await enter(session, caller.scope)
    if isinstance(entry.outcome, Problem):
        if not isinstance(entry.outcome, Invalid):
            entry.outcome.extra.pop("errors", None)
        return reply(outcomes.outcome_of(entry.outcome, names, root))
    return reply(outcomes.all_right("It would be taken in", names))


def _resource(parameters: dict[str, Any]) -> object:
    """The resource in Parameters.

    Raises:
        Invalid: there is none.
    """
    given = parameters.get("parameter")
    for one in given if isinstance(given, list) else []:
        if isinstance(one, dict) and one.get("name") == "resource" and "resource" in one:
            return one["resource"]
    raise Invalid([error("/parameter", "required", "A parameter of the name resource")])


async def _stored(
    request: Request, session: AsyncSession, caller: Caller, text: str, now: Now
) -> Stored:
    """The submission of an id."""
    try:
        id_ = UUID(text)
    except ValueError:
        raise NotFound(ABSENT) from None

    async def owner(ids: Any) -> UUID | None:  # noqa: ANN401 - of a Finder
        return await submissions.find_owner(session, ids, id_)

    tenant = await open_owner(request, session, caller, owner, READ, now)
    return await submissions.get(session, tenant.id, id_, pushed_by=tenant.pushed_by)


@router.get("/{id_}")
async def read(
    id_: str, caller: Reader, request: Request, session: SessionDep, now: Now
) -> Response:
    """A submission as it stands now."""
    search.read(request, ())
    stored = await _stored(request, session, caller, id_, now)
    version = views.version_of(stored)
    return reply(views.response(stored, names_of(request)), headers=views.headers(stored, version))


@router.get("/{id_}/_history/{version}")
async def read_version(
    id_: str, version: str, caller: Reader, request: Request, session: SessionDep, now: Now
) -> Response:
    """A submission as it came in (1), or after it was superseded or withdrawn (2)."""
    search.read(request, ())
    stored = await _stored(request, session, caller, id_, now)
    if version not in {str(number + 1) for number in range(views.version_of(stored))}:
        raise NotFound("No such version")
    wanted = int(version)
    return reply(
        views.response(stored, names_of(request), wanted), headers=views.headers(stored, wanted)
    )


PARAMETERS = {"questionnaire", "subject", "identifier", "authored", "_lastUpdated"}
DATES = {"authored", "_lastUpdated"}


@router.get("")
async def find(caller: Reader, request: Request, session: SessionDep, now: Now) -> Response:
    """Submissions that stand, oldest first."""
    asked = search.read(request, PARAMETERS | search.PAGING, repeatable=DATES)
    names = names_of(request)
    tenant = await open_tenant(request, session, caller, subject(asked, names), READ, now)
    filters = await _filters(session, tenant, asked, names)
    if filters is None:
        return reply(search.bundle(asked, [], 0, None))
    total = await submissions.count(session, tenant.id, filters)
    if asked.only_count:
        return reply(search.bundle(asked, [], total, None))
    after = decode_cursor(asked.page)
    rows = await submissions.list_(session, tenant.id, filters, after=after, limit=asked.count)
    shown = rows[: asked.count]
    more = len(rows) > len(shown)
    following = encode_cursor(shown[-1].submission.id) if more else None
    found = [views.response(one, names) for one in shown]
    return reply(search.bundle(asked, found, total, following))


@tried.post("/_search", dependencies=[search.Posted])
async def find_posted(caller: Reader, request: Request, session: SessionDep, now: Now) -> Response:
    """The same by a form."""
    return await find(caller, request, session, now)


def subject(asked: search.Asked, names: Names, name: str = "subject") -> str | None:
    """The organization that a search is about: its id, or a reference to it.

    Raises:
        Invalid: something else.
    """
    given = asked.one(name)
    if given is None:
        return None
    found = names.local("Organization", given if "/" in given else f"Organization/{given}")
    if found is None:
        raise Invalid([error(f"query:/{name}", "not-an-organization", "Organization/{id}")])
    return found


async def _filters(
    session: AsyncSession, tenant: Tenant, asked: search.Asked, names: Names
) -> Filters | None:
    """What is searched for; None: there can be nothing."""
    version = None
    if (canonical := asked.one("questionnaire")) is not None:
        wanted = names.version(canonical)
        if wanted is None and names.version(f"{canonical}|1") is None:
            return None
        if wanted is not None:
            found = await catalog.find_instrument(session, *wanted)
            if found is None:
                return None
            version = found.id
    name = asked.one("identifier")
    bounds = [search.instants(asked, one) for one in DATES]
    since = [one for one, _ in bounds if one is not None]
    until = [one for _, one in bounds if one is not None]
    every = canonical is not None and version is None
    return Filters(
        instrument=canonical.rpartition("/")[2] if canonical is not None and every else None,
        version=version,
        external_id=None if name is None else name.rpartition("|")[2],
        standing=True,
        pushed_by=tenant.pushed_by,
        since=max(since, default=None),
        until=min(until, default=None),
    )
