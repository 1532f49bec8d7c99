"""HTTP of queries: for researchers whom the operator approved, where it is switched on."""

import secrets
from typing import Annotated

from fastapi import Depends, Request, Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.failures import responses
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import (
    BadCursor,
    InsufficientScope,
    Invalid,
    NotFound,
    QueriesOff,
    QueryBudgetSpent,
    Unauthenticated,
)
from app.queries import ledger, service, views
from app.queries.budget import Limits
from app.queries.schemas import AnswerOut, BudgetOut, QueryIn, QueryList
from app.queries.service import Rules
from app.settings import Settings

router = Part(route_class=Route, prefix="/queries", tags=["queries"])

Asker = Annotated[Caller, allowed(Permission.QUERIES_WRITE)]
Reader = Annotated[Caller, allowed(Permission.QUERIES_READ)]
DENIED = (Unauthenticated, InsufficientScope, QueriesOff)


async def limits(request: Request) -> Limits:
    """The limits of queries, where there are any.

    Raises:
        QueriesOff: the operator has not switched them on.
    """
    settings: Settings = request.app.state.settings
    if not settings.queries:
        raise QueriesOff("The operator of this service has not switched own queries on")
    return Limits(
        query=settings.query_epsilon,
        researcher=settings.query_epsilon_researcher,
        everybody=settings.query_epsilon_everybody,
        organizations=settings.query_min_organizations,
    )


LimitsDep = Annotated[Limits, Depends(limits)]


@router.post(
    "",
    response_model=AnswerOut,
    responses=responses(*DENIED, NotFound, QueryBudgetSpent, Invalid),
)
async def ask(
    given: QueryIn,
    caller: Asker,
    limits: LimitsDep,
    session: SessionDep,
    now: Now,
    request: Request,
) -> Response:
    """A count, mean, histogram or quartiles of a frozen release, with differential privacy.

    The query costs its epsilon, whatever the answer; where it was asked before, by whomever and
    in whatever spelling, that answer comes again, byte for byte, and costs nothing.
    """
    rules = Rules(limits, secrets.randbelow)
    found = await service.ask(session, caller, given, rules, now=now)
    request.state.trail.target = f"/v1/queries#{found.id}"
    return Response(found.answer, media_type="application/json")


@router.get("", response_model=QueryList, responses=responses(*DENIED, BadCursor))
async def list_queries(
    caller: Reader,
    _: LimitsDep,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The queries that were paid from the researcher's budget; for an operator all."""
    rows = await ledger.list_(session, caller, after=decode_cursor(cursor), limit=limit)
    shown, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": [views.row(row) for row in shown], "page": page}


@router.get("/budget", response_model=BudgetOut, responses=responses(*DENIED))
async def get_budget(
    caller: Reader, limits: LimitsDep, session: SessionDep, now: Now
) -> dict[str, object]:
    """What was spent this year, and what is left: one's own, and all researchers' together."""
    return await service.budget(session, caller, limits, now=now)
