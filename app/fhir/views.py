"""What is stored, as FHIR resources. Pure."""

from datetime import datetime
from typing import Any

from app.assessments.submissions import Stored
from app.organizations.models import Organization
from app.r4.names import ABSENT_REASON, DONT_KNOW, NOT_APPLICABLE, PATH, Names, group_link
from app.r4.questionnaire import SPECIAL
from app.scoring.form import Answer, Special

Resource = dict[str, Any]

CODES = {Special.NOT_APPLICABLE: NOT_APPLICABLE, Special.DONT_KNOW: DONT_KNOW}


def version_of(stored: Stored) -> int:
    """A submission as it came in is version 1; that it was superseded or withdrawn, version 2."""
    return 1 if stored.submission.status == "stands" else 2


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'W/"{version}"'


def href(stored: Stored) -> str:
    """Where the first version of a submission is."""
    return f"{PATH}/QuestionnaireResponse/{stored.submission.id}/_history/1"


def headers(stored: Stored, version: int) -> dict[str, str]:
    """What goes with a version."""
    changed = changed_at(stored, version)
    return {"ETag": etag(version), "Last-Modified": f"{changed:%a, %d %b %Y %H:%M:%S} GMT"}


def changed_at(stored: Stored, version: int) -> datetime:
    """Since when a version is."""
    row = stored.submission
    ended = (row.withdrawn_at or row.superseded_at) if version > 1 else None
    return ended or row.submitted_at


def response(stored: Stored, names: Names, version: int | None = None) -> Resource:
    """A submission as a QuestionnaireResponse, now or in an earlier version."""
    row, definition = stored.submission, stored.instrument.definition
    version = version or version_of(stored)
    status = row.status if version > 1 else "stands"
    meta: Resource = {
        "versionId": str(version),
        "lastUpdated": changed_at(stored, version).isoformat(),
    }
    if status == "superseded":
        meta["tag"] = [{"system": f"{names.base}/CodeSystem/submission-status", "code": status}]
    said = {"period": stored.assessment.period, "role": row.role, "mode": row.mode}
    extensions = [
        {"url": names.extension(name), "valueString" if name == "period" else "valueCode": value}
        for name, value in said.items()
        if value is not None
    ]
    made: Resource = {
        "resourceType": "QuestionnaireResponse",
        "id": str(row.id),
        "meta": meta,
        "extension": extensions,
        "questionnaire": names.canonical(definition),
        "status": _status(stored, status),
        "subject": {"reference": f"Organization/{row.organization_id}"},
        "authored": row.submitted_at.isoformat(),
        "item": _items(stored, names),
    }
    if row.external_id is not None:
        made["identifier"] = {"value": row.external_id}
    return made


def _status(stored: Stored, status: str) -> str:
    if status == "withdrawn":
        return "entered-in-error"
    return "completed" if stored.submission.supersedes_id is None else "amended"


def _items(stored: Stored, names: Names) -> list[Resource]:
    definition, answers = stored.instrument.definition, stored.answers
    codes = {item.code for section in definition.sections for item in section.items}
    texts = {
        (item.code, one.level): next(iter(one.text.values()))
        for section in definition.sections
        for item in section.items
        for one in item.levels or definition.levels or []
    }

    def coding(item: str, answer: Answer) -> Resource:
        if isinstance(answer, Special):
            code = CODES[answer]
            worded = definition.answer_options
            said = SPECIAL[code]
            if worded is not None:
                said = worded.dont_know if code == DONT_KNOW else worded.not_applicable
            display = next(iter(said.values()))
            return {"system": ABSENT_REASON, "code": code, "display": display}
        system = names.levels(definition.instrument, item)
        return {"system": system, "code": str(answer), "display": texts[item, answer]}

    made = []
    for section in definition.sections:
        inside = [
            {
                "linkId": item.code,
                "answer": [{"valueCoding": coding(item.code, answers[item.code])}],
            }
            for item in section.items
            if item.code in answers
        ]
        if inside:
            made.append({"linkId": group_link(section.code, codes), "item": inside})
    return made


def organization(row: Organization, names: Names) -> Resource:
    """An organization, with all that it goes by."""
    own = [{"use": "usual", "value": row.external_id}]
    others = [
        {"system": f"{names.base}/identifiers/{system}", "value": value}
        for system, value in sorted(row.identifiers.items())
    ]
    return {
        "resourceType": "Organization",
        "id": str(row.id),
        "meta": {"lastUpdated": row.created_at.isoformat()},
        "identifier": own + others,
        "active": row.erase_at is None,
        "name": row.name,
    }
