"""The verbs of participation agreements: publish a version, record that one was signed."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import orjson
import yaml
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.files import folder
from app.organizations.agreement_schemas import AgreementIn, ParticipationIn
from app.organizations.models import Agreement, Organization, Participation
from app.problems import Invalid, NotFound, VersionPublished, error


def text_sha256(text: Mapping[str, str]) -> str:
    """The hash of an agreement's texts: sorted by language, as dense JSON in UTF-8."""
    return hashlib.sha256(orjson.dumps(dict(text), option=orjson.OPT_SORT_KEYS)).hexdigest()


async def list_(session: AsyncSession) -> Sequence[Agreement]:
    """All published versions, newest first."""
    found = await session.exec(
        select(Agreement).order_by(col(Agreement.published_at).desc(), col(Agreement.version))
    )
    return found.all()


async def publish(
    session: AsyncSession, given: AgreementIn, *, now: datetime
) -> tuple[Agreement, bool]:
    """Publish a version; publishing the same text again changes nothing.

    Returns:
        The version, and whether this call published it.

    Raises:
        VersionPublished: it is published with another text.
    """
    sha256 = text_sha256(given.text)
    found = await session.get(Agreement, given.version)
    if found is not None:
        if found.text_sha256 != sha256:
            raise VersionPublished(f"Agreement {given.version} is published with another text")
        return found, False
    if given.previous_accepted_until is not None:
        await session.exec(
            update(Agreement)
            .where(col(Agreement.accepted_until).is_(None))
            .values(accepted_until=given.previous_accepted_until)
        )
    made = Agreement(version=given.version, text=given.text, text_sha256=sha256, published_at=now)
    session.add(made)
    await session.flush()
    return made, True


async def seed(session: AsyncSession, *, now: datetime) -> Sequence[tuple[str, bool]]:
    """Publish the agreements in ``seed/``; each name with whether it is new."""
    done = []
    for file in sorted((folder("seed") / "agreements").glob("*.yaml")):
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        given = AgreementIn(version=document["version"], text=document["text"])
        found, is_new = await publish(session, given, now=now)
        done.append((f"agreement {found.version}", is_new))
    return done


async def sign(
    session: AsyncSession,
    organization_id: UUID,
    given: ParticipationIn,
    *,
    client_id: UUID,
    now: datetime,
) -> Participation:
    """Record what an organization signed; it holds from now on.

    Raises:
        Invalid: no such version, one that is no longer accepted, another text, or a day to come.
        NotFound: it was erased in this moment.
    """
    agreement = await session.get(Agreement, given.agreement_version)
    errors = _errors(agreement, given, now)
    if errors:
        raise Invalid(errors)
    # First: two that sign at once take turns here, and the later one holds.
    held = await session.exec(
        update(Organization)
        .where(col(Organization.id) == organization_id, col(Organization.erased_at).is_(None))
        .values(
            agreement_version=given.agreement_version,
            benchmark=given.benchmark,
            research=given.research,
            partner=given.partner,
            share_with_network=given.share_with_network,
        )
    )
    if held.rowcount == 0:
        raise NotFound("No such organization")
    signed = Participation(
        organization_id=organization_id,
        **given.model_dump(),
        client_id=client_id,
        recorded_at=now,
    )
    session.add(signed)
    await session.flush()
    return signed


def _errors(
    agreement: Agreement | None, given: ParticipationIn, now: datetime
) -> list[dict[str, object]]:
    errors = []
    version = given.agreement_version
    if agreement is None:
        errors.append(error("/agreement_version", "unknown", "No such version", received=version))
    elif not agreement.is_accepted(now.date()):
        errors.append(
            error("/agreement_version", "no-longer-accepted", "Sign a newer one", received=version)
        )
    if agreement is not None and agreement.text_sha256 != given.text_sha256:
        errors.append(
            error(
                "/text_sha256",
                "another-text",
                "Not the hash of that version's text",
                received=given.text_sha256,
                expected=agreement.text_sha256,
            )
        )
    if given.signed_on > now.date():
        errors.append(
            error("/signed_on", "in-the-future", "Not yet", received=str(given.signed_on))
        )
    return errors


async def list_signed(
    session: AsyncSession, organization_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Participation]:
    """What the organization signed, newest first, one more than ``limit`` if there are more."""
    wanted = (
        select(Participation)
        .where(Participation.organization_id == organization_id)
        .order_by(col(Participation.id).desc())
    )
    if after is not None:
        wanted = wanted.where(col(Participation.id) < after)
    return (await session.exec(wanted.limit(limit + 1))).all()


async def get_signed(
    session: AsyncSession, organization_id: UUID, participation_id: UUID
) -> Participation:
    """One thing that the organization signed."""
    found = await session.get(Participation, (organization_id, participation_id))
    if found is None:
        raise NotFound("Nothing signed goes by that id")
    return found


async def get(session: AsyncSession, version: str) -> Agreement:
    """A published version."""
    found = await session.get(Agreement, version)
    if found is None:
        raise NotFound(f"No agreement {version}")
    return found
