"""What an attack found: against a careless publisher, whom it must beat, and the service."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One figure of an attack.

    ``naive_beaten`` is ``None`` where there is no careless publisher to beat, only a planted fault.
    """

    attack: str
    tried: str
    naive: str
    ours: str
    goal: str
    naive_beaten: bool
    passed: bool
    seconds: float = 0.0
    skipped: bool = False

    @property
    def verdict(self) -> str:
        """One word, or three."""
        if self.skipped:
            return "skipped"
        if not self.naive_beaten:
            return "proves nothing"
        return "pass" if self.passed else "FAIL"

    @property
    def sound(self) -> bool:
        """Whether the command may end well with it."""
        return self.skipped or (self.naive_beaten and self.passed)

    def to_dict(self) -> dict[str, Any]:
        """As the report has it."""
        return asdict(self) | {"verdict": self.verdict}


def skipped(attack: str, why: str) -> Result:
    """An attack that could not be tried here."""
    return Result(attack, why, "-", "-", "-", naive_beaten=True, passed=True, skipped=True)


Attack = Callable[[], list[Result]]


def run(attacks: Mapping[str, Attack], only: set[str]) -> list[Result]:
    """The results of those attacks, each with the seconds that its attack took."""
    results: list[Result] = []
    for name, attack in attacks.items():
        if only and name not in only:
            continue
        begun = time.perf_counter()
        found = attack()
        took = round(time.perf_counter() - begun, 1)
        results += [replace(one, seconds=took) for one in found]
        sys.stderr.writelines(f"{one.attack}: {one.verdict}, {took} s\n" for one in found)
    return results
