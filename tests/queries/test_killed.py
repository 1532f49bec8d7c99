"""``kill -9`` around the commit of the ledger's row: never an answer without it, never two."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from app import crashpoints
from tests.conftest import Caller, Server, Service, serve
from tests.faults.conftest import Forks, forks
from tests.queries.conftest import MANY, researcher
from tests.queries.filling import fill, query

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
__all__ = ["forks"]


@pytest.fixture(scope="module")
def service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    for running in serve(server, new_database()):
        fill(running, MANY)
        yield running


def ask(client: Caller, base_url: str, cost: int) -> httpx.Response:
    body = query(epsilon_thousandths=cost)
    return httpx.post(f"{base_url}/v1/queries", json=body, headers=client.headers, timeout=30)


def rows(service: Service, cost: int) -> list[bytes]:
    with service.superuser() as database:
        found = database.execute(
            "SELECT answer FROM query_answer WHERE epsilon_thousandths = %s", [cost]
        ).fetchall()
    return [bytes(answer) for (answer,) in found]


POINTS = [one for one in crashpoints.POINTS if one not in {"claimed", "kept"}]


@pytest.mark.parametrize("point", POINTS)
def test_a_query_that_is_killed_is_answered_from_its_row_or_asked_anew(
    service: Service, forks: Forks, point: str
) -> None:
    cost = 10 + POINTS.index(point)
    client = researcher(service)
    forks.serve(point)

    with pytest.raises(httpx.TransportError):
        ask(client, forks.base_url, cost)
    assert forks.has_died()
    kept = rows(service, cost)
    forks.serve()
    again = [ask(client, forks.base_url, cost) for _ in range(2)]
    forks.kill()

    assert len(kept) == (1 if point == "committed" else 0)
    assert {reply.status_code for reply in again} == {200}
    assert [reply.content for reply in again] == rows(service, cost) * 2
    assert not kept or kept == rows(service, cost), "the answer of the row, not another"
    budget = client.get("/v1/queries/budget").json()
    assert budget["researchers"][0]["spent"] == cost, "paid for once"
