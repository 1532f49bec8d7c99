"""A trail of several chains on a database of its own, written as the service writes it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit import service
from app.audit.chain import OPERATOR_CHAIN, Signer
from app.audit.service import Actor
from app.db import APP_ROLE, OWNER_ROLE, Scope, make_engine, psycopg_url, transaction
from tests.conftest import PEPPER, Server

SIGNER = Signer(PEPPER.encode())
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LENGTHS = (1, 2, 9, 17, 31)
"""Events in the chains: the shortest has no row between its ends."""


async def record(session: AsyncSession, chain: UUID, number: int, *, at: datetime = NOW) -> None:
    """One event, as a route adds it."""
    await service.append(
        session,
        chain=chain,
        at=at,
        operation="POST /v1/organizations/{org}/submissions",
        target=f"/v1/organizations/{chain}/submissions/{number}",
        actor=Actor("organization", chain, "k1234567"),
        status=201,
        signer=SIGNER,
    )


def scope_of(chain: UUID) -> Scope:
    """The tenant context that opens a chain."""
    return Scope(operator=True) if chain == OPERATOR_CHAIN else Scope(organizations=(chain,))


@dataclass(frozen=True, slots=True)
class Trail:
    """A database with some chains in it."""

    server: Server
    database: str
    lengths: dict[UUID, int]

    def owner(self) -> Connection:
        """A connection of the tables' owner, whom row-level security does not hold back."""
        engine = create_engine(psycopg_url(self.server.url(self.database)), poolclass=NullPool)
        connection = engine.connect()
        connection.execute(text(f"SET ROLE {OWNER_ROLE}"))
        for table in ("audit_event", "audit_head"):
            connection.execute(text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        return connection


@pytest.fixture(scope="module")
def trail(server: Server, new_database: Callable[[], str]) -> Trail:
    database = new_database()
    lengths = {uuid4(): length for length in LENGTHS} | {OPERATOR_CHAIN: 5}

    async def filled() -> None:
        engine = make_engine(server.url(database, APP_ROLE), pool_size=1)
        events = [chain for chain, length in lengths.items() for _ in range(length)]
        Random(1).shuffle(events)  # noqa: S311 - the same every time
        for number, chain in enumerate(events):
            async with transaction(engine, scope_of(chain)) as session:
                await record(session, chain, number)
        await engine.dispose()

    asyncio.run(filled())
    return Trail(server, database, lengths)


@pytest.fixture
def owner(trail: Trail) -> Iterator[Connection]:
    """The owner of the database; what is done to the trail is undone at the end."""
    with trail.owner() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
async def engine(trail: Trail) -> AsyncIterator[AsyncEngine]:
    """The service's own connections."""
    made = make_engine(trail.server.url(trail.database, APP_ROLE), pool_size=20)
    yield made
    await made.dispose()
