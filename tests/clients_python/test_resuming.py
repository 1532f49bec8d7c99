"""`palanca-push` of what is worked on for longer: progress, interruptions, going on, exit codes."""

import json
import os
import pty
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from palanca_client import Retry
from palanca_client import client as clients
from palanca_client.models import Import
from palanca_client.outcome import Reason
from palanca_client.progress import duration
from palanca_client.progress import line as progress_line
from palanca_client.telling import reasons

from tests.clients_python.conftest import Push, remembered
from tests.clients_python.standin import stand_in
from tests.clients_python.worker import ID, Worker
from tests.imports.asking import line

KEY = "plcn_test_AbCdEfGh_notAKeyOfAnybody"
LINES = [line(f"w-{number}") for number in range(1, 1_502)]


@pytest.fixture
def path(file: Callable[..., Path]) -> Path:
    return file(*LINES)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "Retry", lambda: Retry(attempts=2, base=0.01))


def test_a_large_file_is_waited_for_and_its_rejected_lines_are_written(
    push: Push, path: Path
) -> None:
    with stand_in(Worker(wrong=[2, 1_501])) as server:
        done = push(server.url, KEY, path)

    assert done.code == 1
    assert done.out.startswith("1,501 lines: 1,499 accepted")
    assert "0 of 1,501 lines" in done.err, "progress, as lines where there is no terminal"
    assert "\r" not in done.err
    assert "2 lines (2, 1501): /answers/A1 level-out-of-range: " in done.err
    rejected = (path.parent / "push.rejected.ndjson").read_text().splitlines()
    assert [json.loads(one)["external_id"] for one in rejected] == ["w-2", "w-1501"]
    assert not remembered(path).exists()


@pytest.mark.parametrize(
    ("ends", "code", "said"), [("failed", 3, "Broken: off"), ("cancelled", 5, "Cancelled")]
)
def test_how_else_it_may_end(push: Push, path: Path, ends: str, code: int, said: str) -> None:
    with stand_in(Worker(step=2_000, ends=ends)) as server:
        told = push(server.url, KEY, path)
        quiet = push(server.url, KEY, path, "--json")

    assert (told.code, quiet.code) == (code, code)
    assert said in told.err
    assert (quiet.said["status"], quiet.said["import_id"]) == (ends, ID)
    assert not remembered(path).exists()


@pytest.mark.usefixtures("_impatient")
def test_what_was_taken_is_found_again(push: Push, path: Path) -> None:
    worker = Worker(step=2_000)
    with stand_in(worker) as server:
        worker.is_gone_after_taking = True
        lost = push(server.url, KEY, path, "--json")
        kept = json.loads(remembered(path).read_text())
        worker.silent = False
        found = push(server.url, KEY, path, "--resume")

    assert (lost.code, lost.said["import_id"]) == (4, ID)
    assert (found.code, found.out[:11]) == (0, "1,501 lines")
    assert len(worker.keys) == 1, "it is not sent a second time"
    assert kept["import_id"] == ID
    assert not remembered(path).exists()


@pytest.mark.usefixtures("_impatient")
def test_what_perhaps_was_not_taken_is_sent_by_the_same_key(push: Push, path: Path) -> None:
    worker = Worker(step=2_000)
    worker.silent = True
    with stand_in(worker) as server:
        lost = push(server.url, KEY, path)
        text = remembered(path).read_text()
        worker.silent = False
        found = push(server.url, KEY, path, "--resume")

    assert lost.code == 4
    assert "--resume" in lost.err
    assert found.code == 0
    assert worker.keys == [json.loads(text)["idempotency_key"]]
    assert "plc" not in text.replace("palanca", "")
    assert KEY not in text


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("change", ["content", "option", "damage"])
def test_another_push_does_not_go_on_with_it(push: Push, path: Path, change: str) -> None:
    worker = Worker(step=2_000)
    worker.silent = True
    with stand_in(worker) as server:
        push(server.url, KEY, path)
        kept = remembered(path)
        key = json.loads(kept.read_text())["idempotency_key"]
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        if change == "content":
            path.write_bytes(path.read_bytes() + b"\n")
        if change == "damage":
            kept.write_text('{"target": {}}')
        worker.silent = False
        more = ["--version", "2"] if change == "option" else []
        assert push(server.url, KEY, path, "--resume", *more).code == 0

    assert key not in worker.keys


