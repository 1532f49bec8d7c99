"""An organization reads its own trail, and can check it without the service."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.access.models import Kind
from app.db import Scope, transaction
from app.organizations.audit_routes import MAX_SEQ
from app.paging import encode_cursor
from tests.audit.conftest import record
from tests.conftest import Organization, Service


@pytest.fixture
def organization(service: Service) -> Organization:
    """An organization whose registration is not on its trail, so that tests count from one."""
    made = service.organization()
    with service.superuser() as database:
        database.execute("DELETE FROM audit_event WHERE chain_id = %s", [made.id])
        database.execute("DELETE FROM audit_head WHERE chain_id = %s", [made.id])
    return made


def add(service: Service, organization: Organization, count: int) -> None:
    """Events in one organization's chain."""
    chain = UUID(organization.id)

    async def added() -> None:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope(organizations=(chain,))) as session:
            for number in range(count):
                await record(session, chain, number)

    assert service.http.portal is not None
    service.http.portal.call(added)


def pages(organization: Organization, limit: int) -> list[dict[str, Any]]:
    """Every page of the trail."""
    path = f"{organization.path}/audit?limit={limit}"
    found = []
    while True:
        reply = organization.client.get(path)
        assert reply.status_code == 200, reply.text
        found.append(reply.json())
        if found[-1]["page"]["next_cursor"] is None:
            return found
        assert reply.headers["link"].endswith('>; rel="next"')
        path = reply.headers["link"].removeprefix("<").partition(">")[0]


def check(organization: str, events: list[dict[str, Any]], head: dict[str, Any], key: str) -> None:
    """As the reference tells customers to, by nothing of ours."""
    chain = UUID(organization).bytes
    last = hashlib.sha256(b"palanca audit chain\0" + chain).digest()
    for seq, event in enumerate(events, start=1):
        parts = {name: value for name, value in event.items() if name not in {"seq", "hash"}}
        text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        place = seq.to_bytes(8, "big")
        last = hashlib.sha256(b"palanca audit event\0" + last + place + text.encode()).digest()
        assert (event["seq"], event["hash"]) == (seq, last.hex())
    assert (head["seq"], head["hash"]) == (len(events), last.hex())
    message = b"palanca audit head\0" + chain + len(events).to_bytes(8, "big") + last
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    public.verify(bytes.fromhex(head["signature"]), message)


def test_an_organization_reads_its_trail_newest_last(
    service: Service, organization: Organization
) -> None:
    add(service, organization, 2)

    reply = organization.client.get(f"{organization.path}/audit")

    assert reply.status_code == 200
    body = reply.json()
    assert [one["seq"] for one in body["data"]] == [1, 2]
    first = dict(body["data"][0])
    assert len(bytes.fromhex(first.pop("hash"))) == 32
    assert first == {
        "seq": 1,
        "at": "2026-03-01T12:00:00Z",
        "operation": "POST /v1/organizations/{org}/submissions",
        "target": f"/v1/organizations/{organization.id}/submissions/0",
        "actor": {"kind": "organization", "client_id": organization.id, "key_id": "k1234567"},
        "status": 201,
    }
    assert body["key"]["algorithm"] == "Ed25519"
    assert body["page"] == {"next_cursor": None, "limit": 50}


def test_the_trail_can_be_checked_by_its_reader(
    service: Service, organization: Organization
) -> None:
    add(service, organization, 7)

    found = pages(organization, 3)

    assert [len(page["data"]) for page in found] == [3, 3, 1]
    events = [event for page in found for event in page["data"]]
    head, key = found[-1]["head"], found[-1]["key"]["public_key"]
    check(organization.id, events, head, key)
    events[3]["status"] = 200
    with pytest.raises(AssertionError):
        check(organization.id, events, head, key)


def test_a_trail_without_events_is_empty(organization: Organization) -> None:
    body = organization.client.get(f"{organization.path}/audit").json()

    assert (body["data"], body["head"]) == ([], None)


def test_what_an_organization_does_is_on_its_trail(organization: Organization) -> None:
    made = organization.submit()
    refused = organization.submit(role="nobody")
    read = organization.client.get(f"{organization.path}/submissions")

    assert [one.status_code for one in (made, refused, read)] == [201, 422, 200]

    body = organization.client.get(f"{organization.path}/audit").json()
    [event] = body["data"]
    assert event["operation"] == "POST /v1/organizations/{org}/submissions"
    assert event["target"] == made.headers["location"]
    assert event["actor"]["kind"] == "organization"
    assert event["actor"]["key_id"] == organization.client.headers["Authorization"].split("_")[2]
    assert event["status"] == 201
    check(organization.id, body["data"], body["head"], body["key"]["public_key"])


def test_only_the_organization_reads_its_trail(service: Service) -> None:
    network = service.network()["id"]
    organization = service.organization(network=network, share_with_network=True)
    add(service, organization, 1)
    path = f"{organization.path}/audit"
    narrow = service.key(Kind.ORGANIZATION, organization.id, permissions=["submissions:read"])

    foreign = service.organization().client.get(path)
    missing = service.organization().client.get(f"/v1/organizations/{uuid4()}/audit")
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    for key in (service.key(Kind.OPERATOR), service.key(Kind.NETWORK, network), narrow):
        reply = service.as_(key).get(path)
        assert (reply.status_code, reply.json()["type"]) == (403, "/problems/insufficient-scope")
    assert service.http.get(path).status_code == 401


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="nothing"),
        pytest.param("7", id="a number"),
        pytest.param("!" * 22, id="no letters of a cursor"),
        pytest.param(encode_cursor(uuid4()), id="a cursor of another list"),
        pytest.param(encode_cursor(UUID(int=MAX_SEQ + 1)), id="a place past all places"),
    ],
)
def test_a_cursor_that_we_did_not_make_is_refused(service: Service, cursor: str) -> None:
    organization = service.organization()

    reply = organization.client.get(f"{organization.path}/audit", params={"cursor": cursor})

    assert (reply.status_code, reply.json()["type"]) == (400, "/problems/bad-cursor")


@pytest.mark.parametrize("seq", [3, MAX_SEQ])
def test_after_the_last_event_there_is_nothing(
    service: Service, organization: Organization, seq: int
) -> None:
    add(service, organization, 3)
    params = {"cursor": encode_cursor(UUID(int=seq))}

    body = organization.client.get(f"{organization.path}/audit", params=params).json()

    assert (body["data"], body["head"]["seq"], body["page"]["next_cursor"]) == ([], 3, None)


def test_a_time_is_written_as_it_was_hashed(service: Service, organization: Organization) -> None:
    """Instants with and without fractions: the reply's text is what the hash is over."""
    chain = UUID(organization.id)

    async def added() -> None:
        engine = service.http.app.state.engine  # type: ignore[attr-defined]
        async with transaction(engine, Scope(organizations=(chain,))) as session:
            for microsecond in (0, 1, 120_000, 999_999):
                at = datetime(2026, 3, 1, 12, 0, 0, microsecond, tzinfo=UTC)
                await record(session, chain, microsecond, at=at)

    assert service.http.portal is not None
    service.http.portal.call(added)

    body = organization.client.get(f"{organization.path}/audit").json()
    check(organization.id, body["data"], body["head"], body["key"]["public_key"])
