"""The agenda: the items on which a team differs, with their wording."""

import pytest

from tests.assessments.asking import PAIRED, publish
from tests.conftest import Organization, Service


@pytest.fixture(scope="module")
def organization(service: Service) -> Organization:
    """A locked team of two roles that differs on P2 more than on P1."""
    publish(service)
    organization = service.organization()
    for role, first, second in (("nursing", 1, 0), ("physician", 2, 4)):
        for _ in range(3):
            answers = {"P1": first, "P2": second}
            assert organization.submit(**{**PAIRED, "role": role, "answers": answers}).is_success
    assert organization.client.post(f"{organization.path}/assessments/2025-H2/lock").is_success
    return organization


def test_the_item_most_disagreed_on_comes_first_with_its_wording(
    organization: Organization,
) -> None:
    reply = organization.client.get(f"{organization.path}/assessments/2025-H2/agenda")

    body = reply.json()
    assert {name: value for name, value in body.items() if name != "agenda"} == {
        "organization_id": organization.id,
        "assessment_id": body["assessment_id"],
        "instrument": "pair",
        "version": "1",
        "period": "2025-H2",
        "language": "en",
    }
    assert reply.headers["Content-Language"] == "en"
    # Mean distance from the mean: 2 of 4 levels on P2, 1/2 of 4 on P1.
    assert [
        (one["rank"], one["code"], one["text"], one["disagreement"]["fraction"])
        for one in body["agenda"]
    ] == [(1, "P2", "two", "1/2"), (2, "P1", "one", "1/8")]
    first = body["agenda"][0]
    assert (first["section"], first["lowest"], first["highest"], first["n"]) == ("P", 0, 4, 6)
    assert [(one["role"], one["level"]) for one in first["roles"]] == [
        ("nursing", 0.0),
        ("physician", 4.0),
    ]
    assert first["gap"] == {
        "fraction": "4",
        "level": 4.0,
        "withheld": None,
        "highest": "physician",
        "lowest": "nursing",
    }


@pytest.mark.parametrize(
    ("query", "accept", "language", "texts"),
    [
        pytest.param("?lang=es", "en", "es", ["dos", "uno"], id="a wish in the query wins"),
        pytest.param("", "es-MX, en;q=0.5", "es", ["dos", "uno"], id="a header asks"),
        pytest.param("?lang=fr", "", "en", ["two", "one"], id="English where there is no other"),
    ],
)
def test_the_wording_is_in_the_language_asked_for(
    organization: Organization, query: str, accept: str, language: str, texts: list[str]
) -> None:
    path = f"{organization.path}/assessments/2025-H2/agenda{query}"

    reply = organization.client.get(path, headers={"Accept-Language": accept})

    assert reply.headers["Content-Language"] == reply.json()["language"] == language
    assert [one["text"] for one in reply.json()["agenda"]] == texts


def test_what_all_agree_on_is_not_on_the_agenda(service: Service) -> None:
    organization = service.organization()
    for level in (0, 2, 4):
        assert organization.submit(answers={"A1": level, "A2": 1, "B1": 2, "B2": 2}).is_success
    assert organization.client.post(f"{organization.path}/assessments/2025-H2/lock").is_success

    body = organization.client.get(f"{organization.path}/assessments/2025-H2/agenda").json()

    assert [one["code"] for one in body["agenda"]] == ["A1"]