def test_an_import_that_is_gone_is_sent_anew(push: Push, path: Path) -> None:
    with stand_in(Worker(step=2_000)) as server:
        done = push(server.url, KEY, path, "--dry-run")
        assert (done.code, "nothing was kept" in done.out) == (0, True)
        assert not remembered(path).exists()
    worker = Worker(step=1)
    with stand_in(worker) as server:
        begin(server.url, path, signal.SIGTERM, "1 of 1,501")
        said = json.loads(remembered(path).read_text())
        remembered(path).write_text(json.dumps({**said, "import_id": "gone"}))
        worker.step = 2_000
        assert push(server.url, KEY, path, "--resume").code == 0

    assert worker.keys == [said["idempotency_key"]] * 2


def begin(url: str, path: Path, number: int, until: str, *options: str) -> tuple[int, str]:
    """The command on a terminal, sent a signal once it has shown something; how it ended."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "palanca_client", str(path), *options]
    root = Path(clients.__file__).parents[1]
    environment = {
        **os.environ,
        "PALANCA_URL": url,
        "PALANCA_KEY": KEY,
        "PYTHONPATH": str(root),
        "COLUMNS": "100",
    }
    # Begun in the background of a shell we ignore it, and so would whoever we begin.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, env=environment, stdout=theirs, stderr=theirs) as run:  # noqa: S603
        signal.signal(signal.SIGINT, before)
        os.close(theirs)
        said = ""
        began = time.monotonic()
        while until not in said and time.monotonic() - began < 60:
            said += os.read(ours, 4096).decode()
        run.send_signal(number)
        try:
            while part := os.read(ours, 4096).decode():
                said += part
        except OSError:
            pass  # a terminal that nobody holds any more
        code = run.wait(60)
    os.close(ours)
    return code, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_says_how_to_go_on(push: Push, path: Path, number: int) -> None:
    worker = Worker(step=300, wrong=[1])
    with stand_in(worker) as server:
        code, said = begin(server.url, path, number, "300 of 1,501")
        kept = json.loads(remembered(path).read_text())
        worker.step = 2_000
        done = push(server.url, KEY, path, "--resume", "--json")

    assert code == 5
    assert "\r[####" in said, "a bar on a terminal"
    assert "1 rejected" in said
    assert f"{path} --resume" in said
    assert f"import {ID}" in said
    assert "Traceback" not in said
    assert KEY not in said
    assert kept["import_id"] == ID
    assert (done.code, done.said["counts"]["rejected"]) == (1, 1)
    assert len(worker.keys) == 1


@pytest.mark.usefixtures("_impatient")
def test_a_service_that_is_not_there(push: Push, path: Path) -> None:
    done = push("http://127.0.0.1:1", KEY, path, "--json")

    assert done.code == 4
    assert done.said["problem"]["title"] == "No answer"
    assert done.said["status"] is None
    assert push("http://127.0.0.1:1", KEY, path, "--dry-run").code == 4


def test_kinds_of_errors_are_counted() -> None:
    found = [Reason("", f"code-{n}", "wrong", n, list(range(1, n + 1))[:3]) for n in range(1, 13)]

    told = list(reasons(found))

    assert told[0] == "12 lines (1, 2, 3, ...): / code-12: wrong"
    assert told[9:] == ["3 lines (1, 2, 3): / code-3: wrong", "and 2 more kinds of errors"]


def test_progress_in_words() -> None:
    found = Import.of({**Worker().state(), "lines": 50_000, "done": 12_300, "status": "running"})

    assert progress_line(found, 3.0) == "12,300 of 50,000 lines, 4,100/s, 0:09 left, 0 rejected"
    assert progress_line(found, 0.0) == "12,300 of 50,000 lines, 0 rejected"
    assert progress_line(found, 3.0, since=12_000).startswith("12,300 of 50,000 lines, 100/s, 6:17")
    assert duration(3_723) == "1:02:03"
