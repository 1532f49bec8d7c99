"""What a respondent may do with a token: read one instrument, and submit once.

The submission carries no name of the respondent, not even a pseudonym. Nothing but the invitation
leads to it, until the round is locked; from then on nothing does.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import keys
from app.access.callers import REFUSAL, Caller
from app.access.models import Client, Kind
from app.access.permissions import Permission
from app.assessments import push
from app.assessments.incoming import Push
from app.assessments.models import Invitation, Submission
from app.assessments.submissions import Stored
from app.catalog import service as catalog
from app.db import Scope, enter
from app.organizations import service as organizations
from app.organizations.service import Way
from app.problems import InsufficientScope, InvitationUsed, NotFound, Unauthenticated


async def enter_with(
    session: AsyncSession, presented: str, *, pepper: bytes, now: datetime
) -> Invitation:
    """The invitation whose token this is; its organization's rows are open from here on.

    Raises:
        Unauthenticated: in the words for keys, whatever is wrong with it.
    """
    if keys.key_id(presented, invitation=True) is None:
        raise Unauthenticated(REFUSAL)
    digest = keys.digest(presented, pepper)
    await enter(session, Scope(key=digest.hex()))
    row = (await session.exec(select(Invitation).where(Invitation.digest == digest))).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise Unauthenticated(REFUSAL)
    await enter(session, Scope(organizations=(row.organization_id,), client=row.client_id))
    try:
        await _check_inviter(session, row, now=now)
    except (InsufficientScope, NotFound):
        raise Unauthenticated(REFUSAL) from None
    return row


async def _check_inviter(session: AsyncSession, invitation: Invitation, *, now: datetime) -> None:
    """See that who invited may still do so: what a partner began ends with its grant.

    Raises:
        NotFound, InsufficientScope: it may not.
    """
    found = await session.exec(select(Client).where(Client.id == invitation.client_id))
    client = found.one()
    if client.kind is Kind.PARTNER and client.has_ended(now):
        raise NotFound("No such partner")
    inviter = Caller(client.id, client.kind, client.network_id, client.organization_id, frozenset())
    reference = str(invitation.organization_id)
    way = Way(Permission.INVITATIONS_WRITE)
    await organizations.open_tenant(session, inviter, reference, way, now=now)


async def submit(
    session: AsyncSession,
    invitation: Invitation,
    raw: Mapping[str, object],
    *,
    pepper: bytes,
    now: datetime,
) -> Stored:
    """Take in what a respondent answered, once.

    Raises:
        InvitationUsed: it was used before.
        Unauthenticated: it was revoked just now.
        AgreementNeeded, OrganizationEnding: the organization takes nothing in.
        Invalid, AssessmentClosed: as for every submission.
    """
    await organizations.check_open(session, invitation.organization_id, now=now)
    mine = [
        col(Invitation.organization_id) == invitation.organization_id,
        col(Invitation.id) == invitation.id,
    ]
    # Of two that come at once the second waits here, and finds it used.
    held = select(Invitation).where(*mine).with_for_update()
    (await session.exec(held.execution_options(populate_existing=True))).one()
    if invitation.used_on is not None:
        raise InvitationUsed("Your answers are in already; an invitation is good for one time")
    if invitation.revoked_at is not None:
        raise Unauthenticated(REFUSAL)
    form = (await catalog.get_instrument_by_id(session, invitation.instrument_version_id)).form
    whole = {
        "instrument": form.instrument,
        "version": form.version,
        "period": invitation.period,
        "role": invitation.role.value,
        **raw,
    }
    sender = Push(
        organization_id=invitation.organization_id,
        client_id=invitation.client_id,
        idempotency_key=None,
        pepper=pepper,
        now=now,
    )
    stored = await push.submit(session, sender, whole)
    await session.exec(
        update(Invitation)
        .where(*mine)
        .values(used_on=now.date(), submission_id=stored.submission.id)
    )
    return stored


async def forget_who(
    session: AsyncSession, organization_id: UUID, assessment_id: UUID, *, now: datetime
) -> None:
    """Cut the link from invitations to the submissions of a round that is being locked."""
    theirs = select(Submission.id).where(
        Submission.organization_id == organization_id, Submission.assessment_id == assessment_id
    )
    await session.exec(
        update(Invitation)
        .where(
            col(Invitation.organization_id) == organization_id,
            col(Invitation.submission_id).in_(theirs),
        )
        # The day of the lock, and not the one on which that person answered.
        .values(submission_id=None, used_on=now.date())
    )
