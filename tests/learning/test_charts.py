"""Charts over HTTP: as data, as pictures, as tables, in words."""

import csv
import io
import struct
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import Service
from tests.learning.following import Followed, follow, months, set_aim

SHIFT = [3.4, 3.6, 3.2, 3.5, 3.7, 3.5, 4.0, 3.0, 3.4, 3.1, 3.0, 3.3, 3.5, 3.6]
SHIFT += [1.9, 2.5, 2.1, 1.4, 1.9, 1.7, 1.7, 2.2, 1.8, 1.3]
SVG = "{http://www.w3.org/2000/svg}"


def shifted(service: Service, **more: Any) -> Followed:
    followed = follow(service, **more)
    assert followed.values([*SHIFT]).status_code == 201
    return followed


def test_a_shift_is_seen_and_explained(service: Service) -> None:
    chart = shifted(service).chart()

    long_run = next(one for one in chart["signals"] if one["rule"] == "long_run")
    assert (long_run["side"], long_run["better"]) == ("below", True)
    assert long_run["periods"] == months(24)[14:]
    assert "10 periods in a row, 2024-03 to 2024-12, lie below the median" in long_run["sentence"]
    assert "the wished direction" in long_run["sentence"]
    assert chart["points"][14]["signals"][0] == "long_run"
    [phase] = chart["phases"]
    assert (phase["useful"], phase["longest_run_limit"]) == (24, 8)
    assert (chart["variation"], chart["assurance"]) == (None, None)


def test_better_depends_on_the_measure(service: Service) -> None:
    chart = shifted(service, direction="higher").chart("?lang=es-419")

    long_run = next(one for one in chart["signals"] if one["rule"] == "long_run")
    assert long_run["better"] is False
    assert "por debajo de la mediana" in long_run["sentence"]
    assert "No es el sentido deseado" in long_run["sentence"]


def test_classic_rules_and_a_frozen_baseline(service: Service) -> None:
    followed = shifted(service, chart="i")

    chart = followed.chart("?rules=classic&shift=8&baseline=14")

    assert chart["rules"] == {
        "rules": "classic",
        "shift": 8,
        "trend": 5,
        "two_of_three": False,
        "baseline": 14,
    }
    [phase] = chart["phases"]
    assert phase["frozen"] is True
    assert phase["centre"] == pytest.approx(sum(SHIFT[:14]) / 14)
    shift = next(one for one in chart["signals"] if one["rule"] == "shift" and one["better"])
    assert shift["periods"] == months(24)[14:]
    assert chart["variation"] == "improvement"
    assert chart["assurance"] == "no_target"


def test_limits_are_made_anew_only_where_it_is_asked(service: Service) -> None:
    followed = shifted(service, chart="i")
    assert len(followed.chart()["phases"]) == 1

    followed.observe([{"period": "2024-03", "value": 1.9, "mark": "rebase", "note": "Rounds"}])
    chart = followed.chart()

    assert [(one["first"], one["last"]) for one in chart["phases"]] == [
        ("2023-01", "2024-02"),
        ("2024-03", "2024-12"),
    ]
    assert "With the new phase in 2024-03 the mean goes from 3.41 to 1.85." in chart["summary"]


def test_an_excluded_period_counts_nowhere_but_is_drawn(service: Service) -> None:
    followed = follow(service)
    followed.values([5.0] * 10 + [3.0, 7.0])
    before = followed.chart()["phases"][0]["centre"]

    followed.observe([{"period": "2024-01", "value": 900, "mark": "excluded", "note": "Flood"}])
    chart = followed.chart()

    assert chart["phases"][0]["centre"] == before
    assert chart["points"][-1]["value"] == 900


def test_the_aim_is_on_the_chart(service: Service) -> None:
    followed = shifted(service)
    first = set_aim(followed, title="First").json()["id"]
    newest = set_aim(followed, target=1.0).json()["id"]

    assert followed.chart()["aim"]["id"] == newest
    named = followed.chart(f"?aim={first}")["aim"]
    assert (named["id"], named["target"]) == (first, 1.7)
    assert named["verdict"]["standing"] == "on_course"
    client = followed.organization.client
    unknown = client.get(f"{followed.path}/chart?aim={followed.path.rsplit('/', 1)[1]}")
    assert unknown.json()["errors"][0]["pointer"] == "query:/aim"


def test_rates_are_told_per_so_many(service: Service) -> None:
    followed = follow(service, chart="u", per=1000)
    followed.observe([{"period": one, "numerator": 3, "denominator": 1500} for one in months(12)])

    assert {one["value"] for one in followed.chart()["points"]} == {2.0}
    assert followed.chart()["points"][0]["upper"] == pytest.approx(
        2 + 3 * (0.002 / 1500) ** 0.5 * 1000
    )


def test_too_few_periods_are_not_judged_and_none_are_no_mistake(service: Service) -> None:
    followed = follow(service)
    assert followed.chart()["summary"][1] == "Nothing has been observed yet."
    followed.values([None, None])
    assert followed.chart()["phases"] == []

    followed.values([1.0, 5.0, 2.0])
    assert followed.chart()["summary"][1].startswith("Too few periods to judge: 2 off the median")


