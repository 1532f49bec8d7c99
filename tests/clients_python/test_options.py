"""`palanca-push` called wrongly, and keys that get where they should not."""

from pathlib import Path

import pytest

from tests.clients_python.conftest import Push

URL = "http://127.0.0.1:1"
KEY = "plcn_test_AbCdEfGh_notAKeyOfAnybody"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "push.csv"
    path.write_text("external_id\n")
    return path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "FILE"),
        (["absent.csv"], "No such file"),
        (["push.dat"], "--format"),
        (["push.csv", "--atomicity", "none"], "atomicity"),
        (["push.csv", "--resume", "--dry-run"], "--resume"),
        (["-", "--resume"], "--resume"),
        (["push.csv", "--key-file", "absent"], "No such file"),
        (["push.csv", "--url", "somewhere"], "https://"),
    ],
)
def test_a_wrong_call_is_explained(
    push: Push, table: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(table.parent)

    done = push(URL, KEY, *options)

    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err


def test_where_and_by_which_key_must_be_said(push: Push, table: Path) -> None:
    assert "PALANCA_URL" in push("", KEY, table).err
    for key in (None, "\t"):
        done = push(URL, key, table)
        assert done.code == 2
        assert "PALANCA_KEY" in done.err


@pytest.mark.parametrize(
    "options", [["--key", KEY], ["--key-file", KEY], [f"--key={KEY}"], ["--format", KEY]]
)
def test_a_key_among_the_arguments_is_not_said_back(
    push: Push, table: Path, options: list[str]
) -> None:
    done = push(URL, "plco_test_another", table, *options)

    assert done.code == 2
    assert KEY not in done.err


@pytest.mark.parametrize("text", ["two words", "plcn_test_\u00e4"])
def test_a_file_without_a_key(push: Push, table: Path, tmp_path: Path, text: str) -> None:
    key = tmp_path / "key"
    key.write_text(text, encoding="utf-8")

    done = push(URL, "plco_test_another", table, "--key-file", key)

    assert done.code == 2
    assert "no key" in done.err
    assert text not in done.err


def test_help_names_the_exit_codes(push: Push) -> None:
    done = push(URL, None, "--help")

    assert done.code == 0
    for number in range(6):
        assert f"\n  {number}  " in done.out
