"""Rate limits: who is counted with whom, what replies say, and what is remembered."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app import limiting
from app.access.models import Kind
from app.limiting import Limiter, Verdict, address
from app.settings import Settings
from tests.access.test_keys import mistyped
from tests.conftest import Server, Service, serve
from tests.limits.live import live

FEW, FEWER = 30, 8
"""Requests a minute of the limited service: for a client, for an address."""


@pytest.fixture
def limited(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service that soon says stop."""
    yield from serve(
        server,
        new_database(),
        rate_limit=f"{FEW}/minute",
        anonymous_rate_limit=f"{FEWER}/minute",
    )


def said(reply: httpx.Response) -> tuple[str, int, int]:
    """What the headers say: policy, how many are left, seconds until there are more."""
    found = re.fullmatch(r'("\w+");r=(\d+);t=(\d+)', reply.headers["RateLimit"])
    assert found, reply.headers["RateLimit"]
    return found[1], int(found[2]), int(found[3])


def is_stop(reply: httpx.Response, limit: int) -> None:
    assert reply.status_code == 429, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert body["type"] == "/problems/too-many-requests"
    assert body["detail"] == f"At most {limit} requests in 60 s"
    assert 1 <= body["retry_after"] <= 60
    assert reply.headers["Retry-After"] == str(body["retry_after"])
    assert said(reply)[1:] == (0, body["retry_after"])


def test_a_client_is_told_how_much_it_has_left_and_then_to_stop(limited: Service) -> None:
    network = limited.network()
    one = limited.as_(limited.key(Kind.NETWORK, network["id"]))
    for left in reversed(range(FEW)):
        reply = one.get("/v1/organizations")
        assert reply.status_code == 200
        assert reply.headers["RateLimit-Policy"] == f'"default";q={FEW};w=60'
        assert said(reply)[:2] == ('"default"', left)
        assert 0 < said(reply)[2] <= 60

    is_stop(one.get("/v1/organizations"), FEW)
    is_stop(one.post("/v1/organizations", json={"external_id": "X", "name": "X"}), FEW)
    assert said(limited.operator.get("/v1/organizations"))[1] > 0, "others have theirs"


def test_a_request_counts_whatever_comes_of_it(limited: Service) -> None:
    operator = limited.operator
    before = said(operator.get("/v1/organizations"))[1]
    refused = operator.post("/v1/networks", json={})
    missing = operator.get("/v1/organizations/none")

    assert [said(reply)[1] for reply in (refused, missing)] == [before - 1, before - 2]


def test_clients_of_one_kind_do_not_share_a_limit(limited: Service) -> None:
    first, second = limited.operator, limited.operator
    for _ in range(3):
        first.get("/v1/organizations")

    assert said(first.get("/v1/organizations"))[1] == FEW - 4
    assert said(second.get("/v1/organizations"))[1] == FEW - 1


def test_without_a_good_key_the_address_is_counted(limited: Service) -> None:
    key = limited.key(Kind.OPERATOR)
    headers: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {mistyped(key)}"},
        {"Authorization": "Basic YTpi"},
    ]
    replies = [limited.http.get("/v1/organizations", headers=one) for one in headers]
    replies += [limited.http.get("/v1/frameworks", headers=one) for one in headers]

    assert [one.status_code for one in replies] == [401] * 4 + [200] * 4
    assert [said(one)[:2] for one in replies] == [
        ('"anonymous"', left) for left in reversed(range(FEWER))
    ]
    for one in headers:
        is_stop(limited.http.get("/v1/frameworks", headers=one), FEWER)
        is_stop(limited.http.get("/v1/organizations", headers=one), FEWER)
    good = limited.as_(key).get("/v1/organizations")
    assert said(good)[:2] == ('"default"', FEW - 1), "nobody uses up another's by naming it"


def test_a_route_that_asks_for_no_key_counts_the_address_even_with_a_good_one(
    limited: Service,
) -> None:
    assert said(limited.operator.get("/v1/frameworks"))[0] == '"anonymous"'


def test_probes_and_the_reference_are_never_refused(limited: Service) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json", "/problems/too-many-requests"):
        for _ in range(FEWER + 1):
            reply = limited.http.get(path)
            assert reply.status_code == 200
            assert "RateLimit" not in reply.headers


def test_pages_of_other_sites_may_read_the_limits(service: Service) -> None:
    reply = service.http.get("/v1/frameworks", headers={"Origin": "https://dashboard.example"})

    exposed = {one.strip() for one in reply.headers["access-control-expose-headers"].split(",")}
    assert {"RateLimit", "RateLimit-Policy", "Retry-After"} <= exposed


