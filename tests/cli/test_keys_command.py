"""``palanca keys``: made and shown once, listed, ended."""

import re
from uuid import uuid4

import pytest

from tests.cli.conftest import Outcome, Palanca
from tests.conftest import Service


def test_keys_are_made_listed_and_revoked(palanca: Palanca, configured: Service) -> None:
    organization = configured.organization()
    external_id = organization.row["external_id"]
    name = f"app {uuid4().hex[:8]}"

    made = palanca("keys", "create", "organization", "--name", name, "--for", external_id)

    assert (made.code, made.err) == (0, "")
    key = made.out.strip()
    assert re.fullmatch(r"plc_test_\w{8}_\w{49}", key)
    key_id = key.split("_")[2]
    client = configured.as_(key)
    assert client.get(organization.path).status_code == 200

    listed = palanca("keys", "list")
    [line] = [one for one in listed.out.splitlines() if key_id in one]
    assert name in line
    assert key[-4:] in line
    assert key not in listed.out

    assert palanca("keys", "revoke", key_id) == Outcome(0, f"revoked {key_id}\n", "")
    assert client.get(organization.path).status_code == 401


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
