"""A hospital whose leaders answered the whole instrument, and its locked result."""

import random
from typing import Any

from tests.conftest import Organization, Service

INSTRUMENT = "seven-leverage-points"


def form(service: Service) -> Any:
    """The instrument as it is served."""
    return service.http.get(f"/v1/instruments/{INSTRUMENT}/versions/1").json()


def answered(service: Service, levels: Any, *, period: str = "2025-H2") -> Organization:
    """A hospital with a locked round.

    Args:
        service: that serves it.
        levels: of the section's items, by its code; None answers nothing there.
        period: of the round.
    """
    organization = service.organization()
    answers = {
        item["code"]: level
        for section in form(service)["sections"]
        for item in section["items"]
        if (level := levels(section["code"])) is not None
    }
    reply = organization.submit(
        instrument=INSTRUMENT,
        version="1",
        period=period,
        mode="consensus",
        role=None,
        respondent=None,
        answers=answers,
    )
    assert reply.status_code == 201, reply.text
    locked = organization.client.post(f"{organization.path}/assessments/{period}/lock")
    assert locked.status_code == 201, locked.text
    return organization


def at_random(seed: int) -> Any:
    """Levels drawn for each item, now and then none for a section."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    return lambda _: drawn.choice([0, 1, 2, 3, 4])
