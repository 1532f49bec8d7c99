"""What is over goes, what is not stays; the data, the tables and the documentation agree."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.audit.chain import Signer
from app.erasure import retention
from tests.assessments.inviting import answer, invite
from tests.cli.conftest import Palanca, use
from tests.conftest import PEPPER, Organization, Service
from tests.erasure.holding import call, tables
from tests.imports.asking import line, push

CLASSES = {one["table"]: one for one in retention.classes()["purged"]}


def purge(service: Service, now: datetime, *, dry_run: bool = False) -> dict[str, int]:
    async def done() -> dict[str, int]:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        signer = Signer(PEPPER.encode())
        return await retention.purge(engine, signer=signer, now=now, dry_run=dry_run)

    found = call(service, done)
    return {table: found[one["class"]] for table, one in CLASSES.items()}


def rows(service: Service) -> dict[str, int]:
    """How many rows each table has that is purged."""
    with service.superuser() as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()[0]  # type: ignore[index]  # noqa: S608 - ours
            for table in CLASSES
        }


@pytest.fixture
def organization(fresh_service: Service) -> Organization:
    """One row of every class beside one that stays: all of them a moment old."""
    organization = fresh_service.organization()
    first = organization.submit(external_id="a")
    assert organization.submit(external_id="a", answers={"A1": 4}).json()["supersedes"]
    gone = organization.submit(external_id="b").json()["id"]
    withdrawal = f"{organization.path}/submissions/{gone}/withdrawal"
    assert organization.client.post(withdrawal).is_success
    another = {"kind": "organization", "name": "Another program"}
    once = {"Idempotency-Key": "once"}
    assert organization.client.post("/v1/clients", json=another, headers=once).is_success
    used, _ = invite(organization, roles={"nursing": 2}, days=1)
    assert answer(fresh_service, used["token"]).is_success
    assert push(organization.client, [line("c", answers={})]).is_success
    with fresh_service.superuser() as connection:
        connection.execute("INSERT INTO used_assertion SELECT id, 'jti', now() FROM client LIMIT 1")
        connection.execute(
            "INSERT INTO client_key (id, key_id, client_id, digest, last_four, scopes, created_at,"
            " expires_at, is_token) SELECT gen_random_uuid(), 'ZZZZZZZZ', id, '', '', '{}',"
            " now() - interval '1 hour', now(), true FROM client LIMIT 1"
        )
    assert first.status_code == 201
    return organization


NOW = datetime.now(UTC)
OVER: list[Any] = [
    pytest.param("answered_request", timedelta(days=3), 1, 0, id="answers kept for retries"),
    pytest.param("used_assertion", timedelta(), 1, 0, id="spent requests for tokens"),
    pytest.param("import_run", timedelta(days=30), 1, 0, id="imports"),
    pytest.param("client_key", timedelta(days=7), 1, 3, id="tokens, and no keys"),
    pytest.param("invitation", timedelta(days=31), 2, 0, id="invitations, used or not"),
    pytest.param("submission", timedelta(days=365), 2, 2, id="submissions that do not stand"),
]


@pytest.mark.parametrize(("table", "kept", "over", "left"), OVER)
def test_what_is_over_goes_and_not_an_hour_sooner(
    fresh_service: Service,
    organization: Organization,
    table: str,
    kept: timedelta,
    over: int,
    left: int,
) -> None:
    now, hour = datetime.now(UTC), timedelta(hours=1)

    assert purge(fresh_service, now + kept - hour)[table] == 0
    assert rows(fresh_service)[table] == over + left
    assert purge(fresh_service, now + kept + hour)[table] == over
    assert rows(fresh_service)[table] == left
    assert purge(fresh_service, now + kept + hour)[table] == 0
    assert organization.client.get(organization.path).status_code == 200


def test_a_dry_run_says_what_would_go_and_leaves_it(
    fresh_service: Service, organization: Organization
) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    before = rows(fresh_service)

    said = purge(fresh_service, later, dry_run=True)

    assert rows(fresh_service) == before
    assert said == purge(fresh_service, later)
    assert said == {table: number for table, _, number, _ in (one.values for one in OVER)}
    assert organization.id


def test_an_organizations_trail_says_what_was_purged_of_it(
    fresh_service: Service, organization: Organization
) -> None:
    other = fresh_service.organization()
    purge(fresh_service, datetime.now(UTC) + timedelta(days=400))

    def purged(one: Organization) -> list[str]:
        events = one.client.get(f"{one.path}/audit").json()["data"]
        return [event["target"] for event in events if event["operation"] == "palanca purge"]

    assert purged(organization) == ["invitation", "submission"]
    assert purged(other) == []


def test_what_replaced_a_purged_submission_forgets_it(
    fresh_service: Service, organization: Organization
) -> None:
    purge(fresh_service, datetime.now(UTC) + timedelta(days=400))

    left = organization.client.get(f"{organization.path}/submissions").json()["data"]
    assert [(one["status"], one["supersedes"]) for one in left] == [("stands", None)] * 2


def test_every_table_is_in_the_data_and_every_rule_is_used(service: Service) -> None:
    kept = {one["table"] for one in retention.classes()["kept"]}

    assert set(CLASSES) == set(retention.RULES)
    assert set(CLASSES) | kept == set(tables(service)) - {"alembic_version"}


def test_the_documentation_says_the_same(repository: Path) -> None:
    text = (repository / "docs" / "retention.md").read_text(encoding="utf-8")
    data = retention.classes()
    purged = [
        f"| {one['class']} | `{one['table']}` | {one['days']} days from {one['from']} |"
        f" {one['why']} |"
        for one in data["purged"]
    ]
    kept = [f"| `{one['table']}` | {one['until']} |" for one in data["kept"]]

    shown = [line for line in text.splitlines() if line.startswith("| ")]
    assert shown == [
        "| what | table | kept | why |",
        *purged,
        "| table | kept until |",
        *kept,
    ]


def test_the_command_says_how_much_of_what(
    fresh_service: Service,
    organization: Organization,
    palanca: Palanca,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with fresh_service.superuser() as connection:
        connection.execute(
            "UPDATE answered_request SET answered_at = answered_at - interval '4 days'"
        )
    use(monkeypatch, fresh_service.server, fresh_service.database)

    dry, real, again = palanca("purge", "--dry-run"), palanca("purge"), palanca("purge")

    assert dry.code == real.code == 0
    assert dry.out == real.out
    assert "       1 answers kept for retries\n" in real.out
    assert "       0 answers kept for retries\n" in again.out
    assert rows(fresh_service)["answered_request"] == 0
    assert organization.id
