"""Whose results are in an answer: of those who allow research, and of nobody who was erased."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.access.callers import Caller
from app.access.models import Kind
from app.benchmarks import frozen
from app.catalog import service as catalog
from app.db import Scope, transaction
from tests.conftest import Organization, Service
from tests.erasure.holding import call, carry_out, due, end
from tests.inputs import INSTRUMENT
from tests.queries.conftest import MANY, researcher
from tests.queries.filling import ask, score_of

NAME = str(INSTRUMENT["instrument"]), str(INSTRUMENT["version"])


def read(service: Service, *cohorts: list[str], place: int = 0) -> list[float]:
    """The scores that an answer would be made of now."""

    async def work() -> list[float]:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        scope = Scope(operator=True)
        async with transaction(engine, scope) as session:
            release = await frozen.find(session, 1)
            instrument = await catalog.get_instrument(session, *NAME)
            return await frozen.scores(
                session,
                scope,
                release,
                instrument_version_id=instrument.id,
                place=place,
                cohorts=cohorts,
            )

    return sorted(call(service, work))


def one(service: Service, number: int) -> Organization:
    """The n-th organization, with a key."""
    with service.superuser() as database:
        row = database.execute(
            "SELECT id FROM organization WHERE external_id = %s", [f"Q{number}"]
        ).fetchone()
    assert row is not None
    key = service.key(Kind.ORGANIZATION, str(row[0]))
    return Organization({"id": str(row[0])}, service.as_(key))


def scores(*without: int) -> list[float]:
    return sorted(float(score_of(n)) for n in range(1, MANY + 1) if n not in without)


def test_each_is_counted_once_in_the_cohorts_of_then(fresh: Service) -> None:
    with fresh.superuser() as database:
        database.execute('UPDATE organization SET attributes = \'{"teaching": "yes"}\'')

    yes = sorted(float(score_of(n)) for n in range(3, MANY + 1, 3))
    assert read(fresh) == scores()
    assert read(fresh, ["teaching:yes"]) == yes
    assert read(fresh, ["teaching:yes", "teaching:no"]) == scores()
    assert read(fresh, ["teaching:yes"], ["ownership:public"]) == yes
    assert read(fresh, ["teaching:yes"], ["ownership:nonprofit"]) == []
    assert len(read(fresh, place=2)) == MANY // 2


def test_many_are_read_a_chunk_at_a_time(fresh: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "CHUNK", 7)

    assert read(fresh) == scores()


def test_a_later_result_or_another_release_is_not_in_it(fresh: Service) -> None:
    with fresh.superuser() as database:
        database.execute(
            "INSERT INTO release SELECT 2, now(), manifest, sha256 FROM release;"
            "INSERT INTO release_contribution (organization_id, assessment_id, release_number,"
            " cohorts) SELECT organization_id, assessment_id, 2, cohorts FROM release_contribution;"
            "INSERT INTO assessment (organization_id, id, instrument_version_id, period,"
            " period_end, opened_at, locked_at) SELECT organization_id, gen_random_uuid(),"
            " instrument_version_id, '2025', '2025-12-31', now(), now() FROM assessment;"
            "INSERT INTO result SELECT (jsonb_populate_record(r, jsonb_build_object("
            "'assessment_id', a.id, 'overall', 1))).* FROM result r JOIN assessment a"
            " ON a.organization_id = r.organization_id AND a.period = '2025'"
        )

    assert read(fresh) == scores()


def test_who_does_not_allow_research_is_not_in_it(fresh: Service) -> None:
    one(fresh, 5).sign(research=False)
    assert read(fresh) == scores(5)

    one(fresh, 5).sign(research=True)
    assert read(fresh) == scores()


def test_who_did_not_allow_it_when_the_release_was_built_is_not_in_it(fresh: Service) -> None:
    with fresh.superuser() as database:
        database.execute(
            "UPDATE participation SET research = false WHERE organization_id ="
            " (SELECT id FROM organization WHERE external_id = 'Q9')"
        )
    one(fresh, 9).sign(research=True)

    assert read(fresh) == scores(9)


def test_who_is_erased_is_in_no_later_answer(fresh: Service) -> None:
    gone = one(fresh, 7)
    assert ask(researcher(fresh)).status_code == 200
    end(gone)
    assert read(fresh) == scores(7), "from the moment that it is asked for"
    due(fresh, gone)
    carry_out(fresh)

    assert read(fresh) == scores(7)
    with fresh.superuser() as database:
        left = database.execute(
            "SELECT count(*) FROM release_contribution WHERE organization_id = %s", [gone.id]
        ).fetchone()
    assert left == (0,)


def test_nothing_of_the_scores_stays_in_the_process(fresh: Service) -> None:
    client = researcher(fresh)
    assert ask(client, statistic="count").status_code == 200
    with fresh.superuser() as database:
        database.execute("DELETE FROM release_contribution")

    body = ask(client).json()

    assert body["outcome"] == "too_few", "read anew each time"


def test_while_an_organization_is_being_erased_no_answer_is_made(fresh: Service) -> None:
    client = researcher(fresh)
    with fresh.superuser() as database:
        database.execute("SELECT pg_advisory_xact_lock(hashtext('palanca release'))")
        waiting = ask(client)
    answered = ask(client)

    assert waiting.status_code == 503
    assert answered.status_code == 200
    with fresh.superuser() as database:
        assert database.execute("SELECT count(*) FROM query_answer").fetchone() == (1,)


def test_an_erasure_waits_for_an_answer_that_is_being_made(fresh: Service) -> None:
    locks = "SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"

    async def work() -> list[str]:
        engine = fresh.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope(operator=True)) as session:
            await frozen.hold(session)
            connection = await session.connection()
            return list((await connection.exec_driver_sql(locks)).scalars())

    assert call(fresh, work) == ["ShareLock"]


def test_reading_needs_to_know_which_organizations_there_are(fresh: Service) -> None:
    asker = Caller(UUID(int=1), Kind.RESEARCHER, None, None, frozenset())

    async def work() -> int:
        engine = fresh.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, asker.scope) as session:
            release = await frozen.find(session, 1)
            instrument = await catalog.get_instrument(session, *NAME)
            arguments = {"instrument_version_id": instrument.id, "place": 0, "cohorts": []}
            found = await frozen.scores(session, replace(asker.scope), release, **arguments)  # type: ignore[arg-type]
            return len(found)

    assert call(fresh, work) == 0, "row-level security shows a researcher nobody"
