"""Stored answers: opened by nobody but who knows the idempotency key, and kept for 72 hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from psycopg.errors import InsufficientPrivilege

from app.access.models import Kind
from app.audit.chain import Signer
from app.db import APP_ROLE, Scope, transaction
from app.erasure import retention
from app.retries import service as retries
from app.retries.service import Answer, Claim
from tests.assessments.asking import refused
from tests.clients.asking import register
from tests.conftest import PEPPER, Service
from tests.writes import WRITES

KEY = "d2f1c9e0-5f3b-4d0b-9d2e-6b0a3c1f7a11"
ANSWER = Answer(201, {"content-type": "application/json"}, b'{"key": "plco_live_secret"}')


@pytest.fixture
def client_id(service: Service) -> UUID:
    """A client, as answers belong to one."""
    service.key(Kind.OPERATOR)
    with service.superuser() as connection:
        found = connection.execute("SELECT id FROM client ORDER BY id DESC LIMIT 1").fetchone()
    assert found is not None
    return UUID(str(found[0]))


def claim(client_id: UUID, key: str = KEY) -> Claim:
    return Claim.of(
        client_id, key, route="POST /v1/x", path="/v1/x?", body=b"{}", pepper=PEPPER.encode()
    )


def keep(service: Service, claimed: Claim, at: datetime) -> None:
    async def kept() -> None:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope(client=claimed.client_id)) as session:
            await retries.keep(session, claimed, ANSWER, now=at)

    assert service.http.portal is not None
    service.http.portal.call(kept)


def find(service: Service, claimed: Claim, *, seen_by: UUID | None = None) -> Answer | None:
    async def found() -> Answer | None:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        scope = Scope(client=seen_by or claimed.client_id)
        async with transaction(engine, scope) as session:
            return await retries.claim(session, claimed)

    assert service.http.portal is not None
    return service.http.portal.call(found)


def purge(service: Service, now: datetime) -> None:
    async def purged() -> None:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        await retention.purge(engine, signer=Signer(PEPPER.encode()), now=now)

    assert service.http.portal is not None
    service.http.portal.call(purged)


def test_an_answer_is_opened_with_its_idempotency_key(service: Service, client_id: UUID) -> None:
    keep(service, claim(client_id), datetime.now(UTC))

    assert find(service, claim(client_id)) == ANSWER


def test_who_has_the_database_and_the_pepper_cannot_open_it(
    service: Service, client_id: UUID
) -> None:
    """Whatever key is tried, only the right one makes the seal; names alone do not help."""
    claimed = claim(client_id)
    keep(service, claimed, datetime.now(UTC))
    with service.superuser() as connection:
        stored = connection.execute(
            "SELECT row_to_json(r)::text FROM answered_request r WHERE client_id = %s", (client_id,)
        ).fetchone()

    assert stored is not None
    assert b"plco_live_secret".hex() not in stored[0]
    assert claimed.seal.hex() not in stored[0]
    guessed = replace(claimed, seal=claim(client_id, "another guess").seal)
    with pytest.raises(InvalidTag):
        find(service, guessed)


def test_another_client_does_not_find_it(service: Service, client_id: UUID) -> None:
    keep(service, claim(client_id), datetime.now(UTC))

    other = UUID(int=client_id.int + 1)

    assert find(service, claim(other)) is None
    assert find(service, claim(client_id), seen_by=other) is None, "row-level security"


@pytest.mark.parametrize("parts", [("ab", "c"), ("a", "bc")])
def test_parts_that_run_together_make_another_name(parts: tuple[str, str]) -> None:
    route, key = parts
    names = {
        Claim.of(UUID(int=1), key, route=route, path="", body=b"", pepper=b"p").name,
        Claim.of(UUID(int=1), "abc", route="", path="", body=b"", pepper=b"p").name,
        Claim.of(UUID(int=1), "", route="abc", path="", body=b"", pepper=b"p").name,
    }

    assert len(names) == 3


def test_answers_go_after_72_hours(service: Service, client_id: UUID) -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    keep(service, claim(client_id), at)

    purge(service, at + timedelta(hours=72, seconds=-1))
    just_before = find(service, claim(client_id))
    purge(service, at + timedelta(hours=72))

    assert (just_before, find(service, claim(client_id))) == (ANSWER, None)


def test_after_the_purge_the_key_is_a_new_one(service: Service) -> None:
    write = WRITES["POST /v1/networks"](service).keyed(KEY)
    assert write.send().status_code == 201

    purge(service, datetime.now(UTC) + timedelta(hours=73))

    assert refused(write.send()) == (409, "already-exists")


def test_nothing_but_a_purge_takes_an_answer_away_and_nothing_changes_it(
    service: Service, client_id: UUID
) -> None:
    keep(service, claim(client_id), datetime.now(UTC))

    with psycopg.connect(service.server.url(service.database, APP_ROLE)) as connection:
        connection.execute("SELECT set_config('palanca.client', %s, true)", (str(client_id),))
        assert connection.execute("DELETE FROM answered_request").rowcount == 0
        with pytest.raises(InsufficientPrivilege):
            connection.execute("UPDATE answered_request SET status = 200")


def test_a_revoked_key_gets_no_answers(service: Service) -> None:
    write = WRITES["POST /v1/networks"](service).keyed(KEY)
    assert write.send().status_code == 201
    with service.superuser() as connection:
        connection.execute("UPDATE client_key SET revoked_at = now()")
    service.http.app.state.recent.forget()  # type: ignore[attr-defined]

    assert refused(write.send()) == (401, "unauthenticated")


def test_a_retry_may_come_with_another_key_of_the_client(service: Service) -> None:
    client = register(service, Kind.OPERATOR)
    write = WRITES["POST /v1/networks"](service).keyed(KEY)

    first, again = (write.by(service.as_(client.new_key())).send() for _ in range(2))

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first.content
