"""The page behind every problem's ``type``."""

import pytest

from app.problems import Problem, catalogue
from tests.conftest import Service


@pytest.mark.parametrize("kind", catalogue().values(), ids=lambda kind: kind.slug)
def test_every_problem_has_a_page(service: Service, kind: type[Problem]) -> None:
    reply = service.http.get(f"/problems/{kind.slug}")

    assert reply.status_code == 200
    page = reply.json()
    assert (page["slug"], page["title"], page["status"]) == (kind.slug, kind.title, kind.status)
    assert len(page["meaning"]) > 20


def test_the_type_of_a_problem_leads_to_its_page(service: Service) -> None:
    problem = service.http.get("/v1/instruments/none").json()

    assert service.http.get(problem["type"]).json()["slug"] == "not-found"


def test_an_unknown_problem_has_none(service: Service) -> None:
    assert service.http.get("/problems/nothing").status_code == 404
