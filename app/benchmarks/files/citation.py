"""How to cite a release: a sentence, Citation File Format 1.2.0, and BibTeX."""

import json
from dataclasses import dataclass

from app.benchmarks.files.table import Content
from app.benchmarks.files.words import words


@dataclass(frozen=True, slots=True)
class Citation:
    """What a reference to a release needs; ``data_sha256`` is that of ``data.csv``."""

    title: str
    author: str
    number: int
    day: str
    url: str
    data_sha256: str

    @property
    def sentence(self) -> str:
        """One line for a list of references."""
        year = self.day[:4]
        return (
            f"{self.author} ({year}). {self.title} (Version {self.number}) [Data set]. {self.url}"
        )


def citation_of(content: Content, url: str, data_sha256: str) -> Citation:
    """The reference to a release that is at ``url``."""
    title = f"{words()['title']['en']} {content.number}"
    day = content.as_of.isoformat()
    return Citation(title, words()["author"], content.number, day, url, data_sha256)


def cff_of(citation: Citation) -> bytes:
    """``CITATION.cff``; a text in JSON is one in YAML."""
    fields = [
        "cff-version: 1.2.0",
        "message: Please cite this release if you use its figures.",
        "type: dataset",
        f"title: {json.dumps(citation.title)}",
        f"authors:\n  - name: {json.dumps(citation.author)}",
        f'version: "{citation.number}"',
        f'date-released: "{citation.day}"',
        f"license: {words()['licence']['id']}",
        f"url: {json.dumps(citation.url)}",
        "identifiers:",
        "  - type: other",
        f'    value: "sha256:{citation.data_sha256}"',
        "    description: SHA-256 of data.csv",
    ]
    return ("\n".join(fields) + "\n").encode()


def bib_of(citation: Citation) -> bytes:
    """``citation.bib``."""
    fields = {
        "title": f"{{{citation.title}}}",
        "author": f"{{{citation.author}}}",
        "year": citation.day[:4],
        "version": str(citation.number),
        "url": citation.url,
        "note": f"Data set; SHA-256 of data.csv: {citation.data_sha256}",
    }
    lines = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items())
    return f"@misc{{palanca_release_{citation.number},\n{lines}\n}}\n".encode()
