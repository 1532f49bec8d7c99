"""How the world of the matrix is made: by the service's own verbs, as far as it has them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from app.access.models import DataUse, Kind
from tests.conftest import Service
from tests.inputs import INSTRUMENT
from tests.isolation import learning
from tests.isolation.bodies import query
from tests.isolation.parties import HOSPITALS, KINDS, PARTIES
from tests.isolation.published import publish_release
from tests.isolation.twins import plant_twins
from tests.isolation.world import (
    FOREIGN_ONLY,
    LOCKED,
    PERIOD,
    RESPONDENT,
    RETRY_KEY,
    TWINS,
    World,
    candid_canary,
    key_id,
    public_canary,
    pushed_canary,
    signed,
    submission,
)

DATA_USE = DataUse("An institute", "A study", datetime.now(UTC).date() + timedelta(days=365))
"""Under which researchers work."""


@dataclass(frozen=True, slots=True)
class Builder:
    """A service and the world that is being made in it."""

    service: Service
    world: World

    def key(self, name: str, kind: str, **options: Any) -> None:
        """Make a key."""
        if kind == "researcher":
            options["data_use"] = DATA_USE
        self.world.keys[name] = self.service.key(Kind(kind), **options)

    def ask(self, name: str, method: str, path: str, **more: Any) -> Any:
        """Ask as a party, with success."""
        reply: httpx.Response = self.service.as_(self.world.keys[name]).request(
            method, path, **more
        )
        assert reply.is_success, f"{name}: {method} {path}: {reply.text}"
        return reply.json() if reply.content else None

    def remember(self, hospital: str, kind: str, made: str, by: str = "") -> None:
        """Where the row is that a party made."""
        for name in (f"{hospital} {kind} {by}", f"{hospital} {kind}", f"{hospital} only {kind}"):
            self.world.children[name] = made


def _ask(builder: Builder, world: World) -> None:
    for number, name in enumerate(("researcher", "researcher less research:read")):
        asked = query(world, "") | {"filters": {}, "epsilon_thousandths": 249 + number}
        builder.ask(name, "POST", "/v1/queries", json=asked)
    for name in ("own's own", "researcher", "operator"):
        builder.ask(name, "POST", "/v1/cohort-requests", json={"attributes": ["type", "region"]})


def build(service: Service) -> World:
    """Fill a service's database."""
    world = World(service.database)
    builder = Builder(service, world)
    builder.key("operator", "operator")
    _register(builder)
    _make_keys(builder)
    _grant(builder)
    with service.superuser() as database:
        learning.publish(database)
    for name, hospital in HOSPITALS.items():
        if hospital.signed:
            _fill(builder, name)
    for name, hospital in HOSPITALS.items():
        if hospital.signed:
            _sign(builder, name, share_with_network=hospital.shares, partner=hospital.partner)
    builder.ask("closing's own", "DELETE", f"/v1/organizations/{world.hospitals['closing']}")
    for name in ("own's own", "foreign's own"):
        _issue_token(builder, name)
        _push(builder, name)
    publish_release(service)
    _ask(builder, world)
    with service.superuser() as database:
        database.execute(
            "INSERT INTO release_contribution"
            " (organization_id, assessment_id, release_number, cohorts)"
            " SELECT organization_id, assessment_id, 1, '{all}' FROM result"
            " WHERE organization_id = %s",
            [world.hospitals["own"]],
        )
        database.execute(
            "INSERT INTO erased_contribution"
            " SELECT 1, gen_random_uuid(), id, '{all}', '{overall}' FROM instrument_version"
        )
        for name in ("own's own", "foreign's own"):
            database.execute(
                "INSERT INTO used_assertion VALUES (%s, 'used', now())", [world.clients[name]]
            )
        plant_twins(
            database,
            world.hospitals,
            {world.clients[mine]: world.clients[theirs] for theirs, mine in TWINS.items()},
        )
    return world


