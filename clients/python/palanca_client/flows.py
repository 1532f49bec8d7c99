"""The operations, each written once for both clients: requests, retries, pages, reports."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote
from uuid import uuid4

import httpx

from palanca_client.effects import Call, Flow, Give, Pack, Pause, Read
from palanca_client.models import Import, Line, Row, Wanted
from palanca_client.parcel import Format, Parcel, Source
from palanca_client.problems import PalancaError, Unreachable, problem_of
from palanca_client.retrying import Retry, asked_to_wait, may_be_other_later

OnProgress = Callable[[Import], None]

PAGE = "200"
"""Entries asked for at once; the service gives no more."""

FIRST_LOOK, LAST_LOOK = 0.25, 3.0
"""Seconds between two looks at an import that is worked on; each is half as long again."""


def path(*parts: str) -> str:
    """A path below `/v1`; nothing in a name leads elsewhere."""
    return "/v1/" + "/".join(quote(one, safe=":") for one in parts)


def with_key(call: Call, idempotency_key: str | None = None) -> Call:
    """A write, by a key that stays the same however often it is tried."""
    return replace(
        call, headers={**call.headers, "Idempotency-Key": idempotency_key or str(uuid4())}
    )


def answered(call: Call, retry: Retry) -> Flow[httpx.Response]:
    """The answer to a request, tried again while that may help.

    Raises:
        PalancaError: it was refused, or not answered in time.
    """
    waited, attempt = 0.0, 0
    while True:
        attempt += 1
        try:
            response: httpx.Response = yield call
        except httpx.TransportError as exc:
            problem, asked, hopeful = Unreachable.by(exc), None, True
        else:
            if response.is_success:
                return response
            asked = asked_to_wait(response.headers)
            hopeful = may_be_other_later(response)
            problem = problem_of(response, retry_after=asked)  # type: ignore[assignment]
        pause = retry.pause(attempt, waited, asked) if hopeful else None
        if pause is None:
            raise problem
        waited += pause
        yield Pause(pause)


def said(call: Call, retry: Retry) -> Flow[Row]:
    """The JSON object that a request is answered with."""
    response = yield from answered(call, retry)
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        detail = f"{response.url.host} answers, but not as Palanca does"
        raise PalancaError(response.status_code, {"title": "Not JSON", "detail": detail})
    return found


def content(call: Call, retry: Retry) -> Flow[bytes]:
    """The bytes that a request is answered with."""
    response = yield from answered(call, retry)
    return response.content


def listed(call: Call, retry: Retry, read: Callable[[Row], object] = lambda row: row) -> Flow[None]:
    """All entries of a list, page by page."""
    cursor: str | None = None
    while True:
        more = [("cursor", cursor)] if cursor else []
        page = yield from said(replace(call, params=[*call.params, *more]), retry)
        for row in page["data"]:
            yield Give(read(row))
        cursor = (page.get("page") or {}).get("next_cursor")
        if cursor is None:
            return


def paged(where: str, filters: Mapping[str, object]) -> Call:
    """A list that has pages, with filters that are not None."""
    given = [(name, _text(value)) for name, value in filters.items() if value is not None]
    return Call("GET", where, params=[("limit", PAGE), *given])


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def pushed(
    source: Source | Parcel,
    kind: Format | None,
    query: Mapping[str, str | None],
    idempotency_key: str | None,
    retry: Retry,
) -> Flow[Import]:
    """Send lines; what became of them, or that they are being worked on."""
    if not isinstance(source, Parcel):
        parcel: Parcel = yield Pack(source, kind)
        with parcel:
            return (yield from pushed(parcel, kind, query, idempotency_key, retry))
    call = Call(
        "POST",
        path("imports"),
        params=[(name, value) for name, value in query.items() if value is not None],
        headers={"Accept": "application/json", **source.headers},
        parcel=source,
    )
    return Import.of((yield from said(with_key(call, idempotency_key), retry)))


def looked_up(import_id: str, retry: Retry) -> Flow[Import]:
    """An import as it stands."""
    return Import.of((yield from said(Call("GET", path("imports", import_id)), retry)))


def cancelled(import_id: str, retry: Retry) -> Flow[Import]:
    """End an import; what was taken in stays in."""
    call = with_key(Call("POST", path("imports", import_id, "cancel")))
    return Import.of((yield from said(call, retry)))


def waited_for(
    found: Import | str, retry: Retry, on_progress: OnProgress | None = None
) -> Flow[Import]:
    """An import once it has ended."""
    if isinstance(found, str):
        found = yield from looked_up(found, retry)
    pause = FIRST_LOOK
    while True:
        if on_progress is not None:
            on_progress(found)
        if found.ended or found.id is None:
            return found
        yield Pause(pause)
        pause = min(pause * 1.5, LAST_LOOK)
        found = yield from looked_up(found.id, retry)


def reported(found: Import | str, wanted: Wanted, retry: Retry) -> Flow[None]:
    """What became of each line, in their order."""
    report = None if isinstance(found, str) else found.report
    if report is not None:
        for line in filter(wanted.has, report):
            yield Give(line)
        return
    name = found if isinstance(found, str) else found.id
    if name is None:
        raise ValueError("An import without id and without report")
    where = path("imports", name, "report.ndjson")
    call = Call("GET", where, params=wanted.params(), stream=True)
    yield from _streamed(call, wanted, retry)


def _streamed(call: Call, wanted: Wanted, retry: Retry) -> Flow[None]:
    """Lines of a stream; if it breaks off it is asked for anew, and what was given is left out."""
    given = attempt = 0
    waited = 0.0
    while True:
        seen = 0
        try:
            yield from answered(call, retry)
            rest, is_open = b"", True
            while is_open:
                chunk: bytes | None = yield Read()
                is_open = chunk is not None
                *whole, rest = (rest + (chunk or b"\n")).split(b"\n")
                for line in _lines(whole):
                    seen += 1
                    if seen > given:
                        given, attempt = seen, 0
                        yield from (Give(one) for one in (line,) if wanted.has(one))
        except httpx.TransportError as exc:
            attempt += 1
            pause = retry.pause(attempt, waited, None)
            if pause is None:
                raise Unreachable.by(exc) from exc
            waited += pause
            yield Pause(pause)
        else:
            return


def _lines(texts: Sequence[bytes]) -> Iterator[Line]:
    try:
        yield from (Line.of(json.loads(text)) for text in texts if text.strip())
    except json.JSONDecodeError:
        raise httpx.RemoteProtocolError("The report ends amid a line") from None
