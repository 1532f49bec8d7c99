"""Imports that are worked on: waited for, looked at, ended, and their reports."""

import sys
from dataclasses import replace
from types import ModuleType

import pytest
from palanca_client import AsyncClient, Client, Import, NotFound, Unreachable

from tests.clients_python.conftest import QUICK
from tests.clients_python.standin import Reply, stand_in
from tests.clients_python.worker import ID, Worker
from tests.imports.asking import line

LINES = [line(f"w-{number}") for number in range(1, 1_502)]


def test_a_large_import_is_waited_for_and_reported() -> None:
    seen: list[Import] = []
    with stand_in(Worker(wrong=[3, 1_500])) as server, Client(server.url, retry=QUICK) as client:
        begun = client.push(LINES)
        assert (begun.id, begun.status, begun.ended, begun.report) == (ID, "running", False, None)
        assert [one.id for one in client.imports()] == [ID]

        done = client.wait(begun, seen.append)

        told = list(client.report(done))
        wrong = list(client.report(ID, status="rejected"))

    assert (done.status, done.lines, done.done, done.rejected) == ("succeeded", 1_501, 1_501, 2)
    assert [one.done for one in seen] == [0, 600, 1_200, 1_501]
    assert [one.line for one in told] == list(range(1, 1_502))
    assert [one.line for one in wrong] == [3, 1_500]
    assert wrong[0].problems[0].expected == [0, 4]
    assert "\u2028" in wrong[0].problems[0].detail


async def test_the_same_on_asyncio() -> None:
    seen: list[Import] = []
    with stand_in(Worker(wrong=[3], cuts=[90])) as server:
        async with AsyncClient(server.url, retry=QUICK) as client:
            done = await client.wait(await client.push(LINES), seen.append)
            told = [one async for one in client.report(done)]
            assert (await client.import_(ID)).ended
            listed = [one async for one in client.imports()]
            with pytest.raises(NotFound):
                [one async for one in client.report("none")]

    assert len(told) == len(LINES)
    assert [one.id for one in listed] == [ID]
    assert seen[-1] == done


@pytest.mark.parametrize("cuts", [[0], [1], [200, 5_000, 5_000], [100_000]])
def test_a_report_that_breaks_off_goes_on_where_it_was(cuts: list[int]) -> None:
    worker = Worker(step=2_000, cuts=cuts)
    with stand_in(worker) as server, Client(server.url, retry=QUICK) as client:
        client.push(LINES)
        client.import_(ID)

        assert [one.line for one in client.report(ID)] == list(range(1, 1_502))

    assert len([one for one in server.seen if "report" in one.path]) == len(cuts) + 1


def test_a_report_that_ends_amid_a_line_has_broken_off() -> None:
    replies = [
        Reply(200, b'{"line": 1, "status": "accepted"}\n{"line": 2, "sta'),
        Reply(200, b'{"line": 1, "status": "accepted"}\n{"line": 2, "status": "accepted"}'),
    ]
    with stand_in(replies) as server, Client(server.url, retry=QUICK) as client:
        assert [one.line for one in client.report(ID)] == [1, 2]


def test_a_report_that_always_breaks_off_is_given_up() -> None:
    worker = Worker(step=2_000, cuts=[500] * 20)
    with stand_in(worker) as server, Client(server.url, retry=QUICK) as client:
        client.push(LINES)
        client.import_(ID)

        with pytest.raises(Unreachable):
            list(client.report(ID))


def test_an_import_is_known_by_its_id() -> None:
    with stand_in(Worker(step=2_000)) as server, Client(server.url, retry=QUICK) as client:
        begun = client.push(LINES)

        assert client.wait(ID).ended
        with pytest.raises(NotFound):
            list(client.report("none"))
        with pytest.raises(ValueError, match="without id"):
            list(client.report(replace(begun, id=None)))


def test_operations_are_described_on_the_class() -> None:
    for kind in (Client, AsyncClient):
        assert "file's path" in (kind.push.__doc__ or "")
        assert "each line" in (kind.report.__doc__ or "")


def test_an_import_is_cancelled() -> None:
    with stand_in(Worker()) as server, Client(server.url, retry=QUICK) as client:
        client.push(LINES)
        client.import_(ID)

        done = client.cancel(ID)

    assert (done.status, done.ended, done.done) == ("cancelled", True, 600)
    assert "idempotency-key" in server.seen[-1].headers


def test_who_looks_at_some_of_a_report_leaves_nothing_open() -> None:
    with stand_in(Worker(step=2_000)) as server, Client(server.url, retry=QUICK) as client:
        client.push(LINES)
        client.import_(ID)
        for one in client.report(ID):
            assert one.line == 1
            break
        assert client.import_(ID).ended


class Frame:
    """What pandas would make a table of."""

    def __init__(self, rows: list[dict[str, object]]) -> None:
        self.rows = rows


def test_lists_and_reports_become_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        stand_in(Worker(step=2_000, wrong=[2])) as server,
        Client(server.url, retry=QUICK) as client,
    ):
        client.push(LINES)
        client.import_(ID)
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(ImportError, match="pip install"):
            client.report(ID).to_pandas()
        pandas = ModuleType("pandas")
        pandas.DataFrame = Frame  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pandas", pandas)

        rows = client.report(ID, status="rejected").to_pandas().rows

        assert [one["external_id"] for one in rows] == ["w-2"]
        assert client.imports().to_pandas().rows[0]["id"] == ID


async def test_lists_become_tables_on_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = ModuleType("pandas")
    pandas.DataFrame = Frame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    with stand_in(Worker()) as server:
        async with AsyncClient(server.url, retry=QUICK) as client:
            await client.push(LINES)
            assert (await client.imports().to_pandas()).rows[0]["id"] == ID
