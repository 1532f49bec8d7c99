"""HTTP of the base: batches, where each stands by itself, and transactions, all or nothing."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import BulkRoute, Now, SessionDep, allowed
from app.audit.service import Event, append_to_each
from app.db import Scope, enter
from app.fhir import intake, outcomes, views
from app.fhir.intake import Entry, Sender
from app.fhir.replies import Posted, Preference, condition, names_of, reply
from app.problems import (
    LISTED,
    Invalid,
    MethodNotAllowed,
    PayloadTooLarge,
    Problem,
    error,
)
from app.r4.names import Names
from app.r4.response import Body
from app.trail import Trail, operation
from app.validation import validation_error

router = APIRouter(route_class=BulkRoute)

MAX_ENTRIES = 200


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    extension: list[dict[str, Any]] = []


class RequestIn(_Part):
    """What an entry asks for."""

    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
    url: str
    ifNoneExist: str | None = None  # noqa: N815 - FHIR's own word


class EntryIn(_Part):
    """One resource, and what is to be done with it."""

    fullUrl: str | None = None  # noqa: N815 - FHIR's own word
    request: RequestIn
    resource: Any = None


class BundleIn(_Part):
    """A batch or a transaction."""

    resourceType: Literal["Bundle"]  # noqa: N815 - FHIR's own word
    meta: dict[str, Any] | None = None
    type: Literal["batch", "transaction"]
    entry: list[EntryIn] = Field(default=[])


@router.post("/")
async def carry_out(
    caller: Annotated[Caller, allowed(Permission.SUBMISSIONS_WRITE)],
    raw: Posted,
    prefer: Preference,
    request: Request,
    session: SessionDep,
    now: Now,
) -> Response:
    """Take in the QuestionnaireResponses of a Bundle."""
    given = _bundle(raw)
    names = names_of(request)
    sender = Sender(caller, names, request.app.state.pepper, now)
    entries = []
    for one in given.entry:
        try:
            unless = _condition(one)
            entries.append(await intake.understand(session, sender, one.resource, unless))
        except Problem as problem:
            entries.append(Entry(Body({}, None, [], {}), None, outcome=problem))
    together = given.type == "transaction"
    if together:
        _refuse_repeated(entries)
    await intake.carry_out(session, sender, entries)
    if together:
        intake.wholly(entries)
    await _tell_each(request, session, caller, entries, now)
    answers = [_answer(one, number, names, prefer) for number, one in enumerate(entries)]
    made = {"resourceType": "Bundle", "type": f"{given.type}-response"}
    return reply({**made, "entry": answers} if answers else made)


def _bundle(raw: object) -> BundleIn:
    try:
        given = BundleIn.model_validate(raw)
    except ValidationError as exc:
        found = exc.errors(include_url=False)[: LISTED + 1]
        shape = [validation_error({**one, "loc": ("body", *one["loc"])}) for one in found]
        raise Invalid(shape) from None
    if len(given.entry) > MAX_ENTRIES:
        raise PayloadTooLarge(f"At most {MAX_ENTRIES} entries")
    return given


def _condition(one: EntryIn) -> str | None:
    if one.request.method != "POST" or one.request.url.strip("/") != "QuestionnaireResponse":
        raise MethodNotAllowed("A Bundle has POST QuestionnaireResponse")
    return condition(one.request.ifNoneExist)


def _refuse_repeated(entries: list[Entry]) -> None:
    """In a transaction nothing stands twice, as its entries have no order."""
    seen = set()
    for one in entries:
        name = one.body.given.get("external_id"), one.body.organization
        if name[0] is not None and name in seen:
            wrong = error("/identifier", "repeated", "Another entry has that identifier")
            one.outcome = Invalid([*one.body.errors, wrong])
        seen.add(name)


async def _tell_each(
    request: Request, session: SessionDep, caller: Caller, entries: list[Entry], now: Now
) -> None:
    """Put it on the trail of each organization for which something was taken in."""
    trail: Trail = request.state.trail
    concerned = {
        one.organization_id
        for one in entries
        if one.organization_id and not isinstance(one.outcome, Problem) and not one.was_there
    }
    ids = sorted(concerned - {caller.chain})
    if ids and trail.actor is not None:
        await enter(session, Scope(organizations=tuple(ids), client=caller.client_id))
        event = Event(now, operation(request), trail.actor, status=200)
        targets = {one: f"/v1/organizations/{one}/submissions" for one in ids}
        await append_to_each(session, targets, event, signer=request.app.state.signer)
    await enter(session, caller.scope)


def _answer(one: Entry, number: int, names: Names, prefer: str) -> dict[str, Any]:
    if isinstance(one.outcome, Problem):
        problem = one.outcome
        found = Invalid(intake.within(number, problem))
        said = outcomes.outcome_of(
            found if isinstance(problem, Invalid) else problem, names, "Bundle"
        )
        return {"response": {"status": _status(problem.status), "outcome": said}}
    stored = one.stored
    there = stored.replayed or one.was_there
    version = views.version_of(stored)
    answer: dict[str, Any] = {
        "response": {
            "status": _status(200 if there else 201),
            "location": views.href(stored),
            "etag": views.etag(version),
            "lastModified": views.changed_at(stored, version).isoformat(),
        }
    }
    if prefer == "OperationOutcome":
        answer["response"]["outcome"] = outcomes.all_right("Taken in and scored", names)
    elif prefer == "representation":
        answer["resource"] = views.response(stored, names)
    return answer


def _status(number: int) -> str:
    return f"{number} {HTTPStatus(number).phrase}"
