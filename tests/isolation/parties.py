"""Who is who in the matrix, as plain facts: rights are judged by these, without the service."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Hospital:
    """An organization: whose it is and what it allowed."""

    network: str
    shares: bool = False
    signed: bool = True
    partner: bool = True
    closing: bool = False
    """Its data will be erased."""
    grants: Mapping[str, str] = field(default_factory=dict)
    """Partner apps, each with how its grant stands: current, expired or revoked."""


HOSPITALS = {
    "own": Hospital("A", shares=True, grants={"partner with grant": "current"}),
    "sibling": Hospital("A"),
    "foreign": Hospital("B", shares=True, grants={"partner without": "current"}),
    "unsigned": Hospital("A", signed=False),
    "closing": Hospital("A", shares=True, closing=True, grants={"partner with grant": "current"}),
    "unflagged": Hospital("A", partner=False, grants={"partner with grant": "current"}),
    "lapsed": Hospital("A", grants={"partner with grant": "expired"}),
    "recalled": Hospital("A", grants={"partner with grant": "revoked"}),
}
"""Relations are names of these, as the organization ``own`` sees them, or ``missing``."""

RELATIONS = ("own", "sibling", "foreign", "missing")
"""Every principal is asked about each of these; about the other hospitals, those it may concern."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who asks. Without a kind: nobody, or one whose key is no longer good."""

    kind: str = ""
    hospital: str | None = None
    network: str | None = None

    def reaches(self, name: str, relation: str) -> bool:
        """Whether the party of that name acts for the hospital of that relation."""
        hospital = HOSPITALS.get(relation)
        if hospital is None:
            return False
        return {
            "operator": True,
            "network": hospital.network == self.network,
            "organization": relation == self.hospital,
            "partner": hospital.partner and hospital.grants.get(name) == "current",
        }.get(self.kind, False)


PARTIES = {
    "anonymous": Party(),
    "respondent": Party(),
    "organization": Party("organization", hospital="own"),
    "network": Party("network", network="A"),
    "sibling network": Party("network", network="B"),
    "researcher": Party("researcher"),
    "partner with grant": Party("partner"),
    "partner without": Party("partner"),
    "revoked key": Party(),
    "expired key": Party(),
    "operator": Party("operator"),
}
"""The principals; an invitation opens nothing but what invitations are for."""

CONCERNED = {
    "unsigned": ("network", "unsigned's own"),
    "closing": ("network", "closing's own"),
    "unflagged": ("network", "partner with grant"),
    "lapsed": ("partner with grant",),
    "recalled": ("partner with grant",),
}
"""Further hospitals, and who else is asked about them."""

KINDS = {
    "catalog:write": {"operator"},
    "organizations:read": {"operator", "network", "organization", "partner"},
    "organizations:write": {"operator", "network"},
    "clients:read": {"operator", "network", "organization", "partner", "researcher"},
    "clients:write": {"operator", "network", "organization", "partner", "researcher"},
    "agreements:read": {"operator", "organization"},
    "agreements:write": {"operator", "organization"},
    "grants:read": {"organization"},
    "grants:write": {"organization"},
    "submissions:read": {"network", "organization", "partner"},
    "submissions:write": {"network", "organization", "partner"},
    "assessments:read": {"network", "organization", "partner"},
    "assessments:write": {"network", "organization", "partner"},
    "invitations:read": {"organization", "partner"},
    "invitations:write": {"organization", "partner"},
    "learning:read": {"network", "organization", "partner"},
    "learning:write": {"network", "organization", "partner"},
    "practices:read": {"operator"},
    "practices:write": {"operator"},
    "audit:read": {"organization"},
    "benchmarks:read": {"network", "operator", "organization"},
    "cohorts:read": {"network", "operator", "organization", "partner", "researcher"},
    "cohorts:write": {"network", "operator", "organization", "partner", "researcher"},
    "data:read": {"organization"},
    "data:write": {"organization"},
    "quality:read": {"operator"},
    "queries:read": {"operator", "researcher"},
    "queries:write": {"researcher"},
    "releases:write": {"operator"},
    "research:read": {"researcher"},
}
"""The kinds of client that can have each scope."""


def party(name: str) -> Party:
    """The party of that name; each hospital has a key of its own.

    Keys that lack a scope are nobody's: they are asked only where they must be refused.
    """
    if name.endswith("'s own"):
        return Party("organization", hospital=name.removesuffix("'s own"))
    return PARTIES.get(name, Party())
