"""What the façade says of itself."""

import re

from app.access.models import Kind
from tests.clients.asking import register
from tests.conftest import Service
from tests.fhir.asking import BASE, MEDIA, PUBLIC, Sender, filled, issues

OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def test_the_statement_says_what_can_be_done(service: Service) -> None:
    reply = service.http.get(f"{BASE}/metadata")
    said = reply.json()
    [rest] = said["rest"]

    assert (said["fhirVersion"], said["kind"], said["status"]) == ("4.0.1", "instance", "active")
    assert said["software"]["name"] == "Palanca"
    assert said["implementation"]["url"] == PUBLIC
    kinds = {one["type"]: one for one in rest["resource"]}
    assert set(kinds) == {
        *("CodeSystem", "ConceptMap", "Questionnaire"),
        *("QuestionnaireResponse", "Observation", "Organization"),
    }
    for kind, one in kinds.items():
        codes = {each["code"] for each in one["interaction"]}
        assert "read" in codes
        assert ("search-type" in codes) is ("searchParam" in one) is (kind != "Organization")
    assert {one["code"] for one in rest["interaction"]} == {"batch", "transaction"}
    [extension] = rest["security"]["extension"]
    assert extension["url"] == OAUTH
    token = next(one["valueUri"] for one in extension["extension"] if one["url"] == "token")
    assert service.http.post(token.removeprefix(PUBLIC.removesuffix(BASE))).status_code == 400


def test_every_search_parameter_is_known(service: Service) -> None:
    sender = Sender.of(service)
    [rest] = service.http.get(f"{BASE}/metadata").json()["rest"]
    known = ["authored", "_lastUpdated"]
    for one in rest["resource"]:
        for parameter in one.get("searchParam", []):
            value = "2025" if parameter["name"] in known else "x"
            reply = sender.get(f"/{one['type']}?{parameter['name']}={value}")
            assert "unknown-parameter" not in reply.text


def test_smart_is_told_below_the_base_too(service: Service) -> None:
    below = service.http.get(f"{BASE}/.well-known/smart-configuration")

    assert below.headers["content-type"] == "application/json"
    assert below.json() == service.http.get("/.well-known/smart-configuration").json()
    assert "system/QuestionnaireResponse.crus" in below.json()["scopes_supported"]


def test_tokens_are_had_by_smarts_names_of_scopes(service: Service) -> None:
    organization = service.organization()
    key = organization.client.headers["Authorization"].removeprefix("Bearer ")
    found = re.fullmatch(r"plco_test_(\w{8})_.*", key)
    assert found is not None
    clients = organization.client.get("/v1/clients").json()["data"]

    def ask(scope: str) -> dict[str, str]:
        reply = service.http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", "scope": scope},
            auth=(clients[0]["id"], key),
        )
        said: dict[str, str] = reply.json()
        return said

    asked = "system/QuestionnaireResponse.crus system/Questionnaire.rs"
    granted = ask(asked)
    assert set(granted["scope"].split()) == {
        "submissions:read",
        "submissions:write",
        *asked.split(),
    }
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    body = filled(subject={"reference": f"Organization/{organization.id}"})
    reply = service.http.post(f"{BASE}/QuestionnaireResponse", json=body, headers=bearer | MEDIA)
    assert reply.status_code == 201
    reader = {"Authorization": f"Bearer {ask('system/Observation.read')['access_token']}"}
    assert service.http.get(f"{BASE}/Observation", headers=reader).status_code == 200
    refused = service.http.post(f"{BASE}/QuestionnaireResponse", json=body, headers=reader | MEDIA)
    assert issues(refused) == [("", "insufficient-scope")]
    for scope in ("system/Patient.rs", "system/Observation.c", "system/QuestionnaireResponse.d"):
        assert ask(scope)["error"] == "invalid_scope"


def test_an_organization_is_read_by_those_who_may(service: Service) -> None:
    network = service.network()
    hospital = service.organization(network=network["id"], identifiers={"cms": "010001"})
    path = f"{BASE}/Organization/{hospital.id}"
    made = hospital.client.get(path).json()

    assert (made["id"], made["name"], made["active"]) == (hospital.id, "A hospital", True)
    values = {one["value"] for one in made["identifier"]}
    assert values == {hospital.row["external_id"], "010001"}
    own = service.as_(service.key(Kind.NETWORK, network["id"]))
    assert own.get(path).json() == made
    assert service.operator.get(path).json() == made
    strangers = (
        service.organization().client,
        service.as_(service.key(Kind.NETWORK, service.network()["id"])),
        service.as_(register(service, Kind.PARTNER).new_key()),
    )
    for stranger in strangers:
        assert issues(stranger.get(path)) == [("", "not-found")]
    by_name = hospital.client.get(f"{BASE}/Organization/{hospital.row['external_id']}")
    assert issues(by_name) == [("", "not-found")]
