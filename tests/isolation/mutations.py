"""Everything that keeps tenants apart, taken away one by one: as changed sources, and as SQL.

Found in the syntax tree, so that what is written tomorrow is taken away too.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg

GUARDED = (
    "api.py",
    "access",
    "assessments",
    "audit/service.py",
    "benchmarks/blinded.py",
    "benchmarks/coverage_routes.py",
    "benchmarks/forgetting.py",
    "benchmarks/measuring.py",
    "benchmarks/routes.py",
    "benchmarks/service.py",
    "benchmarks/snapshot.py",
    "clients",
    "erasure",
    "fhir",
    "imports",
    "organizations",
    "retries",
)
"""Where requests and jobs deal with tenants' rows. The catalog and scores are nobody's."""

TENANT = re.compile(r"\b(organization_id|network_id|client_id|chain_id)\b|^tenant$")
"""What a tenant predicate speaks of, on either side."""

COLUMN = re.compile(
    r"^(col\()?[A-Z]\w+\.\w+\)?$|^col\(\w+\.\w+\)$|^\w+(\.table)?\.c\.\w+$|^tenant$"
)
"""A column in a condition of SQLAlchemy's, not a value of Python's."""

OWNED = re.compile(
    r"\b(organization_id|network_id|client_id)\b|\b(Organization|Client)\.id\b|^tenant$"
)
"""Columns that say whose a row is."""

WRITTEN = re.compile(r"\b(\w+\.)?(chain_id|client_id|organization_id|network_id) = (:\w+|\w+\.\w+)")
"""The same in SQL that is written out."""

REFUSALS = {
    "AgreementNeeded",
    "InsufficientScope",
    "InvitationUsed",
    "NotShared",
    "OrganizationEnding",
    "Unauthenticated",
    "unknown_client",
}
UNSCOPED = '__import__("fastapi").Security(__import__("app.api").api.authenticate)'
TRUE = '__import__("sqlalchemy").true()'


class Mutant(NamedTuple):
    """A source with one protection less."""

    name: str
    file: str
    source: str
    lines: range
    """Of the statement that is changed."""


def source_mutants(app: Path) -> Iterator[Mutant]:
    """All of a package's."""
    for guarded in GUARDED:
        place = app / guarded
        for file in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            yield from _of_file(file, str(file.relative_to(app)))


