"""Building a release is one write like any other, however long it takes."""

from concurrent.futures import ThreadPoolExecutor

from tests.conftest import Service
from tests.effects import effect, rows
from tests.writes import WRITES

WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def test_the_operator_does_other_things_while_a_release_is_built(service: Service) -> None:
    """Both are on the service's trail, of which the build has seen nothing when it begins."""
    build = WRITES["POST /v1/releases"](service).keyed("k")
    other = WRITES["POST /v1/instruments"](service)
    before = rows(service)

    with (
        ThreadPoolExecutor(1) as pool,
        service.superuser() as held,
        service.superuser() as watching,
    ):
        watching.autocommit = True
        held.execute("LOCK TABLE release_contribution IN EXCLUSIVE MODE")
        building = pool.submit(build.send)
        while watching.execute(WAITS).fetchone() == (0,):
            assert not building.done(), building.result().text
        done = other.send()
        again = build.send()
        held.rollback()

    assert done.status_code == 201
    assert again.json()["type"] == "/problems/idempotency-key-in-flight"
    assert building.result().status_code == 201, building.result().text
    assert build.send().headers["Idempotent-Replayed"] == "true"
    assert effect(before, rows(service))["audit_event"] == (2, 0)
