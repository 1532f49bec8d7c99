"""HTTP of tests of change."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.api import Now, Part, Route, SessionDep
from app.failures import responses
from app.learning import cycles
from app.learning.cycle_schemas import StudyIn, TestIn, TestList, TestOut
from app.learning.models import ChangeTest
from app.learning.tenants import Learner, LearningReader, location
from app.organizations.tenant import DENIED
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import AgreementNeeded, AlreadyExists, BadCursor, Invalid, NotShared

router = Part(route_class=Route, prefix="/organizations/{org}/tests", tags=["learning"])


@router.post(
    "",
    status_code=201,
    response_model=TestOut,
    responses=responses(*DENIED, AgreementNeeded, Invalid),
)
async def plan_test(
    given: TestIn, tenant: Learner, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """Plan a test of change: with what is expected of it, before it is tried."""
    test = await cycles.plan(session, tenant.id, given, now=now)
    response.headers["Location"] = location(tenant.id, "tests", test.id)
    return shown(test)


@router.get("", response_model=TestList, responses=responses(*DENIED, NotShared, BadCursor))
async def list_tests(
    tenant: LearningReader,
    session: SessionDep,
    request: Request,
    response: Response,
    aim: Annotated[UUID | None, Query(description="Only those on this aim.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The tests of change, oldest first; `follows` makes chains of them."""
    after = decode_cursor(cursor)
    rows = await cycles.list_(session, tenant.id, aim=aim, after=after, limit=limit)
    rows, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": [shown(row) for row in rows], "page": page}


@router.get("/{test_id}", response_model=TestOut, responses=responses(*DENIED, NotShared))
async def get_test(test_id: UUID, tenant: LearningReader, session: SessionDep) -> dict[str, Any]:
    """One test."""
    return shown(await cycles.get(session, tenant.id, test_id))


@router.post(
    "/{test_id}/study",
    status_code=201,
    response_model=TestOut,
    responses={
        200: {"description": "It was said before, in the same words."},
        **responses(*DENIED, AgreementNeeded, AlreadyExists, Invalid),
    },
)
async def study_test(
    test_id: UUID,
    given: StudyIn,
    tenant: Learner,
    session: SessionDep,
    now: Now,
    response: Response,
) -> dict[str, Any]:
    """Say what happened, what was learnt, and whether the change is adopted, adapted, abandoned."""
    test, is_new = await cycles.study(session, tenant.id, test_id, given, now=now)
    response.status_code = 201 if is_new else 200
    return shown(test)


def shown(test: ChangeTest) -> dict[str, Any]:
    """A test on the wire."""
    return {
        **test.model_dump(exclude={"organization_id", "aim_id", "follows_id"}),
        "aim": test.aim_id,
        "follows": test.follows_id,
    }
