"""Lines that take long to be read: the database waits no longer than it does for anybody."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlmodel import select

from app.db import Scope, transaction
from app.imports import routes
from app.imports.lines import Record
from tests.conftest import Service

LINES = [Record(1, b"{}")]


def slow() -> Iterator[list[Record]]:
    time.sleep(1)
    yield LINES


def test_a_transaction_outlives_the_reading(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "ALIVE_SECONDS", 0.1)

    async def read() -> list[Record] | None:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope()) as session:
            connection = await session.connection()
            await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 400"))
            found = await routes._next(session, slow())  # noqa: SLF001 - the wait itself
            await session.exec(select(1))
            return found

    assert service.http.portal is not None
    assert service.http.portal.call(read) == LINES
