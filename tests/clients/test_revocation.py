"""A revoked key is refused everywhere within a second, and no token of it gets away."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.testclient import TestClient

from app.access import client_keys, tokens
from app.access import service as access
from app.access.callers import Caller
from app.access.models import Kind
from app.db import Scope, transaction
from app.main import create_app
from app.problems import Unauthenticated
from tests.clients.asking import KEYS, Registered, key_id, register, sign
from tests.conftest import PEPPER, Service

LIMITS = {"rate_limit": "1000000/minute", "anonymous_rate_limit": "1000000/minute"}


@pytest.fixture(scope="module")
def beside(service: Service) -> Iterator[TestClient]:
    """Another service on the same database, as another process would be."""
    settings = service.server.settings(service.database, **LIMITS)
    with TestClient(create_app(settings)) as http:
        yield http


def revoke(client: Registered, key: str, **_: str) -> str:
    client.service.operator.request("DELETE", f"{client.path}/keys/{key_id(key)}")
    return key


def rotate(client: Registered, key: str, **_: str) -> str:
    path = f"{client.path}/keys/{key_id(key)}/rotation"
    client.service.operator.post(path, json={"overlap_hours": 0})
    return key


def end(client: Registered, key: str, **_: str) -> str:
    client.service.operator.request("DELETE", client.path)
    return key


def revoke_parent(client: Registered, key: str, token: str) -> str:
    revoke(client, key)
    return token


def revoke_token(client: Registered, key: str, token: str) -> str:
    client.oauth("revoke", key, token=token)
    return token


@pytest.mark.parametrize(
    "ended", [revoke, rotate, end, revoke_parent, revoke_token], ids=lambda one: one.__name__
)
def test_another_process_refuses_within_a_second(
    service: Service, beside: TestClient, ended: Callable[..., str]
) -> None:
    client = register(service, Kind.PARTNER)
    key = client.new_key()
    token = client.token(key).json()["access_token"]

    def status(presented: str) -> int:
        headers = {"Authorization": f"Bearer {presented}"}
        return int(beside.get(client.path, headers=headers).status_code)

    for _ in range(3):
        assert {status(key), status(token)} == {200}, "remembered by now"

    dead = ended(client, key, token=token)
    began = time.monotonic()
    while status(dead) == 200:
        assert time.monotonic() - began < 1.0
    assert service.as_(dead).get(client.path).status_code == 401, "and at once where it was done"


OPERATOR = Caller(UUID(int=1), Kind.OPERATOR, None, None, frozenset())
Ending = Callable[[AsyncSession, Caller, datetime], Awaitable[None]]


async def by_its_key(session: AsyncSession, caller: Caller, now: datetime) -> None:
    key = await client_keys.get(session, caller.client_id, caller.key_id, lock=True)
    await client_keys.revoke(session, key, now=now)


async def by_its_client(session: AsyncSession, caller: Caller, now: datetime) -> None:
    client = await access.get_client(session, OPERATOR, caller.client_id, lock=True)
    await access.end_client(session, client, now=now)


async def by_its_public_key(session: AsyncSession, caller: Caller, now: datetime) -> None:
    client = await access.get_client(session, OPERATOR, caller.client_id, lock=True)
    await access.set_jwks(session, client, {}, frozenset({"clients:read"}), now=now)


async def by_narrower_scopes(session: AsyncSession, caller: Caller, now: datetime) -> None:
    client = await access.get_client(session, OPERATOR, caller.client_id, lock=True)
    kept = (client.jwks or {})["keys"]
    await access.set_jwks(session, client, kept, frozenset({"submissions:read"}), now=now)


@dataclass(frozen=True, slots=True)
class Race:
    """A request for a token and the end of what it hangs on, in two transactions."""

    engine: AsyncEngine
    caller: Caller
    end: Ending

    async def issue(self, session: AsyncSession) -> str:
        key, _ = await tokens.issue(
            session,
            self.caller,
            {"clients:read"},
            environment="test",
            pepper=PEPPER.encode(),
            now=datetime.now(UTC),
        )
        return key.text

    async def issued(self) -> str:
        async with transaction(self.engine, self.caller.scope) as session:
            return await self.issue(session)

    async def ended(self) -> None:
        async with transaction(self.engine, Scope(operator=True)) as session:
            await self.end(session, self.caller, datetime.now(UTC))

    async def somebody_waits(self) -> None:
        """Until one of the two waits for the other."""
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(10), self.engine.connect() as connection:
            while not await connection.scalar(waiting):
                await connection.rollback()

    async def token_first(self) -> str:
        async with transaction(self.engine, self.caller.scope) as session:
            token = await self.issue(session)
            ending = asyncio.create_task(self.ended())
            await self.somebody_waits()
        await ending
        return token

    async def end_first(self) -> None:
        async with transaction(self.engine, Scope(operator=True)) as session:
            await self.end(session, self.caller, datetime.now(UTC))
            issuing = asyncio.create_task(self.issued())
            await self.somebody_waits()
        await issuing


ENDINGS = [by_its_key, by_its_client, by_its_public_key, by_narrower_scopes]


@pytest.fixture(params=ENDINGS, ids=lambda one: one.__name__)
def race(service: Service, request: pytest.FixtureRequest) -> Race:
    client = register(service, Kind.PARTNER)
    holder = key_id(client.new_key())
    if request.param in {by_its_public_key, by_narrower_scopes}:
        client.set_jwks(one=KEYS["ES384"])
        holder = KEYS["ES384"].thumbprint()
    caller = Caller(
        UUID(client.id), Kind.PARTNER, None, None, frozenset({"clients:read"}), key_id=holder
    )
    return Race(service.http.app.state.engine, caller, request.param)  # type: ignore[attr-defined]


def test_a_token_that_was_faster_ends_all_the_same(service: Service, race: Race) -> None:
    assert service.http.portal is not None

    token = service.http.portal.call(race.token_first)

    assert service.as_(token).get("/v1/clients").status_code == 401


def test_a_token_that_is_slower_is_not_issued(service: Service, race: Race) -> None:
    assert service.http.portal is not None

    with pytest.raises(Unauthenticated):
        service.http.portal.call(race.end_first)


def test_what_runs_out_in_this_very_moment_gives_no_token(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    holder = key_id(client.new_key())
    caller = Caller(UUID(client.id), Kind.PARTNER, None, None, frozenset(), key_id=holder)
    engine = service.http.app.state.engine  # type: ignore[attr-defined]

    async def issue(now: datetime) -> None:
        async with transaction(engine, caller.scope) as session:
            pepper = PEPPER.encode()
            await tokens.issue(session, caller, (), environment="test", pepper=pepper, now=now)

    with service.superuser() as database:
        row = "SELECT expires_at FROM client_key WHERE key_id = %s"
        [[until]] = database.execute(row, [holder]).fetchall()
    assert service.http.portal is not None
    service.http.portal.call(issue, until - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        service.http.portal.call(issue, until)


def test_a_public_key_that_is_taken_away_takes_its_tokens_along(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    both = {"one": KEYS["ES384"], "two": KEYS["RS384"]}
    client.set_jwks("clients:read", **both)
    by_one = client.signed(sign(client.claims())).json()["access_token"]
    signed = sign(client.claims(), KEYS["RS384"], {"kid": "two"}, "RS384")
    by_two = client.signed(signed).json()["access_token"]
    by_key = client.token(client.new_key()).json()["access_token"]

    def alive() -> list[bool]:
        every = (by_one, by_two, by_key)
        return [service.as_(one).get(client.path).status_code == 200 for one in every]

    client.set_jwks("clients:read", "submissions:read", **both)
    assert alive() == [True, True, True], "more scopes harm no token"
    client.set_jwks("clients:read", "submissions:read", uno=KEYS["ES384"])
    assert alive() == [True, False, True], "another name for the same key is the same key"
    client.set_jwks("clients:read", uno=KEYS["ES384"])
    assert alive() == [False, False, True], "fewer scopes end what may have had them"


def test_another_client_with_the_same_public_key_keeps_its_tokens(service: Service) -> None:
    one, other = register(service, Kind.PARTNER), register(service, Kind.PARTNER)
    for client in (one, other):
        client.set_jwks(one=KEYS["ES384"])
    kept = other.signed(sign(other.claims())).json()["access_token"]

    one.set_jwks()

    assert service.as_(kept).get(other.path).status_code == 200
