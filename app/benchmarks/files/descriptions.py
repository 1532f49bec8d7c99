"""What programs read of a release: Frictionless Data Package, Croissant, DCAT."""

from collections.abc import Sequence
from typing import Any

import orjson

from app.benchmarks.files.citation import Citation, bib_of
from app.benchmarks.files.kept import File
from app.benchmarks.files.measures import measure_columns
from app.benchmarks.files.table import WITHHELD, Content
from app.benchmarks.files.words import Column, words

NAMED = ("statistic", "status", "instrument", "version", "cohort", "figure", "release", "as_of")
"""Columns that no row leaves empty."""


def json_of(document: object) -> bytes:
    """Indented, keys in the order given: people look into these too."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def name_of(content: Content) -> str:
    """What a release is called where names are short."""
    return f"palanca-release-{content.number}"


def datapackage_of(
    content: Content, layout: Sequence[Column], files: Sequence[File], citation: Citation
) -> bytes:
    """``datapackage.json`` with a Table Schema of each CSV file."""
    licence = words()["licence"]
    by_name = {one.name: one for one in files}
    fields = [_field(one) for one in layout]
    counted = [
        {"name": name, "type": "integer" if name in {"release", "cells"} else "string"}
        for name in WITHHELD
    ]
    resources = [
        _resource(by_name["data.csv"], fields),
        _resource(by_name["suppression.csv"], counted),
    ]
    if "psychometrics.csv" in by_name:
        measured = [
            {"name": name, "type": one["kind"], "title": one["en"]}
            for name, one in measure_columns().items()
        ]
        resources.append(_resource(by_name["psychometrics.csv"], measured))
    return json_of(
        {
            "profile": "tabular-data-package",
            "name": name_of(content),
            "title": citation.title,
            "description": words()["description"]["en"],
            "homepage": citation.url,
            "version": str(content.number),
            "keywords": words()["keywords"],
            "licenses": [
                {"name": licence["id"], "title": licence["title"], "path": licence["url"]}
            ],
            "contributors": [{"title": citation.author, "role": "publisher"}],
            "citation": citation.sentence,
            "universe": words()["universe"]["en"],
            "resources": resources,
        }
    )


def _resource(file: File, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": file.name.removesuffix(".csv"),
        "path": file.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(file.body),
        "hash": f"sha256:{file.sha256}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.name in NAMED}
    if column.categories is not None:
        constraints["enum"] = list(column.categories)
    if column.kind in {"number", "integer"}:
        constraints["minimum"] = 0
    made = {
        "name": column.name,
        "type": column.kind,
        "title": column.title["en"],
        "description": column.description["en"],
        "constraints": constraints,
    }
    return made if column.unit is None else {**made, "unit": column.unit}


CROISSANT_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The standard context of Croissant 1.0."""

CROISSANT_TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "string": "sc:Text",
    "date": "sc:Date",
}


def croissant_of(
    content: Content, layout: Sequence[Column], files: Sequence[File], citation: Citation
) -> bytes:
    """``croissant.json``: the table as a record set of ``data.csv``."""
    return json_of(
        {
            "@context": CROISSANT_CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.0",
            "name": name_of(content),
            "description": words()["description"]["en"],
            "url": citation.url,
            "version": f"{content.number}.0.0",
            "license": words()["licence"]["url"],
            "creator": {"@type": "Organization", "name": citation.author},
            "datePublished": citation.day,
            "keywords": words()["keywords"],
            "citeAs": bib_of(citation).decode(),
            "distribution": [
                {
                    "@type": "cr:FileObject",
                    "@id": one.name,
                    "name": one.name,
                    "contentUrl": f"{citation.url}/{one.name}",
                    "contentSize": f"{len(one.body)} B",
                    "encodingFormat": one.media_type.partition(";")[0],
                    "sha256": one.sha256,
                }
                for one in files
            ],
            "recordSet": [
                {
                    "@type": "cr:RecordSet",
                    "@id": "cells",
                    "name": "cells",
                    "field": [_croissant_field(one) for one in layout],
                }
            ],
        }
    )


def _croissant_field(column: Column) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"cells/{column.name}",
        "name": column.name,
        "description": column.description["en"],
        "dataType": CROISSANT_TYPES[column.kind],
        "source": {"fileObject": {"@id": "data.csv"}, "extract": {"column": column.name}},
    }


def dcat_of(content: Content, files: Sequence[File], citation: Citation) -> bytes:
    """``dcat.jsonld``: a ``dcat:Dataset`` with a distribution for each file, after DCAT-AP 3."""
    says, licence = words(), words()["licence"]
    texts = {
        name: [{"@value": text, "@language": language} for language, text in says[name].items()]
        for name in ("title", "description")
    }
    return json_of(
        {
            "@context": {
                "dcat": "http://www.w3.org/ns/dcat#",
                "dct": "http://purl.org/dc/terms/",
                "foaf": "http://xmlns.com/foaf/0.1/",
                "spdx": "http://spdx.org/rdf/terms#",
                "xsd": "http://www.w3.org/2001/XMLSchema#",
            },
            "@id": citation.url,
            "@type": "dcat:Dataset",
            "dct:title": texts["title"],
            "dct:description": texts["description"],
            "dct:identifier": name_of(content),
            "dcat:version": str(content.number),
            "dct:issued": {"@value": citation.day, "@type": "xsd:date"},
            "dct:publisher": {"@type": "foaf:Agent", "foaf:name": citation.author},
            "dcat:keyword": says["keywords"],
            "dcat:landingPage": {"@id": f"{citation.url}/index.html"},
            "dct:accessRights": {
                "@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
            },
            "dcat:distribution": [_distribution(one, citation.url, licence) for one in files],
        }
    )


def _distribution(file: File, url: str, licence: dict[str, str]) -> dict[str, Any]:
    media_type = file.media_type.partition(";")[0]
    return {
        "@id": f"{url}/{file.name}",
        "@type": "dcat:Distribution",
        "dct:title": file.name,
        "dcat:accessURL": {"@id": url},
        "dcat:downloadURL": {"@id": f"{url}/{file.name}"},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
        "dcat:byteSize": {"@value": str(len(file.body)), "@type": "xsd:nonNegativeInteger"},
        "dct:license": {"@id": licence["url"]},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
        },
    }
