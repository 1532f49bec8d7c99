"""XML as it comes: nothing is in memory but what a handler keeps. Pure, but for reading files."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate

CHUNK = 65_536

LONGEST, DEEPEST, MOST_NAMES = 1_048_576, 100, 20_000
"""Of one tag, of tags in each other, of names of tags and attributes: all that the parser keeps."""


class BadXmlError(Exception):
    """No XML, or made to fill the memory."""


def read(
    file: IO[bytes],
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None] = lambda _: None,
    text: Callable[[str], None] = lambda _: None,
) -> Iterator[None]:
    """Tell the handlers what comes, some of it each time; names are told without their prefixes.

    Args:
        file: from its beginning.
        start: is told of a tag that opens, and its attributes.
        end: is told of one that closes.
        text: is told of text, piece by piece.

    Raises:
        BadXmlError: what came cannot be read, or not in bounded memory.
    """
    names: dict[str, str] = {}
    parser = ParserCreate(intern=names)
    parser.buffer_text = True
    tags = _Tags(start, end)
    parser.StartElementHandler, parser.EndElementHandler = tags.opened, tags.closed
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, _refuse
    came = 0
    try:
        while some := file.read(CHUNK):
            came += len(some)
            parser.Parse(some, False)
            if came - parser.CurrentByteIndex > LONGEST or len(names) > MOST_NAMES:
                raise BadXmlError("too long a tag, or too many names")
            yield
        parser.Parse(b"", True)
    except ExpatError as exc:
        raise BadXmlError(str(exc)) from None
    yield


@dataclass(slots=True)
class _Tags:
    """What is told of tags, as long as they are not too deep in each other."""

    start: Callable[[str, Mapping[str, str]], None]
    end: Callable[[str], None]
    depth: int = 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadXmlError("nested too deep")
        self.start(_local(name), {_local(one): value for one, value in attributes.items()})

    def closed(self, name: str) -> None:
        self.depth -= 1
        self.end(_local(name))


def _refuse(*_: object) -> None:
    raise BadXmlError("no document type is needed")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
