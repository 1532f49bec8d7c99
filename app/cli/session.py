"""A database for the length of one command: connected, of the right schema, let go at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import connect, leave
from app.db import APP_ROLE, RELEASE_ROLE, check_role, make_engine
from app.migrate import check_schema, upgrade
from app.settings import Settings

Done = TypeVar("Done")


@contextmanager
def embedded(settings: Settings) -> Iterator[bool]:
    """The embedded server, if it is ours: stopped at the end unless somebody else uses it."""
    server = connect(settings).embedded
    try:
        yield server is not None
    finally:
        if server is not None:
            leave(server)


@contextmanager
def database(settings: Settings) -> Iterator[None]:
    """The database runs inside, has this code's schema, and gives the service's roles their due.

    The embedded database is brought to the schema by itself; one of the operator's own only by
    `palanca db upgrade`.

    Raises:
        OldSchemaError, UnsafeRoleError, ValueError: it cannot be worked with; says what to do.
    """
    with embedded(settings) as is_ours:
        if is_ours:
            upgrade(settings)
        else:
            check_schema(settings)
        settings.pepper()
        asyncio.run(_check_roles(settings))
        yield


async def _check_roles(settings: Settings) -> None:
    found = connect(settings)
    for url, role in ((found.app, APP_ROLE), (found.release, RELEASE_ROLE)):
        engine = make_engine(url, pool_size=1)
        try:
            await check_role(engine, role)
        finally:
            await engine.dispose()


def run(
    settings: Settings, work: Callable[[AsyncEngine], Awaitable[Done]], *, connections: int = 2
) -> Done:
    """Run database work of one command with the rights that the service has."""

    async def connected() -> Done:
        engine = make_engine(connect(settings).app, pool_size=connections)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    with database(settings):
        return asyncio.run(connected())
