"""Refusals for now, and connections that end: what is tried again, how often, by which key."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from palanca_client import (
    AsyncClient,
    Client,
    Conflict,
    PalancaError,
    RateLimited,
    Retry,
    Unavailable,
    Unreachable,
)
from palanca_client.retrying import asked_to_wait

from tests.clients_python.conftest import QUICK
from tests.clients_python.standin import CUT, Reply, stand_in
from tests.imports.asking import PLAIN, line

LATER = Reply(503, {"type": "/problems/unavailable", "title": "Try again shortly"})
DONE = Reply(
    200,
    {
        "mode": "commit",
        "atomicity": "row",
        "counts": {"accepted": 1, "unchanged": 0, "superseded": 0, "rejected": 0},
        "warnings": 0,
        "lines": [{"line": 1, "external_id": "a", "organization": None, "status": "accepted"}],
    },
)
IN_FLIGHT = Reply(
    409,
    {"type": "/problems/idempotency-key-in-flight", "title": "Request is being carried out"},
    {"Retry-After": "0"},
)


def test_every_try_of_a_write_has_the_same_key_and_the_same_content() -> None:
    hurdles = [CUT, LATER, Reply(502, b"<html>"), Reply(cut=30), IN_FLIGHT, DONE]
    with (
        stand_in(hurdles) as server,
        Client(server.url, retry=Retry(attempts=9, base=0.01)) as client,
    ):
        done = client.push([line("a")])
        tries = list(server.seen)

    assert done.counts["accepted"] == 1
    assert len(tries) == len(hurdles)
    assert len({one.headers["idempotency-key"] for one in tries}) == 1
    assert len({one.plain for one in tries}) == 1
    assert tries[0].headers["content-encoding"] == "gzip"
    assert int(tries[0].headers["content-length"]) == len(tries[0].body)


async def test_the_same_on_asyncio() -> None:
    hurdles = [CUT, LATER, IN_FLIGHT, DONE]
    with stand_in(hurdles) as server:
        async with AsyncClient(server.url, retry=QUICK) as client:
            done = await client.push([line("a")])

    assert done.counts["accepted"] == 1
    assert len({one.headers["idempotency-key"] for one in server.seen}) == 1


def test_two_writes_have_two_keys() -> None:
    with stand_in([Reply(201), Reply(201)]) as server, Client(server.url) as client:
        client.submit("H1", PLAIN)
        client.submit("H1", PLAIN)

    assert len({one.headers["idempotency-key"] for one in server.seen}) == 2


def test_it_waits_as_long_as_it_is_told() -> None:
    first = Reply(429, {"title": "Rate limit reached"}, {"Retry-After": "1"})
    with (
        stand_in([first, Reply(200, {"data": []})]) as server,
        Client(server.url, retry=QUICK) as client,
    ):
        began = time.monotonic()
        assert list(client.organizations()) == []

    assert time.monotonic() - began >= 1


def test_longer_than_its_patience_it_does_not_wait() -> None:
    first = Reply(429, {"title": "Rate limit reached"}, {"Retry-After": "3600"})
    with (
        stand_in([first]) as server,
        Client(server.url) as client,
        pytest.raises(RateLimited) as told,
    ):
        list(client.organizations())

    assert told.value.retry_after == 3600
    assert len(server.seen) == 1


def test_it_gives_up_in_the_end() -> None:
    with stand_in([LATER] * 4) as server, Client(server.url, retry=QUICK) as client:
        with pytest.raises(Unavailable) as told:
            list(client.organizations())
        assert (told.value.slug, told.value.status) == ("unavailable", 503)
        assert len(server.seen) == QUICK.attempts
    with Client("http://127.0.0.1:1", retry=QUICK) as client, pytest.raises(Unreachable) as gone:
        list(client.organizations())
    assert gone.value.status == 0


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    refused = Reply(409, {"type": "/problems/assessment-closed", "title": "Assessment is locked"})
    with stand_in([refused]) as server, Client(server.url) as client, pytest.raises(Conflict):
        client.submit("H1", PLAIN)

    assert len(server.seen) == 1


@pytest.mark.parametrize("said", [b"<html>sign in</html>", b"[]"])
def test_an_answer_of_something_else_is_an_error_that_says_so(said: bytes) -> None:
    with (
        stand_in([Reply(200, said)]) as server,
        Client(server.url) as client,
        pytest.raises(PalancaError, match="not as Palanca does"),
    ):
        list(client.organizations())


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, 30),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=30), usegmt=True)}, 0),
        (
            {
                "retry-after": format_datetime(NOW + timedelta(hours=2, seconds=5), usegmt=True),
                "date": format_datetime(NOW + timedelta(hours=2), usegmt=True),
            },
            5,
        ),
    ],
)
def test_when_to_come_back_is_a_number_or_a_date(headers: dict[str, str], seconds: float) -> None:
    assert asked_to_wait(httpx.Headers(headers), NOW) == seconds


def test_pauses_grow_and_are_bounded() -> None:
    retry = Retry(attempts=6, patience=60, base=1, longest=4)
    pauses = [retry.pause(attempt, 0, None) for attempt in range(1, 7)]

    for pause, most in zip(pauses, [1, 2, 4, 4, 4], strict=False):
        assert pause is not None
        assert most / 2 <= pause <= most
    assert pauses[5] is None
    assert retry.pause(1, 59.9, None) is None
    assert retry.pause(1, 0, 61) is None