def test_without_a_proxy_nobody_names_its_own_address(
    server: Server, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    settings = server.settings(new_database(), anonymous_rate_limit=f"{FEWER}/minute")
    with live(settings) as running, httpx.Client(base_url=running.url) as client:
        left = [
            said(client.get("/v1/frameworks", headers={"X-Forwarded-For": f"192.0.2.{n}"}))[1]
            for n in range(3)
        ]

    assert left == [7, 6, 5]


def test_behind_a_proxy_each_address_has_its_own_limit(
    server: Server, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1")
    settings = server.settings(new_database(), anonymous_rate_limit=f"{FEWER}/minute")
    with live(settings) as running, httpx.Client(base_url=running.url) as proxy:

        def left(forwarded: str) -> int:
            return said(proxy.get("/v1/frameworks", headers={"X-Forwarded-For": forwarded}))[1]

        assert [left("192.0.2.1"), left("192.0.2.1"), left("192.0.2.2")] == [7, 6, 7]
        assert left("198.51.100.9, 192.0.2.1") == 5, "what the client says itself is nothing"


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        pytest.param("192.0.2.7", "address:192.0.2.7", id="IPv4 by address"),
        pytest.param("::ffff:192.0.2.7", "address:192.0.2.7", id="the same within IPv6"),
        pytest.param("2001:db8:1:2::9", "address:20010db800010002", id="IPv6 by network"),
        pytest.param("2001:db8:1:2:ffff::", "address:20010db800010002", id="its neighbour"),
        pytest.param("2001:db8:1:3::9", "address:20010db800010003", id="another network"),
        pytest.param("testclient", "address:testclient", id="what is no address"),
        pytest.param(None, "address:None", id="a local socket"),
    ],
)
def test_an_address_is_who_can_be_behind_it(host: str | None, counted: str) -> None:
    assert address(host) == counted


def limiter(**more: Any) -> Limiter:
    return Limiter(Settings.model_validate({"rate_limit": "3/2 second", **more}))


async def hits(counting: Limiter, *names: str) -> list[Verdict]:
    found = [await counting.hit(name) for name in names]
    assert None not in found
    return found  # type: ignore[return-value] # just looked


async def test_when_the_window_ends_another_begins() -> None:
    counting = limiter(rate_limit="3/2 second")
    found = await hits(counting, *["one"] * 5)
    assert [one.remaining for one in found] == [2, 1, 0, 0, 0]
    assert [one.allowed for one in found] == [True, True, True, False, False]

    await asyncio.sleep(found[-1].reset_seconds)

    assert (await hits(counting, "one"))[0].remaining == 2


async def test_counting_at_once_loses_nothing() -> None:
    counting = limiter(rate_limit="100/minute")

    found = await asyncio.gather(*(hits(counting, "one") for _ in range(150)))

    assert sorted(one[0].used for one in found) == list(range(1, 151))
    assert sum(one[0].allowed for one in found) == 100


async def test_keys_and_addresses_are_counted_apart() -> None:
    counting = limiter(rate_limit="1/minute", anonymous_rate_limit="1/minute")

    assert (await hits(counting, "same"))[0].allowed
    other = await counting.hit("same", anonymous=True)
    assert other is not None
    assert other.allowed


async def test_callers_are_forgotten_when_their_window_ends() -> None:
    counting = limiter(rate_limit="5/second")
    await hits(counting, *(f"{number}" for number in range(1000)))
    [storage, _] = [one.storage for one in counting._policies.values()]  # noqa: SLF001 - its size
    assert len(vars(storage)["storage"]) == 1000

    await asyncio.sleep(1.01)
    await hits(counting, "new")

    assert {len(vars(storage)[name]) for name in ("storage", "expirations", "locks")} <= {0, 1}


async def test_a_crowd_is_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "MANY", 100)
    counting = limiter()
    await hits(counting, "early", "early")
    await hits(counting, *(f"{number}" for number in range(99)))
    assert (await hits(counting, "early"))[0].used == 3

    await hits(counting, *(f"more {number}" for number in range(99)))

    [storage, _] = [one.storage for one in counting._policies.values()]  # noqa: SLF001 - its size
    assert len(vars(storage)["storage"]) <= 100
    assert (await hits(counting, "early"))[0].used == 1, "the oldest starts anew"


async def test_counting_costs_no_more_in_a_crowd() -> None:
    counting = limiter()
    await hits(counting, *(f"{number}" for number in range(20_000)))

    started = time.process_time()
    await hits(counting, *["one"] * 1000)

    assert time.process_time() - started < 0.5, "the library would take two seconds"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"rate_limit": "often"}, id="no rate"),
        pytest.param({"rate_limit": "10/minute;5/second"}, id="two rates"),
        pytest.param({"anonymous_rate_limit": "0/minute"}, id="nothing at all"),
        pytest.param({"rate_limit_storage": "memory://"}, id="a storage that would block"),
        pytest.param({"rate_limit_storage": "async+redis:/me:secret@x"}, id="no address"),
        pytest.param({"rate_limit_storage": "async+memcached://me:secret@x"}, id="another kind"),
    ],
)
def test_limits_that_cannot_be_are_refused_at_the_start(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"one rate|couldn't parse|async\+redis") as refused:
        limiter(**settings)

    assert "secret" not in str(refused.value)
