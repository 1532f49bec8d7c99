"""What is kept ready is never from before a change, and takes no more memory than is counted."""

import gc
import tracemalloc
from typing import Any

import httpx
import pytest

from app.ready import Ready
from tests.benchmarks.conftest import World
from tests.benchmarks.test_ready import Behind, behind
from tests.conftest import Service
from tests.inputs import INSTRUMENT

__all__ = ["behind"]


class Late(Behind):
    """What is behind, where somebody changes something before a reply goes out."""

    async def __call__(self, *asked: Any) -> None:
        if asked[0]["method"] != "GET":
            await self.app(*asked)
            return
        self.came += 1
        messages: list[Any] = []

        async def hold(message: Any) -> None:
            messages.append(message)

        await self.app(asked[0], asked[1], hold)
        await self.change()
        for message in messages:
            await asked[2](message)

    async def change(self) -> None:
        """Nothing any more; the test puts a change here."""


def test_a_reply_that_a_change_overtook_is_not_kept(
    fresh_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = fresh_service.http.app.state  # type: ignore[attr-defined]
    state.quick = Ready(state.quick.app)
    state.quick.app = late = Late(state.quick)
    key = fresh_service.operator.headers["Authorization"]

    async def change() -> None:
        monkeypatch.undo()
        transport = httpx.ASGITransport(fresh_service.http.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as other:
            reply = await other.post(
                "/v1/instruments",
                json={**INSTRUMENT, "instrument": "another"},
                headers={"Authorization": key},
            )
        assert reply.status_code == 201, reply.text

    monkeypatch.setattr(late, "change", change)
    before, after = (fresh_service.http.get("/v1/instruments").json()["data"] for _ in range(2))

    assert len(after) == len(before) + 1
    assert late.came == 2


def test_nothing_is_ready_from_before_a_change_that_somebody_heard_of(
    fresh_service: Service,
) -> None:
    """Asked again as soon as the change is acknowledged, not only once its request is over."""
    http, state = fresh_service.http, fresh_service.http.app.state  # type: ignore[attr-defined]
    key = fresh_service.operator.headers["Authorization"]
    found: list[int] = []

    async def asked() -> int:
        transport = httpx.ASGITransport(http.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as other:
            return len((await other.get("/v1/instruments")).json()["data"])

    class Hears:
        """The server, whose client asks on hearing the first word."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def heard(message: Any) -> None:
                await send(message)
                if scope["method"] == "POST" and message["type"] == "http.response.start":
                    found.append(await asked())

            await state.quick(scope, receive, heard)

    async def all_of_it() -> None:
        found.append(await asked())
        transport = httpx.ASGITransport(Hears())
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as one:
            await one.post(
                "/v1/instruments",
                json={**INSTRUMENT, "instrument": "another"},
                headers={"Authorization": key},
            )

    assert http.portal is not None
    http.portal.call(all_of_it)

    assert found == [found[0], found[0] + 1]


def test_looking_changes_nothing(published: World, behind: Behind) -> None:
    http = published.service.http
    http.get("/v1/benchmarks")
    asked = {"Origin": "https://one.example", "Access-Control-Request-Method": "GET"}
    for reply in (http.head("/v1/benchmarks"), http.options("/v1/benchmarks", headers=asked)):
        assert reply.status_code == 200
    came = behind.came
    http.get("/v1/benchmarks")

    assert behind.came == came


def test_many_small_replies_take_no_more_memory_than_is_counted(
    published: World, behind: Behind
) -> None:
    http = published.service.http
    path = "/v1/benchmarks/1/items?item=A1"
    http.get(path)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(200):
            http.get(path, headers={"Accept": f"application/{number}"})
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(behind.quick._kept) == 201  # noqa: SLF001
    assert taken < 1.2 * behind.quick._bytes  # noqa: SLF001
