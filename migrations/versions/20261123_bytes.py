"""Answers take a byte each; indexes begin with names, and hold what has one only."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_bytes"
down_revision = "20261122_uploads"
branch_labels = None
depends_on = None

STANDS = "superseded_at IS NULL AND withdrawn_at IS NULL"
BEFORE: dict[str, tuple[list[str], str | None]] = {
    "uq_submission_organization_id_supersedes_id": (["organization_id", "supersedes_id"], None),
    "uq_submission_organization_id_client_id_idempotency_key": (
        ["organization_id", "client_id", "idempotency_key"],
        None,
    ),
    "uq_submission_external_id": (
        ["organization_id", "external_id"],
        f"external_id IS NOT NULL AND {STANDS}",
    ),
    "uq_submission_respondent": (
        ["organization_id", "assessment_id", "respondent_hash"],
        f"respondent_hash IS NOT NULL AND {STANDS}",
    ),
}
AFTER = {
    "uq_submission_organization_id_supersedes_id": (
        ["organization_id", "supersedes_id"],
        "supersedes_id IS NOT NULL",
    ),
    "uq_submission_idempotency_key": (
        ["idempotency_key", "client_id", "organization_id"],
        "idempotency_key IS NOT NULL",
    ),
    "uq_submission_external_id": (
        ["external_id", "organization_id"],
        f"external_id IS NOT NULL AND {STANDS}",
    ),
    "uq_submission_respondent": (
        ["respondent_hash", "assessment_id", "organization_id"],
        f"respondent_hash IS NOT NULL AND {STANDS}",
    ),
}

TO_BYTES = """
    CREATE FUNCTION pg_temp.to_bytes(smallint[]) RETURNS bytea LANGUAGE sql AS $$
      SELECT string_agg(set_byte('\\x00', 0, CASE WHEN one IS NULL THEN 255 WHEN one = -1 THEN 254
        WHEN one = -2 THEN 253 ELSE one::int END), '' ORDER BY place)
      FROM unnest($1) WITH ORDINALITY AS answers (one, place)
    $$
"""
TO_NUMBERS = """
    CREATE FUNCTION pg_temp.to_numbers(bytea) RETURNS smallint[] LANGUAGE sql AS $$
      SELECT array_agg((CASE one WHEN 255 THEN NULL WHEN 254 THEN -1 WHEN 253 THEN -2 ELSE one END)
        ::smallint ORDER BY place)
      FROM (SELECT get_byte($1, place) AS one, place
        FROM generate_series(0, octet_length($1) - 1) AS place) answers
    $$
"""


def upgrade() -> None:
    # Rather fail than queue every request behind a lock.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_constraint(op.f("ck_submission_answers_in_range"), "submission", type_="check")
    op.execute(TO_BYTES)
    op.execute("ALTER TABLE submission ALTER answers TYPE bytea USING pg_temp.to_bytes(answers)")
    op.create_check_constraint(
        op.f("ck_submission_answers_counted"),
        "submission",
        "octet_length(answers) BETWEEN 1 AND 1000",
    )
    for name, (_, condition) in BEFORE.items():
        if condition is None:
            op.drop_constraint(op.f(name), "submission", type_="unique")
        else:
            op.drop_index(name, table_name="submission")
    for name, (columns, condition) in AFTER.items():
        where = sa.text(condition)
        op.create_index(name, "submission", columns, unique=True, postgresql_where=where)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for name in AFTER:
        op.drop_index(name, table_name="submission")
    for name, (columns, condition) in BEFORE.items():
        if condition is None:
            op.create_unique_constraint(name, "submission", columns)
        else:
            where = sa.text(condition)
            op.create_index(name, "submission", columns, unique=True, postgresql_where=where)
    op.drop_constraint(op.f("ck_submission_answers_counted"), "submission", type_="check")
    op.execute(TO_NUMBERS)
    op.execute(
        "ALTER TABLE submission ALTER answers TYPE smallint[] USING pg_temp.to_numbers(answers)"
    )
    op.create_check_constraint(
        op.f("ck_submission_answers_in_range"), "submission", "-2 <= ALL (answers)"
    )
