"""A submission that is right: what it answers, and what is kept of it."""

import hashlib
from typing import Any
from unittest.mock import ANY
from uuid import UUID

import pytest
from psycopg.sql import SQL, Identifier

from tests.assessments.asking import rows
from tests.conftest import Service

FOCUS = [
    {
        "measure": "hsmr",
        "title": "Mortality",
        "unit": "ratio",
        "baseline": 1.1,
        "aim": 0.9,
        "by": "2026-12-31",
    },
    {"measure": "falls", "baseline": -2, "aim": 0, "by": "2027-06-30"},
]


def test_the_reply_says_all_that_is_kept(service: Service) -> None:
    organization = service.organization()

    reply = organization.submit(
        respondent="nurse 7",
        external_id="rec-1",
        notes={"A1": {"evidence": "Minutes", "next_step": "Ask the board"}, "B2": {}},
        focus=FOCUS,
    )

    body = reply.json()
    here = f"/v1/organizations/{organization.id}/submissions/{body['id']}"
    assert reply.status_code == 201
    assert reply.headers["Location"] == here
    assert "Idempotent-Replayed" not in reply.headers
    assert UUID(body["id"]).version == 7
    assert body == {
        "id": ANY,
        "organization_id": organization.id,
        "assessment_id": ANY,
        "instrument": "small",
        "version": "1",
        "period": "2025-H2",
        "mode": "individual",
        "role": "nursing",
        "status": "stands",
        "external_id": "rec-1",
        "supersedes": None,
        "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
        "notes": {"A1": {"evidence": "Minutes", "next_step": "Ask the board"}, "B2": {}},
        "focus": FOCUS,
        "scores": {
            "overall": {"score": 43.75, "fraction": "175/4", "withheld": None},
            "in_place": {"score": 25.0, "fraction": "25", "withheld": None},
            "sections": [section("A", "75/2", 37.5, (2, 2, 0, 0)), section("B", "50", 50.0)],
            "answered": 4,
            "applicable": 4,
        },
        "receipt": {"sha256": ANY, "href": here + "/receipt"},
        "submitted_at": ANY,
        "superseded_at": None,
        "withdrawn_at": None,
    }
    assert organization.client.get(here).json() == body


def section(
    code: str,
    fraction: str | None,
    rounded: float | None = None,
    counts: tuple[int, int, int, int] = (2, 2, 0, 0),
    withheld: str | None = None,
) -> dict[str, Any]:
    answered, applicable, not_applicable, dont_know = counts
    return {
        "section": code,
        "score": rounded,
        "fraction": fraction,
        "withheld": withheld,
        "answered": answered,
        "applicable": applicable,
        "not_applicable": not_applicable,
        "dont_know": dont_know,
    }


def figure(
    fraction: str | None, rounded: float | None, withheld: str | None = None
) -> dict[str, Any]:
    return {"score": rounded, "fraction": fraction, "withheld": withheld}


FEW = "too_few_answered"


@pytest.mark.parametrize(
    ("answers", "sections", "overall", "in_place"),
    [
        pytest.param(
            {"A1": 3, "A2": "not_applicable", "B1": 4, "B2": 1},
            [section("A", "75", 75.0, (1, 1, 1, 0)), section("B", "275/3", 91.67)],
            figure("250/3", 83.33),
            figure("100", 100.0),
            id="weights count, reverse keys turn, what does not apply leaves the denominator",
        ),
        pytest.param(
            {"A1": "dont_know", "A2": 4, "B1": 0, "B2": "dont_know"},
            [section("A", "100", 100.0, (1, 2, 0, 1)), section("B", "0", 0.0, (1, 2, 0, 1))],
            figure("50", 50.0),
            figure("50", 50.0),
            id="half answered is enough, and don't know is no zero",
        ),
        pytest.param(
            {"A1": "dont_know", "A2": None, "B1": 2, "B2": 0},
            [section("A", None, None, (0, 2, 0, 1), FEW), section("B", "200/3", 66.67)],
            figure("200/3", 66.67),
            figure("50", 50.0),
            id="under half answered a section is withheld and leaves the overall",
        ),
        pytest.param(
            {"A2": "not_applicable"},
            [
                section("A", None, None, (0, 1, 1, 0), FEW),
                section("B", None, None, (0, 2, 0, 0), FEW),
            ],
            figure(None, None, "too_few_sections"),
            figure(None, None, FEW),
            id="with no section there is no overall",
        ),
    ],
)
def test_scores_are_exact_and_rounded_or_withheld(
    service: Service,
    answers: dict[str, Any],
    sections: list[dict[str, Any]],
    overall: dict[str, Any],
    in_place: dict[str, Any],
) -> None:
    organization = service.organization()

    reply = organization.submit(answers=answers)

    body = reply.json()
    assert reply.status_code == 201
    assert body["answers"] == {code: answers.get(code) for code in ("A1", "A2", "B1", "B2")}
    assert body["scores"] == {
        "overall": overall,
        "in_place": in_place,
        "sections": sections,
        "answered": sum(one["answered"] for one in sections),
        "applicable": sum(one["applicable"] for one in sections),
    }


