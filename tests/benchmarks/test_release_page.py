"""A release's page: for whom it is served, what it says, and that it needs nothing else."""

from html.parser import HTMLParser

import pytest
import yaml

from app.benchmarks.files.kept import MEDIA_TYPES
from app.benchmarks.page import LANGUAGES, POLICY, snippets
from app.files import folder
from tests.benchmarks.conftest import Site, World

PAGE = "/v1/benchmarks/1/index.html"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Seen(HTMLParser):
    """What a page loads and leads to, its code, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "a":
            self.links.append(given["href"] or "")
        elif tag in {"link", "img", "script"}:
            self.loads.append(given.get("href") or given.get("src") or "")
        assert not any(name.startswith("on") or name == "style" for name in given)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        pytest.param(BROWSER, "text/html", id="a browser"),
        pytest.param("*/*", "application/json", id="curl"),
        pytest.param(None, "application/json", id="nothing said"),
        pytest.param("application/json", "application/json", id="a program"),
        pytest.param("text/html;q=0.5, application/json", "application/json", id="rather JSON"),
        pytest.param("text/html;q=0", "application/json", id="anything but a page"),
        pytest.param("text/html;q=x", "application/json", id="a weight that is none"),
    ],
)
def test_who_asks_for_a_page_gets_one(published: World, accept: str | None, kind: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    reply = published.service.http.get("/v1/benchmarks/1", headers=headers)

    assert reply.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in reply.headers["vary"]


def test_the_page_runs_and_loads_nothing_from_elsewhere(published: World) -> None:
    reply = published.service.http.get(PAGE)
    seen = Seen(reply.text)

    assert reply.headers["content-security-policy"] == POLICY
    assert "script" not in POLICY
    assert "script" not in seen.tags
    assert "style" not in seen.tags
    for path in seen.loads:
        assert path.startswith("/static/")
        assert published.service.http.get(path).status_code == 200


def test_the_page_leads_to_every_file_and_each_is_there(published: World) -> None:
    http = published.service.http
    reply = http.get(PAGE)
    links = Seen(reply.text).links

    for name in MEDIA_TYPES:
        assert f"/v1/benchmarks/1/{name}" in links
    for one in http.get("/v1/benchmarks/1").json()["files"]:
        assert one["sha256"] in reply.text
    for path in links:
        if path.startswith("/"):
            assert http.get(path).status_code == 200, path


@pytest.mark.parametrize(
    ("asked", "language", "says"),
    [
        ({}, "en", "How to cite"),
        ({"headers": {"Accept-Language": "es-MX,es;q=0.9"}}, "es-419", "Cómo citar"),
        ({"params": {"lang": "es"}}, "es-419", "Qué se retiene, y por qué"),
        ({"params": {"lang": "fr"}}, "en", "What is withheld, and why"),
        ({"params": {"lang": "*"}}, "en", "Too few organizations"),
    ],
)
def test_the_page_speaks_the_readers_language(
    published: World, asked: dict[str, dict[str, str]], language: str, says: str
) -> None:
    reply = published.service.http.get(PAGE, **asked)

    assert reply.headers["content-language"] == language
    assert f'<html lang="{language}">' in reply.text
    assert says in reply.text


def test_the_page_counts_what_is_withheld(published: World) -> None:
    cells = published.service.http.get("/v1/benchmarks/1/cells").json()["data"]
    shown = [one for one in cells if one["status"] != "withheld"]
    reply = published.service.http.get(PAGE)

    assert f"{len(shown)} of {len(cells)} cells are shown" in reply.text


def test_code_on_the_page_is_the_code_that_tests_run(site: Site) -> None:
    words = Seen(site.world.service.http.get(PAGE).text).words

    assert len(snippets(site.url)) == 5
    for tool, code in snippets(site.url).items():
        assert tool in words
        assert code.rstrip() in words
    assert f"palanca release verify {site.url} --key " in words


@pytest.mark.parametrize("name", ["release_files.yaml", "release_page.yaml"])
def test_every_text_is_there_in_both_languages_and_no_other(name: str) -> None:
    texts = 0

    def look(node: object) -> None:
        nonlocal texts
        if isinstance(node, dict):
            if "en" in node:
                texts += 1
                assert set(node) - {"unit", "kind"} == set(LANGUAGES), node
                assert all(node.values())
            for one in node.values():
                look(one)

    look(yaml.safe_load((folder("seed") / name).read_text(encoding="utf-8")))
    assert texts > 20
