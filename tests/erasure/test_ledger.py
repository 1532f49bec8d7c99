"""What was erased is erased again after a backup brought it back, by a ledger kept elsewhere."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from tests.cli.conftest import Palanca, use
from tests.conftest import Organization, Server, Service, serve
from tests.erasure.holding import (
    CANARY,
    PSEUDONYM,
    call,
    carry_out,
    due,
    end,
    full,
    keeper,
    mentions,
)


@dataclass(frozen=True, slots=True)
class Restored:
    """A service over a backup, and what was erased since the backup was made."""

    service: Service
    ended: str
    kept: str
    lines: list[bytes]


@contextmanager
def served_again(server: Server, database: str) -> Iterator[Service]:
    """A service over a database that one was over before."""
    settings = server.settings(database)
    with TestClient(create_app(settings), raise_server_exceptions=False) as http:
        yield Service(http, settings, server, database)


@pytest.fixture
def restored(server: Server, new_database: Callable[[], str]) -> Iterator[Restored]:
    """Two organizations; after the backup one of them ended, and a respondent of the other."""
    database, backup = new_database(), f"test_{uuid.uuid4().hex[:12]}"
    for service in serve(server, database):
        ended, kept = full(service), full(service)
    server.run(f"CREATE DATABASE {backup} TEMPLATE {database}")
    with served_again(server, database) as service:
        for one in (ended, kept):
            again = Organization(one.row, service.as_(one.client.headers["Authorization"][7:]))
            if one is ended:
                end(again)
                due(service, again)
            else:
                asked = again.client.post(f"{again.path}/erasures", json={"respondent": PSEUDONYM})
                assert asked.json()["submissions"] == 4
        carry_out(service)
        lines = call(service, lambda: written(service))
    with served_again(server, backup) as service:
        yield Restored(service, ended.id, kept.id, lines)
    server.run(f"DROP DATABASE {backup} WITH (FORCE)")


async def written(service: Service) -> list[bytes]:
    return [line async for line in keeper(service).write()]


def reapply(service: Service, lines: list[bytes]) -> int:
    async def done() -> int:
        found = keeper(service)
        await found.read(lines)
        return len(await found.reapply(now=datetime.now(UTC)))

    return call(service, done)


def counts(service: Service, organization: str) -> tuple[int, int]:
    """Submissions, and erasures that are finished."""
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM submission WHERE organization_id = %(id)s),"
            " (SELECT count(*) FROM erasure WHERE organization_id = %(id)s"
            "  AND finished_at IS NOT NULL)",
            {"id": organization},
        ).fetchone()
    assert found is not None
    return found[0], found[1]


def test_what_a_backup_brings_back_goes_again(restored: Restored) -> None:
    service = restored.service
    assert counts(service, restored.ended) == counts(service, restored.kept) == (13, 0)
    assert reapply(service, []) == 0, "the backup itself knows nothing of it"

    assert reapply(service, restored.lines) == 2

    assert counts(service, restored.ended) == (0, 1)
    assert counts(service, restored.kept) == (9, 1)
    assert reapply(service, restored.lines) == 0
    with service.superuser() as connection:
        shell = connection.execute(
            "SELECT name, erased_at IS NULL FROM organization WHERE id = %s", (restored.ended,)
        ).fetchone()
    assert shell == ("", False)


def test_an_organization_of_which_only_the_name_came_back_is_blanked_again(
    service: Service,
) -> None:
    organization = service.organization(agree=False)
    end(organization)
    due(service, organization)
    carry_out(service)
    with service.superuser() as connection:
        connection.execute(
            "UPDATE organization SET name = %s, erased_at = NULL WHERE id = %s",
            (f"{CANARY} again", organization.id),
        )

    assert reapply(service, []) == 1
    assert mentions(service, f"{CANARY} again") == set()


def test_the_ledger_names_nobody(restored: Restored) -> None:
    text = b"\n".join(restored.lines).decode()

    assert len(restored.lines) == 2
    assert CANARY not in text
    assert restored.ended in text


def line(organization_id: uuid.UUID, **more: str | None) -> bytes:
    """An entry of the file."""
    body: dict[str, object] = {
        "organization_id": str(organization_id),
        "id": str(uuid.uuid4()),
        "subject": "organization",
        "requested_at": "2026-01-01T00:00:00Z",
        "due_at": "2026-01-08T00:00:00Z",
        "called_off_at": None,
        "begun_at": None,
        "finished_at": "2026-01-08T00:00:00Z",
        "counts": {},
        "rows": {},
        **more,
    }
    return json.dumps(body).encode()


def test_an_erasure_that_was_only_asked_for_is_not_lost_by_a_restore(service: Service) -> None:
    organization = service.organization()
    asked = line(uuid.UUID(organization.id), finished_at=None)

    assert reapply(service, [asked, asked]) == 0

    assert organization.submit().json()["type"] == "/problems/organization-ending"
    assert [str(one.organization_id) for one in carry_out(service)] == [organization.id]


def test_an_erasure_that_was_called_off_stays_so_after_a_restore(service: Service) -> None:
    organization = service.organization()
    known = end(organization).json()
    due(service, organization)
    off = {"id": known["id"], "called_off_at": "2026-01-02T00:00:00Z", "finished_at": None}

    assert reapply(service, [line(uuid.UUID(organization.id), **off)]) == 0

    assert carry_out(service) == []
    assert organization.submit().status_code == 201


def test_what_was_called_off_since_the_file_was_written_stays_so(service: Service) -> None:
    organization = service.organization()
    known = end(organization).json()
    organization.client.request("DELETE", f"{organization.path}/erasures/{known['id']}")
    stale = line(uuid.UUID(organization.id), id=known["id"], finished_at=None)

    assert reapply(service, [stale, b"", b"  "]) == 0

    assert organization.submit().status_code == 201


def test_what_was_asked_for_since_the_file_was_written_stands(service: Service) -> None:
    organization = service.organization()
    known = end(organization).json()
    organization.client.request("DELETE", f"{organization.path}/erasures/{known['id']}")
    end(organization)
    off = {"id": known["id"], "called_off_at": "2026-01-02T00:00:00Z", "finished_at": None}

    assert reapply(service, [line(uuid.UUID(organization.id), **off)]) == 0

    assert organization.submit().json()["type"] == "/problems/organization-ending"


def test_an_organization_that_the_backup_has_not_got_is_passed_over(service: Service) -> None:
    assert reapply(service, [line(uuid.uuid4())]) == 0


def test_the_commands_write_the_ledger_and_read_it_after_a_restore(
    restored: Restored, palanca: Palanca, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service, file = restored.service, tmp_path / "erasures.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in restored.lines))
    use(monkeypatch, service.server, service.database)

    first, again = palanca("erase", "reapply", file), palanca("erase", "reapply", file)
    written = palanca("erase", "ledger", tmp_path / "new.jsonl")

    assert (first.code, first.out.splitlines()[-1]) == (0, "2 erasures done again")
    assert (again.code, again.out) == (0, "0 erasures done again\n")
    assert written.out == "wrote 2 erasures\n"
    assert palanca("erase", "ledger", tmp_path / "new.jsonl").code == 1, "no file is overwritten"
    assert counts(service, restored.ended) == (0, 1)
    assert mentions(service, restored.ended) >= {"erasure"}


def test_the_commands_carry_out_and_list(
    service: Service, palanca: Palanca, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = full(service)
    end(organization)
    use(monkeypatch, service.server, service.database)

    early = palanca("erase", "run")
    due(service, organization)
    done = palanca("erase", "run")
    shown = palanca("erase", "list")

    assert (early.code, early.out) == (0, "")
    assert done.out.startswith(f"erased  organization {organization.id} ")
    assert organization.id in shown.out
    assert "finished" in shown.out


def test_the_worker_erases_before_it_builds(
    service: Service, palanca: Palanca, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = full(service)
    end(organization)
    due(service, organization)
    use(monkeypatch, service.server, service.database)

    outcome = palanca("worker", "--once")

    first, *_, last = outcome.out.splitlines()
    assert outcome.code == 0
    assert first.startswith(f"erased  organization {organization.id}")
    assert last.startswith("no release of ")
