"""One range of a file's bytes, as RFC 9110 has it. Pure."""

import re

LONGEST = 64
"""Characters of a header that is looked at; no single range needs more."""

SINGLE = re.compile(r"bytes=\s*(\d{0,15})-(\d{0,15})\s*")


class NoSuchBytesError(ValueError):
    """The range begins after the end."""


def one_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; ``None`` for the whole.

    Several ranges at once, other units and what is no range are passed over, which RFC 9110 allows.

    Raises:
        NoSuchBytesError: the file ends before it.
    """
    if header is None or len(header) > LONGEST:
        return None
    found = SINGLE.fullmatch(header)
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise NoSuchBytesError
    return start, end
