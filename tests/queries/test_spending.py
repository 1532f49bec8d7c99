"""Budgets hold whoever asks, how many at once, and whatever befalls the service meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import permutations, product
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from app.main import create_app, lifespan
from app.queries import ledger
from tests.conftest import Caller, Server, Service, serve
from tests.queries.conftest import researcher
from tests.queries.filling import ask, fill, query

SPENDERS = 100
SIZES = (["under_100"], ["100_299"], ["300_plus"], ["under_100", "300_plus"], ["other"])
SETS: list[dict[str, list[str]]] = [
    {"size_band": size, "country": [country], "teaching": [teaching]}
    for size, country, teaching in product(
        SIZES[:4], ("US", "CA", "MX", "BR", "ES", "GB", "other"), ("yes", "no")
    )
]
ASKED = [
    {"statistic": statistic, "filters": filters}
    for statistic in ("count", "mean")
    for filters in SETS
][:SPENDERS]
"""So many different questions."""

DICE = random.Random(4)  # noqa: S311 - when somebody comes again


def spent(service: Service) -> tuple[int, int]:
    """In all, and by whoever spent most, as the rows say."""
    with service.superuser() as database:
        rows = database.execute(
            "SELECT sum(epsilon_thousandths)::int FROM query_answer GROUP BY client_id"
        ).fetchall()
    each = [row[0] for row in rows]
    return sum(each), max(each, default=0)


def test_a_researchers_year_is_over_when_it_is_spent(fresh: Service) -> None:
    client, other = researcher(fresh), researcher(fresh)
    for filters in SETS[:8]:
        assert ask(client, filters=filters).status_code == 200

    refused = ask(client, statistic="count", epsilon_thousandths=1)

    assert refused.status_code == 409
    body = refused.json()
    assert body["type"] == "/problems/query-budget-spent"
    assert body["left"] == {"own": 0, "everybody": 6_000}
    assert body["renewed_on"].endswith("-01-01")
    assert ask(client, filters=SETS[0]).status_code == 200, "what was answered stays free"
    assert ask(other, statistic="count", epsilon_thousandths=1).status_code == 200
    budget = client.get("/v1/queries/budget").json()
    assert budget["researchers"][0] | {"client_id": ""} == {
        "client_id": "",
        "limit": 2_000,
        "spent": 2_000,
        "left": 0,
    }
    assert budget["everybody"] == {"limit": 8_000, "spent": 2_001, "left": 5_999}


def test_the_part_of_a_budget_that_is_left_can_still_be_spent(fresh: Service) -> None:
    client = researcher(fresh)
    for filters in SETS[:7]:
        ask(client, filters=filters)
    assert ask(client, epsilon_thousandths=240).status_code == 200

    assert ask(client, epsilon_thousandths=11).status_code == 409
    assert ask(client, epsilon_thousandths=10).status_code == 200
    assert spent(fresh) == (2_000, 2_000)


def test_next_year_is_another_budget(fresh: Service) -> None:
    client = researcher(fresh)
    for filters in SETS[:8]:
        ask(client, filters=filters)
    with fresh.superuser() as database:
        database.execute("UPDATE query_answer SET year = year - 1")

    assert ask(client, statistic="count").status_code == 200


def test_all_together_have_a_budget_too(fresh: Service) -> None:
    questions = iter(ASKED)
    for _ in range(4):
        client = researcher(fresh)
        for more in [next(questions) for _ in range(8)]:
            assert ask(client, **more).status_code == 200

    refused = ask(researcher(fresh), **next(questions))

    assert refused.status_code == 409
    assert refused.json()["left"] == {"own": 2_000, "everybody": 0}
    assert spent(fresh) == (8_000, 2_000)


@asynccontextmanager
async def beside(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """The service once more, for many requests at once."""
    app = create_app(service.settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        lifespan(app),
        httpx.AsyncClient(transport=transport, base_url="http://x", timeout=60) as client,
    ):
        yield client


async def spend(http: httpx.AsyncClient, client: Caller, more: dict[str, Any]) -> httpx.Response:
    """Ask until there is an answer or a refusal."""
    while True:
        reply = await http.post("/v1/queries", json=query(**more), headers=client.headers)
        if reply.status_code != 503:
            return reply
        await asyncio.sleep(DICE.uniform(0.2, 3))


async def all_at_once(service: Service, clients: list[Caller]) -> list[httpx.Response]:
    """A hundred questions, by turns of the clients."""
    async with beside(service) as http:
        return await asyncio.gather(
            *(spend(http, clients[n % len(clients)], more) for n, more in enumerate(ASKED))
        )


def answers(service: Service) -> set[bytes]:
    with service.superuser() as database:
        rows = database.execute("SELECT answer FROM query_answer").fetchall()
    return {bytes(row[0]) for row in rows}


@pytest.mark.timeout(400)  # beside other load, a hundred wait for each other
@pytest.mark.parametrize(
    ("many", "affordable"),
    [pytest.param(1, 8, id="one researcher"), pytest.param(25, 32, id="25 who collude")],
)
async def test_a_hundred_spenders_at_once_overspend_nothing(
    fresh: Service, many: int, affordable: int, counted: Callable[[str], None]
) -> None:
    clients = [researcher(fresh) for _ in range(many)]

    replies = await all_at_once(fresh, clients)

    good = [reply.content for reply in replies if reply.status_code == 200]
    assert len(replies) == SPENDERS
    assert {reply.status_code for reply in replies} == {200, 409}
    assert len(good) == affordable
    assert set(good) == answers(fresh), "no answer without a row, no row without an answer"
    assert spent(fresh)[0] == affordable * 250
    counted(f"{SPENDERS} spenders, {many} researchers: {spent(fresh)[0]} spent, 0 over")


async def test_without_taking_turns_they_would_overspend(fresh: Service) -> None:
    async def no_turns(_: AsyncSession) -> None:
        await asyncio.sleep(0.05)

    client = researcher(fresh)
    with patch.object(ledger, "take_turn", no_turns):
        await all_at_once(fresh, [client])

    assert spent(fresh)[1] > 2_000


async def test_of_many_who_ask_the_same_at_once_one_pays(fresh: Service) -> None:
    clients = [researcher(fresh) for _ in range(5)]
    async with beside(fresh) as http:
        replies = await asyncio.gather(
            *(spend(http, clients[n % 5], {"statistic": "count"}) for n in range(30))
        )

    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.content for reply in replies}) == 1
    assert spent(fresh) == (250, 250)


def test_the_service_can_only_add_to_the_ledger(fresh: Service) -> None:
    with fresh.superuser() as database:
        may = database.execute(
            "SELECT privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE',"
            " 'TRUNCATE']) AS privilege"
            " WHERE has_table_privilege('palanca_app', 'query_answer', privilege)"
            " OR privilege IN ('SELECT', 'INSERT', 'UPDATE')"
            " AND has_any_column_privilege('palanca_app', 'query_answer', privilege)"
        ).fetchall()

    assert {name for (name,) in may} == {"SELECT", "INSERT"}


def test_budgets_can_be_stricter(server: Server, new_database: Callable[[], str]) -> None:
    strict = {"query_epsilon_researcher": 300, "query_epsilon_everybody": 400}
    for service in serve(server, new_database(), **strict):
        fill(service, 10)
        first, second = researcher(service), researcher(service)
        statuses = [
            ask(first, filters=SETS[0]).status_code,
            ask(first, filters=SETS[1]).status_code,
            ask(second, filters=SETS[2]).status_code,
            ask(second, filters=SETS[2], epsilon_thousandths=150).status_code,
        ]
        assert statuses == [200, 409, 409, 200]


def test_who_comes_at_anothers_turn_comes_again_and_what_is_answered_needs_none(
    fresh: Service,
) -> None:
    client = researcher(fresh)
    known = ask(client)
    with fresh.superuser() as database:
        database.execute("SELECT pg_advisory_xact_lock(hashtext('palanca queries'))")
        refused, again = ask(client, statistic="count"), ask(client)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert again.content == known.content
    assert ask(client, statistic="count").status_code == 200
    assert spent(fresh) == (500, 500)


def test_however_often_it_is_asked_nothing_is_averaged_away(fresh: Service) -> None:
    clients = [researcher(fresh) for _ in range(3)]
    orders = [dict(pairs) for pairs in permutations(SETS[0].items())]

    seen = {
        ask(clients[n % 3], filters=orders[n % len(orders)], epsilon_thousandths=9).content
        for n in range(300)
    }

    assert len(seen) == 1
    assert spent(fresh) == (9, 9)


async def test_who_looked_before_another_was_answered_gets_that_answer(fresh: Service) -> None:
    first, second = researcher(fresh), researcher(fresh)
    turns, take_turn = [], ledger.take_turn
    async with beside(fresh) as http:

        async def overtaken(session: AsyncSession) -> None:
            turns.append("taken")
            if len(turns) == 1:
                turns.append((await spend(http, second, {})).text)
            await take_turn(session)

        with patch.object(ledger, "take_turn", overtaken):
            reply = await spend(http, first, {})

    assert turns == ["taken", "taken", reply.text]
    assert reply.status_code == 200
    assert spent(fresh) == (250, 250)
