"""Who registers which clients, and for whom."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import service as access
from app.access.callers import Caller
from app.access.models import Client, DataUse, Kind
from app.clients.schemas import ClientIn
from app.organizations import changes
from app.organizations import service as organizations
from app.problems import Invalid, error

REGISTERS: dict[Kind, tuple[Kind, ...]] = {
    Kind.OPERATOR: tuple(Kind),
    Kind.NETWORK: (Kind.NETWORK,),
    Kind.ORGANIZATION: (Kind.ORGANIZATION,),
    Kind.PARTNER: (),
    Kind.RESEARCHER: (),
}
"""The operator registers anybody; networks and organizations more clients of their own."""


async def register(
    session: AsyncSession, caller: Caller, given: ClientIn, *, now: datetime
) -> Client:
    """Register a client, for the caller's own tenant unless the operator says which.

    Raises:
        Invalid: not a kind that the caller registers, or a tenant or agreement that does not fit.
        NotFound: no such network or organization of the caller's.
    """
    errors = _errors(caller, given)
    if errors:
        raise Invalid(errors)
    agreed = given.data_use
    return await access.create_client(
        session,
        kind=given.kind,
        name=given.name,
        now=now,
        tenant_id=await _tenant_id(session, caller, given),
        data_use=None if agreed is None else DataUse(**agreed.model_dump()),
    )


def _errors(caller: Caller, given: ClientIn) -> list[dict[str, object]]:
    errors = []
    registered = REGISTERS[caller.kind]
    if given.kind not in registered:
        detail = f"Not registered by the kind {caller.kind}"
        errors.append(
            error(
                "/kind",
                "not-allowed",
                detail,
                received=given.kind,
                expected=[*map(str, registered)],
            )
        )
    for kind, reference in ((Kind.NETWORK, given.network), (Kind.ORGANIZATION, given.organization)):
        if reference is not None and given.kind is not kind:
            errors.append(error(f"/{kind}", "not-for-kind", f"Not for the kind {given.kind}"))
        if reference is None and given.kind is kind is not caller.kind and kind in registered:
            errors.append(error(f"/{kind}", "required", f"Say which {kind} it calls for"))
    return errors


async def _tenant_id(session: AsyncSession, caller: Caller, given: ClientIn) -> UUID | None:
    match given.kind:
        case Kind.NETWORK:
            reference = given.network or str(caller.network_id)
            return (await organizations.get_network(session, caller, reference)).id
        case Kind.ORGANIZATION:
            reference = given.organization or str(caller.organization_id)
            # Held until the commit: what is erased in this moment gets no client any more.
            return (await changes.hold(session, caller, reference)).id
        case _:
            return None
