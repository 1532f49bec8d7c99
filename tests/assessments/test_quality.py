"""Psychometrics over HTTP, beside numbers that are made here in another way."""

from itertools import chain
from statistics import fmean, median, variance
from typing import Any

import pytest

from app.access.models import Kind
from app.assessments import quality
from tests.assessments.asking import PAIR, refused
from tests.conftest import Organization, Service
from tests.inputs import INSTRUMENT

ITEMS = ("A1", "A2", "B1", "B2")
UNITS: list[list[tuple[int, int, int, int]]] = [
    [(1, 2, 3, 4), (2, 2, 3, 3), (1, 1, 2, 4)],
    [(4, 3, 4, 0), (3, 3, 4, 1), (4, 4, 3, 0), (3, 4, 4, 1)],
    [(2, 3, 2, 2), (0, 2, 1, 3)],
]
"""Levels as answered; B2 is reverse-keyed, so 4 is its worst."""

Rows = list[tuple[int, ...]]


@pytest.fixture(scope="module")
def organizations(service: Service) -> list[Organization]:
    """Three locked teams, and all that must not count beside them."""
    publish(service, INSTRUMENT)
    teams = [service.organization() for _ in UNITS]
    for team, unit in zip(teams, UNITS, strict=True):
        for levels in unit:
            submit(team, dict(zip(ITEMS, levels, strict=True)))
    noise(teams[0])
    for team in teams:
        assert team.client.post(f"{team.path}/assessments/2025-H2/lock").status_code == 201
    not_locked = service.organization()
    submit(not_locked, {"A1": 0, "A2": 4, "B1": 0, "B2": 0})
    return teams


