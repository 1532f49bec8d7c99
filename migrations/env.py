"""Where alembic meets our metadata; runs on the connection that ``app.migrate`` prepared."""

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import app.access.models
import app.assessments.models
import app.audit.models
import app.benchmarks.models
import app.benchmarks.wish_models
import app.catalog.models
import app.erasure.models
import app.imports.models
import app.learning.models
import app.organizations.models
import app.practices.models
import app.queries.models
import app.retries.models  # noqa: F401 - importing registers the tables
from app.migrate import owner_connection
from app.settings import Settings


def run(connection: Connection) -> None:
    """Bring the schema to the wanted revision, in one transaction."""
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with owner_connection(Settings()) as opened:
        run(opened)
        opened.commit()
