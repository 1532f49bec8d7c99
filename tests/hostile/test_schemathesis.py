"""A short run of Schemathesis; the long one is ``python -m tests.hostile.schemathesis_run``."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import schemathesis
from schemathesis.python import asgi

from app.main import create_app
from tests.conftest import Service
from tests.hostile.conformance import configuration, run
from tests.isolation.world import World


@pytest.mark.parametrize(
    ("who", "examples"),
    [pytest.param("", 1, id="nobody"), pytest.param("organization", 3, id="an organization")],
)
def test_what_the_document_says_is_so(
    new_world: Callable[[], AbstractContextManager[Service]],
    world: World,
    who: str,
    examples: int,
) -> None:
    with new_world() as service:
        app = create_app(service.settings)  # Schemathesis starts and stops it
        config = configuration(
            world,
            who,
            app.openapi(),
            generation={"max-examples": examples, "database": "none"},
            phases={name: {"enabled": False} for name in ("examples", "coverage", "stateful")},
        )
        try:
            tally = run(schemathesis.openapi.from_asgi("/openapi.json", app, config=config))
        finally:
            asgi.shutdown_lifespans()

    assert not tally.errors, tally.errors
    assert not tally.failures, tally.examples
    assert tally.cases >= 70 * examples
