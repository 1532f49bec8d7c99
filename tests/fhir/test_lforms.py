"""LHC-Forms in a browser: it shows our Questionnaire, is filled in, and what it makes is scored."""

import http.server
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.conftest import Service
from tests.fhir.asking import BASE, MEDIA
from tests.fhir.oracles import chromium, npm
from tests.fhir.ports import free_port
from tests.limits.live import live

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

SCRIPTS = (
    "webcomponent/assets/lib/zone.min.js",
    "webcomponent/runtime.js",
    "webcomponent/polyfills.js",
    "webcomponent/main.js",
    "fhir/R4/lformsFHIR.min.js",
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A form</title>
<link rel="stylesheet" href="/webcomponent/styles.css"></head>
<body><div id="form"></div>{scripts}</body></html>
"""


class Files(http.server.SimpleHTTPRequestHandler):
    """Files as UTF-8, which LHC-Forms needs, and one page."""

    extensions_map = {  # noqa: RUF012 - as in the library
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        "": "application/octet-stream",
    }

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        scripts = "".join(f'<script src="/{one}"></script>' for one in SCRIPTS)
        page = PAGE.format(scripts=scripts).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as in the library
        pass


@contextmanager
def files(folder: Path) -> Iterator[str]:
    """Serves a folder."""
    handler = partial(Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def form(questionnaire: str) -> Iterator[Any]:
    """A page with the form of a Questionnaire that it loads from our address."""
    executable = chromium()
    with (
        files(npm("lforms") / "dist" / "lforms") as address,
        playwright.sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(address)
        page.wait_for_function("window.LForms && window.LForms.FHIR", timeout=30_000)
        page.evaluate(
            """async (url) => {
                const reply = await fetch(url);
                const questionnaire = await reply.json();
                await LForms.Util.addFormToPage(questionnaire, "form", { fhirVersion: "R4" });
            }""",
            questionnaire,
        )
        page.wait_for_selector("#form input[type=radio]", timeout=30_000)
        yield page
        browser.close()
    assert faults == []


def choose(page: Any, item: str, code: str) -> None:
    """Click an answer of an item."""
    page.locator(f"label[id^='{item}/1/1|'][id$='|{code}']").click()


def made(page: Any) -> dict[str, Any]:
    """The QuestionnaireResponse of the form as it is filled in now."""
    found: dict[str, Any] = page.evaluate(
        "() => LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', '#form')"
    )
    return found


@pytest.fixture
def public_url(service: Service) -> Iterator[str]:
    """The service on a port, which knows its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = service.settings.model_copy(update={"public_url": url})
    with live(settings, port):
        yield url


def test_a_form_filled_in_by_clicks_is_scored(service: Service, public_url: str) -> None:
    organization = service.organization()
    with form(f"{public_url}{BASE}/Questionnaire/small.1") as page:
        shown = page.inner_text("#form")
        for item, code in {"A1": "4", "A2": "not-applicable", "B1": "3", "B2": "0"}.items():
            choose(page, item, code)
        response = made(page)

    assert "A small instrument" in shown
    assert "level 4" in shown
    address = f"{public_url}{BASE}/QuestionnaireResponse"
    reply = httpx.post(address, json=response, headers={**organization.client.headers, **MEDIA})
    assert reply.status_code == 201, (reply.text, response)
    [stored] = organization.client.get(f"{organization.path}/submissions").json()["data"]
    assert stored["answers"] == {"A1": 4, "A2": "not_applicable", "B1": 3, "B2": 0}
    # A: 4 of 4. B: (2 x 3 + (4 - 0)) / (3 x 4), as B1 counts twice and B2 is reversed.
    assert [one["fraction"] for one in stored["scores"]["sections"]] == ["100", "250/3"]
    assert stored["scores"]["overall"]["score"] == 91.67
    assert (stored["role"], stored["external_id"]) == ("other", None)


def test_the_seven_leverage_points_are_filled_in(service: Service, public_url: str) -> None:
    organization = service.organization()
    address = f"{public_url}{BASE}/Questionnaire/seven-leverage-points.1"
    items = [one["linkId"] for group in httpx.get(address).json()["item"] for one in group["item"]]
    with form(address) as page:
        for item in items:
            choose(page, item, "3")
        response = made(page)

    headers = {**organization.client.headers, **MEDIA}
    reply = httpx.post(f"{public_url}{BASE}/QuestionnaireResponse", json=response, headers=headers)
    assert reply.status_code == 201, reply.text
    [stored] = organization.client.get(f"{organization.path}/submissions").json()["data"]
    assert len(items) == 45
    assert stored["answers"] == dict.fromkeys(items, 3)
    assert stored["scores"]["overall"]["fraction"] == "75"