def test_what_is_left_out_is_empty_in_the_reply_and_null_in_the_row(service: Service) -> None:
    organization = service.organization()

    body = organization.submit().json()

    assert (body["notes"], body["focus"], body["external_id"]) == ({}, [], None)
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT notes, focus, respondent_hash, idempotency_key FROM submission WHERE id = %s",
            (body["id"],),
        ).fetchone()
    assert found == (None, None, None, None)


def test_a_consensus_needs_no_role_and_may_have_one(service: Service) -> None:
    without, with_role = service.organization(), service.organization()

    one = without.submit(mode="consensus", role=None).json()
    other = with_role.submit(mode="consensus", role="board").json()

    assert (one["mode"], one["role"]) == ("consensus", None)
    assert (other["mode"], other["role"]) == ("consensus", "board")


def test_the_first_submission_opens_the_assessment_and_later_ones_join_it(
    service: Service,
) -> None:
    organization = service.organization()

    first, second = organization.submit().json(), organization.submit().json()
    elsewhere = organization.submit(period="2025-H1").json()

    assert first["assessment_id"] == second["assessment_id"] != elsewhere["assessment_id"]
    assert rows(service, organization.id) == {"assessment": 2, "submission": 3, "result": 0}


def test_an_organization_may_be_named_by_its_external_id(service: Service) -> None:
    organization = service.organization()
    path = f"/v1/organizations/{organization.row['external_id']}/submissions"
    body = organization.submit().json()

    assert [one["id"] for one in organization.client.get(path).json()["data"]] == [body["id"]]


def test_a_pseudonym_is_nowhere_in_the_database(service: Service) -> None:
    pseudonym = "Schwester-Ännchen-4711"
    organization = service.organization()
    assert organization.submit(respondent=pseudonym).status_code == 201
    traces = {
        pseudonym.lower(),
        pseudonym.encode().hex(),
        hashlib.sha256(pseudonym.encode()).hexdigest(),
    }

    with service.superuser() as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        kept = {
            table: "\n".join(
                str(row[0]).lower()
                for row in connection.execute(
                    SQL("SELECT t::text FROM {} t").format(Identifier(table))
                )
            )
            for (table,) in tables
        }

    assert organization.id in kept["submission"]
    assert [(table, one) for table, text in kept.items() for one in traces if one in text] == []


def test_a_pseudonym_is_another_in_every_organization(service: Service) -> None:
    one, other = service.organization(), service.organization()
    one.submit(respondent="p1")
    one.submit(respondent="p1", period="2025-H1")
    one.submit(respondent="p2")
    other.submit(respondent="p1")

    with service.superuser() as connection:
        found = connection.execute(
            "SELECT organization_id::text, respondent_hash FROM submission"
            " WHERE organization_id = ANY (%s::uuid[]) ORDER BY id",
            ([one.id, other.id],),
        ).fetchall()

    first, again, second, elsewhere = (bytes(row[1]) for row in found)
    assert first == again
    assert len({first, second, elsewhere}) == 3
    assert {len(first), len(second), len(elsewhere)} == {32}
