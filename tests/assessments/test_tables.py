"""The tables themselves: bounds that hold, and rows that only their organization sees."""

from collections.abc import Callable, Iterator
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import errors
from psycopg.sql import SQL, Identifier

from app.db import APP_ROLE
from tests.conftest import Organization, Server, Service, serve

Session = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """One of this module's own, so that all rows are known."""
    yield from serve(server, new_database())


@pytest.fixture(scope="module")
def pair(service: Service) -> tuple[Organization, Organization]:
    """Two organizations, each with a row in every tenant's table."""
    made = service.organization(), service.organization()
    with service.superuser() as connection:
        connection.execute(
            "INSERT INTO release (number, built_at, manifest, sha256) VALUES (1, now(), '{}', '')"
        )
    for organization in made:
        assert organization.submit().status_code == 201
        path = f"{organization.path}/assessments/2025-H2/lock"
        assert organization.client.post(path).status_code == 201
        with service.superuser() as connection:
            connection.execute(
                "INSERT INTO release_contribution SELECT organization_id, 1, id, '{}'"
                " FROM assessment WHERE organization_id = %s",
                (organization.id,),
            )
    return made


@pytest.fixture
def superuser(service: Service) -> Iterator[Session]:
    """A superuser's session, whose work is undone."""
    with service.superuser() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def app(service: Service) -> Iterator[Session]:
    """A session as the service itself has, outside any tenant, whose work is undone."""
    with psycopg.connect(service.server.url(service.database, APP_ROLE)) as connection:
        found = connection.execute("SELECT current_user, session_user").fetchone()
        assert found == (APP_ROLE, APP_ROLE)
        yield connection
        connection.rollback()


def enter(session: Session, *organizations: Organization) -> None:
    ids = "{" + ",".join(one.id for one in organizations) + "}"
    session.execute("SELECT set_config('palanca.organizations', %s, true)", (ids,))


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE submission SET overall = 'NaN'", "ck_submission_overall_in_range"),
        ("UPDATE submission SET overall = 'Infinity'", "ck_submission_overall_in_range"),
        ("UPDATE submission SET overall = 101", "ck_submission_overall_in_range"),
        ("UPDATE submission SET overall = -3", "ck_submission_overall_in_range"),
        ("UPDATE submission SET section_scores[1] = 'NaN'", "ck_submission_sections_in_range"),
        ("UPDATE submission SET section_scores[2] = 101", "ck_submission_sections_in_range"),
        ("UPDATE submission SET section_scores = '{NULL,-3}'", "ck_submission_sections_in_range"),
        ("UPDATE submission SET answers = ''", "ck_submission_answers_counted"),
        (
            "UPDATE submission SET answers = repeat('a', 1001)::bytea",
            "ck_submission_answers_counted",
        ),
        ("UPDATE submission SET role = NULL", "ck_submission_individual_has_role"),
        ("UPDATE submission SET role = 'boss'", "ck_submission_role"),
        ("UPDATE submission SET mode = 'both'", "ck_submission_mode"),
        ("UPDATE submission SET receipt_sha256 = 'x'", "ck_submission_receipt_is_sha256"),
        ("UPDATE result SET overall = 'NaN'", "ck_result_overall_in_range"),
        ("UPDATE result SET overall = 101", "ck_result_overall_in_range"),
        ("UPDATE result SET section_scores = '{101}'", "ck_result_sections_in_range"),
        ("UPDATE result SET section_scores = '{NaN}'", "ck_result_sections_in_range"),
        ("UPDATE result SET item_scores = '{NULL,101}'", "ck_result_items_in_range"),
        ("UPDATE result SET item_scores = '{NaN}'", "ck_result_items_in_range"),
        ("UPDATE result SET respondents = -3", "ck_result_respondents_counted"),
        (
            "UPDATE assessment SET locked_at = opened_at - interval '1 s'",
            "ck_assessment_locked_after_opened",
        ),
    ],
)
def test_the_database_refuses_what_must_never_be_kept(
    superuser: Session, statement: LiteralString, constraint: str
) -> None:
    with pytest.raises(errors.CheckViolation) as refused:
        superuser.execute(statement)

    assert refused.value.diag.constraint_name == constraint


COPY = """
    INSERT INTO submission (organization_id, id, assessment_id, client_id, mode, role, body_sha256,
      answers, section_scores, receipt_sha256, submitted_at, respondent_hash, external_id,
      supersedes_id)
    SELECT organization_id, gen_random_uuid(), assessment_id, client_id, {mode}, role, body_sha256,
      answers, section_scores, receipt_sha256, submitted_at, {hash}, {external_id}, {supersedes}
    FROM submission WHERE organization_id = %s
"""


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"external_id": "'x'"}, "uq_submission_external_id"),
        ({"hash": "'x'::bytea"}, "uq_submission_respondent"),
        ({"mode": "'consensus'"}, "uq_submission_consensus"),
        ({"supersedes": "id"}, "uq_submission_organization_id_supersedes_id"),
    ],
)
def test_one_submission_stands_by_a_name(
    pair: tuple[Organization, Organization],
    superuser: Session,
    columns: dict[str, LiteralString],
    constraint: str,
) -> None:
    empty: dict[str, LiteralString] = {
        "mode": "mode",
        "hash": "NULL",
        "external_id": "NULL",
        "supersedes": "NULL",
    }
    copy = SQL(COPY).format(**{name: SQL(text) for name, text in {**empty, **columns}.items()})

    superuser.execute(copy, (pair[0].id,))
    with pytest.raises(errors.UniqueViolation) as refused:
        superuser.execute(copy, (pair[0].id,))

    assert refused.value.diag.constraint_name == constraint


