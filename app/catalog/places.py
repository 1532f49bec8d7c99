"""YAML of the catalog as data, and the line of everything in it. Pure.

YAML can do more than a catalog needs, and some of it surprises: a key that stands twice silently
wins, an anchor makes a small file a huge one, a tab is an error that nobody sees. These are refused
with what to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import yaml

from app.catalog.texts import Where

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Where PyYAML was built with libyaml, that one: ten times faster."""

DEEPEST = 100
"""Lists and mappings within one another."""

LARGEST = 1_000_000
"""Bytes of one file."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file, where, and what to do about it."""

    line: int | None
    what: str
    fix: str


class FaultError(Exception):
    """A file cannot be read as a document."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Read:
    """A file's data, and on which line each part of it stands, counted from one."""

    data: Any
    lines: dict[Where, int]

    def line(self, where: Where) -> int:
        """The line of a part, or of the nearest one around it that there is."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def read(content: bytes) -> Read:
    """A file as data with lines.

    Raises:
        FaultError: it is too large, not UTF-8, not YAML, or YAML that nobody should have to read.
    """
    if len(content) > LARGEST:
        what = f"The file has {len(content):,} bytes; {LARGEST:,} are allowed"
        raise FaultError(Fault(None, what, "Split it: one file for each edition of a framework"))
    text = _text(content)
    loader = LOADER(text)
    try:
        check_depth(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as exc:
        raise FaultError(_not_yaml(exc, text)) from None
    except (yaml.YAMLError, RecursionError) as exc:
        what = f"This is not YAML: {exc}"
        raise FaultError(Fault(None, what, "Compare it with another file of the folder")) from None
    if not isinstance(node, yaml.MappingNode):
        raise FaultError(Fault(1, "The file holds no document", "Begin with `framework: ...`"))
    lines: dict[Where, int] = {}
    for where, line in _places(node, (), set()):
        lines.setdefault(where, line)
    return Read(_built(loader, node, text), lines)


def _built(loader: Any, node: yaml.Node, text: str) -> Any:  # noqa: ANN401 - whatever it holds
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as exc:
        raise FaultError(_not_yaml(exc, text)) from None
    except ValueError as exc:  # a day or a number that there is not
        what = f"This is no value: {exc}"
        raise FaultError(Fault(_line_of_no_value(node), what, "Put it in quotes")) from None


def _line_of_no_value(node: yaml.Node) -> int:
    """The line of the first text that cannot be read as the value it looks like."""
    if isinstance(node, yaml.ScalarNode):
        try:
            LOADER("").construct_object(node)
        except ValueError:
            return node.start_mark.line + 1
        return 0
    within = node.value if isinstance(node, yaml.SequenceNode) else chain.from_iterable(node.value)
    return next((line for one in within if (line := _line_of_no_value(one))), 0)


def check_depth(text: str) -> None:
    """See that a YAML text is not nested deeper than any document is.

    libyaml would follow it until the process dies.

    Raises:
        RecursionError: it is.
        YAMLError: it is no YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise RecursionError("nested too deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        what = f"Byte {content[exc.start]:#04x} is not UTF-8"
        fix = "Save the file again with the encoding UTF-8"
        raise FaultError(Fault(line, what, fix)) from None


def _not_yaml(exc: yaml.MarkedYAMLError, text: str) -> Fault:
    mark = exc.problem_mark or exc.context_mark
    number = None if mark is None else mark.line + 1
    lines = text.splitlines()
    tabbed = [at for at, one in enumerate(lines, 1) if "\t" in one[: len(one) - len(one.lstrip())]]
    if tabbed:
        what = "A tab stands where YAML wants spaces"
        return Fault(tabbed[0], what, "Replace each tab by two spaces")
    what = f"This is not YAML: {exc.problem or exc.context}"
    fix = "Look at the quotes, colons and spaces here and on the line before"
    return Fault(number, what, fix)


def _places(node: yaml.Node, where: Where, seen: set[int]) -> Iterator[tuple[Where, int]]:
    line = node.start_mark.line + 1
    if id(node) in seen:
        what = "The file uses an anchor (& and *)"
        raise FaultError(Fault(line, what, "Write the text out where it is needed"))
    seen.add(id(node))
    yield where, line
    if isinstance(node, yaml.SequenceNode):
        for place, one in enumerate(node.value):
            yield from _places(one, (*where, place), seen)
    elif isinstance(node, yaml.MappingNode):
        names: dict[str, int] = {}
        for key, value in node.value:
            name, at = str(key.value), key.start_mark.line + 1
            if name in names:
                what = f"`{name}` stands twice, first on line {names[name]}"
                raise FaultError(Fault(at, what, "Keep one of the two"))
            names[name] = at
            yield (*where, name), at
            yield from _places(value, (*where, name), seen)
