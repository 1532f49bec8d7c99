"""Measures and what is observed of them, as tests make them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Organization, Service

FALLS: dict[str, Any] = {
    "code": "falls",
    "title": "Falls with injury",
    "unit": "per 1,000 bed days",
    "direction": "lower",
}
"""A run chart of a rate, by month."""


def months(count: int, year: int = 2023) -> list[str]:
    """So many months in a row."""
    return [f"{year + place // 12}-{place % 12 + 1:02d}" for place in range(count)]


@dataclass(frozen=True, slots=True)
class Followed:
    """A measure of an organization."""

    organization: Organization
    path: str

    def observe(self, observations: Sequence[dict[str, Any]]) -> httpx.Response:
        """Send observations."""
        body = {"observations": list(observations)}
        return self.organization.client.post(f"{self.path}/observations", json=body)

    def values(self, values: Sequence[float | None], **more: Any) -> httpx.Response:
        """Send values month by month; none is suppressed."""
        return self.observe(
            [
                {"period": period, **more}
                | ({"missing": "suppressed"} if one is None else {"value": one})
                for period, one in zip(months(len(values)), values, strict=True)
            ]
        )

    def chart(self, query: str = "") -> Any:
        """The chart as data."""
        reply = self.organization.client.get(f"{self.path}/chart{query}")
        assert reply.status_code == 200, reply.text
        return reply.json()


def follow(service: Service, organization: Organization | None = None, **more: Any) -> Followed:
    """An organization that follows a measure."""
    who = organization or service.organization()
    made = who.client.post(f"{who.path}/measures", json={**FALLS, **more})
    assert made.status_code in {200, 201}, made.text
    return Followed(who, made.headers["Location"])


def set_aim(followed: Followed, **more: Any) -> httpx.Response:
    """An aim on the measure."""
    organization = followed.organization
    body = {
        "title": "Halve falls with injury",
        "measure": followed.path.rsplit("/", 1)[1],
        "baseline": 3.4,
        "from_on": "2023-01-01",
        "target": 1.7,
        "by": "2024-12-31",
        **more,
    }
    return organization.client.post(f"{organization.path}/aims", json=body)
