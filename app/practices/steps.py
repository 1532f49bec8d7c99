"""From a locked result to what comes next: a stated rule, every line with its reason. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from app.files import folder

HALF = 0.5
"""What a point between roles, or below others, counts beside a point missing to 100."""


@cache
def words() -> Mapping[str, Any]:
    """What steps say, by language."""
    text = (folder("seed") / "step_words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """How a section of the instrument stands.

    Attributes:
        code: of the section.
        element: that it asks about.
        score: 0 to 100.
        gap: points between the roles that see it highest and lowest; None where that is withheld.
        highest: the role that sees it highest.
        lowest: the role that sees it lowest.
        median: of all organizations in a release; None where there is none.
    """

    code: str
    element: str
    score: float
    gap: float | None = None
    highest: str | None = None
    lowest: str | None = None
    median: float | None = None

    @property
    def behind(self) -> float:
        """Points below the median; 0 at it or above."""
        return 0.0 if self.median is None else max(0.0, self.median - self.score)

    @property
    def priority(self) -> float:
        """Points missing to 100, half the points between roles, half the points below others."""
        return (100 - self.score) + HALF * (self.gap or 0.0) + HALF * self.behind


def ordered(standings: Sequence[Standing]) -> list[Standing]:
    """By priority, the highest first; equals as they came."""
    return sorted(standings, key=lambda one: -one.priority)


def reasons(one: Standing, release: int | None, language: str) -> Iterator[dict[str, Any]]:
    """What makes a section's priority, each part with its points and its sentence."""
    said = words()
    text = str(said["level"][language]).format(score=f"{one.score:g}")
    yield {"kind": "level", "points": round(100 - one.score, 2), "text": text}
    if one.gap:
        named = {
            end: said["roles_named"].get(role, said["roles_named"]["other"])[language]
            for end, role in (("highest", one.highest), ("lowest", one.lowest))
        }
        text = str(said["roles"][language]).format(points=f"{one.gap:g}", **named)
        yield {"kind": "roles", "points": round(HALF * one.gap, 2), "text": text}
    if one.behind:
        text = str(said["peers"][language]).format(points=f"{one.behind:g}", release=release)
        yield {"kind": "peers", "points": round(HALF * one.behind, 2), "text": text}
