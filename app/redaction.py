"""Keys do not belong where problems and logs say what came in; some people paste them there."""

import re

KEY = re.compile(r"plc[a-z]_(?:live|test)_\w+")
"""Laxer than a key's own pattern: half of one is half too much."""


def without_keys(text: str) -> str:
    """The text, with nothing in it that opens anything."""
    return KEY.sub("plc...", text)
