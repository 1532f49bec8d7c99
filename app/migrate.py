"""Bringing a database to the schema of this code: roles first, then migrations as their owner."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from app.database import connect
from app.db import APP_ROLE, OWNER_ROLE, RELEASE_ROLE, psycopg_url
from app.files import folder
from app.settings import Settings


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's view of the migrations folder, on a connection if one is open."""
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


@contextmanager
def owner_connection(settings: Settings) -> Iterator[Connection]:
    """A connection that acts as the owner of the tables, the three roles being there."""
    engine = create_engine(psycopg_url(connect(settings).admin), poolclass=NullPool)
    with engine.connect() as connection:
        _ensure_roles(connection, _service_password(settings))
        connection.execute(text(f"SET ROLE {OWNER_ROLE}"))
        connection.commit()
        yield connection


def upgrade(settings: Settings) -> str:
    """Run all outstanding migrations; the revision reached."""
    with owner_connection(settings) as connection:
        command.upgrade(alembic_config(connection), "head")
        connection.commit()
        return MigrationContext.configure(connection).get_current_revision() or ""


def is_empty(settings: Settings) -> bool:
    """Whether no organization was ever registered; the admin must be a superuser to see them."""
    with owner_connection(settings) as connection:
        connection.execute(text("RESET ROLE"))
        return not connection.scalar(text("SELECT EXISTS (SELECT FROM organization)"))


def recreate(settings: Settings) -> None:
    """Drop everything and migrate anew."""
    with owner_connection(settings) as connection:
        connection.execute(text(f"DROP OWNED BY {OWNER_ROLE} CASCADE"))
        connection.commit()
    upgrade(settings)


def head() -> str:
    """The revision that this code was written for."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


class OldSchemaError(Exception):
    """The database is not at the revision that this code was written for."""


def check_schema(settings: Settings) -> None:
    """Refuse to work on another schema than this code's.

    Raises:
        OldSchemaError: says what to run.
    """
    engine = create_engine(psycopg_url(connect(settings).app), poolclass=NullPool)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != head():
        raise OldSchemaError(
            f"The schema is at {found}, this version needs {head()}: run `palanca db upgrade`"
        )


def _service_password(settings: Settings) -> str | None:
    """The password the service logs in with, if its URL has one."""
    if settings.database_url is None or settings.admin_database_url is None:
        return None
    return make_url(settings.database_url.get_secret_value()).password


def _ensure_roles(connection: Connection, password: str | None) -> None:
    """Create what is missing of roles and extensions, and let the owner own the schema."""
    # Two upgrades at once would both find a role missing.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('palanca roles'))"))
    present = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    if OWNER_ROLE not in present:
        connection.execute(text(f"CREATE ROLE {OWNER_ROLE} NOLOGIN"))
        connection.execute(text(f"GRANT {OWNER_ROLE} TO CURRENT_USER"))
    for role in (APP_ROLE, RELEASE_ROLE):
        if role not in present:
            connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        if password is not None:
            literal = connection.scalar(text("SELECT quote_literal(:p)"), {"p": password})
            connection.exec_driver_sql(f"ALTER ROLE {role} PASSWORD {literal}")
    connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER_ROLE}"))
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}, {RELEASE_ROLE}"))
    connection.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    # PostgreSQL's own, for words that are typed wrongly; whoever owns the database may have it.
    connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    connection.commit()
