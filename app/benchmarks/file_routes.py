"""HTTP of a release's files and its page for people: open to everyone, at addresses that stay."""

from typing import Annotated, Any

from fastapi import Header, Path, Query, Request, Response

from app.api import Part, Route
from app.benchmarks.files.kept import MEDIA_TYPES
from app.benchmarks.files.signing import ReleaseSigner, described
from app.benchmarks.method_page import method_page
from app.benchmarks.page import LANGUAGES, POLICY, page
from app.benchmarks.published import Listed, Shelf
from app.benchmarks.ranges import NoSuchBytesError, one_range
from app.catalog.languages import choose
from app.failures import render, responses
from app.problems import NotFound, RangeNotSatisfiable

router = Part(route_class=Route, tags=["benchmarks"])

Reference = Annotated[
    str, Path(max_length=20, description="Its number, or `latest`.", examples=["latest"])
]
FileName = Annotated[
    str, Path(max_length=64, json_schema_extra={"enum": list(MEDIA_TYPES)}, examples=["data.csv"])
]
Lang = Annotated[str | None, Query(max_length=35, description="A language, such as `es`.")]
Accepted = Annotated[str | None, Header(max_length=500)]
SHORT = {"Cache-Control": "public, max-age=60"}
LONG = {"Cache-Control": "public, max-age=86400, immutable"}
BINARY = {"schema": {"type": "string", "format": "binary"}}


def shelf(request: Request) -> Shelf:
    """The published releases of this process."""
    found: Shelf = request.app.state.shelf
    return found


def cached(reference: str) -> dict[str, str]:
    """A numbered release is immutable, ``latest`` is not."""
    return SHORT if reference == "latest" else LONG


@router.get(
    "/benchmarks/{release}/index.html",
    response_class=Response,
    responses={
        200: {
            "description": "A page in English or Spanish.",
            "content": {"text/html": {"schema": {"type": "string"}}},
        },
        **responses(NotFound),
    },
)
async def get_release_page(
    release: Reference, request: Request, lang: Lang = None, accept_language: Accepted = None
) -> Response:
    """A release for people: what it is, how to cite it, its files, what is withheld and why."""
    return await page_of(request, release, lang, accept_language)


@router.get(
    "/benchmarks/{release}/method.html",
    response_class=Response,
    responses={
        200: {
            "description": "A page in English or Spanish.",
            "content": {"text/html": {"schema": {"type": "string"}}},
        },
        **responses(NotFound),
    },
)
async def get_method_page(
    release: Reference, request: Request, lang: Lang = None, accept_language: Accepted = None
) -> Response:
    """How a release is made: every rule and threshold, and the tests that hold each promise."""
    volume = await shelf(request).get(release)
    language = _language(lang, accept_language)
    return _html(method_page(volume, language=language), language)


async def page_of(
    request: Request, reference: str, lang: str | None, accept_language: str | None
) -> Response:
    """The page of a release in the reader's language."""
    volume = await shelf(request).get(reference, with_files=True)
    language = _language(lang, accept_language)
    base = request.app.state.settings.public_url
    key = described(ReleaseSigner(request.app.state.pepper).public_key)
    return _html(page(volume, base=base, language=language, key=key), language)


def _language(lang: str | None, accept_language: str | None) -> str:
    found = choose(LANGUAGES, lang, accept_language)
    return found if found in LANGUAGES else LANGUAGES[0]


def _html(text: str, language: str) -> Response:
    headers = {
        **SHORT,
        "Content-Language": language,
        "Content-Security-Policy": POLICY,
        "Vary": "Accept, Accept-Language",
    }
    return Response(text.encode(), 200, headers, "text/html; charset=utf-8")


ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {one.partition(";")[0]: BINARY for one in MEDIA_TYPES.values()},
    },
    206: {"description": "The bytes that `Range` asks for."},
    304: {"description": "It is as `If-None-Match` knows it."},
}


@router.get(
    "/benchmarks/{release}/{file}",
    response_class=Response,
    responses={**ANSWERS, **responses(NotFound, RangeNotSatisfiable)},
)
async def get_release_file(
    release: Reference,
    file: FileName,
    request: Request,
    range_: Annotated[str | None, Header(alias="Range", max_length=500)] = None,
    if_range: Annotated[str | None, Header(max_length=500)] = None,
    if_none_match: Annotated[str | None, Header(max_length=2000)] = None,
) -> Response:
    """A file of a release: data, descriptions, citation, or the signed manifest of them all.

    They are the same bytes for ever; `manifest.json` has the SHA-256 of each, and
    `manifest.json.sig` is its signature.
    """
    volume = await shelf(request).get(release, with_files=True)
    listed, body = await shelf(request).file(volume, file)
    headers = {**cached(release), **said(listed, volume.number)}
    if if_none_match is not None and knows(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    wanted = range_ if if_range in {None, headers["ETag"]} else None
    try:
        part = one_range(wanted, listed.size)
    except NoSuchBytesError:
        refusal = render(RangeNotSatisfiable(f"The file has {listed.size} bytes"), request)
        refusal.headers["Content-Range"] = f"bytes */{listed.size}"
        return refusal
    if part is None:
        return Response(body, 200, headers, listed.media_type)
    headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{listed.size}"
    return Response(body[part[0] : part[1]], 206, headers, listed.media_type)


def said(listed: Listed, number: int) -> dict[str, str]:
    """What headers say of a file."""
    plain = listed.name.removeprefix("data.")
    joint = "." if plain != listed.name else "-"
    name = f"palanca-release-{number}{joint}{plain}"
    return {
        "ETag": f'"{listed.sha256}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{name}"',
    }


def knows(if_none_match: str, etag: str) -> bool:
    """Whether the client has it already."""
    named = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return if_none_match.strip() == "*" or etag in named


def prefers_pages(accept: str | None) -> bool:
    """Whether a reader would rather have a page than JSON: browsers name pages, programs do not."""
    weights = {"text/html": 0.0, "application/json": 0.0}
    for part in (accept or "").split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        quality = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        if name in weights and quality.replace(".", "", 1).isdigit():
            weights[name] = float(quality)
    return weights["text/html"] > weights["application/json"]