def submit(team: Organization, answers: dict[str, Any], **more: str) -> str:
    body: dict[str, Any] = {"instrument": "measured", "answers": answers, **more}
    reply = team.submit(**body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def noise(team: Organization) -> None:
    """A consensus, an incomplete, a withdrawn and a superseded submission, and another period."""
    odd = {"A1": 0, "A2": 4, "B1": 0, "B2": 0}
    submit(team, odd, mode="consensus")
    submit(team, {**odd, "A2": "not_applicable"})
    submit(team, {**odd, "B1": "dont_know"})
    submit(team, {"A1": 4})
    withdrawn = submit(team, odd)
    team.client.post(f"{team.path}/submissions/{withdrawn}/withdrawal")
    submit(team, odd, respondent="p")
    submit(team, {"A1": 4}, respondent="p")
    submit(team, odd, period="2025-H1")


def publish(service: Service, definition: dict[str, Any], version: str = "1") -> None:
    """Publish an instrument that only this module uses: the figures are over all that there is."""
    body = {**definition, "instrument": "measured", "version": version}
    assert service.operator.post("/v1/instruments", json=body).status_code == 201


def scale(service: Service, place: int) -> dict[str, Any]:
    reply = service.operator.get("/v1/instruments/measured/versions/1/quality")
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()["scales"][place]
    return found


def alpha(rows: Rows) -> float:
    """Cronbach's alpha as 1 minus the share of variance that items do not share."""
    k = len(rows[0])
    own = sum(variance(column) for column in zip(*rows, strict=True))
    whole = float(variance([sum(row) for row in rows]))
    return k / (k - 1) * (1 - float(own) / whole)


def icc(units: list[list[float]]) -> tuple[float, float]:
    """ICC(1) and ICC(2) from the sums of squares of a one-way analysis of variance."""
    values = list(chain.from_iterable(units))
    total = sum((one - fmean(values)) ** 2 for one in values)
    inside = sum((one - fmean(unit)) ** 2 for unit in units for one in unit)
    between = (total - inside) / (len(units) - 1)
    within = inside / (len(values) - len(units))
    size = len(values) / len(units)
    return (between - within) / (between + (size - 1) * within), 1 - within / between


def rwg_j(unit: Rows) -> float:
    """James, Demaree & Wolf over five options, whose chance variance is (25 - 1) / 12."""
    j = len(unit[0])
    ratio = fmean(variance(column) for column in zip(*unit, strict=True)) / 2
    return j * (1 - ratio) / (j * (1 - ratio) + ratio) if ratio <= 1 else 0.0


@pytest.mark.usefixtures("organizations")
@pytest.mark.parametrize(
    ("place", "section", "columns"),
    [(0, None, (0, 1, 2, 3)), (1, "A", (0, 1)), (2, "B", (2, 3))],
    ids=["all items together", "section A", "section B"],
)
def test_the_figures_are_those_of_the_formulas(
    service: Service, place: int, section: str | None, columns: tuple[int, ...]
) -> None:
    oriented = [[(a, b, c, 4 - d) for a, b, c, d in unit] for unit in UNITS]
    units = [[tuple(row[column] for column in columns) for row in unit] for unit in oriented]
    icc1, icc2 = icc([[fmean(row) for row in unit] for unit in units])
    agreed = [rwg_j(unit) for unit in units]

    assert scale(service, place) == {
        "section": section,
        "items": len(columns),
        "submissions": 9,
        "assessments": 3,
        "cronbach_alpha": pytest.approx(alpha(list(chain.from_iterable(units)))),
        "icc1": pytest.approx(icc1),
        "icc2": pytest.approx(icc2),
        "mean_group_size": 3.0,
        "rwg_j": {
            "mean": pytest.approx(fmean(agreed)),
            "median": pytest.approx(median(agreed)),
            "minimum": pytest.approx(min(agreed)),
            "maximum": pytest.approx(max(agreed)),
        },
    }


@pytest.mark.usefixtures("organizations")
def test_the_figures_do_not_depend_on_how_many_organizations_are_read_at_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = scale(service, 0)

    monkeypatch.setattr(quality, "CHUNK", 2)

    assert scale(service, 0) == at_once


def test_alpha_by_hand(service: Service) -> None:
    publish(service, PAIR, version="pair")
    organization = service.organization()
    # Variances 1 and 3 of the items, 7 of the sums 1, 2 and 6: alpha is 2 (1 - 4 / 7).
    for first, second in ((0, 1), (1, 1), (2, 4)):
        submit(organization, {"P1": first, "P2": second}, version="pair")
    organization.client.post(f"{organization.path}/assessments/2025-H2/lock")

    found = service.operator.get("/v1/instruments/measured/versions/pair/quality").json()

    assert found == {
        "instrument": "measured",
        "version": "pair",
        # The only section is the whole.
        "linking": None,
        "scales": [
            {
                "section": None,
                "items": 2,
                "submissions": 3,
                "assessments": 1,
                "cronbach_alpha": pytest.approx(6 / 7),
                "icc1": None,
                "icc2": None,
                "mean_group_size": None,
                # Variances 1 and 3 over 2: as spread as chance.
                "rwg_j": {"mean": 0.0, "median": 0.0, "minimum": 0.0, "maximum": 0.0},
            }
        ],
    }


def test_without_a_locked_assessment_there_are_no_figures(service: Service) -> None:
    publish(service, PAIR, version="unused")

    found = service.operator.get("/v1/instruments/measured/versions/unused/quality").json()

    [only] = found["scales"]
    assert only == {
        **dict.fromkeys(only),
        "items": 2,
        "submissions": 0,
        "assessments": 0,
    }


def test_an_unknown_version_has_no_quality(service: Service) -> None:
    reply = service.operator.get("/v1/instruments/small/versions/9/quality")

    assert refused(reply) == (404, "not-found")


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.ORGANIZATION, Kind.RESEARCHER])
def test_quality_is_for_the_operator(service: Service, kind: Kind) -> None:
    tenants = {Kind.NETWORK: service.network()["id"], Kind.ORGANIZATION: service.organization().id}
    caller = service.as_(service.key(kind, tenants.get(kind)))

    reply = caller.get("/v1/instruments/small/versions/1/quality")

    assert refused(reply) == (403, "insufficient-scope")
