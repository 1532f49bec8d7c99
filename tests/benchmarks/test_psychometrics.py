"""How well an instrument measured, over HTTP and in files, beside other formulas."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from tests.benchmarks.conftest import OLD, World, fill_teams, make_world
from tests.benchmarks.test_items import answers
from tests.conftest import Service

PATH = "/v1/benchmarks/1/psychometrics"
PLACES = {None: [0, 1, 2, 3], "A": [0, 1], "B": [2, 3]}


def told(world: World, release: int = 1) -> dict[str, Any]:
    reply = world.service.http.get(f"/v1/benchmarks/{release}/psychometrics")
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def teams(world: World) -> list[np.ndarray[Any, Any]]:
    """Respondents' levels by organization, the best on top; without those that only agreed."""
    return [team for team in answers(world).values() if len(team) > 1]


@pytest.mark.parametrize("section", PLACES)
def test_scales_are_as_textbooks_have_them(measured: World, section: str | None) -> None:
    [scale] = [one for one in told(measured)["scales"] if one["section"] == section]
    mine = [team[:, PLACES[section]] for team in teams(measured)]
    everybody = np.concatenate(mine)

    # Alpha from covariances: k/(k-1) (1 - trace / sum of the matrix).
    covariances, k = np.cov(everybody.T), everybody.shape[1]
    alpha = k / (k - 1) * (1 - np.trace(covariances) / covariances.sum())
    # ICCs from the regression of each respondent on the organization: eta squared and mean squares.
    scores = everybody.mean(axis=1)
    which = np.repeat(np.arange(len(mine)), [len(team) for team in mine])
    dummies = np.eye(len(mine))[which]
    fitted = dummies @ np.linalg.lstsq(dummies, scores, rcond=None)[0]
    between = ((fitted - scores.mean()) ** 2).sum() / (len(mine) - 1)
    within = ((scores - fitted) ** 2).sum() / (len(scores) - len(mine))
    size = len(scores) / len(mine)

    assert scale["items"] == k
    assert scale["cronbach_alpha"] == pytest.approx(alpha, abs=0.0051)
    assert scale["icc1"] == pytest.approx(
        (between - within) / (between + (size - 1) * within), abs=0.0051
    )
    assert scale["icc2"] == pytest.approx(1 - within / between, abs=0.0051)
    agreed = [_rwg_j(team) for team in mine]
    for name, share in (("p25", 25), ("p50", 50), ("p75", 75)):
        low, high = np.percentile(agreed, [share - 10, share + 10])
        assert low - 0.05 <= scale["rwg_j"][name] <= high + 0.05


def _rwg_j(team: np.ndarray[Any, Any]) -> float:
    ratio = team.var(axis=0, ddof=1).mean() / 2.0  # five options: (25 - 1) / 12
    items = team.shape[1]
    return 0.0 if ratio > 1 else float(items * (1 - ratio) / (items * (1 - ratio) + ratio))


@pytest.mark.parametrize("place", range(4))
def test_items_are_as_numpy_has_them(measured: World, place: int) -> None:
    found = told(measured)["items"][place]
    everybody = np.concatenate(teams(measured))
    other = {0: 1, 1: 0, 2: 3, 3: 2}[place]
    expected = np.corrcoef(everybody[:, place], everybody[:, other])[0, 1]

    assert found["item"] == ("A1", "A2", "B1", "B2")[place]
    assert found["item_rest"] == pytest.approx(expected, abs=0.0051)
    for end, level in (("ceiling_share", 4), ("floor_share", 0)):
        share = float(np.mean(everybody[:, place] == level))
        low = found[end] == "<5 %"
        assert (
            share < 0.025
            if low
            else int(found[end].split()[0]) / 100 == pytest.approx(share, abs=0.025)
        )


def test_who_is_counted_is_told_roughly(measured: World) -> None:
    found = told(measured)

    assert (found["status"], found["reason"], found["as_of_release"]) == ("published", None, 1)
    assert (found["organizations"], found["respondents"]) == (110, 450)
    http = measured.service.http
    assert found["sha256"] == http.get("/v1/benchmarks/1").json()["sha256"]
    assert http.get(f"{PATH}?instrument=small&version=1").json() == found
    assert http.get(f"{PATH}?instrument=other").status_code == 404


def rows(world: World, release: int = 1) -> dict[tuple[str, str], dict[str, str]]:
    text = world.service.http.get(f"/v1/benchmarks/{release}/psychometrics.csv").text
    found = list(csv.DictReader(io.StringIO(text)))
    assert {row["instrument"] for row in found} == {"small"}
    return {(row["figure"], row["statistic"]): row for row in found}


