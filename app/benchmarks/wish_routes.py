"""HTTP of wishes for cohorts; the operator decides them with `palanca cohorts`."""

from typing import Annotated

from fastapi import Request, Response

from app.access.callers import Caller
from app.access.permissions import Permission
from app.api import Now, Part, Route, SessionDep, allowed
from app.benchmarks import service, wishes
from app.benchmarks.wish_schemas import CohortRequestIn, CohortRequestList, CohortRequestOut
from app.benchmarks.wishes import Wish
from app.failures import responses
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import BadCursor, InsufficientScope, Invalid, Unauthenticated

router = Part(route_class=Route, prefix="/cohort-requests", tags=["benchmarks"])

Wisher = Annotated[Caller, allowed(Permission.COHORTS_WRITE)]
Reader = Annotated[Caller, allowed(Permission.COHORTS_READ)]


@router.post(
    "",
    status_code=201,
    response_model=CohortRequestOut,
    responses={
        200: {"description": "The same wish is open already."},
        **responses(Unauthenticated, InsufficientScope, Invalid),
    },
)
async def request_cohorts(
    given: CohortRequestIn,
    caller: Wisher,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
) -> dict[str, object]:
    """Wish for cohorts by one attribute or two: granted, the next release has them for everybody.

    There are no cohorts for one reader: each further one is a further equation about everybody.
    """
    plan = service.plan(request.app.state.settings, as_of=None, now=now)
    wish, is_new = await wishes.ask(session, caller, given.attributes, plan)
    request.state.trail.target = f"/v1/cohort-requests#{wish.row.id}"
    response.status_code = 201 if is_new else 200
    return _shown(wish)


@router.get(
    "",
    response_model=CohortRequestList,
    responses=responses(Unauthenticated, InsufficientScope, BadCursor),
)
async def list_cohort_requests(
    caller: Reader,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """Own wishes and what became of them; an operator sees everybody's."""
    plan = service.plan(request.app.state.settings, as_of=None, now=now)
    rows = await wishes.list_(session, caller, plan, after=decode_cursor(cursor), limit=limit)
    shown, page = page_of(request, response, rows, [one.row.id for one in rows], limit)
    return {"data": [_shown(one) for one in shown], "page": page}


def _shown(wish: Wish) -> dict[str, object]:
    row = wish.row
    return {
        "id": row.id,
        "attributes": row.attributes,
        "status": row.status if wish.release is None else "published",
        "asked_at": row.asked_at,
        "decided_at": row.decided_at,
        "adds": wish.adds,
        "room": {"cohorts": wish.room.cohorts, "two_way_tables": wish.room.two_way},
        "lattice_version": row.lattice_version,
        "release": wish.release,
    }
