"""What these tests run commands with."""

from tests.cli.conftest import palanca

__all__ = ["palanca"]
