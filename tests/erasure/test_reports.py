"""What is left of an organization in the reports of imports that others pushed for it."""

import json

from app.access.models import Kind
from tests.conftest import Service
from tests.erasure.holding import carry_out, due, end
from tests.imports.asking import line, push
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
