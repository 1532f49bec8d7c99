"""One request that writes."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from app.main import create_app
from app.settings import Settings
from tests.conftest import Caller, Service

DOCUMENT = create_app(
    Settings.model_validate({"database_url": "postgresql://nowhere/none", "key_pepper": "x" * 32})
).openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method in {"post", "put", "patch", "delete"}
}
"""All that write, as the OpenAPI document has them."""


@dataclass(frozen=True, slots=True)
class Write:
    """A request that succeeds, once."""

    client: Caller
    path: str
    body: Any = None
    other: Any = field(default_factory=dict)
    """Another body for the same path."""
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = None

    def keyed(self, key: str) -> "Write":
        """The same request with an idempotency key."""
        return replace(self, headers={**self.headers, "Idempotency-Key": key})

    def by(self, client: Caller) -> "Write":
        """The same request of another client."""
        return replace(self, client=client)

    def send(self) -> httpx.Response:
        """Ask the service that runs in this process."""
        return self.client.request(self.method, self.path, headers=self.headers, **self._content)

    def send_to(self, base_url: str) -> httpx.Response:
        """Ask another one, over the network."""
        headers = {**self.client.headers, **self.headers}
        url = base_url + self.path
        return httpx.request(self.method, url, headers=headers, timeout=60, **self._content)

    def again(self) -> httpx.Response:
        """Ask until there is an answer, as a client does that is told to come again."""
        for _ in range(1000):
            reply = self.send()
            if "Retry-After" not in reply.headers:
                return reply
            time.sleep(0.05)
        raise AssertionError(reply.text)

    @property
    def _content(self) -> dict[str, Any]:
        if self.form is not None:
            return {"data": self.form}
        return {} if self.body is None else {"json": self.body}


Maker = Callable[[Service], Write]


def name(prefix: str) -> str:
    """One that was not there before."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"
