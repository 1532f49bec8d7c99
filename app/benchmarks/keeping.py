"""A release's files kept with it, in the transaction that publishes it or, if it is older, later.

Made from what is published, as it is read back from the tables: so they are the same whenever they
are made.
"""

import asyncio

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.benchmarks.files.making import make
from app.benchmarks.files.signing import ReleaseSigner
from app.benchmarks.models import Release, ReleaseFile
from app.benchmarks.published import read


async def keep_files(
    session: AsyncSession, number: int, *, base: str, signer: ReleaseSigner
) -> None:
    """Make the files of a release and keep them.

    Args:
        session: a transaction of the service's.
        number: of a release that has no files.
        base: where the service is reached.
        signer: who signs.
    """
    content = await read(session, number)
    files = await asyncio.to_thread(make, content, base=base, signer=signer)
    session.add_all(
        ReleaseFile(
            release_number=number,
            name=one.name,
            media_type=one.media_type,
            sha256=one.sha256,
            size=len(one.body),
            body=one.body,
        )
        for one in files
    )
    await session.flush()


async def without_files(session: AsyncSession) -> list[int]:
    """Numbers of releases that were published before there were files."""
    with_files = select(ReleaseFile.release_number)
    found = await session.exec(
        select(Release.number)
        .where(col(Release.number).not_in(with_files))
        .order_by(col(Release.number))
    )
    return list(found.all())
