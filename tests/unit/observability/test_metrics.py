"""One page for all workers: living ones, killed ones, and never one counted twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.observability.metrics import families
from grok2api.observability.metrics.board import Board, entries
from grok2api.observability.metrics.page import page
from grok2api.observability.metrics.places import look, open_board, server_directory

SOURCE = Path(__file__).resolve().parents[3] / "src"
WORKER = """
import sys
from pathlib import Path
from grok2api.observability.metrics import families
from grok2api.observability.metrics.places import open_board
board = open_board(Path(sys.argv[1]), sys.argv[2])
for _ in range(int(sys.argv[3])):
    board.add(families.HTTP_REQUESTS, (("status", "200"),))
board.set(families.HTTP_RUNNING, 5)
print("ready", flush=True)
sys.stdin.read()
"""


def worker(directory: Path, name: str, requests: int) -> subprocess.Popen[str]:
    """Start a process that counts so many requests and then lives on."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(directory), name, str(requests)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def shown(directory: Path) -> list[str]:
    seen = look(directory)
    return [line for line in page(seen.living, seen.ended).splitlines() if not line.startswith("#")]


def test_what_a_killed_worker_has_counted_is_kept_and_what_it_was_doing_is_not(tmp_path: Path) -> None:
    with server_directory(tmp_path) as directory:
        first, second = worker(directory, "first", 3), worker(directory, "second", 40)
        assert shown(directory) == [
            'grok2api_http_requests_total{status="200"} 43',
            "grok2api_http_requests_running 10",
            "grok2api_workers 2",
        ]
        end(first)
        after = [
            'grok2api_http_requests_total{status="200"} 43',
            "grok2api_http_requests_running 5",
            "grok2api_workers 1",
        ]
        assert [shown(directory) for _ in range(3)] == [after] * 3
        assert len(list(directory.glob("*.board"))) == 1, "the dead leave no heap of files"
        third = worker(directory, "third", 7)
        assert shown(directory)[0] == 'grok2api_http_requests_total{status="200"} 50'
        end(second)
        end(third)
        assert shown(directory) == ['grok2api_http_requests_total{status="200"} 50', "grok2api_workers 0"]


def test_a_look_that_was_killed_half_way_counts_nobody_twice(tmp_path: Path) -> None:
    with server_directory(tmp_path) as directory:
        end(worker(directory, "first", 3))
        kept = (directory / "first.board").read_bytes()
        assert shown(directory)[0].endswith(" 3")
        (directory / "first.board").write_bytes(kept)
        assert shown(directory)[0].endswith(" 3")
        assert not (directory / "first.board").exists()


def test_many_who_look_at_once_see_the_same(tmp_path: Path) -> None:
    with server_directory(tmp_path) as directory:
        for number in range(4):
            end(worker(directory, f"w{number}", 10))
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(shown, [directory] * 16))
        assert found == [['grok2api_http_requests_total{status="200"} 40', "grok2api_workers 0"]] * 16


def test_a_server_clears_away_what_a_killed_one_left_and_leaves_a_living_one_alone(tmp_path: Path) -> None:
    left = tmp_path / "1-dead"
    left.mkdir()
    (left / "lock").touch()
    with server_directory(tmp_path) as first:
        assert not left.exists()
        with server_directory(tmp_path) as second:
            assert first.is_dir()
            assert second.is_dir()
        assert not second.exists()
        assert first.is_dir()


def test_a_board_grows(tmp_path: Path) -> None:
    board = open_board(tmp_path, "one")
    for number in range(2000):
        board.add(families.HTTP_REQUESTS, (("status", str(number)),), number)
    values = dict(entries((tmp_path / "one.board").read_bytes()))
    assert values == {(families.HTTP_REQUESTS.name, (("status", str(n)),)): n for n in range(2000)}
    assert values == board.values()
    board.close()


@given(cut=st.integers(0, 400))
def test_a_file_that_was_cut_off_ends_early(cut: int) -> None:
    board = Board()
    for number in range(5):
        board.add(families.HTTP_REQUESTS, (("status", str(number)),))
    content = bytes(board._memory[: board._filled])[:cut]
    assert dict(entries(content)).items() <= board.values().items()
    board.close()


@pytest.mark.parametrize(("join", "wanted"), [("sum", 3), ("least", 1), ("most", 2)])
def test_values_of_workers_are_joined_as_the_metric_says(join: str, wanted: int) -> None:
    name = next(
        family.name
        for family in families.FAMILIES.values()
        if family.join == join and "total" not in family.name
    )
    assert f"\n{name} {wanted}\n" in page([{(name, ()): 1.0}, {(name, ()): 2.0}], {})


def test_the_page_is_what_prometheus_reads() -> None:
    labels = (("status", 'a"b\\c\nd'),)
    text = page([{(families.HTTP_REQUESTS.name, labels): 1.5}], {})
    assert text.splitlines()[:3] == [
        f"# HELP {families.HTTP_REQUESTS.name} {families.HTTP_REQUESTS.help}",
        f"# TYPE {families.HTTP_REQUESTS.name} counter",
        f'{families.HTTP_REQUESTS.name}{{status="a\\"b\\\\c\\nd"}} 1.5',
    ]
    assert text.endswith("\n")


def test_a_histogram_is_one_over_all_workers_living_and_dead(tmp_path: Path) -> None:
    first, second = open_board(tmp_path, "one"), open_board(tmp_path, "two")
    for board, values in ((first, (0.0004, 0.03, 9.0)), (second, (0.03,))):
        for value in values:
            board.count(families.LOOP_LAG, value)
    first.close()
    seen = look(tmp_path)
    text = page(seen.living, seen.ended)
    second.close()
    name = families.LOOP_LAG.name
    assert f"# TYPE {name} histogram" in text
    samples = [line for line in text.splitlines() if line.startswith(name)]
    assert [line.rpartition(" ")[0] for line in samples] == [
        *(f'{name}_bucket{{le="{bound:g}"}}' for bound in families.LOOP_LAG.bounds),
        f'{name}_bucket{{le="+Inf"}}',
        f"{name}_sum",
        f"{name}_count",
    ]
    counts = [float(line.rpartition(" ")[2]) for line in samples]
    assert counts[:-2] == [1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 4]
    assert (round(counts[-2], 4), counts[-1]) == (9.0604, 4)


def test_a_histogram_counts_into_every_class_above_and_outlives_its_worker() -> None:
    board, name = Board(), families.FIRST_BYTE.name
    for seconds in (0.05, 0.2, 0.25, 500.0):
        board.count(families.FIRST_BYTE, seconds, (("operation", "chat"),))
    values = board.values()
    lines = [
        line for line in page([values], values).splitlines() if line.startswith((name, f"# TYPE {name}"))
    ]
    board.close()
    assert lines[:4] == [
        f"# TYPE {name} histogram",
        f'{name}_bucket{{operation="chat",le="0.1"}} 2',
        f'{name}_bucket{{operation="chat",le="0.2"}} 4',
        f'{name}_bucket{{operation="chat",le="0.3"}} 6',
    ]
    assert lines[-4:] == [
        f'{name}_bucket{{operation="chat",le="80"}} 6',
        f'{name}_bucket{{operation="chat",le="+Inf"}} 8',
        f'{name}_sum{{operation="chat"}} 1001',
        f'{name}_count{{operation="chat"}} 8',
    ]
