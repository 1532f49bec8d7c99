"""How selective the sample behind a release is, over HTTP: what members are told, and who is."""

import random
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest

from app.access.models import Kind
from tests.benchmarks.conftest import LAST_YEAR, OLD, TEAM, World, make_world
from tests.benchmarks.test_consent import sign
from tests.conftest import Caller, Server, Service, serve
from tests.imports.test_warnings import ITEMS, LONG

SIZE = 60
NO, YES = range(0, SIZE, 3), [number for number in range(SIZE) if number % 3]
"""Who is a teaching hospital, as the world has it."""
TEACHING = ("teaching:no", "teaching:yes")
FLAGGED = {*NO[:12], *YES[:6]}
WEST = range(24)
BLINDED = range(SIZE, SIZE + 10)
JUNE = f"{LAST_YEAR}-06"


def answer(world: World, number: int, lines: int = 0, period: str = OLD) -> None:
    """A locked round of the long instrument; some of its submissions draw straight lines."""
    dice = random.Random(f"{number} {period}")  # noqa: S311
    team = [[dice.randint(0, 4) for _ in ITEMS] for _ in range(TEAM)]
    team[:lines] = [[place % 5] * len(ITEMS) for place in range(lines)]
    world.lock_team(team, number, period, instrument=LONG)


def begun(service: Service, flagged: Collection[int], size: int = SIZE) -> World:
    """Organizations with a locked round each; of some, two of four submissions are lines."""
    assert service.operator.post("/v1/instruments", json=LONG).is_success
    world = make_world(service, size)
    for number in range(size):
        answer(world, number, lines=2 if number in flagged else 0)
    return world


def built(world: World, **body: Any) -> None:
    reply = world.build(**body)
    assert reply.status_code == 201, reply.text


def member(world: World) -> Caller:
    key = world.service.key(Kind.ORGANIZATION, str(world.organizations[0].id))
    return world.service.as_(key)


def told(world: World, release: int = 1, instrument: str = "many") -> dict[str, Any]:
    path = f"/v1/benchmarks/{release}/coverage?instrument={instrument}"
    reply = member(world).get(path)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def bands(world: World, release: int = 1) -> dict[str, tuple[str | None, int | None]]:
    flagged = told(world, release)["flagged"]
    return {one["cohort"]: (one["band"], one["as_of_release"]) for one in flagged}


def cells(world: World, release: int = 1) -> dict[str, Any]:
    path = f"/v1/benchmarks/{release}/cells?figure=overall&instrument=many"
    data = world.service.http.get(path).json()["data"]
    return {one["cohort"]: one for one in data}


@pytest.fixture(scope="module")
def covered(server: Server, new_database: Callable[[], str]) -> Iterator[World]:
    """Sixty in a release, 24 of them in one region; ten more that do not take part."""
    for service in serve(server, new_database()):
        world = begun(service, FLAGGED, SIZE + len(BLINDED) + 1)
        for number in BLINDED:
            sign(world, number, benchmark=False)
        with service.superuser() as database:
            ids = [world.organizations[number].id for number in WEST]
            database.execute(
                'UPDATE organization SET attributes = attributes || \'{"region": "us_west"}\''
                " WHERE id = ANY (%s)",
                [ids],
            )
            database.execute(
                "UPDATE organization SET erase_at = now() + interval '1 day' WHERE id = %s",
                [world.organizations[-1].id],
            )
        built(world)
        yield world


def test_who_is_counted_of_whom_is_told(covered: World) -> None:
    found = {one["cohort"]: one for one in told(covered)["population"]}

    assert found["region:us_west"] == {
        "cohort": "region:us_west",
        "organizations": cells(covered)["region:us_west"]["organizations"],
        "as_of_release": 1,
        "status": "known",
        "share": "<5 %",
        "population": {
            "organizations": 1074,
            "source": "Centers for Medicare & Medicaid Services, Hospital General Information"
            " (hospitals registered with Medicare)",
            "year": None,
        },
    }
    assert found["region:us_west"]["organizations"] == 25
    nobody = found["region:us_south"]
    assert (nobody["organizations"], nobody["share"], nobody["status"]) == (None, None, "withheld")
    assert nobody["population"]["organizations"] == 2034


