"""A stand-in for a service that works on large imports, by the contract of `/v1/imports`."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

from tests.clients_python.standin import CUT, Reply, Seen

ID = "0198c0de-0000-7000-8000-000000000001"
AT = "2026-11-22T12:00:00Z"


class Worker:
    """Takes one import, and does a part of it at each look; `ends` says how it ends."""

    def __init__(
        self,
        *,
        step: int = 600,
        ends: str = "succeeded",
        wrong: Sequence[int] = (),
        cuts: Sequence[int] = (),
    ) -> None:
        self.step = step
        self.ends = ends
        self.wrong = wrong
        self.cuts = list(cuts)
        """Bytes after which each report but the last breaks off."""
        self.lines: list[bytes] = []
        self.keys: list[str] = []
        self.done = 0
        self.mode = "commit"
        self.silent = False
        """Whether it answers nothing, as one that is gone."""
        self.is_gone_after_taking = False

    def __call__(self, seen: Seen) -> Reply:
        """What it answers."""
        if self.silent:
            return CUT
        found = self._answer(seen)
        return found or Reply(404, {"type": "/problems/not-found", "title": "Not found"})

    def _answer(self, seen: Seen) -> Reply | None:
        match seen.path.removeprefix("/v1/imports").split("/"):
            case [""] if seen.method == "POST":
                return self._take(seen)
            case [""]:
                page = {"next_cursor": None, "limit": 200}
                return Reply(200, {"data": [self.state()], "page": page})
            case ["", one] if one == ID:
                self.done = min(self.done + self.step, len(self.lines))
                return Reply(200, self.state())
            case ["", one, "cancel"] if one == ID:
                self.ends, self.lines = "cancelled", self.lines[: self.done]
                return Reply(200, self.state())
            case ["", one, "report.ndjson"] if one == ID:
                return self._report(parse_qs(seen.target.partition("?")[2]))
        return None

    def _take(self, seen: Seen) -> Reply:
        self.silent = self.is_gone_after_taking
        self.keys.append(seen.headers["idempotency-key"])
        self.mode = parse_qs(seen.target.partition("?")[2])["mode"][0]
        self.lines = [one for one in seen.plain.split(b"\n") if one.strip()]
        return Reply(202, self.state(), {"Location": f"/v1/imports/{ID}"})

    def state(self) -> dict[str, Any]:
        """How the import stands."""
        ended = self.done >= len(self.lines)
        rejected = sum(one <= self.done for one in self.wrong)
        failed = ended and self.ends == "failed"
        return {
            "id": ID,
            "mode": self.mode,
            "atomicity": "row",
            "format": "ndjson",
            "status": self.ends if ended else "running",
            "lines": len(self.lines),
            "done": self.done,
            "counts": {
                "accepted": self.done - rejected,
                "unchanged": 0,
                "superseded": 0,
                "rejected": rejected,
            },
            "warnings": 0,
            "created_at": AT,
            "started_at": AT,
            "finished_at": AT if ended else None,
            "problem": {"type": "/problems/broken", "title": "Broken", "detail": "off"}
            if failed
            else None,
            "links": dict.fromkeys(("self", "report", "events", "cancel"), f"/v1/imports/{ID}"),
        }

    def _report(self, query: dict[str, list[str]]) -> Reply:
        lines = [self._line(number) for number in range(1, self.done + 1)]
        wanted = [
            one for one in lines if one["status"] in query.get("status", ["accepted", "rejected"])
        ]
        said = b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in wanted)
        kind = {"Content-Type": "application/x-ndjson"}
        if not self.cuts:
            return Reply(200, said, kind)
        cut = self.cuts.pop(0)
        return Reply(200, said[:cut], kind, lie=len(said) - cut)

    def _line(self, number: int) -> dict[str, Any]:
        is_wrong = number in self.wrong
        problem = {
            "severity": "error",
            "pointer": "/answers/A1",
            "code": "level-out-of-range",
            "detail": "0 to 4 \u2028 are levels",
            "received": 9,
            "expected": [0, 4],
            "help": "/problems/invalid",
            "newer": "what a later service may add",
        }
        return {
            "line": number,
            "external_id": f"w-{number}",
            "organization": None,
            "status": "rejected" if is_wrong else "accepted",
            "problems": [problem] if is_wrong else [],
        }
