"""What the gateway remembers of stored responses: bounded in bytes and in time, and forgotten on demand."""

from __future__ import annotations

from grok2api.gateway.shelf import Label, Shelf
from grok2api.kit.clock import ManualClock


def label(number: int, part: str = "") -> Label:
    return Label(b"account", f"response-{number}", part)


def test_the_least_used_goes_first() -> None:
    shelf = Shelf(ManualClock(), most_bytes=30, largest=20)
    for number in range(3):
        shelf.put(label(number), b"x" * 10)
    assert shelf.take(label(0)) == b"x" * 10
    shelf.put(label(3), b"y" * 10)
    assert shelf.take(label(1)) is None
    assert (len(shelf), shelf.size) == (3, 30)


def test_what_is_too_large_is_not_kept_and_what_is_newer_replaces() -> None:
    shelf = Shelf(ManualClock(), most_bytes=30, largest=20)
    shelf.put(label(0), b"x" * 10)
    shelf.put(label(0), b"y" * 12)
    assert (shelf.take(label(0)), shelf.size) == (b"y" * 12, 12)
    shelf.put(label(0), b"z" * 21)
    assert (shelf.take(label(0)), shelf.size) == (None, 0)


def test_use_does_not_lengthen_its_time() -> None:
    clock = ManualClock()
    shelf = Shelf(clock, seconds=10)
    shelf.put(label(0), b"x")
    clock.advance(9)
    assert shelf.take(label(0)) == b"x"
    clock.advance(1)
    assert shelf.take(label(0)) is None
    assert (len(shelf), shelf.size) == (0, 0)


def test_a_deleted_response_is_forgotten_with_all_its_parts() -> None:
    shelf = Shelf(ManualClock())
    for part in ("", "input ", "input msg_1"):
        shelf.put(label(0, part), b"x")
    shelf.put(label(1), b"y")
    shelf.put(Label(b"other", "response-0", ""), b"z")
    shelf.forget(b"account", "response-0")
    assert (len(shelf), shelf.size) == (2, 2)
