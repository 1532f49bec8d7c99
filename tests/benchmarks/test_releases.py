"""Releases over HTTP: built from one snapshot, immutable, open to everyone."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psycopg
import pytest
from psycopg import sql

from app.access.models import Kind
from app.benchmarks.disclosure import builder, rules
from app.db import RELEASE_ROLE
from tests.benchmarks.conftest import LAST_YEAR, OLD, World, make_world
from tests.conftest import Service

CELLS = "/v1/benchmarks/latest/cells"


def true_scores(world: World, figure: int) -> list[float]:
    """Scores of the locked results, read past the service: 0 is overall, then the sections."""
    with world.service.superuser() as connection:
        rows = connection.execute("SELECT overall, section_scores FROM result").fetchall()
    return [(overall, *sections)[figure] for overall, sections in rows]


def test_a_benchmark_is_answered_without_a_key(published: World) -> None:
    reply = published.service.http.get(CELLS, params={"cohort": "all", "figure": "overall"})

    assert reply.status_code == 200
    body = reply.json()
    [cell] = body["data"]
    assert body["release"] == 1
    assert body["method"] == "palanca-release/1"
    assert (body["instrument"], body["version"]) == ("small", "1")
    assert cell["status"] == "published"
    assert cell["organizations"] == 50
    assert cell["networks"] == "5-9"
    assert cell["as_of_release"] == 1


@pytest.mark.parametrize(("figure", "place"), [("overall", 0), ("A", 1), ("B", 2)])
def test_published_figures_are_the_true_ones_coarsened(
    published: World, figure: str, place: int
) -> None:
    reply = published.service.http.get(CELLS, params={"cohort": "all", "figure": figure})
    [cell] = reply.json()["data"]
    scores = true_scores(published, place)

    assert cell["mean"] == pytest.approx(np.mean(scores), abs=0.25)
    assert cell["mean"] % 0.5 == 0
    for name, share in (("p25", 25), ("p50", 50), ("p75", 75)):
        assert cell["percentiles"][name] == pytest.approx(np.percentile(scores, share), abs=12)
    assert cell["percentiles"]["p10"] is None
    assert cell["percentiles"]["p90"] is None
    assert cell["withheld_statistics"] == {
        "p10": "too_few_organizations",
        "p90": "too_few_organizations",
    }
    assert all(count % 5 == 0 for count in cell["histogram"]["counts"])


def test_a_cohort_that_is_too_small_says_why_and_what_is_broader(published: World) -> None:
    reply = published.service.http.get(CELLS, params={"cohort": "type:acute", "figure": "A"})

    [cell] = reply.json()["data"]
    assert cell["status"] == "withheld"
    assert cell["reason"] == "too_few_organizations"
    assert cell["mean"] is None
    assert cell["organizations"] is None
    assert cell["broader"] == "all"


def test_free_filters_are_refused_with_the_nearest_cohorts(published: World) -> None:
    reply = published.service.http.get(CELLS, params={"cohort": "teaching:yes;region:europe"})

    assert reply.status_code == 422
    problem = reply.json()
    assert problem["type"] == "/problems/cohort-not-published"
    assert set(problem["nearest"]) == {"teaching:yes", "region:europe", "all"}


def test_the_order_of_a_cohorts_parts_does_not_matter(published: World) -> None:
    one = published.service.http.get(CELLS, params={"cohort": "size_band:300_plus;teaching:yes"})
    other = published.service.http.get(CELLS, params={"cohort": "teaching:yes;size_band:300_plus"})

    assert one.status_code == 200
    assert one.content == other.content


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/v1/benchmarks/2", 404, id="a release to come"),
        pytest.param("/v1/benchmarks/0", 404, id="number nought"),
        pytest.param("/v1/benchmarks/99999999999999999999", 404, id="a number no column holds"),
        pytest.param("/v1/benchmarks/soon", 404, id="no number"),
        pytest.param(f"{CELLS}?instrument=other", 404, id="an unknown instrument"),
        pytest.param(f"{CELLS}?version=9", 404, id="an unknown version"),
        pytest.param(f"{CELLS}?figure=Z", 404, id="an unknown figure"),
        pytest.param(f"{CELLS}?region=europe", 422, id="an attribute as a parameter"),
    ],
)
def test_what_is_not_published_is_not_found(published: World, path: str, status: int) -> None:
    reply = published.service.http.get(path)

    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"


def test_the_manifest_says_rules_and_the_gates_word(published: World) -> None:
    body = published.service.http.get("/v1/benchmarks/1").json()

    assert body["thresholds"]["organizations_for_mean"] == 10
    [small] = [one for one in body["instruments"] if one["instrument"] == "small"]
    assert small["gate"] == {
        "passed": True,
        "organizations": 50,
        "releases": 1,
        "networks_tried": 8,
        "exactly_determined": 0,
        "exactly_determined_unrounded": 0,
        "every_width_at_least": 20,
        "complete": True,
    }
    assert small["cells"]["published"] > 0
    assert len(body["sha256"]) == 64


def test_the_list_of_releases_leads_to_them(published: World) -> None:
    [only] = published.service.http.get("/v1/benchmarks").json()["data"]

    assert only["href"] == "/v1/benchmarks/1"
    assert published.service.http.get(only["href"]).json()["sha256"] == only["sha256"]


def test_cohorts_are_named_in_the_readers_language(published: World) -> None:
    path = "/v1/benchmarks/latest/cohorts"
    spanish = published.service.http.get(path, headers={"Accept-Language": "es-MX"})

    titles = {one["id"]: one["title"] for one in spanish.json()["data"]}
    assert spanish.headers["content-language"] == "es-419"
    assert titles["all"] == "Todas las organizaciones"
    assert len(titles) <= 50


def test_a_release_is_cached_by_its_etag(published: World) -> None:
    first = published.service.http.get("/v1/benchmarks/1/cells")
    again = published.service.http.get(
        "/v1/benchmarks/1/cells", headers={"If-None-Match": first.headers["etag"]}
    )

    assert "immutable" in first.headers["cache-control"]
    assert again.status_code == 304
    assert again.content == b""


def test_the_role_that_answers_cannot_read_raw_rows(published: World) -> None:
    service = published.service
    with psycopg.connect(service.server.url(service.database, RELEASE_ROLE)) as connection:
        [cells] = connection.execute("SELECT count(*) FROM release_cell").fetchone() or [0]
        assert cells > 0
        for table in ("submission", "result", "assessment", "organization", "client_key"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL("SELECT FROM {}").format(sql.Identifier(table)))
            connection.rollback()


def test_nothing_changed_means_no_release(published: World) -> None:
    reply = published.build()

    assert reply.status_code == 409
    assert reply.json()["type"] == "/problems/too-few-changes"
    assert len(published.service.http.get("/v1/benchmarks").json()["data"]) == 1


def test_a_day_to_come_is_refused(published: World) -> None:
    reply = published.build(as_of="2199-01-01")

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["code"] == "out-of-range"


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.ORGANIZATION, Kind.RESEARCHER])
def test_only_the_operator_builds(published: World, kind: Kind) -> None:
    tenants = {
        Kind.NETWORK: str(published.organizations[0].network_id),
        Kind.ORGANIZATION: str(published.organizations[0].id),
    }
    key = published.service.key(kind, tenants.get(kind))

    reply = published.service.as_(key).post("/v1/releases", json={})

    assert reply.status_code == 403


def test_results_that_are_too_fresh_stay_out(fresh_service: Service) -> None:
    world = make_world(fresh_service, 24)
    for number in range(24):
        world.lock([2, 2, 2, number % 5], number, period=f"{LAST_YEAR + 1}")

    reply = world.build()

    assert reply.status_code == 409
    assert reply.json()["type"] == "/problems/too-few-changes"


def test_a_second_release_leaves_the_first_as_it_was(fresh_service: Service) -> None:
    world = make_world(fresh_service, 44)
    for number in range(44):
        world.lock([number % 5, 3, (number * 7) % 5, 1], number)
    assert world.build().status_code == 201
    before = fresh_service.http.get("/v1/benchmarks/1/cells").content
    for number in range(44):
        world.lock([(number * 3) % 5, 2, (number * 2) % 5, 2], number, period=f"{int(OLD)}-12")

    second = world.build()

    assert second.status_code == 201, second.text
    assert second.json()["release"] == 2
    assert second.headers["location"] == "/v1/benchmarks/2"
    assert fresh_service.http.get("/v1/benchmarks/1/cells").content == before
    assert fresh_service.http.get("/v1/benchmarks/2/cells").content != before
    with fresh_service.superuser() as connection:
        counted = connection.execute(
            "SELECT release_number, count(*) FROM release_contribution GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert counted == [(1, 44), (2, 44)]


def test_two_builds_at_once_make_one_release(fresh_service: Service) -> None:
    world = make_world(fresh_service, 24)
    for number in range(24):
        world.lock([number % 5, 3, 1, 1], number)
    operator = fresh_service.operator

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: operator.post("/v1/releases", json={}), range(2)))

    assert sorted(reply.status_code for reply in replies) == [201, 409]


def test_a_refused_release_publishes_nothing_and_names_the_cells(
    fresh_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate is given a builder that forgets the rule of ten organizations."""
    judge = rules.judge
    monkeypatch.setattr(
        builder, "judge", lambda some, more: None if len(some.scores) else judge(some, more)
    )
    world = make_world(fresh_service, 24)
    for number in range(24):
        world.lock([number % 5, 3, (number * 3) % 5, 1], number)
    with fresh_service.superuser() as connection:
        connection.execute(
            "UPDATE organization SET attributes = jsonb_build_object('region', 'europe')"
            " WHERE external_id = 'H1'"
        )

    reply = world.build()

    assert reply.status_code == 409
    problem = reply.json()
    assert problem["type"] == "/problems/release-refused"
    [refused] = problem["findings"]
    assert refused["organizations"] == 24
    assert "region:europe" in json.dumps(refused["findings"])
    assert fresh_service.http.get("/v1/benchmarks").json()["data"] == []
    with fresh_service.superuser() as connection:
        assert connection.execute("SELECT count(*) FROM release_cell").fetchone() == (0,)