def _register(builder: Builder) -> None:
    world = builder.world
    for name in ("A", "B"):
        body: dict[str, Any] = {"external_id": public_canary(name), "name": public_canary(name)}
        world.networks[name] = builder.ask("operator", "POST", "/v1/networks", json=body)["id"]
    for name, hospital in HOSPITALS.items():
        canary = public_canary(name)
        network, named = world.networks[hospital.network], {"external_id": canary, "name": canary}
        body = {**named, "network": network, "identifiers": {"own": canary}}
        made = builder.ask("operator", "POST", "/v1/organizations", json=body)
        world.hospitals[name] = made["id"]
        builder.key(f"{name}'s own", "organization", tenant=made["id"])
    [newest, *_] = builder.ask("operator", "GET", "/v1/agreements")["data"]
    world.agreement = {name: newest[name] for name in ("version", "text_sha256")}


def _make_keys(builder: Builder) -> None:
    """A key for each party, and for each scope keys that have all but that one."""
    world = builder.world
    own = world.hospitals["own"]
    tenants = {"network": world.networks["A"], "organization": own}
    for name, one in PARTIES.items():
        if one.kind in {"network", "researcher", "partner"}:
            rights = [scope for scope, kinds in KINDS.items() if one.kind in kinds]
            tenant = world.networks.get(one.network or "")
            builder.key(name, one.kind, tenant=tenant, permissions=rights)
    long_ago = datetime.now(UTC) - timedelta(days=8)
    builder.key("expired key", "organization", tenant=own, now=long_ago, days=7)
    builder.key("revoked key", "organization", tenant=own)
    for scope, kinds in KINDS.items():
        for kind in kinds:
            rest = [one for one, those in KINDS.items() if kind in those and one != scope]
            tenant = tenants.get(kind)
            builder.key(f"{kind} less {scope}", kind, tenant=tenant, permissions=rest)
        if "partner" in kinds:
            builder.key(f"granted less {scope}", "partner")
    world.keys["organization"] = world.keys["own's own"]
    with builder.service.superuser() as database:
        database.execute(
            "UPDATE client_key SET revoked_at = now() WHERE key_id = %s",
            [key_id(world.keys["revoked key"])],
        )
        found = database.execute("SELECT key_id, client_id FROM client_key").fetchall()
    clients = {name: str(client) for name, client in found}
    world.clients = {name: clients[key_id(key)] for name, key in world.keys.items()}


GRANTED = [scope for scope, kinds in KINDS.items() if "partner" in kinds and "clients" not in scope]
"""What a partner can be granted."""

DAYS = {"current": (0, 30), "expired": (-30, -1), "revoked": (0, 30)}
"""From when until when a grant of that standing holds, in days from now."""


def _grant(builder: Builder) -> None:
    """Grants: of one id at all hospitals, and to partners that have all but one scope at ``own``.

    At ``foreign`` those have all scopes.
    """
    world, twin = builder.world, str(uuid4())
    rows = [
        (hospital, name, standing, {*GRANTED}, twin)
        for hospital, facts in HOSPITALS.items()
        for name, standing in facts.grants.items()
    ]
    world.children |= {f"{hospital} grant": twin for hospital in HOSPITALS}
    for one in GRANTED:
        name, only = f"granted less {one}", str(uuid4())
        rows.append(("own", name, "current", {*GRANTED} - {one}, str(uuid4())))
        rows.append(("foreign", name, "current", {*GRANTED}, only))
        world.children["foreign only grant"] = only
    with builder.service.superuser() as database:
        for hospital, name, standing, scopes, grant in rows:
            begun, ends = (timedelta(days=one) for one in DAYS[standing])
            database.execute(
                "INSERT INTO partner_grant"
                " (organization_id, id, client_id, scopes, granted_at, expires_at, revoked_at)"
                " VALUES (%s, %s, %s, %s, now() + %s, now() + %s, %s)",
                [
                    world.hospitals[hospital],
                    grant,
                    world.clients[name],
                    sorted(scopes),
                    begun,
                    ends,
                    datetime.now(UTC) if standing == "revoked" else None,
                ],
            )