TENANTS = {"assessment": 1, "release_contribution": 1, "result": 1, "submission": 1}
"""Tables of tenants' rows, and how many rows of them each organization has here."""


def test_every_table_of_tenants_rows_is_known_and_protected(superuser: Session) -> None:
    found = superuser.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND EXISTS ("
        "   SELECT 1 FROM pg_attribute WHERE attrelid = pg_class.oid"
        "   AND attname = 'organization_id' AND attnotnull) ORDER BY relname"
    ).fetchall()

    assert {(table, True) for table in TENANTS} <= set(found)
    assert [table for table, is_protected in found if not is_protected] == []


def count(session: Session, table: str) -> int:
    found = session.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("table", [*TENANTS, "organization", "network", "client", "client_key"])
def test_without_a_tenant_there_are_no_rows(
    service: Service, superuser: Session, app: Session, table: str
) -> None:
    service.network()

    assert count(superuser, table) > 0
    assert count(app, table) == 0
    app.execute("SELECT set_config('palanca.organizations', '', true)")
    assert count(app, table) == 0


@pytest.mark.parametrize("table", TENANTS)
def test_an_organization_sees_its_own_rows_and_no_others(
    pair: tuple[Organization, Organization], superuser: Session, app: Session, table: str
) -> None:
    enter(app, pair[0])

    found = app.execute(
        SQL("SELECT organization_id::text, count(*) FROM {} GROUP BY 1").format(Identifier(table))
    ).fetchall()

    assert found == [(pair[0].id, TENANTS[table])]
    assert count(superuser, table) == 2 * TENANTS[table]
    enter(app, *pair)
    assert count(app, table) == 2 * TENANTS[table]
    app.commit()
    assert count(app, table) == 0


INTO_ANOTHER: dict[str, LiteralString] = {
    "assessment": """
        INSERT INTO assessment
          (organization_id, id, instrument_version_id, period, period_end, opened_at)
        SELECT %(other)s, gen_random_uuid(), instrument_version_id, '2001', period_end, opened_at
        FROM assessment""",
    "submission": """
        INSERT INTO submission (organization_id, id, assessment_id, client_id, mode, role,
          body_sha256, answers, section_scores, receipt_sha256, submitted_at)
        SELECT %(other)s, gen_random_uuid(), assessment_id, client_id, mode, role,
          body_sha256, answers, section_scores, receipt_sha256, submitted_at
        FROM submission""",
    "result": """
        INSERT INTO result SELECT %(other)s, gen_random_uuid(), basis, respondents, overall,
          section_scores, detail, locked_at
        FROM result""",
    "release_contribution": """
        INSERT INTO release_contribution SELECT %(other)s, 1, assessment_id, '{}'
        FROM release_contribution""",
}


@pytest.mark.parametrize("table", TENANTS)
def test_nobody_writes_into_another_organization(
    pair: tuple[Organization, Organization], app: Session, table: str
) -> None:
    enter(app, pair[0])

    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        app.execute(INTO_ANOTHER[table], {"other": pair[1].id})


FIXED = [
    ("submission", "answers", r"'\x00000000'"),
    ("submission", "overall", "100"),
    ("submission", "section_scores", "'{100,100}'"),
    ("submission", "notes", "NULL"),
    ("submission", "respondent_hash", "NULL"),
    ("submission", "organization_id", "gen_random_uuid()"),
    ("assessment", "period", "'2001'"),
    ("assessment", "opened_at", "now()"),
    ("result", "overall", "100"),
    ("result", "detail", "'{}'"),
    ("result", "locked_at", "now()"),
    ("release_contribution", "cohorts", "'{x}'"),
]


@pytest.mark.parametrize(("table", "name", "value"), FIXED)
def test_what_was_recorded_is_not_edited(
    pair: tuple[Organization, Organization],
    app: Session,
    table: str,
    name: str,
    value: LiteralString,
) -> None:
    enter(app, pair[0])
    statement = SQL("UPDATE {} SET {} = {}").format(Identifier(table), Identifier(name), SQL(value))

    with pytest.raises(errors.InsufficientPrivilege, match=f"permission denied for table {table}"):
        app.execute(statement)


@pytest.mark.parametrize("table", TENANTS)
def test_nothing_is_deleted_but_by_an_erasure(
    pair: tuple[Organization, Organization], app: Session, table: str
) -> None:
    enter(app, pair[0])

    assert app.execute(SQL("DELETE FROM {}").format(Identifier(table))).rowcount == 0
    with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
        app.execute(SQL("TRUNCATE {} CASCADE").format(Identifier(table)))


def test_only_the_instants_that_end_things_can_be_set(
    pair: tuple[Organization, Organization], app: Session
) -> None:
    enter(app, pair[0])

    assert app.execute("UPDATE submission SET superseded_at = now()").rowcount == 1
    assert app.execute("UPDATE submission SET withdrawn_at = now()").rowcount == 1
    assert app.execute("UPDATE assessment SET locked_at = now()").rowcount == 1
    found = app.execute(
        "SELECT table_name, column_name FROM information_schema.column_privileges"
        " WHERE grantee = %s AND privilege_type = 'UPDATE' AND table_name = ANY (%s) ORDER BY 1, 2",
        (APP_ROLE, list(TENANTS)),
    ).fetchall()
    assert found == [
        ("assessment", "locked_at"),
        ("submission", "superseded_at"),
        ("submission", "withdrawn_at"),
    ]