def test_what_nobody_has_counted_is_told_as_unknown(covered: World) -> None:
    found = {one["cohort"]: one for one in told(covered)["population"]}
    counted = {name for name, one in found.items() if one["population"]}

    regions = {"northeast", "midwest", "south", "west"}
    assert counted == {"country:US", *(f"region:us_{one}" for one in regions)}
    teaching = found["teaching:yes"]
    assert (teaching["status"], teaching["share"]) == ("unknown", None)
    assert teaching["organizations"] == cells(covered)["teaching:yes"]["organizations"]
    assert not any(";" in name or name == "all" for name in found)


def test_the_share_of_flagged_answers_is_told_in_bands(covered: World) -> None:
    found = bands(covered)

    # Half of the answers of 18 in 60, of 12 in 20, of 6 in 40.
    assert found["all"] == ("10_to_20", 1)
    assert found["teaching:no"] == ("over_20", 1)
    assert found["teaching:yes"] == ("5_to_10", 1)
    shown = {name for name, one in cells(covered).items() if one["status"] == "published"}
    assert {name for name, (band, _) in found.items() if band} == shown
    assert found["region:us_south"] == (None, None), "a withheld cell has none"


def test_who_does_not_take_part_is_told_in_a_band(covered: World) -> None:
    # Ten of 70; one is being erased, and neither takes part nor stays out.
    assert told(covered)["not_taking_part"] == {"band": "10_to_20", "as_of_release": 1}


def test_it_is_of_one_instrument_version(covered: World) -> None:
    found = told(covered)

    assert (found["release"], found["instrument"], found["version"]) == (1, "many", "1")
    assert found["sha256"] == covered.service.http.get("/v1/benchmarks/1").json()["sha256"]
    client = member(covered)
    assert client.get("/v1/benchmarks/latest/coverage").json() == found
    assert client.get("/v1/benchmarks/1/coverage?instrument=small").status_code == 404
    assert client.get("/v1/benchmarks/9/coverage").status_code == 404


PATH = "/v1/benchmarks/1/coverage"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.ORGANIZATION, 200),
        (Kind.NETWORK, 200),
        (Kind.OPERATOR, 200),
        (Kind.PARTNER, 403),
        (Kind.RESEARCHER, 403),
    ],
)
def test_members_are_told_and_others_are_not(covered: World, kind: Kind, status: int) -> None:
    row = covered.organizations[0]
    tenants = {Kind.ORGANIZATION: str(row.id), Kind.NETWORK: str(row.network_id)}
    client = covered.service.as_(covered.service.key(kind, tenants.get(kind)))

    assert client.get(PATH).status_code == status


def test_what_a_member_was_told_is_kept_for_nobody(covered: World) -> None:
    client = member(covered)
    for _ in range(2):
        reply = client.get(PATH)
        assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-store")

        assert covered.service.http.get(PATH).status_code == 401
    kept = covered.service.http.app.state.quick._kept  # type: ignore[attr-defined]  # noqa: SLF001
    assert not any("coverage" in path for path, *_ in kept)


def test_nothing_public_has_a_band(covered: World) -> None:
    http = covered.service.http
    manifest = http.get("/v1/benchmarks/1").json()
    public = [http.get(one["href"]).text for one in manifest["files"]]

    assert len(public) > 8
    for text in (*public, str(manifest), http.get("/v1/benchmarks/1/cells").text):
        assert not any(word in text for word in ("under_5", "5_to_10", "not_taking_part"))


def test_answers_of_two_networks_make_no_band_high(fresh_service: Service) -> None:
    world = begun(fresh_service, {number for number in range(SIZE) if number % 8 < 2})
    built(world)

    # Half of the answers of 16 in 60, and it might be anything.
    assert bands(world)["all"] == ("under_5_or_few", 1)
    assert told(world)["not_taking_part"] == {"band": "under_5_or_few", "as_of_release": 1}


