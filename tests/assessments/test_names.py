"""The names and hashes by which submissions are told apart."""

import hmac
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.assessments.models import Mode
from app.assessments.names import Names
from app.assessments.rows import SubmissionRow
from app.assessments.schemas import SubmissionIn
from tests.assessments.asking import BODY


def names(pepper: bytes = b"pepper", organization: int = 1, **changes: object) -> Names:
    return Names.of(
        SubmissionIn.model_validate({**BODY, "respondent": "p", **changes}),
        organization_id=UUID(int=organization),
        client_id=UUID(int=2),
        idempotency_key=None,
        pepper=pepper,
    )


def test_without_the_pepper_no_pseudonym_can_be_tried_out() -> None:
    one, other = names(b"one pepper"), names(b"another")

    assert one.respondent != other.respondent
    # The whole body is hashed too, and all of it but the pseudonym is in the row.
    assert one.body_sha256 != other.body_sha256


def test_the_same_content_has_the_same_hash_however_it_is_written() -> None:
    turned = dict(reversed(BODY["answers"].items()))

    assert names().body_sha256 == names(answers=turned, mode="individual").body_sha256
    assert names().respondent == names(period="2024").respondent != names(organization=3).respondent


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"mode": "consensus", "supersedes": "018F0000-0000-7000-8000-00000000000A"},
        {"answers": {"A1": "dont_know", "é": None}},
        {"notes": {"B1": {"next_step": "n"}, "A1": {"evidence": "s\u00e9en\n"}, "A2": {}}},
        {"focus": [{"measure": "m", "baseline": 1, "aim": 2.5, "by": "2027-01-31"}]},
    ],
    ids=["plain", "consensus", "special", "notes", "focus"],
)
def test_what_is_hashed_is_the_body_as_it_was_understood(more: dict[str, Any]) -> None:
    given = SubmissionIn.model_validate({**BODY, "respondent": "p", **more})
    said = orjson.dumps(given.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)

    wanted = hmac.digest(b"pepper", b"body:" + said, "sha256")

    assert names(**more).body_sha256 == wanted, "what was kept before is recognised"


@pytest.mark.parametrize("ended", ["superseded_at", "withdrawn_at"])
def test_only_what_stands_is_replaced(ended: str) -> None:
    row = SubmissionRow(
        organization_id=UUID(int=1),
        id=UUID(int=9),
        assessment_id=UUID(int=4),
        client_id=UUID(int=2),
        mode=Mode.INDIVIDUAL,
        role=None,
        respondent_hash=names().respondent,
        external_id=None,
        idempotency_key=None,
        body_sha256=b"",
        answers=b"",
        notes=None,
        focus=None,
        overall=None,
        section_scores=[],
        receipt_sha256=b"",
        supersedes_id=None,
        submitted_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert names().predecessor([row], row.assessment_id) is row

    setattr(row, ended, datetime(2026, 1, 1, tzinfo=UTC))

    assert names().predecessor([row], row.assessment_id) is None


@pytest.mark.parametrize(
    "change",
    [
        {"answers": {"A1": 1}},
        {"period": "2024"},
        {"role": "board"},
        {"mode": "consensus"},
        {"respondent": "q"},
        {"external_id": "x"},
        {"notes": {"A1": {"evidence": "x"}}},
        {"focus": [{"measure": "m", "baseline": 1, "aim": 2, "by": "2026-01-01"}]},
        {"supersedes": str(UUID(int=5))},
        {"version": "2"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_content_has_another_hash(change: dict[str, Any]) -> None:
    assert names(**change).body_sha256 != names().body_sha256
