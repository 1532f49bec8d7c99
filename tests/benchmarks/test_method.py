"""The method page: every rule and threshold, in both languages, each promise with real tests."""

import ast
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.files.method import LANGUAGES, texts
from app.files import folder
from tests.benchmarks.conftest import World

PAGE, FILE = "/v1/benchmarks/1/method.html", "/v1/benchmarks/1/method.md"
PROMISES = [one for part in texts()["parts"] for one in part["promises"]]


def named_tests() -> list[str]:
    return sorted({test for one in PROMISES for test in one["tests"]})


@pytest.mark.parametrize("name", named_tests())
def test_a_test_that_a_promise_names_is_there(repository: Path, name: str) -> None:
    file, _, function = name.partition("::")
    tree = ast.parse((repository / file).read_text(encoding="utf-8"))
    found = {
        one.name: one
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert function in found
    assert any(isinstance(one, ast.Assert | ast.With) for one in ast.walk(found[function]))


def test_every_promise_has_a_test_that_holds_it() -> None:
    assert len(PROMISES) >= 18
    assert all(one["tests"] for one in PROMISES)


def test_every_threshold_is_told() -> None:
    text = yaml.safe_dump(texts())
    told = {one.removesuffix("_percent") for one in re.findall(r"{(\w+)}", text)}

    assert asdict(Thresholds()).keys() <= told


def test_both_languages_name_the_same_numbers() -> None:
    def look(node: Any) -> None:
        if isinstance(node, dict) and "en" in node:
            assert set(node) == set(LANGUAGES)
            one, other = (sorted(re.findall(r"{\w+}", node[tag])) for tag in LANGUAGES)
            assert one == other, node["en"]
        elif isinstance(node, dict | list):
            for one in node.values() if isinstance(node, dict) else node:
                look(one)

    look(yaml.safe_load((folder("seed") / "release_method.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("language", "says"), [("en", "A mean needs 10 organizations"), ("es", "Una media requiere 10")]
)
def test_the_page_says_the_releases_own_numbers(published: World, language: str, says: str) -> None:
    reply = published.service.http.get(PAGE, params={"lang": language})

    assert reply.status_code == 200
    assert says in reply.text
    assert "25 %" in reply.text
    assert "{" not in reply.text
    for name in named_tests():
        assert name in reply.text


def test_the_file_says_the_same_in_both_languages(published: World) -> None:
    text = published.service.http.get(FILE).text

    assert "A mean needs 10 organizations" in text
    assert "Una media requiere 10 organizaciones" in text
    assert "{" not in text


def test_the_releases_page_leads_to_the_method(published: World) -> None:
    assert PAGE in published.service.http.get("/v1/benchmarks/1/index.html").text
