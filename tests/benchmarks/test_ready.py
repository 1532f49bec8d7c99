"""Replies that are kept ready are those that would be made, and only open ones are kept."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app import ready
from app.ready import Ready
from tests.benchmarks.conftest import World, fill, make_world
from tests.conftest import Server, Service, serve, steady
from tests.inputs import INSTRUMENT

CELLS = "/v1/benchmarks/1/cells?cohort=all&figure=A"


class Behind:
    """What is behind: how many questions came so far."""

    def __init__(self, quick: Ready) -> None:
        self.quick, self.app, self.came = quick, quick.app, 0

    async def __call__(self, *asked: Any) -> None:
        self.came += 1
        await self.app(*asked)


@pytest.fixture
def behind(published: World) -> Iterator[Behind]:
    """The application, counted, with nothing ready yet."""
    state = published.service.http.app.state  # type: ignore[attr-defined]
    quick, state.quick = state.quick, Ready(state.quick.app)
    state.quick.app = found = Behind(state.quick)
    yield found
    state.quick = quick


def same(one: httpx.Response, other: httpx.Response) -> bool:
    """Whether two replies are, but for what is counted."""
    return (one.status_code, one.content, steady(one)) == (
        other.status_code,
        other.content,
        steady(other),
    )


@pytest.mark.parametrize(
    "path",
    [
        CELLS,
        "/v1/benchmarks",
        "/v1/benchmarks/latest",
        "/v1/benchmarks/1/data.csv",
        "/v1/benchmarks/1/comparison?cohorts=all,teaching:yes",
        "/v1/frameworks",
        "/v1/instruments",
    ],
)
def test_the_second_time_it_is_ready_and_the_same(
    published: World, behind: Behind, path: str
) -> None:
    first, second = (published.service.http.get(path) for _ in range(2))

    assert first.status_code == 200
    assert same(first, second)
    assert behind.came == 1


def test_who_has_it_is_told_so(published: World, behind: Behind) -> None:
    http = published.service.http
    etag = http.get(CELLS).headers["etag"]

    for known in (etag, f'"x", W/{etag}', "*"):
        reply = http.get(CELLS, headers={"If-None-Match": known})
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["etag"] == etag
        assert "content-length" not in reply.headers
    assert http.get(CELLS, headers={"If-None-Match": '"x"'}).status_code == 200
    assert behind.came == 1


@pytest.mark.parametrize("path", [CELLS, "/v1/frameworks/seven-leverage-points/elements/LP3.4"])
def test_who_has_it_already_has_it_made_ready_for_the_next(
    published: World, behind: Behind, path: str
) -> None:
    http = published.service.http
    other = http.get(path, headers={"Accept": "*/*;q=0.9"})
    etag = other.headers["etag"]

    told = http.get(path, headers={"If-None-Match": etag})
    assert (told.status_code, told.content, behind.came) == (304, b"", 2)
    assert told.headers["etag"] == etag
    assert "content-length" not in told.headers
    ready_now = http.get(path)
    assert (ready_now.status_code, behind.came) == (200, 2)
    assert same(ready_now, other)


def test_a_file_answers_for_itself(published: World, behind: Behind) -> None:
    http = published.service.http
    path = "/v1/benchmarks/1/data.csv"
    etag = http.get(path, headers={"Accept": "*/*;q=0.9"}).headers["etag"]

    assert http.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert http.get(path).status_code == 200
    assert behind.came == 3


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({}, {"Accept": "text/html"}, id="a page"),
        pytest.param({}, {"Accept-Language": "es"}, id="a language"),
        pytest.param({}, {"Origin": "https://elsewhere.example"}, id="a browser's script"),
    ],
)
def test_what_a_reply_depends_on_is_told_apart(
    published: World, behind: Behind, first: dict[str, str], second: dict[str, str]
) -> None:
    path = "/v1/benchmarks/1" if "Accept" in second else "/v1/benchmarks/1/cohorts"
    http = published.service.http
    before = [http.get(path, headers=headers) for headers in (first, second)]
    after = [http.get(path, headers=headers) for headers in (first, second)]

    assert behind.came == (3 if "Accept" in second else 2), "a page has no ETag and is made anew"
    assert all(same(one, other) for one, other in zip(before, after, strict=True))
    assert not same(*after)


def test_origins_share_a_reply(published: World, behind: Behind) -> None:
    http = published.service.http
    replies = [http.get(CELLS, headers={"Origin": f"https://{n}.example"}) for n in range(3)]

    assert {one.headers["access-control-allow-origin"] for one in replies} == {"*"}
    assert behind.came == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param(CELLS, {"Authorization": "Bearer x"}, id="with a key"),
        pytest.param("/v1/benchmarks/1/data.csv", {"Range": "bytes=0-9"}, id="a part"),
        pytest.param("/v1/benchmarks/99", {}, id="what is not there"),
        pytest.param("/v1/organizations", {}, id="what is not open"),
        pytest.param("/readyz", {}, id="what is so just now"),
        pytest.param("/fhir/R4/metadata", {}, id="FHIR, which fails in its own words"),
        pytest.param(CELLS, {"Accept": "x" * 1000}, id="a long question"),
    ],
)
def test_some_are_always_made_anew(
    published: World, behind: Behind, path: str, headers: dict[str, str]
) -> None:
    for _ in range(2):
        published.service.http.get(path, headers=headers)

    assert behind.came == 2


def test_a_ready_reply_counts_as_any_other(server: Server, new_database: Callable[[], str]) -> None:
    for service in serve(server, new_database(), anonymous_rate_limit="4/minute"):
        replies = [service.http.get("/v1/frameworks") for _ in range(6)]

    assert [one.status_code for one in replies] == [200] * 4 + [429] * 2
    assert [one.headers["ratelimit"].split(";")[1] for one in replies[:5]] == [
        f"r={left}" for left in (3, 2, 1, 0, 0)
    ]
    assert replies[4].json()["type"] == "/problems/too-many-requests"
    assert {"retry-after", "ratelimit-policy"} <= replies[4].headers.keys()


def test_what_changes_shows_at_once(fresh_service: Service) -> None:
    world = make_world(fresh_service, 44)
    fill(world, 44)
    names = ("/v1/instruments", "/v1/benchmarks")
    before = [fresh_service.http.get(one).json()["data"] for one in names]

    fresh_service.operator.post("/v1/instruments", json={**INSTRUMENT, "instrument": "another"})
    assert world.build().status_code == 201

    after = [fresh_service.http.get(one).json()["data"] for one in names]
    assert [len(one) for one in after] == [len(one) + 1 for one in before]


def test_what_another_process_changes_shows_after_a_second(
    published: World, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = published.service.http
    for path in ("/v1/benchmarks/latest", CELLS):
        http.get(path)
    begun = time.monotonic()
    monkeypatch.setattr("app.ready.time.monotonic", lambda: begun + 1.1)

    http.get("/v1/benchmarks/latest")
    http.get(CELLS)
    assert behind.came == 3
    monkeypatch.setattr("app.ready.time.monotonic", lambda: begun + 61)
    http.get(CELLS)
    assert behind.came == 4


def test_the_least_asked_for_go(
    published: World, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = published.service.http
    http.get(CELLS)
    size = next(iter(behind.quick._kept.values())).size  # noqa: SLF001
    monkeypatch.setattr(ready, "KEPT_BYTES", 3.5 * size)
    for language in ("en", "es", "fr"):
        http.get(CELLS, headers={"Accept-Language": language})
        http.get(CELLS)

    assert behind.came == 4
    assert len(behind.quick._kept) == 3  # noqa: SLF001
    monkeypatch.setattr(ready, "KEPT_REPLY", 100)
    for _ in range(2):
        http.get("/v1/benchmarks/1/cohorts")
    assert behind.came == 6
    assert len(behind.quick._kept) == 3  # noqa: SLF001


def test_a_service_that_is_ending_says_so(published: World, behind: Behind) -> None:
    state = published.service.http.app.state  # type: ignore[attr-defined]
    published.service.http.get(CELLS)
    state.draining = True
    try:
        reply = published.service.http.get(CELLS)
    finally:
        state.draining = False

    assert reply.headers["connection"] == "close"
    assert behind.came == 2
