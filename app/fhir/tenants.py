"""The ways into an organization's rows where no path names it: by reference, or by what is its."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from fastapi import Request
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.api import Now
from app.db import Scope, enter
from app.organizations import service as organizations
from app.organizations.service import Way
from app.organizations.tenant import Tenant
from app.problems import InsufficientScope, Invalid, NotFound, NotShared, error
from app.trail import Trail

SUBMIT = Way(Permission.SUBMISSIONS_WRITE, agreed=True)
READ = Way(Permission.SUBMISSIONS_READ)
RESULTS = Way(Permission.ASSESSMENTS_READ, identified=True)

Finder = Callable[[Sequence[UUID]], Awaitable[UUID | None]]
"""Says which of these organizations something is of."""


def check_scope(caller: Caller, permission: Permission) -> None:
    """See that the key has it, where what is asked for decides which it has to be."""
    if permission not in caller.permissions:
        raise InsufficientScope(f"This needs the scope {permission}", scope=permission.value)


async def open_tenant(
    request: Request,
    session: AsyncSession,
    caller: Caller,
    reference: str | None,
    way: Way,
    now: Now,
    *,
    place: str = "query:/subject",
) -> Tenant:
    """Enter the rows of the organization that is named, or else of the caller's own.

    Raises:
        Invalid: none is named, and the caller acts for several.
        And all that ``organizations.open_tenant`` does.
    """
    if reference is None and caller.organization_id is None:
        raise Invalid([error(place, "required", "Say whose: Organization/...")])
    named = reference or str(caller.organization_id)
    found = await organizations.open_tenant(session, caller, named, way, now=now)
    trail: Trail = request.state.trail
    trail.chain, trail.by_another = found, caller.kind is not Kind.ORGANIZATION
    return Tenant(found, caller)


ABSENT = "No such submission"
"""What is said of anything that is not found by its id, whatever the reason."""


async def open_owner(
    request: Request, session: AsyncSession, caller: Caller, find: Finder, way: Way, now: Now
) -> Tenant:
    """Enter the rows of the organization that something is of.

    Whether the caller may have the thing itself is for who then reads it to see.

    Raises:
        NotFound: nobody's, or another's, or the caller may not: all say the same.
    """
    reference = None
    if caller.organization_id is None:
        ids = await organizations.list_ids(session, caller)
        await enter(session, Scope(organizations=tuple(ids), client=caller.client_id))
        owner = await find(ids)
        await enter(session, caller.scope)
        if owner is None:
            raise NotFound(ABSENT)
        reference = str(owner)
    try:
        return await open_tenant(request, session, caller, reference, way, now)
    except (InsufficientScope, NotShared):
        raise NotFound(ABSENT) from None
