"""The rules of row-level security said once more, in Python: who sees and who writes which rows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db import Scope
from tests.isolation.world import World

Row = dict[str, Any]
Rule = Callable[[Row, Scope, dict[str, list[Row]]], bool]


def ids(scope: Scope) -> set[str]:
    return {str(one) for one in scope.organizations}


def tenant(row: Row, scope: Scope, _: Any = None) -> bool:
    return bool(row["organization_id"] in ids(scope))


def own_client(row: Row, scope: Scope, _: Any = None) -> bool:
    return bool(row["client_id"] == str(scope.client))


def presented(row: Row, scope: Scope) -> bool:
    return bool(scope.key) and row["digest"] == f"\\x{scope.key}"


def own_organization(row: Row, scope: Scope, _: Any = None) -> bool:
    return row["id"] in ids(scope) or row["network_id"] == str(scope.network) or scope.operator


def granting(row: Row, scope: Scope, rows: dict[str, list[Row]]) -> bool:
    """Whether the organization lets the client act for it."""
    return bool(row["partner"]) and any(
        grant["organization_id"] == row["id"] and own_client(grant, scope) and stands(grant)
        for grant in rows["partner_grant"]
    )


def stands(grant: Row) -> bool:
    """Whether a grant is neither revoked nor over."""
    over = datetime.fromisoformat(grant["expires_at"]) <= datetime.now(UTC)
    return grant["revoked_at"] is None and not over


def client(row: Row, scope: Scope, _: Any = None) -> bool:
    mine = row["network_id"] == str(scope.network) or row["id"] == str(scope.client)
    return mine or tenant(row, scope) or scope.operator


def holds(row: Row, scope: Scope, rows: dict[str, list[Row]]) -> bool:
    """Whether the key that is being checked is the client's."""
    return any(
        presented(key, scope) and key["client_id"] == row["id"] for key in rows["client_key"]
    )


def own_key(row: Row, scope: Scope, _: Any = None) -> bool:
    dealt_with = {str(one) for one in scope.clients}
    return own_client(row, scope) or row["client_id"] in dealt_with or scope.operator


def chain(row: Row, scope: Scope, _: Any = None) -> bool:
    own = {*ids(scope), str(scope.network), str(scope.client)}
    return row["chain_id"] in own or (scope.operator and row["chain_id"] == str(UUID(int=0)))


RULES: dict[str, tuple[Rule, Rule]] = {
    **dict.fromkeys(
        (
            *("assessment", "submission", "result", "release_contribution", "participation"),
            *("measure", "observation", "aim", "change_test", "adoption"),
        ),
        (tenant, tenant),
    ),
    "practice": (
        lambda row, scope, _: (
            tenant(row, scope) or (scope.operator and row["status"] == "in_review")
        ),
        tenant,
    ),
    "partner_grant": (lambda row, scope, _: tenant(row, scope) or own_client(row, scope), tenant),
    "invitation": (lambda row, scope, _: tenant(row, scope) or presented(row, scope), tenant),
    "erasure": (lambda row, scope, _: tenant(row, scope) or scope.erasing, tenant),
    "erased_contribution": (
        lambda _, scope, __: scope.operator or scope.erasing,
        lambda _, scope, __: scope.erasing,
    ),
    **dict.fromkeys(
        ("answered_request", "used_assertion"),
        (lambda row, scope, _: own_client(row, scope) or scope.erasing, own_client),
    ),
    "import_run": (
        lambda row, scope, _: own_client(row, scope) or scope.operator or scope.erasing,
        own_client,
    ),
    "import_part": (
        lambda row, scope, _: own_client(row, scope) or scope.erasing,
        lambda row, scope, _: own_client(row, scope) or scope.erasing,
    ),
    "cohort_request": (
        lambda row, scope, _: own_client(row, scope) or scope.operator,
        lambda row, scope, _: own_client(row, scope) or scope.operator,
    ),
    "query_answer": (
        lambda row, scope, _: own_client(row, scope) or scope.operator,
        own_client,
    ),
    "release_coverage": (
        lambda _, scope, __: bool(scope.organizations or scope.network or scope.operator),
        lambda _, scope, __: scope.operator,
    ),
    "network": (
        lambda row, scope, _: row["id"] == str(scope.network) or scope.operator,
        lambda row, scope, _: row["id"] == str(scope.network) or scope.operator,
    ),
    "organization": (
        lambda row, scope, rows: own_organization(row, scope) or granting(row, scope, rows),
        own_organization,
    ),
    "client": (
        lambda row, scope, rows: (
            client(row, scope) or row["kind"] == "partner" or holds(row, scope, rows)
        ),
        client,
    ),
    "client_key": (
        lambda row, scope, _: own_key(row, scope) or presented(row, scope) or scope.erasing,
        own_key,
    ),
    "audit_head": (chain, chain),
    "audit_event": (chain, chain),
}
"""For each table which rows a context shows, and which it may write."""

ONLY_TOKENS = {"client_key"}
"""Of these an erasure takes tokens only."""

CONTEXTS: dict[str, Callable[[World, dict[str, list[Row]]], Scope]] = {
    "nothing": lambda _, __: Scope(),
    "an organization": lambda world, _: Scope(organizations=(UUID(world.hospitals["own"]),)),
    "a network": lambda world, _: Scope(network=UUID(world.networks["A"])),
    "a client": lambda world, _: Scope(client=UUID(world.clients["own's own"])),
    "a partner": lambda world, _: Scope(client=UUID(world.clients["partner with grant"])),
    "a researcher": lambda world, _: Scope(client=UUID(world.clients["researcher"])),
    "a network's client": lambda world, _: Scope(client=UUID(world.clients["network"])),
    "clients": lambda world, _: Scope(clients=(UUID(world.clients["own's own"]),)),
    "a key": lambda world, rows: Scope(key=digest(rows["client_key"], world)),
    "an invitation": lambda world, rows: Scope(key=digest(rows["invitation"], world)),
    "the operator": lambda _, __: Scope(operator=True),
    "a purge": lambda _, __: Scope(erasing=True),
    "an erasure": lambda world, _: Scope(
        organizations=(UUID(world.hospitals["own"]),),
        client=UUID(world.clients["own's own"]),
        erasing=True,
    ),
}


def digest(rows: list[Row], world: World) -> str:
    """Of a key of ``own``, or of one of its invitations."""
    mine = {world.clients["own's own"], world.hospitals["own"]}
    found = [row for row in rows if mine & {row.get("client_id"), row.get("organization_id")}]
    return str(found[0]["digest"].removeprefix("\\x"))
