"""Lists of submissions and assessments: pages, filters, and what is no page."""

from typing import Any

import pytest

from tests.assessments.asking import PAIRED, publish, refusal
from tests.conftest import Organization, Service


@pytest.fixture(scope="module")
def organization(service: Service) -> Organization:
    """Five submissions of which four stand, in three rounds."""
    publish(service)
    organization = service.organization()
    for more in FIVE:
        assert organization.submit(**more).status_code == 201
    return organization


FIVE: list[dict[str, Any]] = [
    {"external_id": "rec"},
    {"external_id": "rec", "answers": {"A1": 4}},
    {"period": "2025-H1"},
    PAIRED,
    {"respondent": "p"},
]
"""The second replaces the first."""


def pages(organization: Organization, path: str) -> list[list[str]]:
    """Ids of each page, by following the links."""
    found = []
    while path:
        reply = organization.client.get(path)
        body = reply.json()
        assert reply.status_code == 200
        found.append([one["id"] for one in body["data"]])
        cursor = body["page"]["next_cursor"]
        link = reply.headers.get("Link")
        assert (cursor is None) == (link is None)
        if link is None:
            return found
        path, relation = link.removeprefix("<").split(">; ")
        assert relation == 'rel="next"'
        assert f"cursor={cursor}" in path
    return found


def submissions(organization: Organization, query: str = "") -> list[str]:
    """Ids of the submissions of one page."""
    [only] = pages(organization, f"{organization.path}/submissions{query}")
    return only


def test_a_list_has_everything_oldest_first(organization: Organization) -> None:
    body = organization.client.get(f"{organization.path}/submissions").json()

    assert [one["period"] for one in body["data"]] == ["2025-H2"] * 2 + ["2025-H1"] + [
        "2025-H2"
    ] * 2
    assert [one["submitted_at"] for one in body["data"]] == sorted(
        one["submitted_at"] for one in body["data"]
    )
    assert body["page"] == {"next_cursor": None, "limit": 50}
    for one in body["data"]:
        assert organization.client.get(f"{organization.path}/submissions/{one['id']}").json() == one


@pytest.mark.parametrize(
    ("limit", "sizes"),
    [(1, [1] * 5), (2, [2, 2, 1]), (4, [4, 1]), (5, [5]), (200, [5])],
)
def test_pages_follow_each_other_without_gap_or_repeat(
    organization: Organization, limit: int, sizes: list[int]
) -> None:
    whole = submissions(organization)

    found = pages(organization, f"{organization.path}/submissions?limit={limit}")

    assert [len(page) for page in found] == sizes
    assert [one for page in found for one in page] == whole


def test_the_next_page_keeps_the_filters(organization: Organization) -> None:
    path = f"{organization.path}/submissions?limit=1&standing=true&period=2025-H2"

    assert [len(page) for page in pages(organization, path)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("?standing=true", [1, 2, 3, 4], id="those that stand"),
        pytest.param("?standing=false", [0, 1, 2, 3, 4], id="all"),
        pytest.param("?period=2025-H1", [2], id="a period"),
        pytest.param("?period=2024", [], id="a period without any"),
        pytest.param("?instrument=pair", [3], id="an instrument"),
        pytest.param("?instrument=none", [], id="an instrument that is not there"),
        pytest.param("?external_id=rec", [0, 1], id="an external id"),
        pytest.param("?external_id=rec&standing=true", [1], id="and standing"),
        pytest.param("?instrument=small&period=2025-H2", [0, 1, 4], id="two at once"),
    ],
)
def test_a_list_can_be_narrowed(
    organization: Organization, query: str, expected: list[int]
) -> None:
    whole = submissions(organization)

    assert submissions(organization, query) == [whole[place] for place in expected]


def test_assessments_are_listed_and_paged_too(organization: Organization) -> None:
    path = f"{organization.path}/assessments"

    body = organization.client.get(path).json()
    found = pages(organization, f"{path}?limit=1")

    assert [(one["instrument"], one["period"], one["submissions"]) for one in body["data"]] == [
        ("small", "2025-H2", 2),
        ("small", "2025-H1", 1),
        ("pair", "2025-H2", 1),
    ]
    assert found == [[one["id"]] for one in body["data"]]


@pytest.mark.parametrize("path", ["/submissions", "/assessments"])
def test_an_organization_without_any_has_an_empty_page(service: Service, path: str) -> None:
    organization = service.organization()

    body = organization.client.get(organization.path + path).json()

    assert body == {"data": [], "page": {"next_cursor": None, "limit": 50}}


@pytest.mark.parametrize("path", ["/submissions", "/assessments"])
@pytest.mark.parametrize("cursor", ["", "x", "%21%21", "%C3%A4", "%00", "A" * 21, "A" * 23])
def test_a_cursor_that_was_not_given_out_is_refused(
    organization: Organization, path: str, cursor: str
) -> None:
    reply = organization.client.get(f"{organization.path}{path}?cursor={cursor}")

    if cursor == "%00":
        assert refusal(reply)["errors"][0]["pointer"] == "query:/cursor"
    else:
        assert refusal(reply) == {
            "type": "/problems/bad-cursor",
            "title": "Cursor is not one of ours",
            "status": 400,
            "detail": "Take next_cursor from the page before, as it is",
        }


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        pytest.param("limit=0", "query:/limit", "greater-than-equal", id="a limit of 0"),
        pytest.param("limit=201", "query:/limit", "less-than-equal", id="a limit of 201"),
        pytest.param("limit=x", "query:/limit", "int-parsing", id="a limit that is no number"),
        pytest.param("limt=5", "query:/limt", "unknown-parameter", id="an unknown parameter"),
        pytest.param("period=2025-H3", "query:/period", "pattern-mismatch", id="no period"),
        pytest.param("standing=maybe", "query:/standing", "bool-parsing", id="neither yes nor no"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(
    organization: Organization, query: str, pointer: str, code: str
) -> None:
    body = refusal(organization.client.get(f"{organization.path}/submissions?{query}"))

    assert [(one["pointer"], one["code"]) for one in body["errors"]] == [(pointer, code)]


def test_an_unknown_parameter_is_told_which_there_are(organization: Organization) -> None:
    body = refusal(organization.client.get(f"{organization.path}/submissions?limt=5"))

    assert body["errors"] == [
        {
            "pointer": "query:/limt",
            "code": "unknown-parameter",
            "detail": "No such parameter",
            "received": None,
            "expected": ["cursor", "external_id", "instrument", "limit", "period", "standing"],
        }
    ]
