"""Events are added with the act that they tell of, one after the other, and never changed."""

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.audit import service
from app.audit.chain import OPERATOR_CHAIN, Head, Row, verify
from app.db import APP_ROLE, Scope, transaction
from tests.audit.conftest import SIGNER, Trail, record, scope_of


async def chain_of(engine: AsyncEngine, chain: UUID) -> tuple[list[Row], Head | None]:
    async with transaction(engine, scope_of(chain)) as session:
        head = await service.find_head(session, chain)
        rows = await service.list_(session, chain, after=0, up_to=10_000, limit=10_000)
    return [Row(row.seq, row.body, row.hash, row.seal) for row in rows], head


async def test_events_added_at_once_make_one_chain(engine: AsyncEngine) -> None:
    chain = uuid4()

    async def one(number: int) -> None:
        async with transaction(engine, scope_of(chain)) as session:
            await record(session, chain, number)

    await asyncio.gather(*map(one, range(20)))

    rows, head = await chain_of(engine, chain)
    assert [row.seq for row in rows] == list(range(1, 21))
    assert verify(chain, rows, head, SIGNER) is None


async def test_several_events_of_one_transaction_follow_one_another(engine: AsyncEngine) -> None:
    chain = uuid4()
    async with transaction(engine, scope_of(chain)) as session:
        for number in range(3):
            await record(session, chain, number)

    rows, head = await chain_of(engine, chain)
    assert len(rows) == 3
    assert verify(chain, rows, head, SIGNER) is None


async def test_what_is_rolled_back_leaves_no_event_and_no_gap(engine: AsyncEngine) -> None:
    chain = uuid4()

    async def one(number: int, *, fails: bool) -> None:
        async with transaction(engine, scope_of(chain)) as session:
            await record(session, chain, number)
            if fails:
                raise RuntimeError

    for number in range(2):
        with pytest.raises(RuntimeError):
            await one(number, fails=True)
        await one(number, fails=False)

    rows, head = await chain_of(engine, chain)
    assert [row.seq for row in rows] == [1, 2]
    assert verify(chain, rows, head, SIGNER) is None


CHAIN = uuid4()
CHANGES = [
    "UPDATE audit_event SET body = '{}'",
    "UPDATE audit_event SET hash = hash",
    "DELETE FROM audit_event",
    "TRUNCATE audit_event",
    "DELETE FROM audit_head",
    "TRUNCATE audit_head",
    "UPDATE audit_head SET chain_id = gen_random_uuid()",
    "ALTER TABLE audit_event DISABLE ROW LEVEL SECURITY",
]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_service_can_only_add(trail: Trail, statement: str) -> None:
    chain = next(iter(trail.lengths))
    with psycopg.connect(trail.server.url(trail.database, APP_ROLE)) as connection:
        connection.execute("SELECT set_config('palanca.organizations', %s, true)", [f"{{{chain}}}"])
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        pytest.param(Scope(organizations=(CHAIN,)), True, id="the organization"),
        pytest.param(Scope(network=CHAIN), True, id="the network"),
        pytest.param(Scope(client=CHAIN), True, id="the client"),
        pytest.param(Scope(organizations=(uuid4(),)), False, id="another organization"),
        pytest.param(Scope(network=uuid4(), client=uuid4()), False, id="another client's"),
        pytest.param(Scope(operator=True), False, id="the operator"),
        pytest.param(Scope(), False, id="nobody"),
    ],
)
async def test_a_chain_is_open_to_whom_it_belongs_to(
    engine: AsyncEngine, scope: Scope, *, opened: bool
) -> None:
    async with transaction(engine, Scope(organizations=(CHAIN,))) as session:
        await record(session, CHAIN, 0)

    async with transaction(engine, scope) as session:
        connection = await session.connection()
        for table in ("audit_event", "audit_head"):
            seen = set(await connection.scalars(text(f"SELECT chain_id FROM {table}")))  # noqa: S608
            assert (CHAIN in seen) == opened
            assert seen <= {CHAIN, OPERATOR_CHAIN}
        if opened:
            await record(session, CHAIN, 1)
        else:
            with pytest.raises(DBAPIError, match="row-level security"):
                await record(session, CHAIN, 1)
            await session.rollback()


async def test_the_queries_alone_keep_chains_apart(engine: AsyncEngine) -> None:
    own, other = uuid4(), uuid4()
    async with transaction(engine, Scope(organizations=(own, other))) as session:
        for number, chain in enumerate([other, own, other, own, own]):
            await record(session, chain, number)
        heads = [await service.find_head(session, chain) for chain in (own, other)]
        rows = await service.list_(session, own, after=0, up_to=9, limit=9)

    assert [head and head.seq for head in heads] == [3, 2]
    assert [row.chain_id for row in rows] == [own] * 3
    for chain in (own, other):
        assert verify(chain, *await chain_of(engine, chain), SIGNER) is None


async def test_the_operators_own_acts_are_in_a_chain_of_their_own(engine: AsyncEngine) -> None:
    for scope, opened in ((Scope(operator=True), True), (Scope(client=uuid4()), False)):
        async with transaction(engine, scope) as session:
            rows = await service.list_(session, OPERATOR_CHAIN, after=0, up_to=9, limit=9)
            assert bool(rows) == opened


async def test_a_list_goes_on_where_it_was_left_and_ends_at_the_head(engine: AsyncEngine) -> None:
    chain = uuid4()
    async with transaction(engine, scope_of(chain)) as session:
        for number in range(7):
            await record(session, chain, number)

        async def listed(after: int, up_to: int, limit: int) -> list[int]:
            rows = await service.list_(session, chain, after=after, up_to=up_to, limit=limit)
            return [row.seq for row in rows]

        assert await listed(0, 7, 3) == [1, 2, 3, 4], "one more, to say that there is more"
        assert await listed(3, 7, 3) == [4, 5, 6, 7]
        assert await listed(6, 7, 3) == [7]
        assert await listed(0, 5, 9) == [1, 2, 3, 4, 5]
        assert await listed(7, 7, 3) == []


def test_the_trail_outlives_whatever_it_tells_about(owner: Connection) -> None:
    references = owner.scalar(
        text(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid IN"
            " ('audit_event'::regclass, 'audit_head'::regclass)"
        )
    )

    assert references == 0


def test_the_owner_of_the_tables_sees_all_chains_and_changes_none_by_mistake(trail: Trail) -> None:
    """As `palanca audit verify` reads them: without the right to bypass policies."""
    with psycopg.connect(trail.server.url(trail.database)) as connection:
        connection.execute("SET ROLE palanca_owner")
        found = connection.execute("SELECT DISTINCT chain_id FROM audit_event").fetchall()
        assert {chain for (chain,) in found} >= set(trail.lengths)
        changed = connection.execute("UPDATE audit_event SET body = '{}'")
        assert changed.rowcount == 0
