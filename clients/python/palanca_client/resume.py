"""What is remembered of a push, so that it can go on after an interruption. No key is in it."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Target:
    """What is pushed where; another content or another place is another push."""

    sha256: str
    url: str
    atomicity: str
    instrument: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Push:
    """A push that was begun: by which idempotency key, and as which import."""

    target: Target
    idempotency_key: str
    import_id: str | None = None

    @classmethod
    def begin(cls, target: Target) -> Self:
        """A new one."""
        return cls(target, str(uuid4()))

    def as_import(self, import_id: str | None) -> Self:
        """The same, once it is known as which import."""
        return replace(self, import_id=import_id)


class Memory:
    """A file beside the one that is pushed; without that, nothing is remembered."""

    def __init__(self, pushed: Path | None) -> None:
        self._path = pushed and pushed.with_name(f"{pushed.name}.palanca-push.json")
        self.trouble = ""
        """Why nothing could be remembered."""

    def find(self, target: Target) -> Push | None:
        """The push that was begun with the same content; None if there is none."""
        if self._path is None:
            return None
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
            found = Push(Target(**said.pop("target")), **said)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        return found if found.target == target else None

    def keep(self, push: Push) -> None:
        """Write it down, whole or not at all, for its owner only."""
        if self._path is None or self.trouble:
            return
        draft = self._path.with_name(f"{self._path.name}.new")
        try:
            draft.unlink(missing_ok=True)
            opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened, "w", encoding="utf-8") as file:
                json.dump(asdict(push), file, indent=1)
            draft.replace(self._path)
        except OSError as exc:
            self.trouble = f"{self._path}: {exc.strerror}"

    def forget(self) -> None:
        """It is done."""
        if self._path is not None and not self.trouble:
            self._path.unlink(missing_ok=True)
