"""Reports of imports forget an organization: their lines stay, and say nothing of it any more."""

from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.imports import report
from app.imports.models import ImportPart

AT_ONCE = 20
"""Parts in one transaction: some tenths of a second."""


async def forget_in_reports(session: AsyncSession, organization_id: UUID) -> int:
    """Make some reports that others hold forget an organization; how many there were."""
    found = await session.exec(
        select(ImportPart)
        .where(col(ImportPart.organizations).contains([organization_id]))
        .limit(AT_ONCE)
        .with_for_update()
    )
    parts = found.all()
    for part in parts:
        if part.report is None:
            raise AssertionError("a part without a report tells of nobody")
        await session.exec(
            update(ImportPart)
            .where(
                col(ImportPart.client_id) == part.client_id,
                col(ImportPart.import_id) == part.import_id,
                col(ImportPart.number) == part.number,
            )
            .values(
                report=report.forget(part.report, organization_id),
                organizations=func.array_remove(ImportPart.organizations, organization_id),
            )
        )
    return len(parts)
