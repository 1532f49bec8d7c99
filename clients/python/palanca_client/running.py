"""Flows carried out, by a thread that waits or on asyncio: all in which the two clients differ."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

import httpx

from palanca_client.effects import Call, Course, Effect, Flow, Give, Giving, Pack, Pause, Read
from palanca_client.parcel import Parcel
from palanca_client.rows import AsyncRows, Rows

T = TypeVar("T")
P = ParamSpec("P")


class Runner:
    """Waits for every effect."""

    http: httpx.Client

    def run(self, flow: Flow[T]) -> T:
        """A flow's result."""
        course = Course(flow)
        for _ in self.gives(course):
            raise AssertionError("a single result gives nothing on its way")
        return cast("T", course.result)

    def gives(self, course: Course[Any]) -> Iterator[Any]:
        """What a flow gives, until its end."""
        stream = _Stream(self.http)
        try:
            while (effect := course.effect) is not None:
                if isinstance(effect, Give):
                    yield effect.value
                    course.answer(None)
                    continue
                try:
                    outcome = stream.perform(effect)
                except httpx.TransportError as exc:
                    course.fail(exc)
                else:
                    course.answer(outcome)
        finally:
            stream.close()


class AsyncRunner:
    """Awaits every effect."""

    http: httpx.AsyncClient

    async def run(self, flow: Flow[T]) -> T:
        """A flow's result."""
        course = Course(flow)
        async for _ in self.gives(course):
            raise AssertionError("a single result gives nothing on its way")
        return cast("T", course.result)

    async def gives(self, course: Course[Any]) -> AsyncIterator[Any]:
        """What a flow gives, until its end."""
        stream = _AsyncStream(self.http)
        try:
            while (effect := course.effect) is not None:
                if isinstance(effect, Give):
                    yield effect.value
                    course.answer(None)
                    continue
                try:
                    outcome = await stream.perform(effect)
                except httpx.TransportError as exc:
                    course.fail(exc)
                else:
                    course.answer(outcome)
        finally:
            await stream.close()


class _Stream:
    """Effects one after the other, and the answer that is being read, if one is."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.open: httpx.Response | None = None
        self.chunks: Iterator[bytes] = iter(())

    def perform(self, effect: Effect) -> object:
        match effect:
            case Pause(seconds):
                time.sleep(seconds)
            case Read():
                return next(self.chunks, None)
            case Pack(source, kind):
                return Parcel.of(source, kind)
            case Call():
                return self._send(effect)
        return None

    def _send(self, call: Call) -> httpx.Response:
        self.close()
        content = None if call.parcel is None else call.parcel.chunks()
        request = self.http.build_request(**_parts(call), content=content)
        response = self.http.send(request, stream=call.stream)
        if call.stream:
            self.open, self.chunks = response, response.iter_bytes()
            if not response.is_success:
                response.read()
        return response

    def close(self) -> None:
        if self.open is not None:
            self.open.close()
            self.open = None


class _AsyncStream:
    """As `_Stream`."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.open: httpx.Response | None = None
        self.chunks: AsyncIterator[bytes]

    async def perform(self, effect: Effect) -> object:
        match effect:
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Read():
                return await anext(self.chunks, None)
            case Pack(source, kind):
                return await asyncio.to_thread(Parcel.of, source, kind)
            case Call():
                return await self._send(effect)
        return None

    async def _send(self, call: Call) -> httpx.Response:
        await self.close()
        content = None if call.parcel is None else _asynchronous(call.parcel.chunks())
        request = self.http.build_request(**_parts(call), content=content)
        response = await self.http.send(request, stream=call.stream)
        if call.stream:
            self.open, self.chunks = response, response.aiter_bytes()
            if not response.is_success:
                await response.aread()
        return response

    async def close(self) -> None:
        if self.open is not None:
            await self.open.aclose()
            self.open = None


def _parts(call: Call) -> dict[str, Any]:
    return {
        "method": call.method,
        "url": call.path,
        "params": list(call.params),
        "headers": dict(call.headers),
        "json": call.json,
    }


async def _asynchronous(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


class single(Generic[P, T]):  # noqa: N801 - a decorator
    """A method that describes a flow; who calls it gets its result (or awaits it)."""

    def __init__(self, flow: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self.flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, runner: Runner, owner: object = None) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, runner: AsyncRunner, owner: object = None
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, runner: None, owner: object) -> Callable[..., Flow[T]]: ...
    def __get__(self, runner: Runner | AsyncRunner | None, owner: object = None) -> object:
        """Bound to a client; of the class, what describes it."""
        if runner is None:
            return self.flow

        @wraps(self.flow)
        def bound(*args: P.args, **more: P.kwargs) -> object:
            return runner.run(self.flow(runner, *args, **more))

        return bound


class many(Generic[P, T]):  # noqa: N801 - a decorator
    """A method that describes a flow; who calls it gets an iterator of what it gives."""

    def __init__(self, flow: Callable[Concatenate[Any, P], Giving[T]]) -> None:
        self.flow = flow
        self.__doc__ = flow.__doc__

    @overload
    def __get__(self, runner: Runner, owner: object = None) -> Callable[P, Rows[T]]: ...
    @overload
    def __get__(self, runner: AsyncRunner, owner: object = None) -> Callable[P, AsyncRows[T]]: ...
    @overload
    def __get__(self, runner: None, owner: object) -> Callable[..., Giving[T]]: ...
    def __get__(self, runner: Runner | AsyncRunner | None, owner: object = None) -> object:
        """Bound to a client; of the class, what describes it."""
        if runner is None:
            return self.flow

        @wraps(self.flow)
        def bound(*args: P.args, **more: P.kwargs) -> object:
            course = Course(self.flow(runner, *args, **more).flow)
            if isinstance(runner, Runner):
                return Rows(runner.gives(course))
            return AsyncRows(runner.gives(course))

        return bound
