"""The matrix: rows for each operation. A new operation without a row fails."""

from typing import Any

from tests.inputs import INSTRUMENT
from tests.isolation import bodies, learning
from tests.isolation.matrix import INVALID, Body, Row, tenant
from tests.isolation.world import PERIOD

NAME = {"instrument": str(INSTRUMENT["instrument"]), "version": str(INSTRUMENT["version"])}
CROSSWALK = "leadership-for-improvement-2006--seven-leverage-points-2"
PROJECTED = "?framework=leadership-for-improvement&instrument=small"
SMALL = "?instrument=small"
FRAMEWORK = {"framework": "seven-leverage-points", "code": "LP1"}
OK, MADE, TAKEN, GONE, CONFLICT, WRONG = (200,), (201,), (202,), (204,), (409,), (422,)
OPERATOR = ("operator",)
FORM = {"content-type": "application/x-www-form-urlencoded"}
IMPORTS = "submissions:write"
RETRIED = {"idempotency-key": "new"}


def opened(**values: str) -> Row:
    """Open data."""
    return Row(scheme="", values=values)


def operator(scope: str, body: Body | None = None, done: tuple[int, ...] = MADE) -> Row:
    """What only the operator does."""
    return Row(scope=scope, only=OPERATOR, done=done, body=body, values=NAME)


def client(scope: str, body: Body | None = None, done: tuple[int, ...] = OK, **more: Any) -> Row:
    """Something of a client."""
    return Row(scope=scope, about="client", body=body, done=done, **more)


def in_network(body: Body, done: tuple[int, ...], **more: Any) -> Row:
    """Registering something in a network that the body names."""
    return Row(scope="organizations:write", about="network", body=body, done=done, **more)


def oauth(body: Body, about: str = "") -> Row:
    """An OAuth endpoint."""
    return Row(scheme="client", about=about, body=body, headers=FORM)


def invited(body: Body | None = None, done: tuple[int, ...] = OK) -> Row:
    """What an invitation opens."""
    return Row(scheme="invitation", body=body, done=done)


ROUND: dict[str, Any] = {
    "identified": True,
    "child": "assessment",
    "kind": "locked round",
    "filled": True,
}
OPEN_ROUND = {**ROUND, "kind": "open round"}
SUBMISSION: dict[str, Any] = {
    "child": "submission_id",
    "kind": "submission",
    "pushed": True,
    "filled": True,
}
OF_PERIOD: dict[str, Any] = {"values": {"assessment": PERIOD}}
INVITATION: dict[str, Any] = {
    **OF_PERIOD,
    "child": "invitation_id",
    "kind": "invitation",
    "pushed": True,
    "filled": True,
}
SIGNED: dict[str, Any] = {"child": "participation_id", "kind": "participation", "filled": True}
GRANT: dict[str, Any] = {"child": "grant_id", "kind": "grant", "filled": True}
ERASURE: dict[str, Any] = {"child": "erasure_id", "kind": "erasure", "filled": True}
KEY: dict[str, Any] = {"child": "key_id", "kind": "key"}
NOT_THEIRS = dict.fromkeys(("partner", "researcher"), INVALID)

