"""A real PostgreSQL for the tests: one server, a migrated template, a copy for each module.

The server is the embedded one in a temporary folder, or the one whose superuser
PALANCA_TEST_DATABASE_URL names.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import make_url
from starlette.testclient import TestClient

from app.access import service as access
from app.access.models import DataUse, Kind
from app.db import APP_ROLE, RELEASE_ROLE, Scope, transaction
from app.main import create_app
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.inputs import INSTRUMENT
from tests.template import fill

FLAGS = {"benchmark": True, "research": True, "partner": True, "share_with_network": False}
"""What a test's organization allows when it signs the agreement."""

DATA_USE = DataUse("An institute", "A study", datetime.now(UTC).date() + timedelta(days=400))
"""What a test's researcher works under, unless told otherwise."""

PEPPER = "a pepper for the tests, kept secret by nobody"


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server and who is its superuser."""

    admin: str

    def url(self, database: str, role: str | None = None) -> str:
        """The URL of a database, as the superuser or in a role."""
        parsed = make_url(self.admin).set(database=database)
        if role is not None:
            parsed = parsed.set(username=role)
        return parsed.render_as_string(hide_password=False)

    def run(self, statement: str) -> None:
        """One statement as superuser, outside any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def settings(self, database: str, **more: Any) -> Settings:
        """Settings of a service on that database."""
        return Settings.model_validate(
            {
                "database_url": self.url(database, APP_ROLE),
                "release_database_url": self.url(database, RELEASE_ROLE),
                "admin_database_url": self.url(database),
                "key_pepper": PEPPER,
                "key_environment": "test",
                "gate_targets": 12,
                "queries": True,
                "rate_limit": "1000000/minute",
                "anonymous_rate_limit": "1000000/minute",
                **more,
            }
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests counted, before the closing line."""
    for one in terminalreporter.getreports("passed"):
        for name, value in one.user_properties:
            if one.when == "call" and name == "counted":
                terminalreporter.write_line(f"{one.nodeid}: {value}")


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a figure that the end of the run shall show."""
    return partial(record_property, "counted")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if given := os.environ.get("PALANCA_TEST_DATABASE_URL"):
        yield Server(given)
        return
    embedded = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    embedded.start()
    found = Server(embedded.url("postgres"))
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        found.run(f"ALTER SYSTEM SET {setting} = off")  # nobody pulls its plug
    found.run("SELECT pg_reload_conf()")
    yield found
    embedded.stop()


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[str]:
    """A migrated and seeded database that nobody is connected to; or one that is named."""
    if given := os.environ.get("PALANCA_TEST_TEMPLATE"):
        yield given
        return
    name = f"template_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name}")
    fill(server.settings(name))
    yield name
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def new_database(server: Server, template: str) -> Iterator[Callable[[], str]]:
    """Makes copies of the template."""
    with ExitStack() as stack:

        def made() -> str:
            name = f"test_{uuid.uuid4().hex[:12]}"
            server.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
            stack.callback(server.run, f"DROP DATABASE {name} WITH (FORCE)")
            return name

        yield made