def test_the_file_says_the_same(measured: World) -> None:
    found, body = rows(measured), told(measured)

    assert len(found) == 2 + 3 * 6 + 4 * 3
    assert found["overall", "respondents"]["value"] == "450"
    for scale in body["scales"]:
        figure = scale["section"] or "overall"
        assert float(found[figure, "cronbach_alpha"]["value"]) == scale["cronbach_alpha"]
        assert float(found[figure, "rwg_j_p50"]["value"]) == scale["rwg_j"]["p50"]
    for item in body["items"]:
        figure = f"item/{item['section']}/{item['item']}"
        assert float(found[figure, "item_rest"]["value"]) == item["item_rest"]
        assert found[figure, "floor_share"]["text"] == item["floor_share"]
    assert {(row["status"], row["as_of_release"]) for row in found.values()} == {("published", "1")}
    codebook = measured.service.http.get("/v1/benchmarks/1/codebook.md").text
    assert "`rwg_j_p75`" in codebook


def test_what_the_file_withholds_is_counted_beside_what_cells_do(measured: World) -> None:
    text = measured.service.http.get("/v1/benchmarks/1/suppression.csv").text
    counted = {
        (row["figure"], row["statistic"], row["reason"], row["cells"])
        for row in csv.DictReader(io.StringIO(text))
        if row["table"] == "psychometrics"
    }

    assert counted == {
        (figure, statistic, row["reason"], "1")
        for (figure, statistic), row in rows(measured).items()
        if row["status"] == "withheld"
    }


def test_without_a_hundred_organizations_that_answered_alone_all_is_withheld(
    published: World,
) -> None:
    found = told(published)

    assert (found["status"], found["reason"]) == ("withheld", "too_few_organizations")
    assert found["scales"] == found["items"] == []
    assert found["organizations"] is found["respondents"] is None
    told_in_file = rows(published)
    assert len(told_in_file) == 2 + 3 * 6 + 4 * 3
    assert {
        (row["value"], row["text"], row["status"], row["reason"]) for row in told_in_file.values()
    } == {("", "", "withheld", "too_few_organizations")}


def test_they_are_carried_renewed_and_forgotten(fresh_service: Service) -> None:
    world = make_world(fresh_service, 145)
    fill_teams(world, range(105))
    assert world.build().status_code == 201
    first = told(world)

    # Twenty more organizations, of which nobody answered alone.
    for number in range(105, 125):
        world.lock([number % 5, 2, 3, 1], number)
    assert world.build().status_code == 201
    second = told(world, 2)
    assert second["status"] == "carried"
    assert second["reason"] == "too_few_changes"
    for name in ("as_of_release", "organizations", "respondents", "scales", "items"):
        assert second[name] == first[name]
    assert rows(world, 2)["overall", "icc1"]["status"] == "carried"

    fill_teams(world, range(30), period=f"{OLD}-12", seed=9)
    assert world.build().status_code == 201
    third = told(world, 3)
    assert (third["status"], third["as_of_release"]) == ("published", 3)

    # Somebody who is counted asks to be erased; too little changes among those who answered alone.
    with fresh_service.superuser() as connection:
        connection.execute(
            "UPDATE organization SET erase_at = now() WHERE id = %s", (world.organizations[50].id,)
        )
    for number in range(125, 145):
        world.lock([number % 5, 1, 3, 2], number)
    assert world.build().status_code == 201
    fourth = told(world, 4)
    assert (fourth["status"], fourth["reason"]) == ("withheld", "too_few_changes")
    assert told(world, 3) == third


def test_a_release_of_before_has_none_and_its_files_neither(fresh_service: Service) -> None:
    world = make_world(fresh_service, 24)
    for number in range(24):
        world.lock([number % 5, 3, (number * 3) % 5, 1], number)
    assert world.build().status_code == 201
    with fresh_service.superuser() as connection:
        connection.execute("DELETE FROM release_file WHERE name = 'psychometrics.csv'")
        connection.execute(
            "UPDATE release SET manifest = (manifest::jsonb - 'psychometrics')::json"
        )
    http = fresh_service.http

    assert http.get(PATH).status_code == 404
    assert http.get(f"{PATH}.csv").status_code == 404
    body = http.get("/v1/benchmarks/1").json()
    assert body["psychometrics"] == []
    assert "psychometrics.csv" not in {one["name"] for one in body["files"]}
    assert http.get("/v1/benchmarks/1/index.html").status_code == 200
