"""The connection is cut between COMMIT and reply, 200 times: the retry finds that it is done."""

from collections.abc import Iterator
from itertools import cycle, islice

import httpx
import pytest

from tests.conftest import Service
from tests.effects import effect, rows
from tests.faults.conftest import Forks
from tests.faults.once import EXPORT, broken_chains, make, undisturbed
from tests.faults.proxy import losing_replies
from tests.writes import KEYED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TIMES = 200
EFFECTIVE = [one for one in KEYED if one != EXPORT]
CUTS = [
    pytest.param(one, id=f"{number + 1}: {one}")
    for number, one in enumerate(islice(cycle(EFFECTIVE), TIMES))
]


@pytest.fixture(scope="module")
def proxy(forks: Forks) -> Iterator[str]:
    """An address behind which requests arrive and replies do not."""
    forks.serve()
    with losing_replies(forks.base_url) as address:
        yield address
    forks.kill()


@pytest.mark.parametrize("operation", CUTS)
def test_a_write_whose_reply_is_lost_happens_once(
    operation: str, service: Service, forks: Forks, proxy: str
) -> None:
    status, whole = undisturbed(operation, service)
    write = make(operation, service)
    before = rows(service)

    with pytest.raises(httpx.TransportError):
        write.send_to(proxy)
    lost = rows(service)
    reply = write.send_to(forks.base_url)

    assert reply.status_code == status
    assert reply.headers["Idempotent-Replayed"] == "true"
    assert effect(before, lost) == whole
    assert effect(lost, rows(service)) == {}


def test_the_trail_tells_of_each_once(service: Service) -> None:
    assert broken_chains(service) == []
