"""Own queries over HTTP: who may, what is answered, and that the same question has one answer."""

from collections.abc import Callable
from typing import Any

import pytest

from app.access.models import Kind
from app.settings import Settings
from tests.conftest import Server, Service, serve
from tests.queries.conftest import MANY, researcher
from tests.queries.filling import APPROVED, ask, fill, query, score_of

ALL = [score_of(number) for number in range(1, MANY + 1)]
CALLS = [("POST", "/v1/queries"), ("GET", "/v1/queries"), ("GET", "/v1/queries/budget")]


def test_they_are_off_unless_they_are_switched_on() -> None:
    assert Settings().queries is False


def test_where_they_are_off_everything_says_so(
    server: Server, new_database: Callable[[], str]
) -> None:
    for service in serve(server, new_database(), queries=False):
        fill(service, 5)
        client = researcher(service)
        for method, path in CALLS:
            reply = client.request(method, path, json=query() if method == "POST" else None)
            assert reply.status_code == 403
            assert reply.json()["type"] == "/problems/queries-off"
            assert path in service.http.get("/openapi.json").json()["paths"]
        with service.superuser() as database:
            assert database.execute("SELECT count(*) FROM query_answer").fetchone() == (0,)


def test_a_researcher_needs_to_be_approved(filled: Service) -> None:
    usual = filled.as_(filled.key(Kind.RESEARCHER))

    refused = ask(usual)

    assert refused.status_code == 403
    assert refused.json()["scope"] == "queries:write"
    assert usual.get("/v1/queries/budget").status_code == 200


def test_nobody_approves_themselves(filled: Service) -> None:
    usual = filled.as_(filled.key(Kind.RESEARCHER))
    [me] = usual.get("/v1/clients").json()["data"]

    reply = usual.post(f"/v1/clients/{me['id']}/keys", json={"scopes": ["queries:write"]})

    assert reply.status_code == 403
    made = filled.operator.post(
        f"/v1/clients/{me['id']}/keys", json={"scopes": ["queries:write"]}
    ).json()["key"]
    assert ask(filled.as_(made), epsilon_thousandths=1).status_code == 200


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.ORGANIZATION, Kind.PARTNER, Kind.OPERATOR])
def test_others_cannot_be(filled: Service, kind: Kind) -> None:
    tenants = {Kind.NETWORK: filled.network()["id"], Kind.ORGANIZATION: filled.organization().id}
    client = filled.as_(filled.key(kind, tenants.get(kind)))

    assert ask(client).status_code == 403


def test_it_ends_with_the_data_use_agreement(filled: Service) -> None:
    client = researcher(filled)
    assert ask(client, epsilon_thousandths=2).status_code == 200
    with filled.superuser() as database:
        database.execute("UPDATE client SET ends_at = now() WHERE kind = 'researcher'")
    filled.http.app.state.recent.forget()  # type: ignore[attr-defined]

    refused = ask(client, epsilon_thousandths=2)

    with filled.superuser() as database:
        database.execute(
            "UPDATE client SET ends_at = now() + interval '1 year' WHERE kind = 'researcher'"
        )
    assert refused.status_code == 401


def test_a_mean_is_near_the_true_one(filled: Service) -> None:
    body = ask(researcher(filled)).json()

    assert body["outcome"] == "answered"
    assert abs(body["organizations"] - MANY) <= 16 * 14, "as good as never"
    assert abs(body["mean"] - sum(ALL) / MANY) <= 2 * 14
    assert 0 < body["mean_margin_95"] < 20
    assert body["histogram"] is body["quantiles"] is None
    assert [one["of"] for one in body["noise"]] == ["organizations", "mean"]
    assert [one["epsilon"] for one in body["noise"]] == ["1/16", "3/16"]
    assert [one["scale"] for one in body["noise"]] == ["16", "800/3"]
    assert [one["sensitivity"] for one in body["noise"]] == ["1", "50"]
    assert "one organization" in body["unit"]
    assert "one organization's result more" in body["neighbours"]
    assert "network" in body["network_unit"]
    assert body["query"] == {
        **query(figure="overall", bin_width=None, filters={}),
        "method": "palanca-query/1",
    }


