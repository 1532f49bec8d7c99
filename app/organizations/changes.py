"""The verbs that change what an organization's row says of it; its flags follow its agreements."""

from collections.abc import Mapping

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.organizations import service
from app.organizations.models import Organization
from app.organizations.references import theirs
from app.organizations.schemas import MAX_IDENTIFIERS, OrganizationPatch
from app.problems import Invalid, NotFound, error


async def hold(session: AsyncSession, caller: Caller, reference: str) -> Organization:
    """The caller's organization, which nobody else changes until this transaction ends.

    Raises:
        NotFound: none of the caller's, or no longer.
    """
    found = await service.get(session, caller, reference)
    mine = select(Organization).where(theirs(caller), Organization.id == found.id)
    held = mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    still = (await session.exec(held)).one_or_none()
    if still is None:
        raise NotFound("No such organization")
    return still


async def change(
    session: AsyncSession, organization: Organization, given: OrganizationPatch
) -> None:
    """Lay changes over an organization.

    Raises:
        Invalid: it would have too many identifiers.
    """
    organization.name = given.name or organization.name
    organization.attributes = merged(organization.attributes, given.attributes)
    organization.identifiers = merged(organization.identifiers, given.identifiers)
    errors = errors_of(organization.identifiers)
    if errors:
        raise Invalid(errors)
    await session.flush()


def merged(before: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Entries with changes laid over them; ``None`` takes one away."""
    return {name: value for name, value in {**before, **changes}.items() if value is not None}


def errors_of(identifiers: Mapping[str, str]) -> list[dict[str, object]]:
    """What is wrong with identifiers that come together only in the row."""
    if len(identifiers) <= MAX_IDENTIFIERS:
        return []
    detail = f"With those that are there, more than {MAX_IDENTIFIERS}"
    return [error("/identifiers", "too-long", detail, expected=MAX_IDENTIFIERS)]
