"""What the database refuses of one import is nobody else's trouble."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from app.problems import InternalError
from tests.assessments.asking import standing
from tests.conftest import Service
from tests.imports.asking import line, push
from tests.imports.stepwise import begun, carry_out, worker_of

LINES = [line(f"x{n}") for n in range(10)]


@contextmanager
def refusing(service: Service, organization_id: str, sqlstate: str) -> Iterator[None]:
    """A database that takes nothing in for an organization."""
    with service.superuser() as database:
        database.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.organization_id = '{organization_id}' THEN"
            f" RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END IF; RETURN NEW; END $$"
        )
        database.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON submission"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        yield
    finally:
        with service.superuser() as database:
            database.execute("DROP FUNCTION refuse CASCADE")


def test_what_cannot_be_kept_ends_the_import(stepwise: Service) -> None:
    organization = stepwise.organization()
    path = begun(push(organization.client, LINES))

    with refusing(stepwise, organization.id, "22000"):
        carry_out(stepwise)

    ended = organization.client.get(path).json()
    assert ended["status"] == "failed"
    assert ended["problem"]["type"] == "/problems/internal-error"
    assert "refuse" not in str(ended)


def test_one_that_is_gone_by_the_time_that_it_fails_ends_nobody_else(stepwise: Service) -> None:
    worker = worker_of(stepwise)

    async def fail() -> None:
        await worker._fail(uuid4(), uuid4(), InternalError("x"))  # noqa: SLF001 - as if in between

    assert stepwise.http.portal is not None
    stepwise.http.portal.call(fail)


def test_one_that_waits_for_the_database_holds_up_no_other(stepwise: Service) -> None:
    stuck, other = stepwise.organization(), stepwise.organization()
    path, behind = (begun(push(one.client, LINES)) for one in (stuck, other))

    with (
        refusing(stepwise, stuck.id, "25006"),  # it is being moved, and only read meanwhile
        pytest.raises(DBAPIError),
    ):
        carry_out(stepwise)

    assert stuck.client.get(path).json()["status"] == "running"
    assert other.client.get(behind).json()["status"] == "succeeded"
    carry_out(stepwise)
    assert stuck.client.get(path).json()["status"] == "succeeded"
    assert standing(stepwise, stuck.id) == len(LINES)