ROWS: dict[str, tuple[Row, ...]] = {
    **learning.ROWS,
    "GET /healthz": (opened(),),
    "GET /readyz": (opened(),),
    "GET /problems/{slug}": (opened(slug="not-found"),),
    "GET /.well-known/oauth-authorization-server": (opened(),),
    "GET /.well-known/smart-configuration": (opened(),),
    "GET /v1/frameworks": (opened(),),
    "GET /v1/frameworks/{framework}": (opened(**FRAMEWORK),),
    "GET /v1/frameworks/{framework}/elements/{code}": (opened(**FRAMEWORK),),
    "GET /v1/frameworks/{framework}/elements/{code}/counterparts": (opened(**FRAMEWORK),),
    "GET /v1/frameworks/{framework}/changes": (opened(**FRAMEWORK),),
    "GET /v1/measures": (opened(),),
    "GET /v1/crosswalks": (opened(),),
    "GET /v1/crosswalks/{crosswalk}": (opened(crosswalk=CROSSWALK),),
    "GET /v1/search": (Row(scheme="", query="?q=board"),),
    "POST /v1/programs": (Row(scheme="", body=bodies.program),),
    "GET /v1/catalog": (opened(),),
    "GET /v1/catalog/versions": (opened(),),
    "GET /v1/catalog/diff": (Row(scheme="", query="?from=1"),),
    "GET /v1/catalog/content": (opened(),),
    "GET /v1/instruments": (opened(),),
    "GET /v1/instruments/{instrument}": (opened(**NAME),),
    "GET /v1/instruments/{instrument}/versions/{version}": (opened(**NAME),),
    "GET /v1/instruments/{instrument}/versions/{version}/{sheet}.csv": (
        opened(**NAME, sheet="template"),
    ),
    "GET /v1/benchmarks": (opened(),),
    "GET /v1/benchmarks/{release}": (opened(release="1"),),
    "GET /v1/benchmarks/public-key": (opened(),),
    "GET /v1/benchmarks/{release}/index.html": (opened(release="1"),),
    "GET /v1/benchmarks/{release}/method.html": (opened(release="1"),),
    "GET /v1/benchmarks/{release}/{file}": (opened(release="1", file="data.csv"),),
    "GET /v1/benchmarks/{release}/cohorts": (opened(release="latest"),),
    "GET /v1/benchmarks/{release}/cells": (opened(release="1"),),
    "GET /v1/benchmarks/trend": (opened(),),
    "GET /v1/benchmarks/{release}/items": (opened(release="1"),),
    "GET /v1/benchmarks/{release}/psychometrics": (opened(release="1"),),
    "GET /v1/benchmarks/{release}/coverage": (
        Row(scope="benchmarks:read", values={"release": "1"}),
    ),
    "GET /v1/benchmarks/{release}/comparison": (
        Row(scheme="", values={"release": "1"}, query="?cohorts=all,teaching:yes"),
    ),
    "POST /v1/cohort-requests": (
        Row(scope="cohorts:write", body=bodies.cohort_request, done=(201, 200)),
    ),
    "GET /v1/cohort-requests": (Row(scope="cohorts:read"),),
    "POST /v1/queries": (Row(scope="queries:write", body=bodies.query),),
    "GET /v1/queries": (Row(scope="queries:read"),),
    "GET /v1/queries/budget": (Row(scope="queries:read"),),
    "GET /v1/agreements": (opened(),),
    "GET /v1/agreements/{version}": (opened(version="1"),),
    "POST /oauth/token": (oauth(bodies.credentials),),
    "POST /oauth/introspect": (oauth(bodies.token, "token"),),
    "POST /oauth/revoke": (oauth(bodies.token, "token"),),
    "GET /v1/invitation": (invited(),),
    "POST /v1/invitation/submission": (invited(bodies.own_answers, MADE),),
    "POST /v1/instruments": (operator("catalog:write", bodies.instrument),),
    "GET /v1/instruments/{instrument}/versions/{version}/quality": (
        operator("quality:read", done=OK),
    ),
    "POST /v1/agreements": (operator("catalog:write", bodies.agreement),),
    "POST /v1/releases": (operator("releases:write", done=CONFLICT),),
    "POST /v1/networks": (operator("organizations:write", bodies.network),),
    "GET /v1/networks": (Row(scope="organizations:read"),),
    "GET /v1/networks/{network}": (Row(scope="organizations:read", about="network"),),
    "GET /v1/partners": (Row(scope="organizations:read"),),
    "POST /v1/organizations": (in_network(bodies.organization, MADE),),
    "POST /v1/organizations/bulk": (
        in_network(bodies.organizations, OK, query="?mode=commit", headers=RETRIED, reported=True),
    ),
    "POST /v1/imports": (
        Row(
            scope="submissions:write",
            about="organization",
            body=bodies.lines,
            query="?mode=commit",
            headers=RETRIED,
            reported=True,
        ),
    ),
    "GET /v1/imports": (Row(scope=IMPORTS),),
    "GET /v1/imports/{import_id}": (Row(scope=IMPORTS, about="import"),),
    "GET /v1/imports/{import_id}/events": (Row(scope=IMPORTS, about="import"),),
    "GET /v1/imports/{import_id}/report": (Row(scope=IMPORTS, about="import"),),
    "GET /v1/imports/{import_id}/report.ndjson": (Row(scope=IMPORTS, about="import"),),
    "GET /v1/imports/{import_id}/report.csv": (Row(scope=IMPORTS, about="import"),),
    "POST /v1/imports/{import_id}/cancel": (Row(scope=IMPORTS, about="import"),),
    "GET /v1/organizations": (Row(scope="organizations:read"),),
    "GET /v1/organizations/{org}": (tenant("organizations:read"),),
    "PATCH /v1/organizations/{org}": (tenant("organizations:write", bodies.change),),
    "DELETE /v1/organizations/{org}": (tenant("data:write", done=TAKEN),),
    "POST /v1/organizations/{org}/exports": (
        tenant("data:read"),
        tenant("data:read", bodies.pseudonym),
        tenant("data:read", bodies.invitee),
    ),
    "POST /v1/organizations/{org}/erasures": (
        tenant("data:write", bodies.pseudonym),
        tenant("data:write", bodies.invitee),
    ),
    "GET /v1/organizations/{org}/erasures": (tenant("data:read"),),
    "GET /v1/organizations/{org}/erasures/{erasure_id}": (tenant("data:read", **ERASURE),),
    "DELETE /v1/organizations/{org}/erasures/{erasure_id}": (
        tenant("data:write", done=GONE, **ERASURE),
    ),
    "GET /v1/organizations/{org}/audit": (tenant("audit:read"),),
    "POST /v1/organizations/{org}/agreements": (
        tenant("agreements:write", bodies.participation, MADE),
    ),
    "GET /v1/organizations/{org}/agreements": (tenant("agreements:read"),),
    "GET /v1/organizations/{org}/agreements/{participation_id}": (
        tenant("agreements:read", **SIGNED),
    ),
    "POST /v1/organizations/{org}/grants": (
        tenant("grants:write", bodies.grant, MADE),
        tenant("grants:write", bodies.grant_to_a_stranger, WRONG),
    ),
    "GET /v1/organizations/{org}/grants": (tenant("grants:read"),),
    "GET /v1/organizations/{org}/grants/{grant_id}": (tenant("grants:read", **GRANT),),
    "DELETE /v1/organizations/{org}/grants/{grant_id}": (
        tenant("grants:write", done=GONE, **GRANT),
    ),
    "POST /v1/organizations/{org}/submissions": (
        tenant("submissions:write", bodies.answers, MADE, agreed=True),
    ),
    "GET /v1/organizations/{org}/submissions": (tenant("submissions:read"),),
    "GET /v1/organizations/{org}/submissions/{submission_id}": (
        tenant("submissions:read", **SUBMISSION),
    ),
    "GET /v1/organizations/{org}/submissions/{submission_id}/receipt": (
        tenant("submissions:read", **SUBMISSION),
    ),
    "POST /v1/organizations/{org}/submissions/{submission_id}/withdrawal": (
        tenant("submissions:write", done=MADE, **SUBMISSION),
    ),
    "GET /v1/organizations/{org}/assessments": (tenant("assessments:read", identified=True),),
    "GET /v1/organizations/{org}/assessments/{assessment}": (tenant("assessments:read", **ROUND),),
    "POST /v1/organizations/{org}/assessments/{assessment}/lock": (
        tenant("assessments:write", done=MADE, **OPEN_ROUND),
    ),
    "GET /v1/organizations/{org}/assessments/{assessment}/result": (
        tenant("assessments:read", **ROUND),
    ),
    "GET /v1/organizations/{org}/assessments/{assessment}/agenda": (
        tenant("assessments:read", **ROUND),
    ),
    "GET /v1/organizations/{org}/projection": (
        tenant("assessments:read", identified=True, filled=True, query=PROJECTED),
    ),
    "GET /v1/organizations/{org}/program": (  # this instrument asks about no framework
        tenant("assessments:read", identified=True, filled=True, query=SMALL, done=WRONG),
    ),
    "GET /v1/organizations/{org}/position": (
        tenant("assessments:read", identified=True, filled=True),
    ),
    "GET /v1/organizations/{org}/position/trend": (
        tenant("assessments:read", identified=True, filled=True),
    ),
    "POST /v1/organizations/{org}/assessments/{assessment}/invitations": (
        tenant("invitations:write", bodies.invitation, MADE, agreed=True, **OF_PERIOD),
    ),
    "GET /v1/organizations/{org}/assessments/{assessment}/invitations": (
        tenant("invitations:read", **OF_PERIOD),
    ),
    "DELETE /v1/organizations/{org}/assessments/{assessment}/invitations/{invitation_id}": (
        tenant("invitations:write", done=GONE, **INVITATION),
    ),
    "POST /v1/clients": (
        tenant(
            "clients:write",
            bodies.organization_client,
            MADE,
            instead={**NOT_THEIRS, "network": INVALID},
        ),
        Row(
            scope="clients:write",
            about="network",
            body=bodies.network_client,
            done=MADE,
            instead={**NOT_THEIRS, "organization": INVALID},
        ),
    ),
    "GET /v1/clients": (Row(scope="clients:read"),),
    "GET /v1/clients/{client}": (client("clients:read"),),
    "DELETE /v1/clients/{client}": (client("clients:write", done=GONE),),
    "PUT /v1/clients/{client}/jwks": (client("clients:write", bodies.jwks),),
    "POST /v1/clients/{client}/keys": (client("clients:write", bodies.key, MADE),),
    "GET /v1/clients/{client}/keys": (client("clients:read"),),
    "GET /v1/clients/{client}/keys/{key_id}": (client("clients:read", **KEY),),
    "POST /v1/clients/{client}/keys/{key_id}/rotation": (
        client("clients:write", bodies.rotation, MADE, **KEY),
    ),
    "DELETE /v1/clients/{client}/keys/{key_id}": (client("clients:write", done=GONE, **KEY),),
}
