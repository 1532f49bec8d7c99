"""The learning system in the matrix: its rows, accepted bodies, and what there is of it."""

from typing import Any

from psycopg.types.json import Jsonb

from tests.isolation.matrix import Row, tenant
from tests.isolation.world import World, public_canary


def measure(_: World, relation: str) -> dict[str, Any]:
    """A measure by a code that only ``foreign`` has used before."""
    code = "another" if relation == "foreign" else "waits"
    return {"code": code, "title": "Waits", "unit": "days", "direction": "lower"}


def observations(_: World, __: str) -> dict[str, Any]:
    """A month's value."""
    return {"observations": [{"period": "2025-03", "value": 3}]}


def aim(_: World, __: str) -> dict[str, Any]:
    """An aim on a measure that every organization knows by the same code."""
    dates = {"from_on": "2025-01-01", "by": "2026-12-31"}
    return {"title": "Fewer", "measure": "falls", "baseline": 4, "target": 2, **dates}


def closing(_: World, __: str) -> dict[str, Any]:
    """An aim's end."""
    return {"closed_on": "2026-01-31", "closed_why": "Another one took its place"}


def test_of_change(world: World, relation: str) -> dict[str, Any]:
    """A test on the organization's own aim."""
    named = world.child(relation, "aim")
    said = {
        "title": "Rounds",
        "prediction": "Fewer",
        "plan": "One night",
        "starts_on": "2025-02-01",
    }
    return {"aim": named, **said}


def study(_: World, __: str) -> dict[str, Any]:
    """What a test taught."""
    said = {"happened": "Two falls", "study": "As predicted", "decision": "adopt"}
    return {"ended_on": "2025-02-03", **said}


def practice(_: World, __: str) -> dict[str, Any]:
    """Something that was done."""
    said = {"title": "Rounds", "what": "Somebody looks in", "context": "A ward of twenty beds"}
    bands = {"cost": "none", "effort": "weeks", "steps": ["Begin with one night"]}
    return {**said, **bands, "elements": ["seven-leverage-points:LP6"]}


def decision(_: World, __: str) -> dict[str, Any]:
    """What a curator says."""
    return {"decision": "return", "remark": "Say how long it took"}


def adoption(_: World, __: str) -> dict[str, Any]:
    """The use of what everybody reads."""
    return {"practice": PUBLISHED, "started_on": "2025-03-01"}


def ending(_: World, __: str) -> dict[str, Any]:
    """How it ended."""
    return {"ending": "done", "ended_on": "2025-09-01", "outcome": "no_change"}


def fill(builder: Any, name: str) -> None:
    """A measure with an aim and a test; that of ``foreign`` goes by a name that only it uses."""
    path = f"/v1/organizations/{builder.world.hospitals[name]}"
    by, canary, code = f"{name}'s own", public_canary(name), MEASURES.get(name, "falls")
    named = {"code": code, "title": canary, "unit": "a month", "direction": "lower"}
    seen = {"observations": [{"period": "2025-01", "value": 5, "note": canary}]}
    made = builder.ask(by, "POST", f"{path}/measures", json=named)
    builder.remember(name, "measure", made["id"])
    builder.ask(by, "POST", f"{path}/measures/{made['id']}/observations", json=seen)
    wanted = {**aim(builder.world, name), "title": canary, "measure": code}
    made = builder.ask(by, "POST", f"{path}/aims", json=wanted)
    builder.remember(name, "aim", made["id"])
    test = {**test_of_change(builder.world, name), "aim": made["id"], "plan": canary}
    builder.remember(name, "test", builder.ask(by, "POST", f"{path}/tests", json=test)["id"])
    write_practices(builder, name)


def write_practices(builder: Any, name: str) -> None:
    """A draft, a practice that waits, and the use of another one."""
    path, by = f"/v1/organizations/{builder.world.hospitals[name]}", f"{name}'s own"
    body = {**practice(builder.world, name), "title": public_canary(name)}
    for kind in ("draft", "waiting practice"):
        made = builder.ask(by, "POST", f"{path}/practices", json=body)
        builder.remember(name, kind, made["id"])
    builder.ask(by, "POST", f"{path}/practices/{made['id']}/submission")
    used = {**adoption(builder.world, name)}
    made = builder.ask(by, "POST", f"{path}/adoptions", json=used)
    builder.remember(name, "adoption", made["id"])


def publish(database: Any) -> None:
    """A practice that everybody reads, and whose it was nobody knows."""
    body = {**practice(None, ""), "pitfalls": [], "language": "en", "licence": "CC0-1.0"}  # type: ignore[arg-type]
    database.execute(
        "INSERT INTO published_practice (id, publish_on, elements, words, body)"
        " VALUES (%s, '2025-01-01', %s, 'rounds', %s)",
        [PUBLISHED, body["elements"], Jsonb({**body, "by": None, "contact": None})],
    )


MEASURES = {"foreign": "waits"}
"""By which code a measure goes that is not ``falls``."""


