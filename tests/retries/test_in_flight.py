"""Many at once with one idempotency key: one is carried out, and all get its answer in the end."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.assessments.asking import refused, together
from tests.conftest import Service
from tests.effects import effect, rows
from tests.writes import WRITES

MANY = 50
IN_FLIGHT = (409, "idempotency-key-in-flight")
SOME = [
    "POST /v1/networks",
    "POST /v1/organizations",
    "POST /v1/organizations/{org}/agreements",
    "POST /v1/organizations/{org}/submissions",
    "POST /v1/organizations/{org}/assessments/{assessment}/lock",
]


@pytest.mark.parametrize("operation", SOME)
def test_of_fifty_alike_one_is_carried_out_and_all_get_its_answer(
    operation: str, service: Service
) -> None:
    write = WRITES[operation](service).keyed(str(uuid.uuid4()))
    before = rows(service)

    # Who comes while the first is in flight, or finds no connection free, comes again.
    replies = together([write.again] * MANY)

    assert all(one.is_success for one in replies)
    assert len({(one.status_code, one.content) for one in replies}) == 1
    replayed = ["Idempotent-Replayed" in one.headers for one in replies]
    assert sorted(replayed) == [False] + [True] * (MANY - 1)
    happened = effect(before, rows(service))
    assert happened["audit_event"] == (1, 0)
    assert happened.get("answered_request", happened.get("submission")) == (1, 0)


def test_who_comes_while_the_first_is_in_flight_is_told_to_come_again(service: Service) -> None:
    write = WRITES["POST /v1/networks"](service).keyed("k")
    waits = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    with (
        ThreadPoolExecutor(1) as pool,
        service.superuser() as held,
        service.superuser() as watching,
    ):
        watching.autocommit = True
        held.execute("LOCK TABLE network IN EXCLUSIVE MODE")
        first = pool.submit(write.send)
        while watching.execute(waits).fetchone() == (0,):
            assert not first.done(), first.result().text
        second = write.send()
        held.rollback()

    assert refused(second) == IN_FLIGHT
    assert second.headers["Retry-After"] == "1"
    assert first.result().status_code == 201
    assert write.send().headers["Idempotent-Replayed"] == "true"
