"""What operators, networks and researchers write."""

from itertools import count

from app.access.models import Kind
from tests.benchmarks.conftest import LAST_YEAR, World, make_world
from tests.conftest import Service
from tests.inputs import INSTRUMENT
from tests.isolation.published import publish_release
from tests.writes.write import Maker, Write, name

WORLDS: dict[str, World] = {}
"""By database: enough hospitals for a release; every build is of the first one."""


def publish_instrument(service: Service) -> Write:
    body = {**INSTRUMENT, "version": name("v")}
    other = {**body, "title": {"en": "Another title"}}
    return Write(service.operator, "/v1/instruments", body, other)


def create_network(service: Service) -> Write:
    body = {"external_id": name("N"), "name": "A network"}
    return Write(service.operator, "/v1/networks", body, {**body, "name": "Another"})


def create_organization(service: Service) -> Write:
    network = service.network()
    client = service.as_(service.key(Kind.NETWORK, network["id"]))
    body = {"external_id": name("H"), "name": "A hospital", "attributes": {"teaching": "yes"}}
    return Write(client, "/v1/organizations", body, {**body, "attributes": {}})


def change_organization(service: Service) -> Write:
    organization = service.organization()
    body = {"name": name("New"), "identifiers": {"own": name("i")}}
    return Write(service.operator, organization.path, body, method="PATCH")


def register_many(service: Service) -> Write:
    rows = [{"external_id": name("H"), "name": name("A hospital")} for _ in range(5)]
    return Write(service.operator, "/v1/organizations/bulk?mode=commit", rows, rows[:1])


def publish_agreement(service: Service) -> Write:
    body = {"version": name("v"), "text": {"en": "We agree."}}
    return Write(service.operator, "/v1/agreements", body, {**body, "text": {"en": "We do not."}})


def build_release(service: Service) -> Write:
    if service.database not in WORLDS:
        world = WORLDS[service.database] = make_world(service, 24)
        for number in range(24):
            world.lock([number % 5, 3, (number * 3) % 5, 1], number)
    with service.superuser() as connection:
        connection.execute("TRUNCATE release, lattice_version CASCADE")
    return Write(service.operator, "/v1/releases", {}, {"as_of": f"{LAST_YEAR}-12-31"})


def ask(service: Service) -> Write:
    with service.superuser() as connection:
        found = connection.execute("SELECT FROM release WHERE number = 1").fetchone()
    if found is None:
        publish_release(service)
    client = service.as_(service.key(Kind.RESEARCHER, permissions=["queries:write"]))
    named = {one: INSTRUMENT[one] for one in ("instrument", "version")}
    body = {"release": 1, **named, "statistic": "count", "epsilon_thousandths": next(COSTS)}
    return Write(client, "/v1/queries", body, {**body, "figure": "A"})


def wish(service: Service) -> Write:
    client = service.as_(service.key(Kind.RESEARCHER))
    body = {"attributes": ["region", "teaching"]}
    return Write(client, "/v1/cohort-requests", body, {"attributes": ["type", "teaching"]})


def make_program(service: Service) -> Write:
    client = service.as_(service.key(Kind.RESEARCHER))
    return Write(client, "/v1/programs", {"elements": ["LP1"]}, {"elements": ["LP2"]})


COSTS = count(1)
"""Each question is another."""

WRITES: dict[str, Maker] = {
    "POST /v1/instruments": publish_instrument,
    "POST /v1/networks": create_network,
    "POST /v1/organizations": create_organization,
    "PATCH /v1/organizations/{org}": change_organization,
    "POST /v1/organizations/bulk": register_many,
    "POST /v1/agreements": publish_agreement,
    "POST /v1/releases": build_release,
    "POST /v1/cohort-requests": wish,
    "POST /v1/queries": ask,
    "POST /v1/programs": make_program,
}
