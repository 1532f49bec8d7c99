"""Answers take a byte each, and what most submissions lack takes no place in an index."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_bytes"
down_revision = "20261122_uploads"
branch_labels = None
depends_on = None

SUPERSEDES = "uq_submission_organization_id_supersedes_id"
KEY = "uq_submission_organization_id_client_id_idempotency_key"

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
    for name, columns in _INDEXES.items():
        op.drop_constraint(op.f(name), "submission", type_="unique")
        op.create_index(
            name,
            "submission",
            columns,
            unique=True,
            postgresql_where=sa.text(f"{columns[-1]} IS NOT NULL"),
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for name, columns in _INDEXES.items():
        op.drop_index(name, table_name="submission")
        op.create_unique_constraint(name, "submission", columns)
    op.drop_constraint(op.f("ck_submission_answers_counted"), "submission", type_="check")
    op.execute(TO_NUMBERS)
    op.execute(
        "ALTER TABLE submission ALTER answers TYPE smallint[] USING pg_temp.to_numbers(answers)"
    )
    op.create_check_constraint(
        op.f("ck_submission_answers_in_range"), "submission", "-2 <= ALL (answers)"
    )


_INDEXES = {
    SUPERSEDES: ["organization_id", "supersedes_id"],
    KEY: ["organization_id", "client_id", "idempotency_key"],
}
