"""P5, P9, P10: the same questions again, what is withheld from the outside, and the open file."""

import csv
import io
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from pathlib import Path

import httpx
import pytest
from scipy.stats import mannwhitneyu

from app.access.models import Kind
from tests.benchmarks.conftest import World, fill, make_world
from tests.conftest import Server, serve

CELLS = "/v1/benchmarks/1/cells"
FEW, NOBODY, UNKNOWN = "country:ES", "country:GB", "country:XX"
"""Cohorts: of five organizations, of none, and one that there is not."""

ASKED = (("instrument", "small"), ("version", "1"), ("cohort", "all"), ("figure", "overall"))


def note(attack: str, **figures: object) -> None:
    """Tell ``python -m tests.attacks`` what was measured, if it asks."""
    if path := os.environ.get("PALANCA_TEST_ATTACK_FIGURES"):
        file = Path(path)
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
        known.setdefault(attack, {}).update(figures)
        file.write_text(json.dumps(known), encoding="utf-8")


@pytest.fixture(scope="module")
def world(server: Server, new_database: Callable[[], str]) -> Iterator[World]:
    """48 organizations in a release, five of them in a country of their own."""
    for service in serve(server, new_database()):
        made = make_world(service, 48)
        ids = [one.id for one in made.organizations]
        with service.superuser() as connection:
            connection.execute(
                """UPDATE organization SET attributes = attributes
                   || CASE WHEN id = ANY (%s) THEN '{"country": "ES"}'::jsonb
                      ELSE '{"country": "US"}'::jsonb END""",
                [ids[:5]],
            )
        fill(made, 48)
        reply = made.build()
        assert reply.status_code == 201, reply.text
        yield made


def answers(world: World, times: int) -> set[bytes]:
    """The different answers to one question, in all orders, by several callers."""
    dice, orders = random.Random(5), list(permutations(ASKED))  # noqa: S311 - the same order again
    organization = str(world.organizations[0].id)
    keys = [
        None,
        world.service.key(Kind.ORGANIZATION, organization),
        *(world.service.key(Kind.PARTNER) for _ in range(2)),
    ]
    found = set()
    for _ in range(times):
        extra = [("X-Noise", str(dice.random())), ("Accept", "application/json")]
        dice.shuffle(extra)
        key = dice.choice(keys)
        headers = dict(extra) | ({"Authorization": f"Bearer {key}"} if key else {})
        reply = world.service.http.get(CELLS, params=dice.choice(orders), headers=headers)
        assert reply.status_code == 200, reply.text
        found.add(reply.content)
    return found


def test_p5_a_question_has_one_answer(world: World) -> None:
    assert len(answers(world, 100)) == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_p5_ten_thousand_times(world: World) -> None:
    found = answers(world, 10_000)

    note("P5", different_answers_to_10_000=len(found))
    assert len(found) == 1


def ask(world: World, cohort: str) -> httpx.Response:
    reply: httpx.Response = world.service.http.get(CELLS, params={"cohort": cohort})
    return reply


def outside(reply: httpx.Response, cohort: str) -> tuple[int, bytes, Mapping[str, str]]:
    """All that is seen of a reply but the cohort's name, and the ETag, a hash of a body with it."""
    headers = {
        name: value
        for name, value in reply.headers.items()
        if name not in {"date", "x-request-id", "request-id", "etag"}
        and not name.startswith("ratelimit")
    }
    name = cohort.encode()
    return reply.status_code, reply.content.replace(name, b"country:--"), headers


def test_p9_a_withheld_cohort_looks_like_an_empty_one(world: World) -> None:
    few, nobody = ask(world, FEW), ask(world, NOBODY)

    assert outside(few, FEW) == outside(nobody, NOBODY)
    assert {cell["status"] for cell in few.json()["data"]} == {"withheld"}
    shown = ask(world, "teaching:yes")
    assert outside(shown, "teaching:yes")[1] != outside(few, FEW)[1], "or this shows nothing"


def test_p9_in_every_file_too(world: World) -> None:
    body = world.service.http.get("/v1/benchmarks/1/data.csv").text
    rows = [line for line in body.splitlines() if FEW in line or NOBODY in line]

    told = [
        sorted(
            line.replace(cohort, "-").replace(f",{cohort[-2:]},", ",-,")
            for line in rows
            if cohort in line
        )
        for cohort in (FEW, NOBODY)
    ]
    assert told[0] == told[1]
    assert told[0]


def test_p9_an_unknown_cohort_is_refused_whoever_is_counted(world: World) -> None:
    assert {ask(world, one).status_code for one in (UNKNOWN, "country:DE", "city:Lima")} == {422}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_p9_takes_as_long(world: World) -> None:
    taken: dict[str, list[int]] = {FEW: [], NOBODY: []}
    dice = random.Random(9)  # noqa: S311 - which is first
    for _ in range(1_000):
        for cohort in dice.sample([FEW, NOBODY], 2):
            begun = time.perf_counter_ns()
            ask(world, cohort)
            taken[cohort].append(time.perf_counter_ns() - begun)

    p = float(mannwhitneyu(taken[FEW], taken[NOBODY]).pvalue)
    note("P9", mann_whitney_p=round(p, 3), requests_each=1_000)
    assert p > 0.01


def test_p10_no_row_of_the_file_is_about_fewer_than_ten(world: World) -> None:
    """Whoever joins rows with public attributes finds ten hospitals for each, or none."""
    http = world.service.http
    rows = list(csv.DictReader(io.StringIO(http.get("/v1/benchmarks/1/data.csv").text)))
    with world.service.superuser() as connection:
        found = connection.execute("SELECT attributes FROM organization").fetchall()
    public = [attributes for (attributes,) in found]
    cohorts = {
        one["id"]: one["filters"] for one in http.get("/v1/benchmarks/1/cohorts").json()["data"]
    }

    told = [row for row in rows if row["value"]]
    behind = {
        row["cohort"]: sum(cohorts[row["cohort"]].items() <= one.items() for one in public)
        for row in told
    }

    assert len(told) > 20
    assert min(behind.values()) >= 10
    names = {str(one.id) for one in world.organizations} | {
        one.external_id for one in world.organizations
    }
    assert not names & {value for row in rows for value in row.values()}
    note("P10", rows_with_a_value=len(told), fewest_hospitals_behind_one=min(behind.values()))