@pytest.mark.parametrize("width", [10, 20])
def test_a_histogram_is_near_the_true_one(filled: Service, width: int) -> None:
    body = ask(researcher(filled), statistic="histogram", bin_width=width).json()

    edges, counts = body["histogram"]["edges"], body["histogram"]["counts"]
    assert edges == list(range(0, 101, width))
    for low, count in zip(edges, counts, strict=False):
        top = 101 if low + width == 100 else low + width
        assert abs(count - sum(low <= one < top for one in ALL)) <= 6 * 16


def test_a_count_and_quartiles_are_near_the_true_ones(filled: Service) -> None:
    client = researcher(filled)
    yes = ask(client, statistic="count", filters={"teaching": ["yes"]}).json()
    body = ask(client, statistic="quantiles").json()

    assert abs(yes["organizations"] - MANY // 3) <= 4 * 14
    assert yes["mean"] is yes["histogram"] is yes["quantiles"] is None
    assert [one["epsilon"] for one in yes["noise"]] == ["1/4"]
    found = body["quantiles"]
    assert all(abs(found[f"p{rank}"] - rank) <= 25 for rank in (25, 50, 75))


def test_filters_are_free_and_mean_all_of_them(filled: Service) -> None:
    sizes = ["under_100", "300_plus"]
    asked = {"size_band": sizes, "ownership": ["nonprofit"], "teaching": ["no"]}

    body = ask(researcher(filled), statistic="count", filters=asked).json()

    due = sum(n % 3 == 1 and n // 3 % 3 != 1 for n in range(1, MANY + 1))
    assert abs(body["organizations"] - due) <= 4 * 14


def test_a_section_counts_those_that_have_a_score(filled: Service) -> None:
    body = ask(researcher(filled), statistic="count", figure="B").json()

    assert abs(body["organizations"] - MANY // 2) <= 4 * 14


def test_too_few_is_all_that_is_said_and_costs_the_same(filled: Service) -> None:
    client = researcher(filled)

    body = ask(client, filters={"region": ["africa"]}).json()

    assert body["outcome"] == "too_few"
    figures = ("organizations", "mean", "mean_margin_95", "histogram", "quantiles")
    assert {body[name] for name in figures} == {None}
    assert body["least_organizations"] == 100
    assert body["noise"][0]["margin_95"] == 48
    assert client.get("/v1/queries/budget").json()["researchers"][0]["spent"] == 250


def test_the_same_question_has_one_answer_that_is_paid_for_once(filled: Service) -> None:
    first, other = researcher(filled), researcher(filled)
    asked = {"filters": {"teaching": ["yes"], "size_band": ["300_plus", "under_100"]}}
    spelled: list[dict[str, Any]] = [
        {"filters": {"size_band": ["under_100", "300_plus"], "teaching": ["yes"]}},
        {"filters": {"size_band": ["under_100", "300_plus", "under_100"], "teaching": ["yes"]}},
        {"filters": {**asked["filters"], "ownership": ["public", "nonprofit", "for_profit"]}},
        {**asked, "figure": "overall", "bin_width": None},
    ]

    answers = [ask(first, **asked)]
    answers += [ask(one, **again) for one in (first, other) for again in (asked, *spelled)]
    alien = filled.as_(filled.key(Kind.RESEARCHER, permissions=APPROVED))
    answers += [
        alien.post("/v1/queries", json=query(**asked), headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]

    assert {reply.status_code for reply in answers} == {200}
    assert len({reply.content for reply in answers}) == 1
    assert spent(first) == 250
    assert spent(other) == spent(alien) == 0
    assert [one["answer"] for one in first.get("/v1/queries").json()["data"]] == [answers[0].json()]
    assert other.get("/v1/queries").json()["data"] == []


def spent(client: Any) -> int:
    [own] = client.get("/v1/queries/budget").json()["researchers"]
    return int(own["spent"])


def test_another_epsilon_is_another_question(filled: Service) -> None:
    client = researcher(filled)
    one, other = (ask(client, statistic="count", epsilon_thousandths=n) for n in (20, 21))

    assert one.json()["query_sha256"] != other.json()["query_sha256"]
    assert spent(client) == 41


def test_operators_see_all_and_ask_nothing(filled: Service) -> None:
    client = researcher(filled)
    ask(client, statistic="count", epsilon_thousandths=3)
    [own] = client.get("/v1/queries").json()["data"]

    rows = filled.operator.get("/v1/queries?limit=200").json()["data"]
    budget = filled.operator.get("/v1/queries/budget").json()

    assert own in rows
    assert len({one["client_id"] for one in rows}) > 1
    assert {one["client_id"] for one in budget["researchers"]} == {one["client_id"] for one in rows}
    assert budget["everybody"]["spent"] == sum(one["epsilon_thousandths"] for one in rows)


def test_pages_of_the_ledger(fresh: Service) -> None:
    client = researcher(fresh)
    for cost in (1, 2, 3):
        ask(client, statistic="count", epsilon_thousandths=cost)

    first = client.get("/v1/queries?limit=2").json()
    rest = client.get(f"/v1/queries?limit=2&cursor={first['page']['next_cursor']}").json()

    costs = [one["epsilon_thousandths"] for one in first["data"] + rest["data"]]
    assert costs == [1, 2, 3]
    assert rest["page"]["next_cursor"] is None


def test_each_query_is_on_the_audit_trail_free_ones_too(filled: Service) -> None:
    client = researcher(filled)
    for _ in range(2):
        ask(client, statistic="count", epsilon_thousandths=4)
    [own] = client.get("/v1/queries").json()["data"]
    with filled.superuser() as database:
        events = database.execute(
            "SELECT body::json ->> 'operation', body::json ->> 'target' FROM audit_event"
            " WHERE chain_id = %s",
            [own["client_id"]],
        ).fetchall()

    assert events == [("POST /v1/queries", f"/v1/queries#{own['id']}")] * 2


WRONG: list[Any] = [
    ({"release": 2}, 404, None),
    ({"instrument": "nothing"}, 404, None),
    ({"figure": "Z"}, 422, "/figure"),
    ({"filters": {"beds": ["1"]}}, 422, "/filters/beds"),
    ({"filters": {"teaching": ["perhaps"]}}, 422, "/filters/teaching/0"),
    ({"filters": {"teaching": []}}, 422, "/filters/teaching"),
    ({"epsilon_thousandths": 251}, 422, "/epsilon_thousandths"),
    ({"epsilon_thousandths": 0}, 422, "/epsilon_thousandths"),
    ({"epsilon_thousandths": 0.5}, 422, "/epsilon_thousandths"),
    ({"statistic": "maximum"}, 422, "/statistic"),
    ({"statistic": "histogram"}, 422, ""),
    ({"bin_width": 10}, 422, ""),
    ({"statistic": "histogram", "bin_width": 5}, 422, "/bin_width"),
]


@pytest.mark.parametrize(("more", "status", "pointer"), WRONG)
def test_what_is_wrong_is_said_and_costs_nothing(
    filled: Service, more: dict[str, Any], status: int, pointer: str | None
) -> None:
    client = researcher(filled)

    reply = ask(client, **more)

    assert reply.status_code == status, reply.text
    if pointer is not None:
        assert [one["pointer"] for one in reply.json()["errors"]] == [pointer]
    assert spent(client) == 0


def test_stricter_limits_hold(server: Server, new_database: Callable[[], str]) -> None:
    strict = {"query_epsilon": 100, "query_min_organizations": 5_000}
    for service in serve(server, new_database(), **strict):
        fill(service, 300)
        client = researcher(service)
        reply = ask(client, epsilon_thousandths=101)
        body = ask(client, epsilon_thousandths=100).json()
        assert reply.json()["errors"][0]["expected"] == {"at_most": 100}
        assert (body["outcome"], body["least_organizations"]) == ("too_few", 5_000)
        assert client.get("/v1/queries/budget").json()["query"] == 100