OWN_MEASURE: dict[str, Any] = {"child": "measure", "kind": "measure", "filled": True}
MEASURE = {**OWN_MEASURE, "identified": True}
AIM: dict[str, Any] = {"child": "aim_id", "kind": "aim", "filled": True}
TEST: dict[str, Any] = {"child": "test_id", "kind": "test", "filled": True}
PRACTICE: dict[str, Any] = {"child": "practice_id", "filled": True}
DRAFT = {**PRACTICE, "kind": "draft"}
WAITING = {**PRACTICE, "kind": "waiting practice"}
ADOPTION: dict[str, Any] = {"child": "adoption_id", "kind": "adoption", "filled": True}
LIBRARY = "/v1/organizations/{org}/practices"
PUBLISHED = "11111111-1111-4111-8111-111111111111"
"""A practice that everybody reads."""

MADE = (201,)
ROWS: dict[str, tuple[Row, ...]] = {
    "POST /v1/organizations/{org}/measures": (
        tenant("learning:write", measure, MADE, agreed=True),
    ),
    "GET /v1/organizations/{org}/measures": (tenant("learning:read", identified=True),),
    "GET /v1/organizations/{org}/measures/{measure}": (tenant("learning:read", **MEASURE),),
    "POST /v1/organizations/{org}/measures/{measure}/observations": (
        tenant("learning:write", observations, MADE, agreed=True, **OWN_MEASURE),
    ),
    "GET /v1/organizations/{org}/measures/{measure}/observations": (
        tenant("learning:read", **MEASURE),
    ),
    "GET /v1/organizations/{org}/measures/{measure}/chart": (tenant("learning:read", **MEASURE),),
    "GET /v1/organizations/{org}/measures/{measure}/chart.svg": (
        tenant("learning:read", **MEASURE),
    ),
    "GET /v1/organizations/{org}/measures/{measure}/chart.png": (
        tenant("learning:read", **MEASURE),
    ),
    "GET /v1/organizations/{org}/measures/{measure}/chart.csv": (
        tenant("learning:read", **MEASURE),
    ),
    "GET /v1/organizations/{org}/measures/{measure}/chart.vl.json": (
        tenant("learning:read", **MEASURE),
    ),
    "POST /v1/organizations/{org}/aims": (
        tenant("learning:write", aim, MADE, agreed=True, filled=True),
    ),
    "GET /v1/organizations/{org}/aims": (tenant("learning:read", identified=True),),
    "GET /v1/organizations/{org}/aims/{aim_id}": (tenant("learning:read", identified=True, **AIM),),
    "PATCH /v1/organizations/{org}/aims/{aim_id}": (
        tenant("learning:write", closing, agreed=True, **AIM),
    ),
    "POST /v1/organizations/{org}/tests": (
        tenant("learning:write", test_of_change, MADE, agreed=True, filled=True),
    ),
    "GET /v1/organizations/{org}/tests": (tenant("learning:read", identified=True),),
    "GET /v1/organizations/{org}/tests/{test_id}": (
        tenant("learning:read", identified=True, **TEST),
    ),
    "POST /v1/organizations/{org}/tests/{test_id}/study": (
        tenant("learning:write", study, MADE, agreed=True, **TEST),
    ),
    "GET /v1/organizations/{org}/next-steps": (
        tenant(
            "assessments:read", identified=True, filled=True, query="?instrument=small&version=1"
        ),
    ),
    f"POST {LIBRARY}": (tenant("learning:write", practice, MADE, agreed=True),),
    f"GET {LIBRARY}": (tenant("learning:read", identified=True),),
    f"GET {LIBRARY}/{{practice_id}}": (tenant("learning:read", identified=True, **DRAFT),),
    f"PUT {LIBRARY}/{{practice_id}}": (tenant("learning:write", practice, agreed=True, **DRAFT),),
    f"POST {LIBRARY}/{{practice_id}}/submission": (
        tenant("learning:write", done=MADE, agreed=True, **DRAFT),
    ),
    f"POST {LIBRARY}/{{practice_id}}/withdrawal": (
        tenant("learning:write", done=MADE, agreed=True, **DRAFT),
    ),
    f"POST {LIBRARY}/{{practice_id}}/decision": (
        tenant("practices:write", decision, MADE, **WAITING),
    ),
    "GET /v1/practice-reviews": (Row(scope="practices:read"),),
    "GET /v1/practices": (Row(scheme=""),),
    "GET /v1/practices/feed.json": (Row(scheme=""),),
    "GET /v1/practices/feed.atom": (Row(scheme=""),),
    "GET /v1/practices/{practice_id}": (Row(scheme="", values={"practice_id": PUBLISHED}),),
    "POST /v1/organizations/{org}/adoptions": (
        tenant("learning:write", adoption, MADE, agreed=True),
    ),
    "GET /v1/organizations/{org}/adoptions": (tenant("learning:read", identified=True),),
    "GET /v1/organizations/{org}/adoptions/{adoption_id}": (
        tenant("learning:read", identified=True, **ADOPTION),
    ),
    "POST /v1/organizations/{org}/adoptions/{adoption_id}/ending": (
        tenant("learning:write", ending, MADE, agreed=True, **ADOPTION),
    ),
}
