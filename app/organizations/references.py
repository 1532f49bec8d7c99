"""Whose organizations are whose, and which of them a name means."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Text, Uuid, any_, false, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.access.callers import Caller
from app.access.models import Kind
from app.organizations import grants
from app.organizations.models import Agreement, Organization
from app.problems import AmbiguousReference, NotFound, Problem


def theirs(caller: Caller) -> ColumnElement[bool]:
    """Which organizations a caller acts for; row-level security says the same once more.

    One that was erased is nobody's.
    """
    return col(Organization.erased_at).is_(None) & _entrusted(caller)


def _entrusted(caller: Caller) -> ColumnElement[bool]:
    match caller.kind:
        case Kind.OPERATOR:
            return true()
        case Kind.NETWORK:
            return col(Organization.network_id) == caller.network_id
        case Kind.ORGANIZATION:
            return col(Organization.id) == caller.organization_id
        case Kind.PARTNER:
            granting = grants.current(caller.client_id)
            return col(Organization.partner) & col(Organization.id).in_(granting)
        case _:
            return false()


def parse_id(reference: str) -> UUID | None:
    """The id that a reference is, or None where it is somebody's external id."""
    try:
        return UUID(reference)
    except ValueError:
        return None


Signed = tuple[Organization, Agreement | None]
"""An organization, and the agreement that it signed last."""


async def find(session: AsyncSession, caller: Caller, reference: str) -> Signed:
    """The caller's organization that goes by a name; another's is as absent as none.

    Raises:
        NotFound, AmbiguousReference: none does, or several do.
    """
    found = (await find_all(session, caller, [reference]))[reference]
    if isinstance(found, Problem):
        raise found
    return found


async def find_all(
    session: AsyncSession, caller: Caller, references: Collection[str], *, hold: bool = False
) -> dict[str, Signed | Problem]:
    """By reference, which of the caller's organizations it is, or that it is none or several.

    With ``hold``, none of them is erased before the transaction ends.
    """
    ids = {reference: parse_id(reference) for reference in references}
    # The database cannot even be asked for NUL.
    names = [reference for reference in references if "\0" not in reference]
    parts = [name.partition(":") for name in names]
    identifiers = [{system: value} for system, _, value in parts if value]
    named = or_(
        col(Organization.external_id) == any_(literal(names, ARRAY(Text))),
        col(Organization.id) == any_(literal([one for one in ids.values() if one], ARRAY(Uuid))),
        col(Organization.identifiers).op("@>")(any_(literal(identifiers, ARRAY(JSONB)))),
    )
    wanted = (
        select(Organization, Agreement)
        .outerjoin(Agreement, col(Agreement.version) == Organization.agreement_version)
        .where(theirs(caller), named)
    )
    if hold:
        wanted = wanted.with_for_update(read=True, key_share=True, of=Organization)
    found = await session.exec(wanted)
    by_id: dict[UUID, Signed] = {}
    by_name: dict[str, list[Signed]] = defaultdict(list)
    for organization, agreement in found.all():
        by_id[organization.id] = organization, agreement
        known_by = {f"{system}:{value}" for system, value in organization.identifiers.items()}
        for name in known_by | {organization.external_id}:
            by_name[name].append((organization, agreement))
    return {
        # An id comes first: somebody may have taken it for an external id.
        reference: by_id[one] if one in by_id else _only(by_name[reference])
        for reference, one in ids.items()
    }


@dataclass(frozen=True, slots=True)
class Own:
    """What has to be known of an organization whose own key asks to hand something in."""

    id: UUID
    external_id: str
    identifiers: str
    """Names by system, as JSON: most go by their id."""
    erase_at: datetime | None
    has_signed: bool
    accepted_until: date | None

    def goes_by(self, reference: str) -> bool:
        """Whether it is meant by a reference: by id, external id or identifier."""
        if reference in (self.external_id, str(self.id)) or parse_id(reference) == self.id:
            return True
        system, _, value = reference.partition(":")
        identifiers: dict[str, str] = orjson.loads(self.identifiers)
        return system in identifiers and identifiers[system] == value


OWN = """
    SELECT o.id, o.external_id, o.identifiers::text, o.erase_at, a.version IS NOT NULL,
      a.accepted_until
    FROM organization o LEFT JOIN agreement a ON a.version = o.agreement_version
    WHERE o.id = ANY (%s::uuid[]) AND o.erased_at IS NULL
"""


async def ask_own(session: sql.Session, ids: Collection[UUID]) -> sql.Sent:
    """Ask for organizations whose own keys ask; the transaction is in the context of them all."""
    return await sql.send(session, OWN, ["{" + ",".join(map(str, ids)) + "}"])


async def own_of(asked: sql.Sent) -> dict[UUID, Own]:
    """Those that are there, by id."""
    [found] = await sql.fetch(asked)
    return {row[0]: Own(*row) for row in found}


def own_named(own: Own | None, reference: str) -> Own:
    """The caller's own organization, if a reference means it.

    Raises:
        NotFound: it means another, or none.
    """
    if own is None or not own.goes_by(reference):
        raise NotFound("No such organization")
    return own


def _only(found: Sequence[Signed]) -> Signed | Problem:
    if not found:
        return NotFound("No such organization")
    if len(found) > 1:
        return AmbiguousReference("Several organizations go by that external id; use the id")
    return found[0]
