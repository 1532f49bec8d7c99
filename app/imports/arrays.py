"""A JSON array, entry by entry, however long it is."""

import json
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO, NoReturn

from app.imports.lines import MAX_LINE, Record, too_long
from app.problems import Invalid, MalformedJson, PayloadTooLarge, error

WINDOW = 4 * MAX_LINE
"""Characters that are in memory at once: a few entries of the largest size."""

SPACE = " \t\r\n"


def of_array(file: BinaryIO) -> Iterator[Record]:
    """Entries of an array, as they stand there.

    Raises:
        MalformedJson: not JSON, as far as it can be told without looking into the entries.
        Invalid: JSON, and no array.
        PayloadTooLarge: an entry beyond all bounds.
    """
    source = _Source(TextIOWrapper(file, encoding="utf-8-sig"))
    if source.next() != "[":
        source.refuse_other()
    source.at += 1
    number = 0
    more = source.next() != "]"
    while more:
        number += 1
        text = source.entry(number).encode()
        if len(text) > MAX_LINE:
            yield too_long(number, len(text))
        else:
            # Between its strings, which have none, a line end is as good as a space.
            yield Record(number, text.replace(b"\n", b" ").replace(b"\r", b" "))
        divider = source.next()
        if divider not in {",", "]"}:
            source.refuse("a comma or the end of the array is needed")
        more = divider == ","
        source.at += more
    source.at += 1
    if source.next():
        source.refuse("something stands behind the array")


class _Source:
    """The text of which a window is in memory."""

    def __init__(self, file: TextIOWrapper) -> None:
        self.file = file
        self.held = ""
        self.at = 0
        self.before = 0
        # Only where a value ends is asked for: no number is too long to be found.
        self.decoder = json.JSONDecoder(parse_int=float)

    def next(self) -> str:
        """The next character that is no space; none at the end."""
        while True:
            while self.at < len(self.held):
                if self.held[self.at] not in SPACE:
                    return self.held[self.at]
                self.at += 1
            if not self._more():
                return ""

    def entry(self, number: int) -> str:
        """The text of the value that begins here."""
        self.next()
        while True:
            try:
                _, end = self.decoder.raw_decode(self.held, self.at)
            except RecursionError:
                self.refuse("nested too deep")
            except ValueError as exc:
                if not self._more():
                    self.refuse(str(exc).partition(":")[0])
            else:
                # A number may go on behind the window.
                if end < len(self.held) or not self._more():
                    text, self.at = self.held[self.at : end], end
                    return text
            if len(self.held) - self.at > 2 * WINDOW:
                raise PayloadTooLarge(f"Entry {number} is longer than {MAX_LINE} bytes")

    def refuse(self, why: str) -> NoReturn:
        """It is not JSON."""
        raise MalformedJson(f"Not JSON at character {self.before + self.at}: {why}"[:300])

    def refuse_other(self) -> NoReturn:
        """It does not begin as an array."""
        self.entry(1)
        if self.next():
            self.refuse("something stands behind the value")
        raise Invalid([error("", "list-type", "An array of submissions is needed")])

    def _more(self) -> bool:
        """Read on; whether there was anything."""
        try:
            read = self.file.read(WINDOW)
        except UnicodeDecodeError:
            self.refuse("this is not UTF-8")
        self.before += self.at
        self.held, self.at = self.held[self.at :] + read, 0
        return bool(read)