def test_what_teams_agreed_on_and_what_was_replaced(fresh_service: Service) -> None:
    assert fresh_service.operator.post("/v1/instruments", json=LONG).is_success
    world = make_world(fresh_service, SIZE)
    for number in range(SIZE):
        line = [[3] * len(ITEMS)] if number < 9 else [[(n + number) % 5 for n in range(20)]]
        world.lock_team(line, number, mode="consensus", instrument=LONG)
    with fresh_service.superuser() as database:
        database.execute(
            "UPDATE submission SET superseded_at = now() WHERE organization_id = ANY (%s)",
            [[world.organizations[number].id for number in range(4)]],
        )
    built(world)

    # Nine of sixty draw a line, and five of these stand.
    assert bands(world)["all"] == ("5_to_10", 1)


def test_a_band_is_renewed_with_its_cell_and_not_before(fresh_service: Service) -> None:
    world = begun(fresh_service, FLAGGED)
    built(world)
    for number in NO[:9]:  # too few for a new cell: without lines it would be 5_to_10
        answer(world, number, period=JUNE)
    for number in YES[:11]:
        answer(world, number, lines=TEAM, period=JUNE)
    built(world)

    statuses = {name: cells(world, 2)[name]["status"] for name in ("all", *TEACHING)}
    assert statuses == {"all": "published", TEACHING[0]: "carried", TEACHING[1]: "published"}
    found = bands(world, 2)
    assert found["all"] == found[TEACHING[1]] == ("over_20", 2)
    assert found[TEACHING[0]] == bands(world)[TEACHING[0]] == ("over_20", 1)


def test_an_instrument_without_changes_keeps_its_bands(fresh_service: Service) -> None:
    world = begun(fresh_service, FLAGGED)
    built(world)
    for number in range(24):
        world.lock([number % 5, 3, (number * 7) % 5, 1], number)
    with fresh_service.superuser() as database:
        database.execute(
            "UPDATE submission SET withdrawn_at = now() WHERE octet_length(answers) = 20"
        )
        database.execute("UPDATE organization SET benchmark = false WHERE external_id LIKE 'H5%'")
    built(world)

    assert {cell["status"] for cell in cells(world, 2).values()} <= {"carried", "withheld"}
    assert bands(world, 2) == bands(world)
    # Who they were is not remembered, so that one that was erased since would still be told of.
    assert told(world)["not_taking_part"]["band"]
    assert told(world, 2)["not_taking_part"] == {"band": None, "as_of_release": None}


def test_a_release_of_before_has_no_bands(fresh_service: Service) -> None:
    world = begun(fresh_service, FLAGGED)
    built(world)
    with fresh_service.superuser() as database:
        database.execute("DELETE FROM release_coverage")

    assert {one for one, _ in bands(world).values()} == {None}
    assert told(world)["not_taking_part"] == {"band": None, "as_of_release": None}
    assert told(world)["population"]

    for number in range(24):
        world.lock([number % 5, 3, (number * 7) % 5, 1], number)
    built(world)
    assert cells(world, 2)["all"]["status"] == "carried"
    assert bands(world, 2)["all"] == (None, None), "what it was then nobody knows"


def test_a_round_that_is_too_fresh_shows_in_no_band(fresh_service: Service) -> None:
    world = begun(fresh_service, FLAGGED, SIZE + len(BLINDED))
    with fresh_service.superuser() as database:
        ids = [world.organizations[number].id for number in BLINDED]
        database.execute(
            "UPDATE assessment SET period_end = current_date WHERE organization_id = ANY (%s)",
            [ids],
        )
        database.execute("UPDATE organization SET benchmark = false WHERE id = ANY (%s)", [ids])
    built(world)

    assert told(world)["not_taking_part"] == {"band": "under_5_or_few", "as_of_release": 1}


def test_a_refused_release_keeps_no_bands(covered: World) -> None:
    assert covered.build().status_code == 409

    with covered.service.superuser() as database:
        rows = database.execute("SELECT release_number FROM release_coverage").fetchall()
    assert rows == [(1,)]
