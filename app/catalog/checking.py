"""Whether the catalog's files are right, each by itself and together. Reads files, nothing else.

For people who write frameworks and guidance, not programs: every fault has its file and line, what
is wrong in plain words, and what to do.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from app.catalog import places
from app.catalog.documents import FOLDERS, KINDS
from app.catalog.library import Document, Library
from app.catalog.linking import broken
from app.catalog.places import Fault, FaultError, Read
from app.catalog.schemas import InstrumentIn
from app.catalog.service import content_sha256
from app.catalog.texts import DocumentIn, Where

PUBLISHED = "published.json"
"""Hashes of what was published, which must not change."""

INSTRUMENTS = "instruments"
MODELS: Mapping[str, type[BaseModel]] = {**KINDS, "instrument": InstrumentIn}
FOLDER_OF = {**FOLDERS, "instrument": INSTRUMENTS}


class Checked:
    """What a check found.

    Attributes:
        faults: by file, as it is called below the folder.
        hashes: of the documents that are right in themselves, by name.
    """

    def __init__(self) -> None:
        self.faults: list[tuple[str, Fault]] = []
        self.hashes: dict[str, str] = {}


def check(folder: Path) -> Checked:
    """Look at every file of a catalog.

    Args:
        folder: that has ``frameworks/``, ``guidance/`` and so on.
    """
    checked = Checked()
    sources: dict[tuple[str, str, str], tuple[str, Read]] = {}
    documents = []
    for kind, file in _files(folder):
        called = file.relative_to(folder).as_posix()
        try:
            read = places.read(_bytes(file))
        except FaultError as exc:
            checked.faults.append((called, exc.fault))
            continue
        given = _parse(kind, read, called, checked)
        if given is None:
            continue
        document = _document(kind, given)
        if document.key in sources:
            what = f"{' '.join(document.key)} is also in {sources[document.key][0]}"
            checked.faults.append((called, Fault(1, what, "Keep one of the two files")))
            continue
        sources[document.key] = called, read
        documents.append(document)
        checked.hashes[f"{' '.join(document.key)} revision {document.revision}"] = document.sha256
    whole = not checked.faults
    for key, where, what, fix in broken(Library(0, documents)):
        called, read = sources[key]
        checked.faults.append((called, Fault(read.line(where), what, fix)))
    _compare(folder, documents, sources, checked, whole=whole)
    return checked


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for kind, name in FOLDER_OF.items():
        for file in sorted((folder / name).glob("[!.]*")):
            yield kind, file


def _bytes(file: Path) -> bytes:
    if file.suffix != ".yaml":
        what = "Only files whose names end in .yaml are read"
        raise FaultError(Fault(None, what, "Rename it, or put it elsewhere"))
    try:
        return file.read_bytes()
    except OSError as exc:
        what = f"It cannot be read: {exc.strerror}"
        raise FaultError(Fault(None, what, "Put a file there that can be")) from None


def _parse(kind: str, read: Read, called: str, checked: Checked) -> BaseModel | None:
    try:
        return MODELS[kind].model_validate(read.data)
    except ValidationError as exc:
        for one in exc.errors(include_url=False):
            fault = _fault(read, one)
            if (called, fault) not in checked.faults:
                checked.faults.append((called, fault))
    return None


def _fault(read: Read, raised: Any) -> Fault:  # noqa: ANN401 - Pydantic's own shape
    context: Mapping[str, Any] = raised.get("ctx") or {}
    within: Where = getattr(context.get("error"), "where", ())
    where = *raised["loc"], *within
    name = ".".join(str(one) for one in where) or "the document"
    said = str(raised["msg"]).removeprefix("Value error, ")
    what, fix = FIXES.get(raised["type"], ("{name}: {said}", "See another file of the folder"))
    facts = {**context, "name": name, "said": said, "given": repr(raised.get("input"))[:60]}
    return Fault(read.line(where), what.format(**facts), fix.format(**facts))


FIXES: Mapping[str, tuple[str, str]] = {
    "missing": ("{name} is missing", "Add it"),
    "extra_forbidden": ("{name} is no field that there is", "Take it out, or mend its name"),
    "literal_error": ("{name} is {given}", "Use one of {expected}"),
    "string_pattern_mismatch": ("{name} is {given}", "It must look like {pattern}"),
    "string_type": ("{name} is {given}, which is no text", "Put it in quotes"),
    "dict_type": ("{name} is {given}", "Say it by language: {{en: ..., es-419: ...}}"),
    "value_error": ("{said}", "Mend this line, or the one that it speaks of"),
}
"""By Pydantic's names for what can be wrong."""


def _document(kind: str, given: BaseModel) -> Document:
    content = given.model_dump(mode="json", exclude_none=True)
    if isinstance(given, DocumentIn):
        name, edition = given.key
        revision = given.revision or 1
    else:
        name, edition, revision = content["instrument"], content["version"], 1
    return Document(kind, name, edition, revision, content, content_sha256(content))


def published(folder: Path) -> dict[str, str]:
    """Hashes of what was published, by name.

    Raises:
        FaultError: the file says something else.
    """
    file = folder / PUBLISHED
    if not file.exists():
        return {}
    try:
        return TypeAdapter(dict[str, str]).validate_json(file.read_bytes(), strict=True)
    except ValidationError as exc:
        what = f"It does not hold hashes by name: {exc.errors(include_url=False)[0]['msg']}"
        raise FaultError(Fault(None, what, "Take the file as it was last published")) from None


def _compare(
    folder: Path,
    documents: list[Document],
    sources: Mapping[tuple[str, str, str], tuple[str, Read]],
    checked: Checked,
    *,
    whole: bool,
) -> None:
    try:
        before = published(folder)
    except FaultError as exc:
        checked.faults.append((PUBLISHED, exc.fault))
        return
    newest = _newest(before)
    for one in documents:
        name = f"{' '.join(one.key)} revision {one.revision}"
        last = newest.pop(" ".join(one.key), 0)
        called, read = sources[one.key]
        line = read.line(("revision",))
        if before.get(name, one.sha256) != one.sha256:
            what = f"{name} was published with other content, which never changes"
            fix = f"Undo the change, or say `revision: {last + 1}`"
            if one.kind == "instrument":
                fix = "Undo the change, or say another version"
            checked.faults.append((called, Fault(line, what, fix)))
        elif one.revision < last:
            what = f"{name} is older than what was published"
            fix = f"Undo the change, or say `revision: {last + 1}`"
            checked.faults.append((called, Fault(line, what, fix)))
    for name in sorted(newest) if whole else ():
        what = f"{name} was published, and no file holds it"
        checked.faults.append((PUBLISHED, Fault(None, what, "Put its file back")))


def _newest(published: Iterable[str]) -> dict[str, int]:
    """The last revision of each document that was published."""
    found: dict[str, int] = {}
    for name in published:
        called, _, revision = name.rpartition(" revision ")
        if revision.isdecimal():
            found[called] = max(int(revision), found.get(called, 0))
    return found


def remember(folder: Path, checked: Checked) -> int:
    """Write down what is right as published; how much of it is new."""
    before = published(folder)
    both = {**checked.hashes, **before}
    text = json.dumps(dict(sorted(both.items())), indent=1) + "\n"
    (folder / PUBLISHED).write_text(text, "utf-8")
    return len(both) - len(before)
