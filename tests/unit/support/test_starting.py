"""A fork of the loaded program is the program: same words, environment, directory, streams and end."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.processes import clean_environment
from support.starting import WARM, Forked, run_program, start_program

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")


@pytest.mark.parametrize(
    ("words", "exits"), [(["--version"], 0), (["keys", "no-such-verb"], 2), (["explain", "req_nowhere"], 1)]
)
def test_a_fork_says_and_ends_like_a_start(
    words: list[str], exits: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = clean_environment(DATA_DIR=str(tmp_path / "data"))
    forked = run_program(words, environment, tmp_path)
    monkeypatch.delenv(WARM, raising=False)
    started = run_program(words, environment, tmp_path)
    assert forked.returncode == started.returncode == exits
    assert (forked.stdout, forked.stderr) == (started.stdout, started.stderr)


def test_nothing_of_one_start_is_left_in_the_next(tmp_path: Path) -> None:
    first = clean_environment(DATA_DIR=str(tmp_path / "one"))
    made = run_program(["keys", "create", "--name", "laptop"], first, tmp_path).stdout.strip()
    (tmp_path / "other").mkdir()
    second = clean_environment(DATA_DIR="two")
    listed = run_program(["keys", "list", "--json"], second, tmp_path / "other").stdout
    assert made.startswith("sk-")
    assert "laptop" not in listed
    assert (tmp_path / "other" / "two").is_dir()


def test_what_is_said_to_it_is_read(tmp_path: Path) -> None:
    environment = clean_environment(DATA_DIR=str(tmp_path))
    told = run_program(["credentials", "add", "-"], environment, tmp_path, said="xai-sandbox-alice\n")
    assert told.returncode == 0
    assert "alice" not in told.stdout + told.stderr


@LINUX_ONLY
@pytest.mark.parametrize("which", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_by_a_signal_and_is_waited_for(which: signal.Signals, tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("w") as output:
        process = start_program(["sandbox"], clean_environment(), tmp_path, output=output)
    assert isinstance(process, Forked)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.01)
    while not said.read_text().startswith("http"):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    process.send_signal(which)
    ended = process.wait(timeout=30)
    assert ended == process.poll() == process.returncode == (-9 if which == signal.SIGKILL else 0)
    process.send_signal(which)
