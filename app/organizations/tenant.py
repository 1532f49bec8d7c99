"""The way into one organization's rows over HTTP: who asks, for which organization, for what."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path

from app.access.models import Kind
from app.access.service import Caller, Permission
from app.api import SessionDep, allowed
from app.organizations import service as organizations
from app.problems import AmbiguousReference, InsufficientScope, NotFound, Unauthenticated

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
        """Whose submissions this caller deals with: a network's only those it pushed itself.

        Other people's candid answers are the hospital's, whatever figures it shares.
        """
        return self.caller.client_id if self.caller.kind is Kind.NETWORK else None


def tenant(permission: Permission, *, identified: bool) -> Any:  # noqa: ANN401 - as Depends itself
    """The dependency of a route under ``/organizations/{org}``."""
    authorized = Annotated[Caller, allowed(permission)]

    async def opened(org: Org, caller: authorized, session: SessionDep) -> Tenant:
        found = await organizations.open_tenant(session, caller, org, identified=identified)
        return Tenant(found.id, caller)

    return Depends(opened, scope="function")


Submitter = Annotated[Tenant, tenant(Permission.SUBMISSIONS_WRITE, identified=False)]
SubmissionReader = Annotated[Tenant, tenant(Permission.SUBMISSIONS_READ, identified=False)]
Locker = Annotated[Tenant, tenant(Permission.ASSESSMENTS_WRITE, identified=True)]
Reader = Annotated[Tenant, tenant(Permission.ASSESSMENTS_READ, identified=True)]
