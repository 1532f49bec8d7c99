"""Who may see and write what an organization learns."""

from typing import Annotated
from uuid import UUID

from app.access.permissions import Permission
from app.organizations.service import Way
from app.organizations.tenant import Tenant, tenant

Learner = Annotated[Tenant, tenant(Way(Permission.LEARNING_WRITE, agreed=True))]
LearningReader = Annotated[Tenant, tenant(Way(Permission.LEARNING_READ, identified=True))]


def location(organization_id: UUID, *steps: object) -> str:
    """Where something of an organization's is."""
    return "/".join(("/v1/organizations", str(organization_id), *map(str, steps)))
