"""A small published world: 48 organizations in eight networks, each with a locked consensus."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.assessments import push
from app.assessments import service as assessments
from app.assessments.incoming import Push
from app.benchmarks.files.kept import MEDIA_TYPES
from app.db import Scope, enter, transaction
from app.organizations import agreements
from app.organizations import service as organizations
from app.organizations.agreement_schemas import ParticipationIn
from app.organizations.models import Organization
from app.organizations.schemas import NetworkIn, OrganizationIn
from tests.conftest import PEPPER, Server, Service, serve
from tests.fhir.ports import free_port
from tests.inputs import INSTRUMENT
from tests.limits.live import live

NETWORKS = 8
LAST_YEAR = datetime.now(UTC).year - 1
OLD = f"{LAST_YEAR - 1}"
"""A period long past the minimum age."""


@dataclass
class World:
    """Organizations of a service, and the verbs that fill it quickly."""

    service: Service
    organizations: list[Organization]
    client_id: UUID

    def lock(self, levels: list[int], number: int, period: str = OLD) -> None:
        """One organization's consensus, locked at once."""
        self.lock_team([levels], number, period, mode="consensus")

    def lock_team(
        self,
        team: list[list[int]],
        number: int,
        period: str = OLD,
        mode: str = "individual",
        instrument: Mapping[str, Any] = INSTRUMENT,
    ) -> None:
        """One organization's round, its respondents' answers each in item order."""
        organization = self.organizations[number]
        items = [one["code"] for section in instrument["sections"] for one in section["items"]]

        async def locked() -> None:
            engine = self.service.http.app.state.engine  # type: ignore[attr-defined]
            async with transaction(engine, Scope(organizations=(organization.id,))) as session:
                pushed = Push(
                    organization.id, self.client_id, None, PEPPER.encode(), datetime.now(UTC)
                )
                for levels in team:
                    body = {
                        "instrument": instrument["instrument"],
                        "version": instrument["version"],
                        "period": period,
                        "mode": mode,
                        "answers": dict(zip(items, levels, strict=True)),
                    }
                    role = {"role": "nursing"} if mode == "individual" else {}
                    await push.submit(session, pushed, body | role)
                await assessments.lock(
                    session,
                    organization.id,
                    period,
                    instrument=instrument["instrument"],
                    min_group=3,
                    now=datetime.now(UTC),
                )

        assert self.service.http.portal is not None
        self.service.http.portal.call(locked)

    def build(self, **body: Any) -> Any:
        """Ask for a release."""
        return self.service.operator.post("/v1/releases", json=body)


def make_world(service: Service, count: int) -> World:
    """Registered organizations, in networks by turns, with public attributes."""
    now = datetime.now(UTC)

    async def registered() -> list[Organization]:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope(operator=True)) as session:
            networks = [
                await organizations.create_network(
                    session, operator, NetworkIn(external_id=f"N{n}", name=f"N{n}"), now=now
                )
                for n in range(NETWORKS)
            ]
            return [
                await registered_one(session, operator, networks[n % NETWORKS].id, n, now)
                for n in range(count)
            ]

    service.key(Kind.OPERATOR)
    with service.superuser() as connection:
        [client_id] = connection.execute("SELECT id FROM client LIMIT 1").fetchone() or [None]
    operator = Caller(client_id, Kind.OPERATOR, None, None, frozenset())
    assert service.http.portal is not None
    return World(service, service.http.portal.call(registered), client_id)


async def registered_one(
    session: AsyncSession, operator: Caller, network_id: UUID, number: int, now: datetime
) -> Organization:
    """An organization that signed the agreement."""
    given = OrganizationIn(
        external_id=f"H{number}",
        name=f"H{number}",
        network=str(network_id),
        attributes={"teaching": "yes" if number % 3 else "no"},
    )
    made = await organizations.create(session, operator, given, now=now)
    await enter(session, Scope(organizations=(made.id,), operator=True))
    [newest, *_] = await agreements.list_(session)
    signed = ParticipationIn(
        agreement_version=newest.version,
        text_sha256=newest.text_sha256,
        signed_by="the board",
        signed_on=now.date(),
        benchmark=True,
        research=True,
        partner=True,
        share_with_network=True,
    )
    await agreements.sign(session, made.id, signed, client_id=operator.client_id, now=now)
    return made


@pytest.fixture(scope="module")
def published(server: Server, new_database: Callable[[], str]) -> Iterator[World]:
    """48 organizations, all in the first release."""
    for service in serve(server, new_database()):
        world = make_world(service, 48)
        fill(world, 48)
        reply = world.build()
        assert reply.status_code == 201, reply.text
        yield world


@dataclass(frozen=True)
class Site:
    """A published world on a real port, and a folder with the files of its release."""

    world: World
    url: str
    """Of the release."""
    folder: Path


@pytest.fixture(scope="module")
def site(
    server: Server, new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Sixty organizations in a release; services that read it over the network can."""
    port, folder = free_port(), tmp_path_factory.mktemp("release")
    base = f"http://127.0.0.1:{port}"
    for service in serve(server, new_database(), public_url=base):
        world = make_world(service, 60)
        fill(world, 60)
        reply = world.build()
        assert reply.status_code == 201, reply.text
        for name in MEDIA_TYPES:
            (folder / name).write_bytes(service.http.get(f"/v1/benchmarks/1/{name}").content)
        with live(service.settings, port):
            yield Site(world, f"{base}/v1/benchmarks/1", folder)


def fill(world: World, count: int, seed: int = 3) -> None:
    """A locked result for each of the first organizations."""
    dice = random.Random(seed)  # noqa: S311
    for number in range(count):
        world.lock([dice.randint(0, 4) for _ in range(4)], number)


TEAM = 4
"""Respondents of each organization in the measured world."""


@pytest.fixture(scope="module")
def measured(server: Server, new_database: Callable[[], str]) -> Iterator[World]:
    """Of 112 organizations teams of four, and six with a consensus alone; in the first release."""
    for service in serve(server, new_database()):
        world = make_world(service, 118)
        fill_teams(world, range(112))
        for number in range(112, 118):
            world.lock([1, 2, 3, 2], number)
        reply = world.build()
        assert reply.status_code == 201, reply.text
        yield world


def fill_teams(world: World, numbers: Iterable[int], period: str = OLD, seed: int = 5) -> None:
    """Locked teams whose answers hang together: by organization, by person, by chance."""
    dice = random.Random(seed)  # noqa: S311
    for number in numbers:
        level = dice.gauss(2, 1)
        team = []
        for _ in range(TEAM):
            person = level + dice.gauss(0, 0.7)
            levels = [min(4, max(0, round(person + dice.gauss(0, 0.8)))) for _ in range(4)]
            team.append([*levels[:3], 4 - levels[3]])
        world.lock_team(team, number, period)
