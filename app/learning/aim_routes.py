"""HTTP of an organization's aims."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Request, Response

from app.api import Now, Part, Route, SessionDep
from app.failures import responses
from app.learning import aims
from app.learning.aim_schemas import AimChange, AimIn, AimList, AimOut
from app.learning.aims import Followed
from app.learning.chart_views import verdict_out
from app.learning.charting import Goal
from app.learning.tenants import Learner, LearningReader, location
from app.organizations.tenant import DENIED
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import AgreementNeeded, BadCursor, Invalid, NotShared, PreconditionFailed
from app.wire import etag_of

router = Part(route_class=Route, prefix="/organizations/{org}/aims", tags=["learning"])


@router.post(
    "",
    status_code=201,
    response_model=AimOut,
    responses=responses(*DENIED, AgreementNeeded, Invalid),
)
async def set_aim(
    given: AimIn, tenant: Learner, session: SessionDep, now: Now, response: Response
) -> dict[str, object]:
    """Set an aim: how much, by when, from which baseline. Without these it is none."""
    made = await aims.set_(session, tenant.id, given, now=now)
    response.headers["Location"] = location(tenant.id, "aims", made.aim.id)
    return shown(made)


@router.get("", response_model=AimList, responses=responses(*DENIED, NotShared, BadCursor))
async def list_aims(
    tenant: LearningReader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The aims, oldest first, and how each stands."""
    found = await aims.list_(session, tenant.id, after=decode_cursor(cursor), limit=limit)
    rows, page = page_of(request, response, found, [row.aim.id for row in found], limit)
    return {"data": [shown(row) for row in rows], "page": page}


@router.get("/{aim_id}", response_model=AimOut, responses=responses(*DENIED, NotShared))
async def get_aim(aim_id: UUID, tenant: LearningReader, session: SessionDep) -> dict[str, object]:
    """One aim and how it stands: reached, on course, off course, or too early to tell."""
    return shown(await aims.get(session, tenant.id, aim_id))


@router.patch(
    "/{aim_id}",
    response_model=AimOut,
    responses=responses(*DENIED, AgreementNeeded, PreconditionFailed, Invalid),
)
async def change_aim(
    aim_id: UUID,
    given: AimChange,
    tenant: Learner,
    session: SessionDep,
    response: Response,
    if_match: Annotated[
        str | None, Header(max_length=1000, description="`ETag` of what is to be changed.")
    ] = None,
) -> dict[str, object]:
    """Change drivers, elements or title, say that the board adopted it, or close it.

    How much and by when stay: who moves the goalposts sets another aim. With `If-Match` it is
    changed only if nobody else did since.
    """

    def is_current(now: Followed) -> bool:
        tags = [one.strip() for one in (if_match or "*").split(",")]
        return tags == ["*"] or _etag(now) in tags

    changed = await aims.change(session, tenant.id, aim_id, given, is_current=is_current)
    response.headers["ETag"] = _etag(changed)
    return shown(changed)


def _etag(followed: Followed) -> str:
    """The ETag that a GET of the aim has."""
    return etag_of(AimOut.model_validate(shown(followed)).model_dump_json().encode())


def shown(followed: Followed) -> dict[str, Any]:
    """An aim on the wire."""
    aim, measure = followed.aim, followed.measure
    chart = location(aim.organization_id, "measures", measure.id, "chart")
    return {
        **aim.model_dump(exclude={"organization_id", "measure_id"}),
        "measure": measure.model_dump(include={"id", "code", "title", "unit", "direction"}),
        "verdict": verdict_out(Goal(aim, followed.verdict), "en"),
        "tests": followed.tests,
        "chart": f"{chart}?aim={aim.id}",
    }
