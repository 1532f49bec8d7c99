"""What is left of an organization in the reports of imports that others pushed for it."""

import asyncio
import json
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from app import crashpoints
from app.access.models import Kind
from app.audit.chain import Signer
from app.db import APP_ROLE, make_engine
from app.erasure.ledger import Keeper
from tests.conftest import PEPPER, Service
from tests.erasure.holding import carry_out, due, end
from tests.erasure.test_in_flight import until_somebody_waits
from tests.imports.asking import codes, line, push
from tests.imports.stepwise import lines_of


def test_reports_forget_it_and_nobody_else(fresh_service: Service) -> None:
    network = fresh_service.network()
    gone, stays = (fresh_service.organization(network=network["id"]) for _ in range(2))
    client = fresh_service.as_(fresh_service.key(Kind.NETWORK, network["id"]))
    lines = [
        line("canary-1", organization=gone.id),
        line("canary-2", organization=gone.row["external_id"], answers={"A1": 77}),
        line("other", organization=stays.id, answers={"A1": 9}),
    ]
    path = f"/v1/imports/{push(client, lines).json()['id']}"
    before = lines_of(client, path)
    own = push(gone.client, [line("canary-3")]).json()["id"]
    assert own

    end(gone)
    due(fresh_service, gone)
    carry_out(fresh_service)

    after = lines_of(client, path)
    assert [one["status"] for one in after] == [one["status"] for one in before]
    assert after[2] == before[2]
    for told in after[:2]:
        assert (told["external_id"], told["organization"], told["problems"]) == (None, None, [])
    said = json.dumps(after)
    assert not [one for one in ("canary", gone.id, gone.row["external_id"]) if one in said]
    with fresh_service.superuser() as database:
        left = database.execute(
            "SELECT id::text, organizations FROM import_run JOIN import_part ON import_id = id"
        ).fetchall()
    assert [one for one, _ in left] == [path.rpartition("/")[2]]
    assert gone.id not in {str(one) for _, ids in left for one in ids}


def test_reports_forget_what_was_refused_it_too(fresh_service: Service) -> None:
    network = fresh_service.network()
    gone = fresh_service.organization(network=network["id"], agree=False)
    client = fresh_service.as_(fresh_service.key(Kind.NETWORK, network["id"]))
    unsigned = push(client, [line("canary-1", organization=gone.id)]).json()
    end(gone)
    ending = push(client, [line("canary-2", organization=gone.row["external_id"])]).json()
    assert [codes(one["lines"][0]) for one in (unsigned, ending)] == [
        {("/organization", "agreement-needed")},
        {("/organization", "organization-ending")},
    ]

    due(fresh_service, gone)
    carry_out(fresh_service)

    for one in (unsigned, ending):
        [told] = lines_of(client, f"/v1/imports/{one['id']}")
        assert (told["external_id"], told["organization"], told["problems"]) == (None, None, [])


def test_an_erasure_waits_for_what_is_just_being_told_of_it(
    fresh_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = fresh_service.network()
    gone = fresh_service.organization(network=network["id"])
    client = fresh_service.as_(fresh_service.key(Kind.NETWORK, network["id"]))
    end(gone)
    due(fresh_service, gone)
    with ThreadPoolExecutor(1) as pool:
        begun: list[Future[int]] = []

        def reach(point: str) -> None:
            if point == "kept":  # and not committed
                begun.append(pool.submit(asyncio.run, erase_apart(fresh_service)))
                until_somebody_waits(fresh_service, 1)

        monkeypatch.setattr(crashpoints, "reach", reach)
        reply = push(client, [line("canary", organization=gone.id)])
        assert [one.result() for one in begun] == [1]

    [told] = lines_of(client, f"/v1/imports/{reply.json()['id']}")
    assert (told["external_id"], told["organization"], told["problems"]) == (None, None, [])
    with fresh_service.superuser() as database:
        erased = "SELECT erased_at IS NOT NULL FROM organization WHERE id = %s"
        assert database.execute(erased, [gone.id]).fetchone() == (True,)


async def erase_apart(service: Service) -> int:
    """What a worker does about erasures in a process of its own; how many it ended."""
    engine = make_engine(service.server.url(service.database, APP_ROLE), pool_size=2)
    try:
        done = await Keeper(engine, Signer(PEPPER.encode())).carry_out_due(now=datetime.now(UTC))
        return len(done)
    finally:
        await engine.dispose()
