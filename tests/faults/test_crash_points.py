"""``kill -9`` at every named point of every write: nothing told is lost, nothing is doubled."""

import httpx
import pytest

from app import crashpoints
from tests.conftest import Service
from tests.effects import Effect, effect, rows
from tests.faults.conftest import Forks
from tests.faults.once import EXPORT, WITHDRAWAL, broken_chains, make, undisturbed
from tests.writes import KEYED, OPERATIONS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STORED = {*KEYED} - {"POST /v1/organizations/{org}/submissions", EXPORT, WITHDRAWAL}
"""Operations whose answer is stored; a submission's row is its own."""

OF_STORED_ANSWERS = {"claimed", "kept"}
ON_NO_TRAIL = {"POST /oauth/introspect", "POST /v1/programs"}
"""They change nothing."""

KILLS = [
    pytest.param(operation, point, id=f"{operation} at {point}")
    for operation in sorted(OPERATIONS)
    for point in crashpoints.POINTS
    if not (point in OF_STORED_ANSWERS and operation not in STORED)
    and not (point in {"carried-out", "audited"} and operation in ON_NO_TRAIL)
]
EACH_TIME_ANOTHER = {"POST /oauth/token"}
"""A token that nobody was told is nobody's, and ends within the hour."""


@pytest.mark.parametrize(("operation", "point"), KILLS)
def test_a_write_that_is_killed_and_tried_again_happens_once(
    operation: str, point: str, service: Service, forks: Forks
) -> None:
    status, whole = undisturbed(operation, service)
    write = make(operation, service)
    before = rows(service)
    forks.serve(point)

    with pytest.raises(httpx.TransportError):
        write.send_to(forks.base_url)
    assert forks.has_died()
    killed = rows(service)
    reply = write.again()

    assert effect(before, killed) == (whole if point == "committed" else {})
    if operation in {*KEYED} - {EXPORT}:
        assert reply.status_code == status
        assert ("Idempotent-Replayed" in reply.headers) == (point == "committed")
        assert effect(before, rows(service)) == whole
    elif point != "committed":
        assert reply.status_code == status
        assert effect(before, rows(service)) == whole
    elif operation not in EACH_TIME_ANOTHER:
        assert tenants(effect(killed, rows(service))) == {}
    assert broken_chains(service) == []


def tenants(happened: Effect) -> Effect:
    """The effect but for the trail, which tells of each time that something was asked for."""
    return {table: change for table, change in happened.items() if "audit" not in table}
