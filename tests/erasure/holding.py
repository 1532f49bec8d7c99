"""An organization of which everything there is is held, and how tests look behind the service."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx
from psycopg.sql import SQL, Identifier

from app.access.models import Kind
from app.audit.chain import Signer
from app.erasure.emptying import CHUNK
from app.erasure.ledger import Keeper
from app.erasure.models import Erasure
from tests.assessments.inviting import answer, body, invite, path
from tests.conftest import PEPPER, Caller, Organization, Service

Done = TypeVar("Done")

CANARY = "canary"
"""In every text that an organization can give; nobody else's text has it."""

PSEUDONYM = f"{CANARY}-ann"


def call(service: Service, work: Callable[[], Awaitable[Done]]) -> Done:
    """Run something in the service's own event loop."""
    assert service.http.portal is not None
    return service.http.portal.call(work)


def keeper(service: Service) -> Keeper:
    """Who carries erasures out on the service's database."""
    return Keeper(service.http.app.state.engine, Signer(PEPPER.encode()))  # type: ignore[attr-defined]


def carry_out(service: Service, *, chunk: int = CHUNK) -> list[Erasure]:
    """What the worker does about erasures that are due."""

    async def work() -> list[Erasure]:
        return await keeper(service).carry_out_due(now=datetime.now(UTC), chunk=chunk)

    done = call(service, work)
    service.http.app.state.recent.forget()  # type: ignore[attr-defined]
    return done


def full(service: Service, **more: Any) -> Organization:
    """An organization with rows in every table that can hold any."""
    organization = service.organization(
        name=f"{CANARY} hospital", identifiers={"cms": f"{CANARY}-1"}, **more
    )
    partner = service.as_(service.key(Kind.PARTNER))
    [known, *_] = [one["id"] for one in partners(organization)]
    given = {"partner": known, "scopes": ["submissions:read"], "days": 3}
    granted = organization.client.post(f"{organization.path}/grants", json=given)
    assert granted.status_code == 201, granted.text
    for period in ("2024", "2025-H2"):
        for role in ("nursing", "board", "physician"):
            fill(organization, period, role)
    assert lock(organization, "2024").status_code == 201
    [made] = invite(organization)
    assert answer(service, made["token"], notes={"A1": {"evidence": f"{CANARY} note"}}).is_success
    learn(organization, service.operator)
    kept = {"Idempotency-Key": f"{CANARY}-kept"}
    again = organization.client.post(path(organization), json=body(), headers=kept)
    assert again.status_code == 201, again.text
    assert partner
    return organization


def learn(organization: Organization, operator: Caller) -> None:
    """All that an organization can have of the learning system."""

    def post(path: str, **body: Any) -> Any:
        reply = organization.client.post(f"{organization.path}/{path}", json=body)
        assert reply.is_success, reply.text
        return reply.json()

    named = {"title": CANARY, "unit": CANARY, "definition": CANARY, "direction": "lower"}
    post("measures", code=CANARY, **named)
    for value in (3, 4):
        seen = {"period": "2025-01", "value": value, "note": CANARY, "source": CANARY}
        post(f"measures/{CANARY}/observations", observations=[seen])
    level = {"baseline": 4, "from_on": "2025-01-01", "target": 2, "by": "2026-12-31"}
    drivers = [{"code": CANARY, "title": CANARY}]
    aim = post("aims", title=CANARY, measure=CANARY, drivers=drivers, **level)["id"]
    said = dict.fromkeys(("title", "prediction", "plan"), CANARY) | {"starts_on": "2025-02-01"}
    first = post("tests", aim=aim, **said)["id"]
    taught = {"happened": CANARY, "study": CANARY, "decision": "adapt"}
    post(f"tests/{first}/study", ended_on="2025-02-02", **taught)
    post("tests", aim=aim, follows=first, **said)
    told = dict.fromkeys(("title", "what", "context"), CANARY) | {"steps": [CANARY]}
    bands = {"elements": ["seven-leverage-points:LP6"], "cost": "none", "effort": "weeks"}
    handed_in = f"practices/{post('practices', **told, **bands)['id']}"
    post(f"{handed_in}/submission")
    decided = operator.post(
        f"{organization.path}/{handed_in}/decision", json={"decision": "accept"}
    )
    used = {"practice": decided.json()["published"], "started_on": "2025-03-01", "aim": aim}
    ended = {"ending": "abandoned", "ended_on": "2025-04-01", "note": CANARY}
    post(f"adoptions/{post('adoptions', **used)['id']}/ending", **ended)


def partners(organization: Organization) -> list[dict[str, Any]]:
    reply = organization.client.get("/v1/partners")
    assert reply.status_code == 200, reply.text
    return list(reply.json()["data"])


def fill(organization: Organization, period: str, role: str) -> None:
    """Two submissions of one respondent, the second instead of the first."""
    for level in (1, 2):
        reply = organization.submit(
            headers={"Idempotency-Key": f"{CANARY}-{period}-{role}-{level}"},
            period=period,
            role=role,
            respondent=PSEUDONYM if role == "nursing" else f"{CANARY}-{role}",
            external_id=f"{CANARY}-{period}-{role}",
            answers={"A1": level, "A2": 2, "B1": 3, "B2": 4},
            notes={"B1": {"next_step": f"{CANARY} step"}},
            focus=[{"measure": CANARY, "baseline": 1, "aim": 2, "by": "2027-06-30"}],
        )
        assert reply.status_code == 201, reply.text


def lock(organization: Organization, period: str) -> httpx.Response:
    return organization.client.post(f"{organization.path}/assessments/{period}/lock")


def end(organization: Organization) -> httpx.Response:
    """Ask for the organization's erasure."""
    reply = organization.client.request("DELETE", organization.path)
    assert reply.status_code == 202, reply.text
    return reply


def due(service: Service, organization: Organization) -> None:
    """Let the day of the erasure come."""
    with service.superuser() as connection:
        connection.execute(
            "UPDATE erasure SET requested_at = now() - interval '8 days', due_at = now()"
            " WHERE organization_id = %s AND subject = 'organization'",
            (organization.id,),
        )


def tables(service: Service) -> list[str]:
    """All tables."""
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        ).fetchall()
    return [name for (name,) in found]


def mentions(service: Service, text: str) -> set[str]:
    """Tables with a row that holds a text anywhere."""
    found = set()
    with service.superuser() as connection:
        for table in tables(service):
            query = SQL("SELECT count(*) FROM {} t WHERE strpos(t::text, %s) > 0")
            row = connection.execute(query.format(Identifier(table)), (text,)).fetchone()
            if row is not None and row[0]:
                found.add(table)
    return found


def held(service: Service, organization: Organization) -> dict[str, int]:
    """How many rows each table with an ``organization_id`` has of an organization."""
    counts = {}
    with service.superuser() as connection:
        names = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'organization_id'"
        ).fetchall()
        for (table,) in names:
            query = SQL("SELECT count(*) FROM {} WHERE organization_id = %s")
            row = connection.execute(
                query.format(Identifier(table)), (UUID(organization.id),)
            ).fetchone()
            counts[table] = row[0] if row else 0
    return counts
