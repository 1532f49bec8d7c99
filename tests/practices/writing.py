"""Practices as tests write them."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import Organization, Service
from tests.writes.hospitals import PRACTICE


@dataclass(frozen=True, slots=True)
class Written:
    """A practice of an organization."""

    service: Service
    organization: Organization
    path: str

    def hand_in(self) -> httpx.Response:
        """Hand it in."""
        return self.organization.client.post(f"{self.path}/submission")

    def decide(self, decision: str = "accept", **more: Any) -> httpx.Response:
        """What a curator decides."""
        body = {"decision": decision, **more}
        return self.service.operator.post(f"{self.path}/decision", json=body)

    def withdraw(self) -> httpx.Response:
        """Take it back."""
        return self.organization.client.post(f"{self.path}/withdrawal")

    def seen(self) -> Any:
        """As its organization sees it."""
        return self.organization.client.get(self.path).json()


def write(service: Service, organization: Organization | None = None, **more: Any) -> Written:
    """A draft."""
    who = organization or service.organization()
    made = who.client.post(f"{who.path}/practices", json={**PRACTICE, **more})
    assert made.status_code == 201, made.text
    return Written(service, who, made.headers["Location"])


def publish(service: Service, organization: Organization | None = None, **more: Any) -> str:
    """The id of a published practice."""
    written = write(service, organization, **more)
    written.hand_in()
    accepted = written.decide()
    assert accepted.status_code == 201, accepted.text
    return str(accepted.json()["published"])
