"""By whatever name a submission is looked for, however many its organization has: an index."""

import json
import re
from collections.abc import Iterator
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest

from app.assessments import earlier, related
from app.assessments.models import Mode
from app.db import APP_ROLE
from tests.conftest import Organization, Service

MANY = 2_000

COPIES = """
    INSERT INTO submission (organization_id, id, assessment_id, client_id, mode, role, body_sha256,
      answers, section_scores, receipt_sha256, submitted_at, respondent_hash, external_id,
      idempotency_key)
    SELECT organization_id, gen_random_uuid(), assessment_id, client_id, mode, role, body_sha256,
      answers, section_scores, receipt_sha256, submitted_at, sha256(n::text::bytea), 'copy-' || n,
      'key-' || n
    FROM submission, generate_series(1, %s) AS n WHERE organization_id = %s
"""


@pytest.fixture
def organization(service: Service) -> Organization:
    """One that takes part."""
    return service.organization()


@pytest.fixture
def large(service: Service, organization: Organization) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's session that sees an organization with many submissions."""
    assert organization.submit(external_id="first").status_code == 201
    with service.superuser() as database:
        database.execute(COPIES, [MANY, organization.id])
        yield database
        database.rollback()


BY_NAME = {
    "external_id": (related.BY_NAME["external_id"], "uq_submission_external_id"),
    "supersedes": (related.BY_NAME["supersedes"], "pk_submission"),
    "respondent": (related.BY_NAME["respondent"], "uq_submission_respondent"),
    "consensus": (related.BY_NAME["consensus"], "uq_submission_consensus"),
    "idempotency_key": (related.BY_NAME["idempotency_key"], "uq_submission_idempotency_key"),
    "earlier respondent": (earlier.BY_NAME[Mode.INDIVIDUAL], "uq_submission_respondent"),
    "earlier consensus": (earlier.BY_NAME[Mode.CONSENSUS], "uq_submission_consensus"),
}
REMOVED = re.compile(r"Rows Removed by Filter: (\d+)")
ROUNDS = 3
"""One organization's, here; by some names each may be looked into."""

NAMES = {
    "external_id": "copy-7",
    "supersedes": str(UUID(int=7)),
    "idempotency_key": "key-7",
}


@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("kind", BY_NAME)
def test_no_lookup_reads_all_that_an_organization_has(
    organization: Organization, large: psycopg.Connection[Any], kind: str, *, analyzed: bool
) -> None:
    if analyzed:
        large.execute("ANALYZE submission")
    [(version, period, client)] = large.execute(
        "SELECT DISTINCT instrument_version_id, period, client_id FROM submission s"
        " JOIN assessment a ON a.id = s.assessment_id WHERE s.organization_id = %s",
        [organization.id],
    ).fetchall()
    seventh = large.execute("SELECT sha256('7'::bytea)").fetchone()
    wanted = {
        "number": 1,
        "organization_id": organization.id,
        "version_id": str(version),
        "period": period,
        "client_id": str(client),
        "name": NAMES.get(kind, rf"\x{seventh[0].hex()}" if seventh else ""),
        "since": "2000-01-01",
        "before": "2100-01-01",
        "now": "2100-01-01",
    }
    context = "{" + ",".join([organization.id, *(str(uuid4()) for _ in range(40))]) + "}"
    large.execute(f"SET LOCAL ROLE {APP_ROLE}")
    large.execute("SELECT set_config('palanca.organizations', %s, true)", [context])
    query, index = BY_NAME[kind]

    plan = explain(large, query, json.dumps([wanted]))

    assert index in plan
    read = [node for node in plan.split("->") if " on submission " in node]
    assert read
    removed = [int(one) for node in read for one in REMOVED.findall(node)]
    assert sum(removed) < ROUNDS, plan


def explain(database: psycopg.Connection[Any], query: LiteralString, wanted: str) -> str:
    found = database.execute("EXPLAIN (ANALYZE, BUFFERS OFF) " + query, [wanted]).fetchall()
    return "\n".join(line for (line,) in found)
