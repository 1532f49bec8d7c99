"""What every test's database is a copy of."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.testclient import TestClient

from app.catalog import seeding
from app.db import transaction
from app.main import create_app
from app.migrate import upgrade
from app.organizations import agreements
from app.settings import Settings


def fill(settings: Settings) -> None:
    """Migrate and seed an empty database."""
    upgrade(settings)
    with TestClient(create_app(settings)) as client:
        assert client.portal is not None
        client.portal.call(_seed, client.app.state.engine)  # type: ignore[attr-defined]


async def _seed(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        await seeding.seed(session, now=datetime.now(UTC))
        await agreements.seed(session, now=datetime.now(UTC))
