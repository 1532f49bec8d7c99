"""What a key may be allowed to do, and the most that each kind of client can be given."""

from enum import StrEnum

from app.access.models import Kind


class Permission(StrEnum):
    """The scopes of keys, tokens and grants."""

    CATALOG_WRITE = "catalog:write"
    ORGANIZATIONS_READ = "organizations:read"
    ORGANIZATIONS_WRITE = "organizations:write"
    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    AGREEMENTS_READ = "agreements:read"
    AGREEMENTS_WRITE = "agreements:write"
    GRANTS_READ = "grants:read"
    GRANTS_WRITE = "grants:write"
    SUBMISSIONS_READ = "submissions:read"
    SUBMISSIONS_WRITE = "submissions:write"
    ASSESSMENTS_READ = "assessments:read"
    ASSESSMENTS_WRITE = "assessments:write"
    INVITATIONS_READ = "invitations:read"
    INVITATIONS_WRITE = "invitations:write"
    LEARNING_READ = "learning:read"
    LEARNING_WRITE = "learning:write"
    AUDIT_READ = "audit:read"
    BENCHMARKS_READ = "benchmarks:read"
    COHORTS_READ = "cohorts:read"
    COHORTS_WRITE = "cohorts:write"
    DATA_READ = "data:read"
    DATA_WRITE = "data:write"
    PRACTICES_READ = "practices:read"
    PRACTICES_WRITE = "practices:write"
    QUALITY_READ = "quality:read"
    QUERIES_READ = "queries:read"
    QUERIES_WRITE = "queries:write"
    RELEASES_WRITE = "releases:write"
    RESEARCH_READ = "research:read"


_OWN_CLIENTS = frozenset(
    {
        Permission.CLIENTS_READ,
        Permission.CLIENTS_WRITE,
        Permission.COHORTS_READ,
        Permission.COHORTS_WRITE,
    }
)
_TENANT = frozenset(
    {
        Permission.ORGANIZATIONS_READ,
        Permission.SUBMISSIONS_READ,
        Permission.SUBMISSIONS_WRITE,
        Permission.ASSESSMENTS_READ,
        Permission.ASSESSMENTS_WRITE,
        Permission.LEARNING_READ,
        Permission.LEARNING_WRITE,
    }
)
GRANTABLE = _TENANT | {Permission.INVITATIONS_READ, Permission.INVITATIONS_WRITE}
"""What an organization can let a partner do for it."""

ALLOWED: dict[Kind, frozenset[Permission]] = {
    Kind.OPERATOR: _OWN_CLIENTS
    | {
        Permission.BENCHMARKS_READ,
        Permission.CATALOG_WRITE,
        Permission.ORGANIZATIONS_READ,
        Permission.ORGANIZATIONS_WRITE,
        Permission.AGREEMENTS_READ,
        Permission.AGREEMENTS_WRITE,
        Permission.PRACTICES_READ,
        Permission.PRACTICES_WRITE,
        Permission.QUALITY_READ,
        Permission.QUERIES_READ,
        Permission.RELEASES_WRITE,
    },
    Kind.NETWORK: _OWN_CLIENTS
    | _TENANT
    | {Permission.BENCHMARKS_READ, Permission.ORGANIZATIONS_WRITE},
    Kind.ORGANIZATION: _OWN_CLIENTS
    | GRANTABLE
    | {
        Permission.AGREEMENTS_READ,
        Permission.AGREEMENTS_WRITE,
        Permission.GRANTS_READ,
        Permission.GRANTS_WRITE,
        Permission.AUDIT_READ,
        Permission.BENCHMARKS_READ,
        Permission.DATA_READ,
        Permission.DATA_WRITE,
    },
    Kind.PARTNER: _OWN_CLIENTS | GRANTABLE,
    Kind.RESEARCHER: _OWN_CLIENTS
    | {Permission.QUERIES_READ, Permission.QUERIES_WRITE, Permission.RESEARCH_READ},
}
"""The most that a kind of client can be given. Who runs the service sees no submission."""

ONLY_IF_SAID = frozenset({Permission.QUERIES_WRITE})
"""No key has these unless whoever makes it says so: an operator approves a researcher by it."""

TOKEN_SCOPES = frozenset(Permission) - {Permission.CLIENTS_WRITE}
"""What a token can have: what lasts an hour does not make what lasts a year."""
