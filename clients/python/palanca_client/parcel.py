"""What is pushed: read once, packed into a temporary file, and so ready to be sent again.

Memory stays bounded whatever comes, and the hash is known before anything is sent.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, Literal, Self, cast

Format = Literal["ndjson", "json", "csv", "xlsx"]
Source = str | Path | BinaryIO | IO[bytes] | Iterable[Mapping[str, Any]]

MEDIA_TYPES: Mapping[Format, str] = {
    "ndjson": "application/x-ndjson",
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SUFFIXES: Mapping[str, Format] = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
}

CHUNK = 65_536
IN_MEMORY = 8_388_608
"""Packed bytes that are held in memory; more go to the disk."""

ALWAYS, TAME = 1_000_000, 18
"""The service refuses what packs better than 20 to one, beyond its first mebibyte, as made to
burst. It counts as bytes arrive, and so do we: such content is sent unpacked."""


class Parcel:
    """Content to be sent, any number of times. Close it, or use it in a `with`."""

    def __init__(self, chunks: Iterable[bytes], kind: Format) -> None:
        self.format = kind
        self.size = 0
        """Bytes, unpacked."""
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by close()
        digest = sha256()
        tame = True
        with gzip.GzipFile(fileobj=self._raw(), mode="wb", compresslevel=5, mtime=0) as packing:
            for chunk in chunks:
                digest.update(chunk)
                sent = self._file.tell()
                packing.write(chunk)
                self.size += len(chunk)
                tame = tame and self.size <= max(ALWAYS, TAME * sent)
        self.sha256 = digest.hexdigest()
        """Of the unpacked content, in hexadecimal."""
        self.packed = tame and kind != "xlsx"  # which is packed already
        self.length = self._file.tell() if self.packed else self.size
        """Bytes that are sent."""

    @classmethod
    def of(cls, source: Source, kind: Format | None = None) -> Self:
        """From a path, an open binary file, or an iterable of submissions.

        Raises:
            ValueError: of which format it is cannot be told by the file's name.
        """
        if isinstance(source, str | Path):
            path = Path(source)
            with path.open("rb") as opened:
                return cls(_chunks(opened), kind or format_of(path))
        if hasattr(source, "read"):
            return cls(_chunks(cast("IO[bytes]", source)), kind or "ndjson")
        if kind not in {None, "ndjson"}:
            raise ValueError("An iterable of submissions is sent as ndjson")
        return cls(_written(source), "ndjson")

    @property
    def headers(self) -> dict[str, str]:
        """What is to be said about the content."""
        said = {"Content-Type": MEDIA_TYPES[self.format], "Content-Length": str(self.length)}
        return said | ({"Content-Encoding": "gzip"} if self.packed else {})

    def chunks(self) -> Iterator[bytes]:
        """What is sent, from the beginning."""
        if self.packed:
            self._file.seek(0)
            yield from iter(lambda: self._file.read(CHUNK), b"")
        else:
            with self.open() as file:
                yield from _chunks(file)

    def open(self) -> gzip.GzipFile:
        """The unpacked content as a file; one at a time."""
        self._file.seek(0)
        return gzip.GzipFile(fileobj=self._raw(), mode="rb")

    def _raw(self) -> IO[bytes]:
        return cast("IO[bytes]", self._file)

    def close(self) -> None:
        """Forget it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def format_of(path: Path) -> Format:
    """By the end of its name.

    Raises:
        ValueError: that does not tell.
    """
    if (found := SUFFIXES.get(path.suffix.lower())) is None:
        known = ", ".join(SUFFIXES)
        raise ValueError(f"{path.name}: say its format, or end its name in one of {known}")
    return found


def _chunks(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    yield from iter(lambda: file.read(CHUNK), b"")


def _written(lines: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Submissions as newline-delimited JSON, in chunks."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        held.append(text.encode() + b"\n")
        size += len(held[-1])
        if size >= CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
