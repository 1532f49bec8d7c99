"""How much each caller may ask: so many requests in a window of time.

A key is counted once it is known to be good, so nobody uses up another's share by naming it; all
else is counted for the address it came from. The window is a fixed one, from a caller's first
request: one counter each, and what the headers say is exact. Counters that cannot be had (Redis is
down) let everybody pass: a limit is for fairness, not for access.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from ipaddress import IPv6Address, ip_address
from math import ceil

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.errors import ConfigurationError, StorageError
from starlette.requests import HTTPConnection

from app.problems import TooManyRequests
from app.settings import Settings

log = logging.getLogger("palanca")

MANY = 50_000
"""Callers that are remembered at once in memory, some 20 MB; beyond, the oldest starts anew."""

PATIENCE_SECONDS, PAUSE_SECONDS = 0.3, 5.0
"""For an answer of Redis; and without asking it, after it gave none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a caller stands in its window."""

    policy: str
    limit: int
    window: int
    used: int
    reset_seconds: int

    @property
    def allowed(self) -> bool:
        """Whether this request was still within."""
        return self.used <= self.limit

    @property
    def remaining(self) -> int:
        """How many requests are left."""
        return max(0, self.limit - self.used)

    @property
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The same in the words of the IETF draft (ratelimit-headers)."""
        left = f'"{self.policy}";r={self.remaining};t={self.reset_seconds}'
        return _policy_header(self.policy, self.limit, self.window), (b"ratelimit", left.encode())


@cache
def _policy_header(policy: str, limit: int, window: int) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", f'"{policy}";q={limit};w={window}'.encode()


class Limiter:
    """The counters of one service."""

    def __init__(self, settings: Settings) -> None:
        uri = settings.rate_limit_storage.get_secret_value()
        self._policies = {
            False: _Policy("default", parse(settings.rate_limit), _storage(uri)),
            True: _Policy("anonymous", parse(settings.anonymous_rate_limit), _storage(uri)),
        }
        self._silent_until = 0.0

    async def hit(self, identity: str, *, anonymous: bool = False) -> Verdict | None:
        """Count one request; ``None`` if there is nothing to count with just now."""
        if time.monotonic() < self._silent_until:
            return None
        policy = self._policies[anonymous]
        if isinstance(policy.storage, _Memory):
            return policy.verdict(*policy.storage.count(identity, policy.window))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await policy.hit(identity)
        except (StorageError, OSError) as exc:  # out of time is an OSError too
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            log.warning("no rate limits for %g s: %s", PAUSE_SECONDS, type(exc.__cause__ or exc))
            return None

    async def close(self) -> None:
        """Let go of Redis."""
        for policy in self._policies.values():
            bridge = getattr(policy.storage, "bridge", None)
            if bridge is not None:
                await bridge.storage.aclose()


@dataclass(frozen=True)
class _Policy:
    name: str
    item: RateLimitItem
    storage: Storage

    @cached_property
    def window(self) -> int:
        """Seconds."""
        return self.item.get_expiry()

    async def hit(self, identity: str) -> Verdict:
        key = self.item.key_for(identity)
        used = await self.storage.incr(key, self.window)
        return self.verdict(used, await self.storage.get_expiry(key))

    def verdict(self, used: int, until: float) -> Verdict:
        """Where somebody stands who has asked so often since the window began."""
        left = min(max(ceil(until - time.time()), 1), self.window)
        return Verdict(self.name, self.item.amount, self.window, used, left)


class _Memory(MemoryStorage):
    """The library's counters in memory, which it would all look through at every request."""

    def count(self, key: str, expiry: float) -> tuple[int, float]:
        """Count; windows have one length, so they end in the order in which they began.

        Returns:
            How often by now, and until when the window lasts.
        """
        now = time.time()
        if self.expirations.get(key, 0.0) <= now:
            self._drop(key)
            while self.expirations:
                oldest = next(iter(self.expirations))
                if self.expirations[oldest] > now and len(self.expirations) < MANY:
                    break
                self._drop(oldest)
            self.expirations[key] = now + expiry
        used = self.storage[key] = self.storage[key] + 1
        return used, self.expirations[key]

    def _drop(self, key: str) -> None:
        self.storage.pop(key, None)
        self.expirations.pop(key, None)


def _storage(uri: str) -> Storage:
    """The counters at an address.

    Raises:
        ValueError: not a kind that we know; without the address, which may have a password.
    """
    scheme = uri.partition("://")[0]
    if scheme == "async+memory":
        return _Memory()
    if scheme not in RedisStorage.STORAGE_SCHEME:
        raise ValueError("Set PALANCA_RATE_LIMIT_STORAGE to async+memory:// or async+redis://...")
    try:
        return RedisStorage(uri, wrap_exceptions=True, implementation="redispy")
    except ConfigurationError:
        raise ValueError("Rate limits in Redis need its client: install palanca[redis]") from None


@lru_cache(maxsize=10_000)
def address(host: str | None) -> str:
    """Who is behind an address: of IPv6 the network, as one customer has 2**64 addresses."""
    try:
        found = ip_address(host or "")
    except ValueError:
        return f"address:{host}"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return f"address:{int(found) >> 64:x}"
        found = found.ipv4_mapped
    return f"address:{found}"


async def count(request: HTTPConnection, client: object = None) -> None:
    """Count a request for its client, or without one for its address; replies say how it stands.

    Raises:
        TooManyRequests: the window is used up.
    """
    limiter: Limiter = request.app.state.limiter
    host = request.client.host if request.client else None
    await admit(limiter, request.scope["state"], client, host)


async def admit(
    limiter: Limiter, state: dict[str, object], client: object, host: str | None = None
) -> None:
    """The same, where the request itself is not at hand."""
    if client is None:
        verdict = await limiter.hit(address(host), anonymous=True)
    else:
        verdict = await limiter.hit(f"client:{client}")
    state["verdict"] = verdict
    if verdict is not None and not verdict.allowed:
        raise TooManyRequests(
            f"At most {verdict.limit} requests in {verdict.window} s",
            retry_after=verdict.reset_seconds,
        )