def test_a_baseline_longer_than_the_series_is_told(service: Service) -> None:
    followed = follow(service, chart="i")
    followed.values([1.0, 2.0, 3.0])

    reply = followed.organization.client.get(f"{followed.path}/chart?baseline=9")

    assert reply.status_code == 422, reply.text
    assert reply.json()["errors"][0]["pointer"] == "query:/baseline"


def picture(followed: Followed, query: str = "") -> ET.Element:
    reply = followed.organization.client.get(f"{followed.path}/chart.svg{query}")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("image/svg+xml")
    assert reply.headers["cache-control"] == "no-store"
    return ET.fromstring(reply.text)  # noqa: S314 - ours


@pytest.mark.parametrize("width", [280, 320, 720, 2000])
@pytest.mark.parametrize("language", ["en", "es-419"])
def test_a_picture_fits_its_width_and_says_what_it_shows(
    service: Service, width: int, language: str
) -> None:
    followed = shifted(service, title="Caídas <con> lesión & daño grave en el turno de la noche")
    set_aim(followed)

    root = picture(followed, f"?width={width}&lang={language}")

    assert root.attrib["role"] == "img"
    title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert described is not None
    assert title.text == "Caídas <con> lesión & daño grave en el turno de la noche"
    assert "2024-12" in (described.text or "")
    for text in root.iter(f"{SVG}text"):
        size, x = float(text.attrib["font-size"]), float(text.attrib["x"])
        assert size >= 12
        taken = len(text.text or "") * size * 0.56
        anchor = text.attrib.get("text-anchor", "start")
        left = {"start": x, "middle": x - taken / 2, "end": x - taken}[anchor]
        assert left >= -1, text.text
        assert left + taken <= width + 1, text.text


def test_signals_have_a_shape_and_not_only_a_colour(service: Service) -> None:
    good, bad = picture(shifted(service)), picture(shifted(service, direction="higher"))

    def shapes(root: ET.Element) -> tuple[int, int, int]:
        squares = [one for one in root.iter(f"{SVG}rect") if one.attrib["width"] == "9"]
        diamonds = list(root.iter(f"{SVG}path"))
        return len(list(root.iter(f"{SVG}circle"))), len(diamonds), len(squares)

    assert shapes(good) == (14, 10, 0)
    assert shapes(bad) == (14, 0, 10)


def test_pixels_are_as_many_as_asked_for_and_have_the_letters(service: Service) -> None:
    followed = shifted(service, title="Caídas: ñ ü ¿ß Ω ≤ 3")
    client, where = followed.organization.client, f"{followed.path}/chart.png"

    small, large = client.get(f"{where}?width=320&zoom=1"), client.get(f"{where}?width=320&zoom=3")

    assert small.headers["content-type"] == "image/png"
    sizes = [struct.unpack(">II", one.content[16:24]) for one in (small, large)]
    assert [width for width, _ in sizes] == [320, 960]
    nameless = shifted(service, title=" ")
    other = nameless.organization.client.get(f"{nameless.path}/chart.png?width=320&zoom=1")
    assert small.content != other.content, "the title is drawn"


def test_dark_is_another_ground_and_the_same_picture(service: Service) -> None:
    followed = shifted(service)

    light, dark = picture(followed), picture(followed, "?theme=dark")

    assert light[2].attrib["fill"] != dark[2].attrib["fill"]
    assert [one.tag for one in light.iter()] == [one.tag for one in dark.iter()]


def test_gaps_are_crosses_and_break_the_line(service: Service) -> None:
    followed = follow(service)
    followed.values([4.0, 5.0, None, 6.0, 5.0])

    root = picture(followed)

    assert len(list(root.iter(f"{SVG}path"))) == 1
    line = [one for one in root.iter(f"{SVG}polyline") if one.attrib.get("stroke-width") == "1.5"]
    assert [len(one.attrib["points"].split()) for one in line] == [2, 2, 2]


def test_the_table_has_a_row_a_period_and_no_formulas(service: Service) -> None:
    followed = follow(service)
    followed.observe([{"period": "2025-01", "value": 3, "note": "=1+1"}])

    reply = followed.organization.client.get(f"{followed.path}/chart.csv")

    [row] = csv.DictReader(io.StringIO(reply.text))
    assert (row["period"], row["value"], row["note"]) == ("2025-01", "3.0", "'=1+1")


def test_the_specification_has_the_same_points(service: Service) -> None:
    followed = shifted(service)
    set_aim(followed)

    spec = followed.organization.client.get(f"{followed.path}/chart.vl.json").json()

    assert spec["$schema"].endswith("vega-lite/v5.json")
    assert [one["value"] for one in spec["data"]["values"]] == SHIFT
    assert spec["layer"][-1]["encoding"]["y"]["datum"] == 1.7
