"""fhirpy, a client that knows FHIR alone, at its daily work."""

from collections.abc import Iterator

import pytest

from tests.conftest import Organization, Service
from tests.fhir.asking import BASE, filled, named
from tests.fhir.ports import free_port
from tests.limits.live import live

fhirpy = pytest.importorskip("fhirpy", reason="pip install fhirpy")

ROOT = "QuestionnaireResponse"


@pytest.fixture(scope="module")
def url(service: Service) -> Iterator[str]:
    """The base of the service on a port, which knows its address."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    settings = service.settings.model_copy(update={"public_url": public})
    with live(settings, port):
        yield f"{public}{BASE}"


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def test_it_creates_searches_counts_and_follows_links(url: str, organization: Organization) -> None:
    authorization = organization.client.headers["Authorization"]
    client = fhirpy.SyncFHIRClient(url, authorization=authorization)
    [questionnaire] = client.resources("Questionnaire").search(title__contains="small").fetch()
    canonical = f"{questionnaire['url']}|{questionnaire['version']}"
    made = []
    for _ in range(5):
        resource = client.resource(ROOT, **filled(questionnaire=canonical, identifier=named()))
        for group in resource["item"]:
            for item in group["item"]:
                [answer] = item["answer"]
                answer["valueCoding"]["system"] = f"{url}/CodeSystem/small/{item['linkId']}"
        resource.pop("extension")
        resource.save()
        made.append(resource)

    found = client.resources(ROOT).search(questionnaire=canonical)
    assert found.count() == 5
    assert [one.id for one in found.limit(2).fetch_all()] == [one.id for one in made]
    by_name = client.resources(ROOT).search(identifier=made[3]["identifier"]["value"])
    assert by_name.first().id == made[3].id
    assert client.reference(ROOT, made[0].id).to_resource()["status"] == "completed"
    scores = client.resources("Observation").search(derived_from=f"{ROOT}/{made[0].id}")
    values = [one["valueQuantity"]["value"] for one in scores.fetch()]
    assert values[0] == 43.75


def test_it_understands_a_refusal(url: str, organization: Organization) -> None:
    client = fhirpy.SyncFHIRClient(url, authorization=organization.client.headers["Authorization"])
    with pytest.raises(fhirpy.base.exceptions.OperationOutcome) as refused:
        client.resource(ROOT, **filled(questionnaire=f"{url}/Questionnaire/small|9")).save()

    [issue] = [one for one in refused.value.resource["issue"] if one["code"] == "not-found"]
    assert issue["expression"] == [f"{ROOT}.questionnaire"]
    with pytest.raises(fhirpy.base.exceptions.ResourceNotFound):
        client.reference(ROOT, "nothing").to_resource()
