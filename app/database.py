"""Where the database is: the embedded one, or the URLs that an operator gave."""

from contextlib import suppress
from dataclasses import dataclass

import psycopg

from app.db import APP_ROLE, RELEASE_ROLE, psycopg_url
from app.postgres import EmbeddedPostgres
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Databases:
    """One database, reached in three roles; ``embedded`` if it is ours to start."""

    app: str
    release: str
    admin: str
    embedded: EmbeddedPostgres | None = None


def leave(server: EmbeddedPostgres) -> None:
    """Stop the embedded server, unless somebody else still works with it."""
    others = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with suppress(psycopg.OperationalError), psycopg.connect(server.url("postgres")) as session:
        found = session.execute(others).fetchone()
        busy = found is None or found[0] > 0
        session.close()
        if not busy:
            server.stop_any()


def connect(settings: Settings) -> Databases:
    """The URLs to use; an embedded server runs when this returns.

    Raises:
        EmbeddedPostgresError: the embedded server cannot be started; says how to fix it.
    """
    if settings.database_url is not None:
        app = settings.database_url.get_secret_value()
        release, admin = settings.release_database_url, settings.admin_database_url
        return Databases(
            app=app,
            release=release.get_secret_value() if release else psycopg_url(app, RELEASE_ROLE),
            admin=admin.get_secret_value() if admin else app,
        )
    server = EmbeddedPostgres(settings.data_dir)
    server.start()
    return Databases(
        app=server.url(APP_ROLE),
        release=server.url(RELEASE_ROLE),
        admin=server.url("postgres"),
        embedded=server,
    )
