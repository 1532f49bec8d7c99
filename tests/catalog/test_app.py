"""The app of ``docs/app.md``: its code as it stands there, in a browser."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.assessments.whole_form import answered
from tests.conftest import Service
from tests.fhir.oracles import chromium
from tests.limits.live import live

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")


def code() -> str:
    """The page."""
    text = (Path(__file__).parents[2] / "docs" / "app.md").read_text("utf-8")
    [found] = re.findall(r"^```html\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return str(found)


@contextmanager
def opened(file: Path, base: str, org: str, key: str) -> Iterator[Any]:
    """The page in a browser on a telephone, from another origin than the service's."""
    executable = chromium()
    file.write_text(code(), "utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 800})
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(f"{file.as_uri()}#base={base}&org={org}&key={key}")
        yield page
        browser.close()
    assert faults == []


def test_the_page_has_sixty_lines() -> None:
    assert len(code().splitlines()) <= 60


def test_a_leader_sees_ranges_reads_how_and_searches(service: Service, tmp_path: Path) -> None:
    hospital = answered(service, lambda section: {"LP7": 4, "LP4": 0}.get(section, 2))
    key = hospital.client.headers["Authorization"].removeprefix("Bearer ")
    with (
        live(service.settings) as served,
        opened(tmp_path / "app.html", served.url, hospital.id, key) as page,
    ):
        page.wait_for_selector("#elements li")
        assert "45 questions" in page.inner_text("#asked")
        shown = page.locator("#elements li").all_inner_texts()
        told = service.http.get("/v1/frameworks/leadership-for-improvement").json()
        assert len(shown) == len(told["elements"])
        assert any(" to 100, from" in one for one in shown if one.startswith("Build Improvement"))
        assert any("unknown" in one for one in shown if one.startswith("Work on the Larger"))

        page.get_by_role("button", name="Plan for Improvement").click()
        guidance = service.http.get(
            "/v1/frameworks/leadership-for-improvement/elements/BW1"
        ).json()["guidance"]
        assert guidance["means"] in page.inner_text("#how")
        steps = page.locator("#how li").all_inner_texts()
        assert steps == guidance["first_30_days"]
        page.get_by_role("button", name="Close").click()

        page.fill("#q", "medicos")
        page.select_option("#lang", "es-419")
        page.wait_for_function(
            "document.querySelector('#elements button')?.textContent.includes('médicos')"
        )
        assert "Involucrar a los médicos" in page.inner_text("#elements")
        assert (
            json.loads(page.evaluate("JSON.stringify(document.documentElement.scrollWidth)")) <= 360
        )
