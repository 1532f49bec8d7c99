"""Two networks full of rows: what they are called, and bodies that are accepted."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.inputs import INSTRUMENT

PERIOD, LOCKED, FOREIGN_ONLY = "2025-H2", "2024", "2023"
"""A round that is open, one that is locked, and one that only ``foreign`` had."""

ABSENT = "00000000-0000-7000-8000-000000000000"
"""The id of nothing."""

FOREIGN_RECORD = "record-77.for"
"""An external id that only ``foreign`` uses."""

RESPONDENT = "ann"
"""A pseudonym."""

RETRY_KEY = "kept-by-own"
"""An idempotency key of ``own`` whose answer is kept."""


TWINS = {
    "foreign's own": "own's own",
    "sibling network": "network",
    "partner without": "partner with grant",
}
"""Clients of ``foreign``, and whose rows they have twins of."""


def public_canary(name: str) -> str:
    """What is in the names of a hospital or network and nowhere else."""
    return f"Open{name}Canary"


def candid_canary(name: str) -> str:
    """What is in the submissions that a hospital made itself and nowhere else."""
    return f"Candid{name}Canary"


def pushed_canary(name: str) -> str:
    """What is in the submissions that a network or a partner pushed and nowhere else."""
    return f"Pushed{name}Canary"


@dataclass
class World:
    """Ids and keys, by the names in ``parties``."""

    database: str
    hospitals: dict[str, str] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    """Ids of rows below a hospital, by ``hospital kind`` or ``hospital kind maker``."""
    tokens: dict[str, str] = field(default_factory=dict)
    """OAuth tokens by the name of the client that asked for one; and an invitation's."""
    agreement: dict[str, str] = field(default_factory=dict)

    def child(self, hospital: str, kind: str, by: str = "") -> str:
        """The id of a row below a hospital: of one that a party made, or else of any.

        Of ``foreign`` it is a twin; ``foreign_only`` has those without one.
        """
        if hospital == "foreign":
            return self.child("own", kind, TWINS.get(by, by))
        made = self.children.get(f"{hospital} {kind} {by}")
        return made or self.children.get(f"{hospital} {kind}", ABSENT)

    def foreign_only(self, kind: str) -> str:
        """The id of a row that only ``foreign`` has."""
        return self.children.get(f"foreign only {kind}", ABSENT)

    def dump(self) -> str:
        """As text, for another process."""
        return json.dumps(asdict(self))


def signed(world: World, signed_by: str, **flags: bool) -> dict[str, Any]:
    """A valid participation."""
    return {
        "agreement_version": world.agreement["version"],
        "text_sha256": world.agreement["text_sha256"],
        "signed_by": signed_by,
        "signed_on": "2026-01-31",
        "benchmark": True,
        "research": True,
        "partner": True,
        **flags,
    }


def submission(period: str, external_id: str, note: str) -> dict[str, Any]:
    """A valid submission."""
    return {
        "instrument": INSTRUMENT["instrument"],
        "version": INSTRUMENT["version"],
        "period": period,
        "role": "nursing",
        "external_id": external_id,
        "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
        "notes": {"A1": {"evidence": note}},
    }


def key_id(key: str) -> str:
    """The public part of a key."""
    return key.split("_")[2]
