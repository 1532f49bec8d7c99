"""All that we serve, judged by others: FHIR.js against R4's own definitions, and fhir.resources."""

from typing import Any

import pytest

from tests.conftest import Service
from tests.fhir.asking import BASE, Sender, extension, filled, named
from tests.fhir.oracles import faults


@pytest.fixture(scope="module")
def served(service: Service) -> list[dict[str, Any]]:
    """One of each kind of what is served, and several of those that vary."""
    sender = Sender.of(service)
    identifier = named()
    made = sender.create(identifier=identifier)
    sender.create(identifier=identifier, status="amended", levels={"A1": 2})
    sender.create(extension=[extension("mode", "consensus"), extension("period", "2024")])
    organization = sender.organization
    withdrawn = sender.create().json()["id"]
    organization.client.post(f"{organization.path}/submissions/{withdrawn}/withdrawal")
    organization.client.post(f"{organization.path}/assessments/2024/lock")
    id_ = made.json()["id"]
    paths = (
        "/metadata",
        "/Questionnaire",
        "/Questionnaire?_summary=count",
        "/Questionnaire/seven-leverage-points.1",
        "/Questionnaire/small.1",
        "/CodeSystem/framework-seven-leverage-points.2",
        "/CodeSystem",
        "/ConceptMap/leadership-for-improvement-2006--seven-leverage-points-2",
        "/ConceptMap",
        "/QuestionnaireResponse",
        "/QuestionnaireResponse?_count=1",
        f"/QuestionnaireResponse/{id_}",
        f"/QuestionnaireResponse/{withdrawn}",
        "/Observation",
        f"/Observation?derived-from={id_}",
        f"/Organization/{organization.id}",
        "/QuestionnaireResponse/nothing",
        "/QuestionnaireResponse?colour=blue",
    )
    replies = [sender.get(path) for path in paths]
    wrong = filled(status="stopped", levels={"A1": 9, "Z": 1})
    replies += [
        sender.post("/QuestionnaireResponse", wrong),
        sender.post("/QuestionnaireResponse/$validate", filled()),
        *(
            sender.post(
                "",
                {
                    "resourceType": "Bundle",
                    "type": "batch",
                    "entry": [
                        {
                            "resource": one,
                            "request": {"method": "POST", "url": "QuestionnaireResponse"},
                        }
                        for one in (filled(), wrong)
                    ],
                },
                {"Prefer": f"return={prefer}"},
            )
            for prefer in ("representation", "OperationOutcome")
        ),
    ]
    found = [one.json() for one in replies]
    inside = [
        each["resource"] for one in found for each in one.get("entry", ()) if "resource" in each
    ]
    return found + inside


def test_every_kind_is_judged(served: list[dict[str, Any]]) -> None:
    kinds = {one["resourceType"] for one in served}

    assert kinds == {
        "Bundle",
        "CapabilityStatement",
        "CodeSystem",
        "ConceptMap",
        "Observation",
        "OperationOutcome",
        "Organization",
        "Questionnaire",
        "QuestionnaireResponse",
    }


def test_fhir_js_finds_nothing_wrong(served: list[dict[str, Any]]) -> None:
    assert faults(served) == []


def test_fhir_js_would_find_something(service: Service) -> None:
    broken = {**service.http.get(f"{BASE}/Questionnaire/small.1").json(), "status": "lively"}
    del broken["resourceType"]

    assert faults([{"resourceType": "Questionnaire", **broken, "colour": "blue"}])


def test_fhir_resources_reads_everything(served: list[dict[str, Any]]) -> None:
    models = pytest.importorskip("fhir.resources.R4B", reason="pip install fhir.resources")
    for one in served:
        read = models.get_fhir_model_class(one["resourceType"]).model_validate(one)
        again = read.model_dump(mode="json", exclude_none=True)
        assert again["resourceType"] == one["resourceType"]
        assert set(again) == set(one)
