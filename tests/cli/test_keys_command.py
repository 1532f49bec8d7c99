"""``palanca keys``: made and shown once, listed, ended."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.access import used
from app.access.callers import SERVICE
from tests.cli.conftest import Outcome, Palanca
from tests.conftest import Service

AGREED = ("--institution", "x", "--purpose", "x", "--until", "2999-12-31")


def write_last_uses(service: Service) -> None:
    async def written() -> None:
        state = service.http.app.state  # type: ignore[attr-defined]
        await used.flush(state.engine, state.recent)

    assert service.http.portal is not None
    service.http.portal.call(written)


def test_keys_are_made_listed_and_revoked(palanca: Palanca, configured: Service) -> None:
    organization = configured.organization()
    external_id = organization.row["external_id"]
    name = f"app {uuid4().hex[:8]}"

    made = palanca("keys", "create", "organization", "--name", name, "--for", external_id)

    assert (made.code, made.err) == (0, "")
    key = made.out.strip()
    assert re.fullmatch(r"plco_test_\w{8}_\w{49}", key)
    key_id = key.split("_")[2]
    client = configured.as_(key)
    assert client.get(organization.path).status_code == 200
    write_last_uses(configured)

    listed = palanca("keys", "list")
    [line] = [one for one in listed.out.splitlines() if key_id in one]
    assert name in line
    assert key[-4:] in line
    assert line.count(f"{datetime.now(UTC):%Y-%m-%d}") == 1, "used today, not revoked"
    assert key not in listed.out

    assert palanca("keys", "revoke", key_id) == Outcome(0, f"revoked {key_id}\n", "")
    configured.http.app.state.recent.forget()  # type: ignore[attr-defined]
    assert client.get(organization.path).status_code == 401
    listed = palanca("keys", "list")
    [line] = [one for one in listed.out.splitlines() if key_id in one]
    assert line.count(f"{datetime.now(UTC):%Y-%m-%d}") == 2


def test_a_key_is_rotated(palanca: Palanca, configured: Service) -> None:
    old = palanca("keys", "create", "partner", "--name", "an app").out.strip()

    beside = palanca("keys", "rotate", old.split("_")[2], "--overlap-hours", "1").out.strip()
    assert re.fullmatch(r"plcp_test_\w{8}_\w{49}", beside)
    instead = palanca("keys", "rotate", beside.split("_")[2], "--overlap-hours", "0").out.strip()

    def works(key: str) -> bool:
        return configured.as_(key).get("/v1/clients").status_code == 200

    assert [works(key) for key in (old, beside, instead)] == [True, False, True]


def test_a_researcher_works_under_an_agreement(palanca: Palanca, configured: Service) -> None:
    until = datetime.now(UTC).date() + timedelta(days=30)
    agreement = ("--institution", "An institute", "--purpose", "A study", "--until", f"{until}")

    made = palanca("keys", "create", "researcher", "--name", "a study", *agreement)

    assert made.code == 0, made.err
    [client] = configured.as_(made.out.strip()).get("/v1/clients").json()["data"]
    assert client["data_use"] == {
        "institution": "An institute",
        "purpose": "A study",
        "ends_on": f"{until}",
    }


def test_a_researcher_is_approved_by_a_scope_that_must_be_said(
    palanca: Palanca, configured: Service
) -> None:
    until = datetime.now(UTC).date() + timedelta(days=30)
    agreement = ("--institution", "An institute", "--purpose", "A study", "--until", f"{until}")
    create = ("keys", "create", "researcher", "--name", "a study", *agreement)
    usual, approved = (palanca(*create, *more) for more in ((), ("--scope", "queries:write")))

    statuses = [
        configured.as_(made.out.strip()).post("/v1/queries", json={}).status_code
        for made in (usual, approved)
    ]

    assert statuses == [403, 422]


def test_what_is_done_with_an_organizations_keys_is_on_its_trail(
    palanca: Palanca, configured: Service
) -> None:
    organization = configured.organization()
    made = palanca("keys", "create", "organization", "--name", "an app", "--for", organization.id)
    old = made.out.split("_")[2]
    new = palanca("keys", "rotate", old).out.split("_")[2]
    palanca("keys", "revoke", old)

    events = organization.client.get(f"{organization.path}/audit").json()["data"][-3:]

    assert [(one["operation"], one["target"].rpartition("/")[2]) for one in events] == [
        ("palanca keys create", old),
        ("palanca keys rotate", new),
        ("palanca keys revoke", old),
    ]
    assert {one["actor"]["kind"] for one in events} == {"operator"}
    assert {one["actor"]["client_id"] for one in events} == {None}
    assert palanca("audit", "verify").code == 0


@pytest.mark.parametrize("kind", ["operator", "partner", "network"])
def test_every_kinds_keys_are_on_some_trail(
    palanca: Palanca, configured: Service, kind: str
) -> None:
    network = configured.network()["id"]
    tenant = ("--for", network) if kind == "network" else ()
    made = palanca("keys", "create", kind, "--name", "an app", *tenant)

    with configured.superuser() as database:
        [chain] = database.execute(
            "SELECT chain_id::text FROM audit_event WHERE body LIKE %s",
            [f"%palanca keys create%{made.out.split('_')[2]}%"],
        ).fetchall()
        [own] = database.execute(
            "SELECT client_id::text FROM client_key WHERE key_id = %s", [made.out.split("_")[2]]
        ).fetchall()
    assert chain == {"operator": (str(SERVICE),), "partner": own, "network": (network,)}[kind]


def test_a_key_can_be_narrow_and_short(palanca: Palanca, configured: Service) -> None:
    options = ("--scope", "catalog:write", "--days", "2")
    made = palanca("keys", "create", "operator", "--name", "short", *options)

    client = configured.as_(made.out.strip())

    assert client.get("/v1/organizations").json()["scope"] == "organizations:read"
    with configured.superuser() as database:
        row = database.execute(
            "SELECT scopes, extract(day FROM expires_at - created_at) FROM client_key"
            " WHERE key_id = %s",
            [made.out.split("_")[2]],
        ).fetchone()
    assert row == (["catalog:write"], 2)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(
            ("create", "organization", "--name", "x", "--for", "nobody"),
            1,
            "Not found: No such organization",
            id="a key for an organization that is not there",
        ),
        pytest.param(
            ("create", "network", "--name", "x"),
            1,
            "Not found: No such network",
            id="a key for a network that is not named",
        ),
        pytest.param(
            ("create", "researcher", "--name", "x", "--scope", "catalog:write"),
            1,
            "/scopes: researcher keys cannot have catalog:write",
            id="a scope beyond the kind",
        ),
        pytest.param(
            ("create", "researcher", "--name", "x"),
            1,
            "/data_use: A researcher works under an agreement",
            id="a researcher without an agreement",
        ),
        pytest.param(
            ("create", "researcher", "--name", "x", "--purpose", "A study"),
            1,
            "An agreement needs --institution, --purpose and --until",
            id="half an agreement",
        ),
        pytest.param(
            ("create", "partner", "--name", "x", *AGREED),
            1,
            "/data_use: Not for the kind partner",
            id="an agreement of somebody else",
        ),
        pytest.param(
            ("create", "partner", "--name", "x", "--for", "H001"),
            1,
            "--for is for keys of organizations and networks, not partner",
            id="a partner of one organization",
        ),
        pytest.param(
            ("rotate", "nonesuch"), 1, "Not found: No key nonesuch", id="rotating an unknown key"
        ),
        pytest.param(
            ("rotate", "nonesuch", "--overlap-hours", "25"),
            2,
            "less than or equal to 24",
            id="an overlap of more than a day",
        ),
        pytest.param(
            ("create", "operator", "--name", "x", "--days", "366"),
            2,
            "less than or equal to 365",
            id="a key for more than a year",
        ),
        pytest.param(
            ("create", "emperor", "--name", "x"), 2, "'emperor' is not one of", id="another kind"
        ),
        pytest.param(("revoke", "nonesuch"), 1, "Not found: No key nonesuch", id="an unknown key"),
    ],
)
def test_a_key_that_cannot_be_is_said(
    palanca: Palanca, configured: Service, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = palanca("keys", *arguments)

    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert configured
