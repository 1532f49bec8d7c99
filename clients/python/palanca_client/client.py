"""The clients: what can be asked, once for both."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx

from palanca_client import flows
from palanca_client.effects import Call, Flow, Giving
from palanca_client.flows import OnProgress, path
from palanca_client.models import Atomicity, Import, Line, Mode, Row, Wanted
from palanca_client.parcel import Format, Parcel, Source
from palanca_client.retrying import Retry
from palanca_client.running import AsyncRunner, Runner, many, single

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds; a thousand lines that are answered at once take about one."""


class Operations:
    """What can be asked. `Client` waits for each answer; of `AsyncClient` they are awaited.

    Lists and reports are iterators (`for`, `async for`), and have `to_pandas()`.
    Every method raises `PalancaError` for what the service refuses.
    """

    retry: Retry

    @many
    def instruments(self) -> Giving[Row]:
        """Published self-assessments, each with its versions."""
        return Giving(flows.listed(Call("GET", path("instruments")), self.retry))

    @many
    def organizations(self) -> Giving[Row]:
        """Organizations that the key may see."""
        return Giving(flows.listed(flows.paged(path("organizations"), {}), self.retry))

    @many
    def submissions(
        self,
        organization: str,
        *,
        period: str | None = None,
        instrument: str | None = None,
        external_id: str | None = None,
        standing: bool | None = None,
    ) -> Giving[Row]:
        """An organization's; `standing` ones, or those that ended."""
        filters = {
            "period": period,
            "instrument": instrument,
            "external_id": external_id,
            "standing": standing,
        }
        where = path("organizations", organization, "submissions")
        return Giving(flows.listed(flows.paged(where, filters), self.retry))

    @many
    def imports(self) -> Giving[Import]:
        """The caller's imports."""
        return Giving(flows.listed(flows.paged(path("imports"), {}), self.retry, Import.of))

    @single
    def submit(
        self, organization: str, body: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Flow[Row]:
        """Hand in one submission; its scores, and the hash of its receipt."""
        call = Call("POST", path("organizations", organization, "submissions"), json=body)
        return flows.said(flows.with_key(call, idempotency_key), self.retry)

    @single
    def push(
        self,
        source: Source | Parcel,
        *,
        mode: Mode = "commit",
        atomicity: Atomicity = "row",
        instrument: str | None = None,
        version: str | None = None,
        idempotency_key: str | None = None,
        format: Format | None = None,  # noqa: A002 - what it is called everywhere
    ) -> Flow[Import]:
        """Send many submissions: a file's path, an open binary file, or an iterable of dicts.

        A small push is answered at once, with a report; a larger one is worked on: see `wait`.
        """
        query = {"mode": mode, "atomicity": atomicity, "instrument": instrument, "version": version}
        return flows.pushed(source, format, query, idempotency_key, self.retry)

    @single
    def validate(
        self,
        source: Source | Parcel,
        *,
        atomicity: Atomicity = "row",
        instrument: str | None = None,
        version: str | None = None,
        format: Format | None = None,  # noqa: A002 - what it is called everywhere
    ) -> Flow[Import]:
        """What `push` would come to; nothing is kept."""
        named = {"instrument": instrument, "version": version}
        query = {"mode": "validate", "atomicity": atomicity, **named}
        return flows.pushed(source, format, query, None, self.retry)

    @single
    def import_(self, import_id: str) -> Flow[Import]:
        """An import as it stands."""
        return flows.looked_up(import_id, self.retry)

    @single
    def wait(self, found: Import | str, on_progress: OnProgress | None = None) -> Flow[Import]:
        """An import once it has ended; `on_progress` is told how it stands meanwhile."""
        return flows.waited_for(found, self.retry, on_progress)

    @single
    def cancel(self, import_id: str) -> Flow[Import]:
        """End an import; what was taken in stays in."""
        return flows.cancelled(import_id, self.retry)

    @many
    def report(
        self,
        found: Import | str,
        *,
        status: str | Sequence[str] = (),
        severity: str | None = None,
        code: str | None = None,
        organization: str | None = None,
    ) -> Giving[Line]:
        """What became of each line, in their order; of a running import, so far."""
        statuses = (status,) if isinstance(status, str) else status
        wanted = Wanted(statuses, severity, code, organization)
        return Giving(flows.reported(found, wanted, self.retry))

    @single
    def result(
        self, organization: str, assessment: str, *, instrument: str | None = None
    ) -> Flow[Row]:
        """The result of a locked assessment, by its id or period."""
        where = path("organizations", organization, "assessments", assessment, "result")
        params = [] if instrument is None else [("instrument", instrument)]
        return flows.said(Call("GET", where, params=params), self.retry)

    @single
    def receipt(self, organization: str, submission: str) -> Flow[bytes]:
        """A submission's receipt as it is served: what `verify_receipt` looks at."""
        where = path("organizations", organization, "submissions", submission, "receipt")
        return flows.content(Call("GET", where), self.retry)


class Client(Operations, Runner):
    """Requests to one service with one key, each waited for. Close it, or use it in a `with`.

    `more` goes to `httpx.Client`.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        retry: Retry | None = None,
        timeout: httpx.Timeout | float | None = None,
        **more: Any,  # noqa: ANN401 - httpx knows its own
    ) -> None:
        self.http = httpx.Client(**_options(url, key, timeout, more))
        self.retry = retry or Retry()

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(Operations, AsyncRunner):
    """Requests to one service with one key, on asyncio. Close it, or use it in an `async with`.

    `more` goes to `httpx.AsyncClient`.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        retry: Retry | None = None,
        timeout: httpx.Timeout | float | None = None,
        **more: Any,  # noqa: ANN401 - httpx knows its own
    ) -> None:
        self.http = httpx.AsyncClient(**_options(url, key, timeout, more))
        self.retry = retry or Retry()

    async def aclose(self) -> None:
        """Close its connections."""
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _options(
    url: str, key: str | None, timeout: httpx.Timeout | float | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments of an httpx client.

    Raises:
        ValueError: an address or a key that can be none; the key is not repeated.
    """
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url}: an address begins with https:// or http://")
    try:
        httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise ValueError(f"{url}: {exc}") from None
    headers = {"User-Agent": "palanca-client/0.1"}
    if key is not None:
        if not (key and key.isascii() and key.isprintable() and " " not in key):
            raise ValueError("That is no key: a key is one word of letters, digits and _")
        headers["Authorization"] = f"Bearer {key}"
    timeout = TIMEOUT if timeout is None else timeout
    return {"base_url": url.rstrip("/"), "headers": headers, "timeout": timeout, **more}