@dataclass(frozen=True, slots=True)
class Service:
    """A running service over a database of its own; tests are its clients."""

    http: TestClient
    settings: Settings
    server: Server
    database: str

    def key(self, kind: Kind, tenant: str | None = None, **options: Any) -> str:
        """A key, made as the command line makes it."""
        if kind is Kind.RESEARCHER:
            options.setdefault("data_use", DATA_USE)

        async def made() -> str:
            async with transaction(self.http.app.state.engine, Scope(operator=True)) as session:  # type: ignore[attr-defined]
                key, _ = await access.create_key(
                    session,
                    kind=kind,
                    name="test",
                    environment="test",
                    pepper=PEPPER.encode(),
                    now=options.pop("now", datetime.now(UTC)),
                    tenant_id=None if tenant is None else uuid.UUID(tenant),
                    **options,
                )
                return key.text

        assert self.http.portal is not None
        return self.http.portal.call(made)

    def as_(self, key: str) -> "Caller":
        """A client that presents a key."""
        return Caller(self.http, {"Authorization": f"Bearer {key}"})

    @property
    def operator(self) -> "Caller":
        """A client with an operator's key."""
        return self.as_(self.key(Kind.OPERATOR))

    def superuser(self) -> psycopg.Connection[Any]:
        """A connection that sees everything, to look behind the service."""
        return psycopg.connect(self.server.url(self.database))

    def network(self) -> dict[str, Any]:
        """A registered network."""
        body = {"external_id": f"N-{uuid.uuid4().hex[:10]}", "name": "A network"}
        return self.operator.post("/v1/networks", json=body).json()  # type: ignore[no-any-return]

    def organization(self, *, agree: bool = True, **more: Any) -> "Organization":
        """A registered organization with a key of its own, that signed the agreement."""
        flags = {name: more.pop(name) for name in FLAGS if name in more}
        body = {"external_id": f"H-{uuid.uuid4().hex[:10]}", "name": "A hospital", **more}
        reply = self.operator.post("/v1/organizations", json=body)
        assert reply.status_code == 201, reply.text
        row = reply.json()
        made = Organization(row, self.as_(self.key(Kind.ORGANIZATION, row["id"])))
        if agree:
            made.sign(**flags)
        return Organization({**row, **made.client.get(made.path).json()}, made.client)


@dataclass(frozen=True, slots=True)
class Caller:
    """Requests with a key."""

    http: TestClient
    headers: dict[str, str]

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        reply: httpx.Response = self.http.request(method, path, headers=headers, **more)
        return reply


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization and a client of its own."""

    row: dict[str, Any]
    client: Caller

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def path(self) -> str:
        return f"/v1/organizations/{self.id}"

    def sign(self, **flags: bool) -> httpx.Response:
        """Sign the newest agreement: all but sharing with the network, unless told otherwise."""
        body = signature(self.client.get("/v1/agreements"), **flags)
        reply = self.client.post(f"{self.path}/agreements", json=body)
        assert reply.status_code == 201, reply.text
        return reply

    def submit(self, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Submit a valid body, with changes; ``None`` takes a field out."""
        body = {
            "instrument": INSTRUMENT["instrument"],
            "version": INSTRUMENT["version"],
            "period": "2025-H2",
            "role": "nursing",
            "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
            **more,
        }
        kept = {name: value for name, value in body.items() if value is not None}
        return self.client.post(f"{self.path}/submissions", json=kept, headers=headers or {})


def signature(published: httpx.Response, **flags: bool) -> dict[str, Any]:
    """What signs the newest of the published agreements."""
    [newest, *_] = published.json()["data"]
    return {
        "agreement_version": newest["version"],
        "text_sha256": newest["text_sha256"],
        "signed_by": "The chief executive's office",
        "signed_on": "2026-01-31",
        **FLAGS,
        **flags,
    }


def steady(reply: httpx.Response) -> dict[str, str]:
    """A reply's headers without the one that counts requests."""
    return {name: value for name, value in reply.headers.items() if name != "ratelimit"}


def serve(server: Server, database: str, **more: Any) -> Iterator[Service]:
    """A running service with a small instrument beside the catalog."""
    settings = server.settings(database, **more)
    with TestClient(create_app(settings), raise_server_exceptions=False) as http:
        service = Service(http, settings, server, database)
        reply = service.operator.post("/v1/instruments", json=INSTRUMENT)
        assert reply.status_code == 201, reply.text
        yield service


@pytest.fixture(scope="module")
def service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """One service a module: tests keep apart by making organizations of their own."""
    yield from serve(server, new_database())


@pytest.fixture
def fresh_service(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service of the test's own, for what is global: releases, catalog."""
    yield from serve(server, new_database())


@pytest.fixture
def repository() -> Path:
    """The top folder of the project."""
    return Path(__file__).parent.parent
