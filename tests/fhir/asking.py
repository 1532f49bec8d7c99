"""Resources to send, and replies as FHIR has them."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Organization, Service

BASE = "/fhir/R4"
PUBLIC = "http://127.0.0.1:8000" + BASE
MEDIA = {"Content-Type": "application/fhir+json"}
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
LEVELS = {"A1": 1, "A2": 2, "B1": 3, "B2": 4}


def coded(item: str, code: object) -> dict[str, Any]:
    """An answer by its code."""
    return {"valueCoding": {"system": f"{PUBLIC}/CodeSystem/small/{item}", "code": str(code)}}


def answer(item: str, value: object) -> dict[str, Any]:
    """An item with an answer."""
    return {"linkId": item, "answer": [value if isinstance(value, dict) else coded(item, value)]}


def extension(name: str, value: str) -> dict[str, Any]:
    """One of ours."""
    kind = "valueString" if name in {"period", "respondent"} else "valueCode"
    return {"url": f"{PUBLIC}/StructureDefinition/{name}", kind: value}


def filled(**more: Any) -> dict[str, Any]:
    """A QuestionnaireResponse that is right, with changes; ``None`` takes a field out."""
    levels = more.pop("levels", LEVELS)
    made = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{PUBLIC}/Questionnaire/small|1",
        "status": "completed",
        "authored": "2025-11-03T10:00:00Z",
        "extension": [extension("role", "nursing")],
        "item": [
            {"linkId": group, "item": inside}
            for group in ("A", "B")
            if (inside := [answer(one, levels[one]) for one in levels if one[0] == group])
        ],
        **more,
    }
    return {name: value for name, value in made.items() if value is not None}


def named(prefix: str = "r") -> dict[str, str]:
    """An identifier that was not there before."""
    return {"value": f"{prefix}-{uuid.uuid4().hex[:12]}"}


@dataclass(frozen=True, slots=True)
class Sender:
    """An organization that speaks FHIR."""

    organization: Organization

    @classmethod
    def of(cls, service: Service) -> "Sender":
        """A new one."""
        return cls(service.organization())

    def create(self, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Send what is right, with changes."""
        return self.post("/QuestionnaireResponse", filled(**more), headers)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send a body."""
        client = self.organization.client
        return client.post(BASE + path, json=body, headers={**MEDIA, **(headers or {})})

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Read something."""
        return self.organization.client.get(BASE + path, **more)

    def submissions(self) -> list[dict[str, Any]]:
        """What `/v1` has of it."""
        reply = self.organization.client.get(f"{self.organization.path}/submissions")
        found: list[dict[str, Any]] = reply.json()["data"]
        return found


def issues(reply: httpx.Response) -> list[tuple[str, str]]:
    """Of an OperationOutcome, where something is wrong, and what."""
    assert reply.headers["content-type"] == "application/fhir+json", reply.text
    said = reply.json()
    assert said["resourceType"] == "OperationOutcome"
    return [
        (
            (one.get("expression") or one.get("location") or [""])[0],
            one["details"]["coding"][0]["code"],
        )
        for one in said["issue"]
    ]
