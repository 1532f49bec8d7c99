"""What the sender of a line may want to look at; it is taken in all the same. Pure."""

from collections.abc import Iterator

from app.assessments.incoming import Incoming
from app.problems import error

MANY = 10
"""Levels that are all alike by chance in fewer; of one in five, ten are once in two millions."""


def warnings_of(one: Incoming) -> Iterator[dict[str, object]]:
    """What is unusual about a submission by itself."""
    levels = [level for level in one.answers.values() if type(level) is int]
    if len(levels) >= MANY and len(set(levels)) == 1:
        detail = f"All {len(levels)} items have the same level"
        yield error("/answers", "straight-lining", detail)
