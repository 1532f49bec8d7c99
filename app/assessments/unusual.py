"""What is unusual about a submission's answers by themselves. Pure."""

from collections.abc import Collection

MANY = 10
"""Levels that are all alike by chance in fewer; of one in five, ten are once in two millions."""


def is_straight_line(levels: Collection[int]) -> bool:
    """Whether many items were all answered with the same level; without those that have none."""
    return len(levels) >= MANY and len(set(levels)) == 1
