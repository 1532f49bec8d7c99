"""A database for the length of one command: connected, of the right schema, let go at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import connect, leave
from app.db import APP_ROLE, check_role, make_engine
from app.migrate import check_schema, upgrade
from app.postgres import EmbeddedPostgres
from app.settings import Settings

Done = TypeVar("Done")


@contextmanager
def database(settings: Settings) -> Iterator[EmbeddedPostgres | None]:
    """The database runs inside; an embedded server nobody else uses is stopped afterwards.

    The embedded database is brought to this code's schema by itself; one of the operator's own
    only by `palanca db upgrade`.
    """
    server = connect(settings).embedded
    try:
        if server is not None:
            upgrade(settings)
        else:
            check_schema(settings)
        yield server
    finally:
        if server is not None:
            leave(server)


def run(settings: Settings, work: Callable[[AsyncEngine], Awaitable[Done]]) -> Done:
    """Run database work of one command with the rights that the service has."""

    async def connected() -> Done:
        engine = make_engine(connect(settings).app, pool_size=2)
        try:
            await check_role(engine, APP_ROLE)
            return await work(engine)
        finally:
            await engine.dispose()

    with database(settings):
        return asyncio.run(connected())
