"""A lattice that loses cohorts: an instrument that is kept loses theirs too."""

from collections.abc import Callable, Iterator

import pytest

from tests.benchmarks.conftest import LAST_YEAR, OLD, World, fill, make_world
from tests.benchmarks.test_release_making import DEFINITION
from tests.conftest import Server, Service, serve
from tests.inputs import INSTRUMENT

SMALLER = {**DEFINITION, "tables": [one for one in DEFINITION["tables"] if one != ["teaching"]]}


@pytest.fixture(scope="module")
def shrunk(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """Two instruments in a release; in the next there are fewer cohorts, and one is kept."""
    with pytest.MonkeyPatch.context() as patch:
        for service in serve(server, new_database()):
            other = {**INSTRUMENT, "instrument": "another"}
            assert service.operator.post("/v1/instruments", json=other).status_code == 201
            world = make_world(service, 48)
            fill(world, 48)
            with pytest.MonkeyPatch.context() as renamed:
                renamed.setitem(INSTRUMENT, "instrument", "another")
                _fill_again(world, f"{OLD}-01")
            assert world.build(as_of=f"{LAST_YEAR}-12-15").status_code == 201
            patch.setattr("app.benchmarks.service.seeded", lambda: SMALLER)
            _fill_again(world, f"{OLD}-12")
            reply = world.build()
            assert reply.status_code == 201, reply.text
            yield service


def _fill_again(world: World, period: str) -> None:
    for number in range(48):
        world.lock([number % 5, 3, (number * 7) % 5, 1], number, period=period)


@pytest.mark.parametrize("instrument", ["small", "another"])
def test_what_is_kept_has_only_cohorts_of_the_release(shrunk: Service, instrument: str) -> None:
    http = shrunk.http
    cohorts = {one["id"] for one in http.get("/v1/benchmarks/2/cohorts").json()["data"]}
    reply = http.get("/v1/benchmarks/2/cells", params={"instrument": instrument})

    assert reply.status_code == 200
    cells = reply.json()["data"]
    assert {one["cohort"] for one in cells} == cohorts
    assert {one["broader"] for one in cells} <= {*cohorts, None}
    before = http.get("/v1/benchmarks/1/cells", params={"instrument": instrument}).json()["data"]
    assert {one["cohort"] for one in before} > cohorts
    assert not {one["broader"] for one in before} <= {*cohorts, None}


@pytest.mark.parametrize(
    "path",
    ["data.csv", "index.html", "items?instrument=another", "psychometrics?instrument=another"],
)
def test_all_of_the_release_can_be_read(shrunk: Service, path: str) -> None:
    assert shrunk.http.get(f"/v1/benchmarks/2/{path}").status_code == 200