def _of_file(file: Path, name: str) -> Iterator[Mutant]:
    source = file.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    if not source.isascii():
        raise ValueError(f"{name}: columns are counted in bytes")
    seen, tree = {source}, ast.parse(source)
    statements = [_lines(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    for node in ast.walk(tree):
        for part, replacement, what in _weaker(node):
            begin = starts[part.lineno - 1] + part.col_offset
            end = starts[(part.end_lineno or 0) - 1] + (part.end_col_offset or 0)
            changed = source[:begin] + replacement + source[end:]
            if changed not in seen:
                seen.add(changed)
                text = " ".join(source[begin:end].split())
                around = min((one for one in statements if part.lineno in one), key=len)
                yield Mutant(f"{name}:{part.lineno} {what}: {text}", name, changed, around)


def _lines(node: ast.stmt) -> range:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return range(first, (node.end_lineno or node.lineno) + 1)


Part = ast.expr | ast.stmt
Weaker = Iterator[tuple[Part, str, str]]


def _weaker(node: ast.AST) -> Weaker:
    """Parts of a node that protect something, each with what is there without it."""
    match node:
        case ast.Compare(ops=[ast.Eq()]) if _is_predicate(node.left, *node.comparators):
            yield node, TRUE, "predicate"
        case ast.Call(func=ast.Attribute(attr="in_", value=column)) if OWNED.search(_text(column)):
            yield node, TRUE, "predicate"
        case ast.Call(func=ast.Attribute(attr="contains", value=column)) if "scopes" in _text(
            column
        ):
            yield node, TRUE, "predicate"
        case ast.Call(func=ast.Name(id="theirs" | "_theirs" | "_entrusted")):
            yield node, TRUE, "predicate"
        case ast.BinOp(op=ast.BitAnd()):
            yield from _weaker_and(node)
        case ast.Constant(value=str(text)) if "SELECT" in text or "UPDATE" in text:
            yield from _written(node, text)
        case _:
            yield from _weaker_check(node)


def _weaker_and(node: ast.BinOp) -> Weaker:
    sides = (_text(node.left), _text(node.right))
    if any(re.search(r"\b(ALLOWED|TOKEN_SCOPES)\b", side) for side in sides):
        yield from ((node, side, "scopes") for side in sides)
    elif any(re.search(r"\bcol\(|\.c\.", side) for side in sides):
        yield from ((part, TRUE, "predicate") for part in (node.left, node.right))


def _weaker_check(node: ast.AST) -> Weaker:
    match node:
        case ast.Call():
            yield from _weaker_call(node)
        case ast.Raise() if _refuses(node):
            yield node, "pass", "refusal"
        case ast.Expr(value=ast.Await(value=call) | (ast.Call() as call)) if _is_check(call):
            yield node, "pass", "check"
        case ast.If(test=ast.BoolOp(op=ast.Or()) as test, body=[raised]) if _refuses(raised):
            # Without a check that something is there at all, the next line breaks.
            checks = [part for part in test.values if not _text(part).endswith("is None")]
            yield from ((part, "False", "condition") for part in checks)
        case ast.Attribute(value=ast.Name(id="tenant"), attr="pushed_by"):
            yield node, "None", "own only"
        case ast.IfExp(body=ast.Constant(value=None), orelse=ast.Attribute(attr="client_id")):
            yield node, "None", "own only"


def _weaker_call(call: ast.Call) -> Weaker:
    match call:
        case ast.Call(func=ast.Name(id="allowed")):
            yield call, UNSCOPED, "scope"
        case ast.Call(func=ast.Name(id="Way"), args=[ast.Attribute() as permission, *_]):
            weak = "ORGANIZATIONS_READ" if "CLIENTS" in permission.attr else "CLIENTS_READ"
            yield permission, f"Permission.{weak}", "scope"
        case ast.Call(func=ast.Attribute(attr="compare_digest")):
            yield call, "True", "comparison"
    for keyword in call.keywords:
        if keyword.arg in {"identified", "agreed"}:
            yield keyword.value, "False", keyword.arg


def _written(node: ast.Constant, text: str) -> Weaker:
    for found in WRITTEN.finditer(text):
        changed = text[: found.start()] + "true" + text[found.end() :]
        yield node, repr(changed), f"predicate {found[0]} in"


def _is_predicate(*sides: ast.expr) -> bool:
    texts = [_text(side) for side in sides]
    is_condition = any(COLUMN.match(text) for text in texts)
    return is_condition and any(TENANT.search(text) for text in texts)


def _refuses(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or not isinstance(statement.exc, ast.Call):
        return False
    text = _text(statement.exc)
    return _text(statement.exc.func) in REFUSALS or text.startswith("OAuthError('invalid_scope'")


def _is_check(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and bool(re.search(r"\bcheck\w*$", _text(call.func)))


def _text(node: ast.expr) -> str:
    return ast.unparse(node)


POLICIES = """
SELECT c.relname, p.polname, p.polpermissive,
  pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = polrelid
WHERE 'palanca_app'::regrole = ANY (polroles) ORDER BY 1, 2
"""


def policy_mutants(database: psycopg.Connection[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Statements that each take one protection away, with what it was."""
    for table, policy, permissive, using, check in database.execute(POLICIES).fetchall():
        on = f"{policy} ON {table}"
        if not permissive:
            yield f"{on}: dropped", f"DROP POLICY {on}"
        for clause, condition in (("USING", using), ("WITH CHECK", check)):
            for weaker in [] if condition is None else ["true", *_without_one(condition)]:
                statement = f"ALTER POLICY {on} {clause} ({weaker})"
                yield f"{on}: {clause} {condition} -> {weaker}", statement
        for off in ("DISABLE", "NO FORCE") if permissive else ():
            statement = f"ALTER TABLE {table} {off} ROW LEVEL SECURITY"
            yield statement, statement


def _without_one(condition: str) -> Iterator[str]:
    """The condition with one of the parts of each AND taken away."""
    for begin, end in _groups(condition):
        inside = condition[begin:end]
        parts = _split(inside)
        for number in range(len(parts) if len(parts) > 1 else 0):
            rest = " AND ".join([*parts[:number], "true", *parts[number + 1 :]])
            yield condition[:begin] + rest + condition[end:]


def _groups(text: str) -> Iterator[tuple[int, int]]:
    """What is inside each pair of parentheses."""
    opened = []
    for place, one in enumerate(text):
        if one == "(":
            opened.append(place + 1)
        elif one == ")":
            yield opened.pop(), place


def _split(text: str) -> list[str]:
    """The parts of an AND that is not inside parentheses."""
    depth, parts, begin = 0, [], 0
    for place, one in enumerate(text):
        depth += (one == "(") - (one == ")")
        if depth == 0 and text.startswith(" AND ", place):
            parts.append(text[begin:place])
            begin = place + len(" AND ")
    return [*parts, text[begin:]]
