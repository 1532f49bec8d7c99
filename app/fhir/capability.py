"""What can be done here, as a CapabilityStatement. Pure."""

from typing import Any

from app.r4.names import Names

Resource = dict[str, Any]

SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"
OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
DEFINITION = "http://hl7.org/fhir/SearchParameter"

TERMINOLOGY = {
    "_id": ("token", f"{DEFINITION}/Resource-id"),
    "url": ("uri", f"{DEFINITION}/conformance-url"),
    "version": ("token", f"{DEFINITION}/conformance-version"),
    "status": ("token", f"{DEFINITION}/conformance-status"),
}

MAPPING = (
    "A submission: `identifier.value` is its external_id, by which a newer one replaces it; its "
    "subject, or else its author, is an Organization, or else it is the caller's own. Extensions "
    "of ours, below StructureDefinition/: period (valueString; else the half-year of authored), "
    "role (valueCode; else other), mode (valueCode), respondent (valueString; only its keyed hash "
    "is kept). Answers are valueCoding of the item, or valueInteger. The system of identifier, "
    "authored itself, source, encounter, texts and extensions of others are not kept. Searches "
    "find what stands; authored and _lastUpdated are when it came in. Notes and focus of a "
    "submission are neither taken in nor shown."
)


def statement(version: str, names: Names) -> Resource:
    """The statement of this software, where it is reached."""
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{names.base}/metadata",
        "version": version,
        "name": "Palanca",
        "title": "Palanca: self-assessments of hospitals' leadership",
        "status": "active",
        "date": "2026-11-22",
        "kind": "instance",
        "software": {"name": "Palanca", "version": version},
        "implementation": {"description": "This service", "url": names.base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Formats, errors and limits: README, In FHIR's words.",
                "security": _security(names),
                "resource": _resources(),
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _security(names: Names) -> Resource:
    endpoints = {"token": "token", "introspect": "introspect", "revoke": "revoke"}
    return {
        "extension": [
            {
                "url": OAUTH,
                "extension": [
                    {"url": name, "valueUri": f"{names.public_url}/oauth/{path}"}
                    for name, path in endpoints.items()
                ],
            }
        ],
        "cors": True,
        "service": [{"coding": [{"system": SECURITY, "code": "SMART-on-FHIR"}]}],
        "description": (
            "A key or a token as Bearer; Questionnaire, CodeSystem, ConceptMap and metadata need"
            " none."
        ),
    }


def _resources() -> list[Resource]:
    return [
        _resource("Questionnaire", "Published versions of instruments; they never change.", {
            "_id": ("token", f"{DEFINITION}/Resource-id"),
            "url": ("uri", f"{DEFINITION}/conformance-url"),
            "version": ("token", f"{DEFINITION}/conformance-version"),
            "status": ("token", f"{DEFINITION}/conformance-status"),
            "title": ("string", f"{DEFINITION}/conformance-title"),
            "name": ("string", f"{DEFINITION}/conformance-name"),
        }),
        _resource("CodeSystem", "Frameworks, an edition each: their elements.", TERMINOLOGY),
        _resource("ConceptMap", "Crosswalks between frameworks.", TERMINOLOGY),
        _resource("QuestionnaireResponse", MAPPING, {
            "questionnaire": ("reference", f"{DEFINITION}/QuestionnaireResponse-questionnaire"),
            "subject": ("reference", f"{DEFINITION}/QuestionnaireResponse-subject"),
            "identifier": ("token", f"{DEFINITION}/QuestionnaireResponse-identifier"),
            "authored": ("date", f"{DEFINITION}/QuestionnaireResponse-authored"),
            "_lastUpdated": ("date", f"{DEFINITION}/Resource-lastUpdated"),
        }) | {
            "interaction": [
                {"code": one} for one in ("create", "read", "vread", "search-type")
            ],
            "versioning": "versioned",
            "readHistory": True,
            "conditionalCreate": True,
            "operation": [
                {
                    "name": "validate",
                    "definition": "http://hl7.org/fhir/OperationDefinition/Resource-validate",
                }
            ],
        },
        _resource(
            "Observation",
            "Scores of locked rounds, or with derived-from of a submission. R4 lets no "
            "Organization be the subject of an Observation: it is its focus, and subject finds it.",
            {
                "subject": ("reference", f"{DEFINITION}/Observation-subject"),
                "focus": ("reference", f"{DEFINITION}/Observation-focus"),
                "code": ("token", f"{DEFINITION}/clinical-code"),
                "derived-from": ("reference", f"{DEFINITION}/Observation-derived-from"),
            },
        ),
        _resource("Organization", "Those of the caller.", {}),
    ]  # fmt: skip


def _resource(kind: str, documentation: str, parameters: dict[str, tuple[str, str]]) -> Resource:
    made: Resource = {
        "type": kind,
        "documentation": documentation,
        "interaction": [{"code": "read"}],
        "versioning": "no-version",
    }
    if parameters:
        made["interaction"].append({"code": "search-type"})
        made["searchParam"] = [
            {"name": name, "type": of, "definition": definition}
            for name, (of, definition) in parameters.items()
        ]
    return made
