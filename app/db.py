"""Engines, sessions, the tenant context of a transaction, and what every table shares.

Three roles: ``palanca_owner`` owns the tables and cannot log in, ``palanca_app`` serves, and
``palanca_release`` answers benchmarks and reads published cells only. The service refuses to
start with more rights than these (``check_role``).
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Enum, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from app import patience, sql

APP_ROLE = "palanca_app"
RELEASE_ROLE = "palanca_release"
OWNER_ROLE = "palanca_owner"

# Constraints have names, so a violation can be told apart and migrated.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """What every table inherits, so that the constraint names above always hold."""

    id: UUID = Field(default_factory=uuid7, primary_key=True)


class TenantTable(SQLModel):
    """A tenant's row: the tenant is the first part of its key."""

    organization_id: UUID = Field(primary_key=True, foreign_key="organization.id")
    id: UUID = Field(default_factory=uuid7, primary_key=True)


def new_id() -> UUID:
    """A UUIDv7: ordered by time, so that an index grows at its end."""
    return uuid7()


def column(kind: object, **options: Any) -> Any:  # noqa: ANN401 - as Field itself
    """A field with a column type of SQLAlchemy's."""
    return Field(sa_type=kind, **options)  # type: ignore[call-overload]


def one_of(choices: type[StrEnum], **options: Any) -> Any:  # noqa: ANN401 - as Field itself
    """An enum stored by value and as text, so the table reads like the API."""
    kind = Enum(
        choices,
        name=choices.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )
    return column(kind, **options)


def instant(**options: Any) -> Any:  # noqa: ANN401 - as Field itself
    """A moment, kept with its time zone."""
    return column(DateTime(timezone=True), **options)


def psycopg_url(url: str, role: str | None = None) -> str:
    """The URL with our driver, and with another role's name if one is given."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    if role is not None:
        parsed = parsed.set(username=role)
    return parsed.render_as_string(hide_password=False)


def make_engine(url: str, *, pool_size: int) -> AsyncEngine:
    """A pool that gives up rather than let callers hang."""
    ROWS_LOG.setLevel(max(ROWS_LOG.getEffectiveLevel(), logging.INFO))
    engine = create_async_engine(
        psycopg_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=patience.QUEUE_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,  # answers do not belong in a log
        connect_args={
            "async_creator_fn": patience.connect,
            "options": f"{patience.LIMITS} -c timezone=UTC",
        },
    )
    patience.install(engine)
    return engine


ROWS_LOG = logging.getLogger("sqlalchemy.engine.Engine")
"""At DEBUG it writes down every row that is read."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows a transaction may see: the row-level policies read exactly this."""

    organizations: tuple[UUID, ...] = ()
    network: UUID | None = None
    operator: bool = False
    key: str = ""
    """Hash, in hex, of the key or the respondent's token that is presented."""
    client: UUID | None = None
    clients: tuple[UUID, ...] = ()
    """Whose keys are being dealt with."""
    erasing: bool = False
    """Rows may be deleted; nothing but an erasure and the purge may set this."""


ENTER = """
    SELECT set_config('palanca.organizations', %s, true), set_config('palanca.network', %s, true),
      set_config('palanca.operator', %s, true), set_config('palanca.key', %s, true),
      set_config('palanca.client', %s, true), set_config('palanca.clients', %s, true),
      set_config('palanca.erasing', %s, true)
"""


async def enter(session: sql.Session, scope: Scope) -> None:
    """Tell PostgreSQL the tenant context; it ends with the transaction."""
    said = (
        _array(scope.organizations),
        "" if scope.network is None else str(scope.network),
        "on" if scope.operator else "",
        scope.key,
        "" if scope.client is None else str(scope.client),
        _array(scope.clients),
        "on" if scope.erasing else "",
    )
    await sql.send(session, ENTER, said)


def _array(ids: tuple[UUID, ...]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


async def take_time(session: AsyncSession) -> None:
    """Lift the time limits of this transaction; for a build, never for a request of many."""
    connection = await session.connection()
    await connection.execute(
        text(
            "SELECT set_config('idle_in_transaction_session_timeout', '0', true),"
            " set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)"
        )
    )
    patience.take_time((await connection.get_raw_connection()).driver_connection)


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, scope: Scope | None = None
) -> AsyncIterator[AsyncSession]:
    """A session in one transaction under a tenant context; commits at the end."""
    async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
        if scope is not None:
            await enter(session, scope)
        yield session


class UnsafeRoleError(Exception):
    """The service was given a database role that row-level security does not bind."""


async def check_role(engine: AsyncEngine, expected: str) -> None:
    """Refuse a role that could see past row-level security.

    Raises:
        UnsafeRoleError: the login is a superuser, bypasses policies, owns a table, or may
            become a role that does.
    """
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                """
                SELECT current_user AS role,
                  (SELECT string_agg(DISTINCT r.rolname || ' ' || why, ', ') FROM (
                     SELECT rolname, 'is a superuser' AS why, oid FROM pg_roles WHERE rolsuper
                     UNION ALL SELECT rolname, 'bypasses row security', oid FROM pg_roles
                       WHERE rolbypassrls
                     UNION ALL SELECT rolname, 'may create roles', oid FROM pg_roles
                       WHERE rolcreaterole
                     UNION ALL SELECT DISTINCT o.rolname, 'owns tables', o.oid FROM pg_class c
                       JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
                       JOIN pg_roles o ON o.oid = c.relowner WHERE c.relkind IN ('r', 'p')
                   ) r WHERE pg_has_role(session_user, r.oid, 'MEMBER')
                      OR pg_has_role(current_user, r.oid, 'MEMBER')) AS unsafe
                """
            )
        )
        role, unsafe = found.one()
    if unsafe:
        raise UnsafeRoleError(
            f"Refusing to serve as {role}: it {unsafe}. Run `palanca db upgrade` with "
            f"PALANCA_ADMIN_DATABASE_URL, and give PALANCA_DATABASE_URL the role {expected}."
        )
