"""The world of the authorization matrix, to be attacked."""

from tests.isolation.conftest import new_world, world

__all__ = ["new_world", "world"]
