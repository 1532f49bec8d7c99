"""Stored rows as the wire shows them. Pure."""

from typing import Any

from app.assessments.models import Result
from app.assessments.service import Round
from app.assessments.submissions import Stored
from app.catalog.languages import localize
from app.scoring.score import Score


def submission(stored: Stored) -> dict[str, Any]:
    """A submission with its scores, which are computed from the stored answers."""
    row, form = stored.submission, stored.instrument.form
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "assessment_id": row.assessment_id,
        "instrument": form.instrument,
        "version": form.version,
        "period": stored.assessment.period,
        "mode": row.mode,
        "role": row.role,
        "status": row.status,
        "external_id": row.external_id,
        "supersedes": row.supersedes_id,
        "answers": dict(zip(form.items, stored.by_item, strict=True)),
        "notes": row.notes or {},
        "focus": row.focus or [],
        "scores": _scores(stored.score),
        "receipt": {
            "sha256": row.receipt_sha256.hex(),
            "href": stored.href + "/receipt",
        },
        "submitted_at": row.submitted_at,
        "superseded_at": row.superseded_at,
        "withdrawn_at": row.withdrawn_at,
    }


def _scores(scored: Score) -> dict[str, Any]:
    return {
        "overall": scored.overall.shown,
        "in_place": scored.in_place.shown,
        "sections": [one.shown for one in scored.sections],
        "answered": scored.answered,
        "applicable": scored.applicable,
    }


def assessment(found: Round) -> dict[str, Any]:
    """A round as it stands."""
    row, form = found.assessment, found.instrument.form
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "instrument": form.instrument,
        "version": form.version,
        "period": row.period,
        "period_end": row.period_end,
        "status": "open" if row.locked_at is None else "locked",
        "submissions": found.standing,
        "opened_at": row.opened_at,
        "locked_at": row.locked_at,
    }


def result(found: Round, row: Result) -> dict[str, Any]:
    """The result of a locked round."""
    return {**_of(found), "locked_at": row.locked_at, "result": row.detail}


def agenda(found: Round, row: Result, language: str) -> dict[str, Any]:
    """The agenda with the wording of its items."""
    texts = {
        item.code: localize(item.model_dump(include={"text", "levels"}), language)
        for section in found.instrument.definition.sections
        for item in section.items
    }
    return {
        **_of(found),
        "language": language,
        "agenda": [{**texts[one["code"]], **one} for one in row.detail["agenda"]],
    }


def _of(found: Round) -> dict[str, Any]:
    row, form = found.assessment, found.instrument.form
    return {
        "organization_id": row.organization_id,
        "assessment_id": row.id,
        "instrument": form.instrument,
        "version": form.version,
        "period": row.period,
    }
