"""The way into one organization's rows over HTTP: who asks, for which organization, for what."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Request

from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import Permission
from app.api import Now, SessionDep, allowed
from app.organizations import service as organizations
from app.organizations.service import Way
from app.problems import AmbiguousReference, InsufficientScope, NotFound, Unauthenticated
from app.trail import Trail, recognise_retry

DENIED = (Unauthenticated, InsufficientScope, NotFound, AmbiguousReference)
"""How every route of an organization can turn a caller away."""

Org = Annotated[str, Path(max_length=64, description="Id or external id of the organization.")]


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organization, its rows open to this request, and who asks."""

    id: UUID
    caller: Caller

    @property
    def pushed_by(self) -> UUID | None:
        """Whose submissions this caller deals with: others only with those that they pushed.

        Other people's candid answers are the hospital's, whatever figures it shares.
        """
        return None if self.caller.kind is Kind.ORGANIZATION else self.caller.client_id


def tenant(way: Way) -> Any:  # noqa: ANN401 - as Depends itself
    """The dependency of a route under ``/organizations/{org}``."""
    authorized = Annotated[Caller, allowed(way.permission)]

    async def opened(
        org: Org, caller: authorized, session: SessionDep, request: Request, now: Now
    ) -> Tenant:
        found = await organizations.open_tenant(session, caller, org, way, now=now)
        trail: Trail = request.state.trail
        trail.chain, trail.by_another = found, caller.kind is not Kind.ORGANIZATION
        await recognise_retry(request, trail, caller.client_id, holder=caller.rights)
        return Tenant(found, caller)

    return Depends(opened, scope="function")


Submitter = Annotated[Tenant, tenant(Way(Permission.SUBMISSIONS_WRITE, agreed=True))]
Withdrawer = Annotated[Tenant, tenant(Way(Permission.SUBMISSIONS_WRITE))]
SubmissionReader = Annotated[Tenant, tenant(Way(Permission.SUBMISSIONS_READ))]
Locker = Annotated[Tenant, tenant(Way(Permission.ASSESSMENTS_WRITE, identified=True))]
Reader = Annotated[Tenant, tenant(Way(Permission.ASSESSMENTS_READ, identified=True))]
AuditReader = Annotated[Tenant, tenant(Way(Permission.AUDIT_READ))]
