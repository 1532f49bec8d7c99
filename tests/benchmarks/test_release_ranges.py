"""Parts of a release's files over HTTP, as downloads that were cut ask for them."""

import pytest

from tests.benchmarks.conftest import World
from tests.test_wire import is_problem

DATA = "/v1/benchmarks/1/data.csv"


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        pytest.param("bytes=0-9", 0, 9, id="the beginning"),
        pytest.param("bytes=10-", 10, -1, id="from a place on"),
        pytest.param("bytes=-5", -5, -1, id="the end"),
        pytest.param("bytes=3-999999999999", 3, -1, id="further than there is"),
        pytest.param("bytes=-999999999999", 0, -1, id="more of the end than there is"),
        pytest.param("bytes=0-0", 0, 0, id="one byte"),
    ],
)
def test_a_part_of_a_file_is_had_by_its_range(
    published: World, wanted: str, first: int, last: int
) -> None:
    whole = published.service.http.get(DATA).content
    reply = published.service.http.get(DATA, headers={"Range": wanted})

    first, last = (place % len(whole) for place in (first, last))
    assert reply.status_code == 206
    assert reply.content == whole[first : last + 1]
    assert reply.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
    assert reply.headers["content-length"] == str(last - first + 1)


@pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=-0"])
def test_bytes_that_are_not_there_are_a_problem_that_says_how_many_are(
    published: World, wanted: str
) -> None:
    whole = published.service.http.get(DATA).content
    reply = published.service.http.get(DATA, headers={"Range": wanted})

    is_problem(reply, "range-not-satisfiable", 416)
    assert reply.headers["content-range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param("bytes=0-1,3-4", id="several ranges"),
        pytest.param("bytes=" + "0-1," * 100 + "3-4", id="very many ranges"),
        pytest.param("bytes=9-3", id="backwards"),
        pytest.param("bytes=-", id="nothing"),
        pytest.param("lines=0-1", id="another unit"),
        pytest.param("bytes=" + "0" * 300 + "-1", id="a very long number"),
    ],
)
def test_what_is_no_single_range_is_answered_with_the_whole(published: World, wanted: str) -> None:
    reply = published.service.http.get(DATA, headers={"Range": wanted})

    assert reply.status_code == 200
    assert reply.content == published.service.http.get(DATA).content


def test_a_download_goes_on_only_with_the_same_file(published: World) -> None:
    etag = published.service.http.get(DATA).headers["etag"]
    part = {"Range": "bytes=0-9"}
    same = published.service.http.get(DATA, headers={**part, "If-Range": etag})
    other = published.service.http.get(DATA, headers={**part, "If-Range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)
