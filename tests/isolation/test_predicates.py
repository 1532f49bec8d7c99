"""What the matrix does not ask, with row-level security off: jobs, chunks, retries."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest

from app.access.callers import Caller
from app.access.models import Kind
from app.assessments import quality
from app.audit.chain import Signer
from app.benchmarks import service as benchmarks
from app.benchmarks import snapshot
from app.benchmarks.snapshot import Window
from app.catalog import service as catalog
from app.db import transaction
from app.erasure import retention
from app.erasure.ledger import Keeper
from app.organizations import bulk
from app.organizations import service as organizations
from app.organizations.bulk_schemas import OrganizationRowIn, RowStatus
from app.organizations.rows import Row
from tests.conftest import PEPPER, Service
from tests.inputs import INSTRUMENT
from tests.isolation.asking import Watch
from tests.isolation.rules import RULES
from tests.isolation.world import RETRY_KEY, World, public_canary, signed

LATER = datetime.now(UTC) + timedelta(days=400)
"""When every erasure that was asked for is due."""

Done = TypeVar("Done")


@pytest.fixture
def service(new_world: Callable[..., AbstractContextManager[Service]]) -> Iterator[Service]:
    off = [f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY" for table in RULES]
    with new_world(*off) as running:
        yield running


def run(service: Service, work: Callable[[], Awaitable[Done]]) -> Done:
    assert service.http.portal is not None
    return service.http.portal.call(work)


def touched(service: Service, watch: Watch) -> set[str]:
    """Whose rows are not what they were."""
    with service.superuser() as database:
        now = set(database.execute(watch.query.encode()).fetchall())
    return {owner for _, owner, _ in watch.before ^ now}


def keeper(service: Service) -> Keeper:
    return Keeper(service.http.app.state.engine, Signer(PEPPER.encode()))  # type: ignore[attr-defined]


def erase_own(service: Service, world: World) -> None:
    """Ask for the erasure of ``own`` and carry it out, with that of ``closing``."""
    client = service.as_(world.keys["own's own"])
    assert client.request("DELETE", f"/v1/organizations/{world.hospitals['own']}").is_success
    run(service, lambda: keeper(service).carry_out_due(now=LATER))


def rows(database: psycopg.Connection[Any], table: str, hospital: str) -> int:
    query = f"SELECT count(*) FROM {table} WHERE organization_id = %s"  # noqa: S608 - a name of ours
    [[count]] = database.execute(query.encode(), [hospital]).fetchall()
    return int(count)


def test_an_erasure_takes_nothing_of_anothers(service: Service, world: World) -> None:
    watch = Watch.over(service, RULES)

    erase_own(service, world)

    gone = {world.hospitals[name] for name in ("own", "closing")}
    with service.superuser() as database:
        query = "SELECT id::text FROM client WHERE organization_id = ANY (%s::uuid[])"
        clients = database.execute(query, [list(gone)]).fetchall()
        assert [rows(database, "submission", one) for one in gone] == [0, 0]
    theirs = {*world.hospitals.values(), *world.clients.values(), *world.networks.values()} - gone
    assert touched(service, watch) & theirs == {one for (one,) in clients}


def test_an_erasure_is_done_again_for_those_alone_whose_rows_are_back(
    service: Service, world: World
) -> None:
    own, foreign = world.hospitals["own"], world.hospitals["foreign"]
    erase_own(service, world)
    assert run(service, lambda: keeper(service).reapply(now=LATER)) == []

    back = "INSERT INTO assessment SELECT (jsonb_populate_record(a, %s)).* FROM assessment a"
    with service.superuser() as database:
        only_own = psycopg.types.json.Jsonb({"organization_id": own})
        database.execute(f"{back} WHERE organization_id = %s".encode(), [only_own, foreign])
        as_foreign = psycopg.types.json.Jsonb(
            {"organization_id": foreign, "finished_at": None, "called_off_at": str(LATER)}
        )
        database.execute(
            "INSERT INTO erasure SELECT (jsonb_populate_record(e, %s)).* FROM erasure e"
            " WHERE organization_id = %s ON CONFLICT DO NOTHING",
            [as_foreign, own],
        )
    watch = Watch.over(service, RULES)
    again = run(service, lambda: keeper(service).reapply(now=LATER))

    assert [str(one.organization_id) for one in again] == [own]
    assert touched(service, watch) <= {own, *world.clients.values()} - {
        world.clients["foreign's own"]
    }


def test_what_a_purge_counts_is_of_those_that_it_opened(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "CHUNK", 1)
    purge = partial(
        retention.purge,
        service.http.app.state.engine,  # type: ignore[attr-defined]
        signer=Signer(PEPPER.encode()),
        now=LATER,
    )

    tried = run(service, partial(purge, dry_run=True))

    assert tried == run(service, purge)
    assert tried["invitations"] > 0


def test_a_retry_is_given_ones_own_answer(service: Service, world: World) -> None:
    own = service.as_(world.keys["own's own"])
    body = signed(world, public_canary("own"), share_with_network=True)
    path = f"/v1/organizations/{world.hospitals['own']}/agreements"

    reply = own.post(path, json=body, headers={"Idempotency-Key": RETRY_KEY})

    assert reply.headers["Idempotent-Replayed"] == "true"
    assert reply.json()["organization_id"] == world.hospitals["own"]


def test_a_position_is_that_of_ones_own_round(service: Service, world: World) -> None:
    own, foreign = world.hospitals["own"], world.hospitals["foreign"]
    client, path = service.as_(world.keys["own's own"]), f"/v1/organizations/{own}/position"
    before = client.get(path).json()

    with service.superuser() as database:  # its rounds have the same ids
        moved = database.execute(
            "UPDATE assessment SET period = '2031', period_end = '2031-12-31' WHERE"
            " organization_id = %s AND id IN (SELECT assessment_id FROM result r"
            " WHERE r.organization_id = %s)",
            [foreign, own],
        )

    assert moved.rowcount > 0
    assert before["data"]
    assert client.get(path).json() == before


def test_what_is_changed_in_bulk_is_ones_own(service: Service, world: World) -> None:
    given = OrganizationRowIn(external_id="x", name="Another name")
    rows = [
        Row(1, "x", given, [], RowStatus.UPDATED, id=UUID(world.hospitals[name]))
        for name in ("own", "foreign")
    ]
    caller = Caller(UUID(int=0), Kind.NETWORK, UUID(world.networks["A"]), None, frozenset())
    watch = Watch.over(service, RULES)

    async def write() -> None:
        async with transaction(service.http.app.state.engine) as session:  # type: ignore[attr-defined]
            await bulk.write(session, caller, rows, LATER)

    run(service, write)

    assert touched(service, watch) == {world.hospitals["own"]}


async def operator(service: Service) -> Caller:
    with service.superuser() as database:
        [client_id] = database.execute(
            "SELECT id FROM client WHERE kind = 'operator' LIMIT 1"
        ).fetchone() or [None]
    return Caller(client_id, Kind.OPERATOR, None, None, frozenset())


@pytest.mark.parametrize("chunk", [1, 2])
def test_an_instrument_is_as_good_whatever_the_chunks(
    service: Service, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    async def asked() -> dict[str, Any]:
        caller = await operator(service)
        async with transaction(service.http.app.state.engine, caller.scope) as session:  # type: ignore[attr-defined]
            found = await catalog.get_instrument(session, str(INSTRUMENT["instrument"]), "1")
            ids = await organizations.list_ids(session, caller)
            return await quality.quality(session, found, ids)

    whole = run(service, asked)
    monkeypatch.setattr(quality, "CHUNK", chunk)

    assert run(service, asked) == whole
    assert whole["scales"][0]["assessments"] > 1


@pytest.mark.parametrize("chunk", [1, 2])
def test_a_release_is_made_of_the_same_whatever_the_chunks(
    service: Service, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    plan = benchmarks.plan(service.settings, as_of=None, now=datetime.now(UTC))

    async def taken() -> tuple[set[Any], set[Any], list[Any]]:
        caller = await operator(service)
        async with transaction(service.http.app.state.engine, caller.scope) as session:  # type: ignore[attr-defined]
            found = await snapshot.take(session, caller, plan.lattice, Window(date.min, date.max))
        now = [one for some in found.now.values() for one in some]
        before = [one for each in found.earlier.values() for one in each]
        counted = [one for each in before for one in each.contributions]
        assert len({one.unknown for one in now}) == len(now) > 1
        sums = [one.sums for one in found.measured.values()]
        answered: list[Any] = [(one.respondents, one.teams, one.items()) for one in sums]
        assert found.locked
        answered.append(found.locked)
        return {one.unknown for one in now}, {one.unknown for one in counted}, answered

    whole = run(service, taken)
    monkeypatch.setattr(snapshot, "CHUNK", chunk)

    assert run(service, taken) == whole
    assert whole[1]
    assert whole[2][0][1] > 1