def _sign(builder: Builder, name: str, *, key: str | None = None, **flags: bool) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    path = f"/v1/organizations/{builder.world.hospitals[name]}/agreements"
    body = signed(builder.world, public_canary(name), **flags)
    made = builder.ask(f"{name}'s own", "POST", path, json=body, headers=headers)
    builder.remember(name, "participation", made["id"])


def _fill(builder: Builder, name: str) -> None:
    """Sign, submit from all sides, lock a round; leave the open one open.

    What ``foreign`` has besides its twins of own rows is of another period.
    """
    world = builder.world
    _sign(builder, name, key=RETRY_KEY, share_with_network=True)
    path = f"/v1/organizations/{world.hospitals[name]}"
    partners = [one for one, standing in HOSPITALS[name].grants.items() if standing == "current"]
    network = {"A": "network", "B": "sibling network"}[HOSPITALS[name].network]
    rounds = [FOREIGN_ONLY] if name == "foreign" else [LOCKED, PERIOD]
    for period in rounds:
        for by in (f"{name}'s own", network, *partners):
            canary = candid_canary(name) if by == f"{name}'s own" else pushed_canary(name)
            record = "record-77" if period == FOREIGN_ONLY else f"{canary}.{period}"
            body = submission(period, f"{record}.{by[:3]}", canary)
            body["respondent"] = RESPONDENT if by == f"{name}'s own" else by
            made = builder.ask(by, "POST", f"{path}/submissions", json=body)
            builder.remember(name, "submission", made["id"], by)
            builder.remember(name, ROUNDS[period], made["assessment_id"])
        if period != PERIOD:
            builder.ask(f"{name}'s own", "POST", f"{path}/assessments/{period}/lock")
    learning.fill(builder, name)
    _invite(builder, name, partners)
    if name != "foreign":
        _close(builder, name)


def _invite(builder: Builder, name: str, partners: list[str]) -> None:
    """Invitations by all who can; with one of ``own`` a respondent has answered."""
    world = builder.world
    path = f"/v1/organizations/{world.hospitals[name]}/assessments/{PERIOD}/invitations"
    for by in (*partners, f"{name}'s own"):
        nurse, member = builder.ask(by, "POST", path, json=INVITE)["data"]
        builder.remember(name, "invitation", nurse["id"], by)
        if (name, by) == ("own", "own's own"):
            world.keys["respondent"], world.tokens["invitee"] = nurse["token"], member["token"]
            used = {"Authorization": f"Bearer {member['token']}"}
            builder.ask(by, "POST", "/v1/invitation/submission", json=OWN_ANSWERS, headers=used)


def _close(builder: Builder, name: str) -> None:
    """Ask for an erasure, and call it off unless it is to stay."""
    path = f"/v1/organizations/{builder.world.hospitals[name]}"
    made = builder.ask(f"{name}'s own", "DELETE", path)
    builder.remember(name, "erasure", made["id"])
    builder.ask(f"{name}'s own", "DELETE", f"{path}/erasures/{made['id']}")


INVITE = {
    "instrument": INSTRUMENT["instrument"],
    "version": INSTRUMENT["version"],
    "roles": {"nursing": 1, "board": 1},
}
OWN_ANSWERS = {"answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4}}
ROUNDS = {PERIOD: "open round", LOCKED: "locked round", FOREIGN_ONLY: "locked round"}
"""What a round of the period is for."""


def _push(builder: Builder, name: str) -> None:
    """An import whose one line is wrong."""
    whose = name.removesuffix("'s own")
    lines = [{**submission("2025-H2", f"{candid_canary(whose)}.pushed", ""), "answers": {}}]
    headers = {"Idempotency-Key": RETRY_KEY}
    path = "/v1/imports?mode=commit"
    made = builder.ask(name, "POST", path, json=lines, headers=headers)
    builder.world.children[f"{whose} import"] = made["id"]


def _issue_token(builder: Builder, name: str) -> None:
    world = builder.world
    reply = builder.service.http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(world.clients[name], world.keys[name]),
    )
    world.tokens[name] = reply.json()["access_token"]
