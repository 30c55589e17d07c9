"""The frame reader gives the same frames however the network cuts the bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.sse import Frame, FrameReader, FrameTooLong

STREAM = (
    b': hello\n\nevent: a\ndata: {"x":"\xc3\xa9"}\n\ndata:no space\n\n: ping\n\n'
    b"data: one\ndata: two\nid: 7\n\nevent: b\n\ndata\n\ndata: [DONE]\n\n"
)
FRAMES = [
    Frame(b"a", b'{"x":"\xc3\xa9"}'),
    Frame(b"", b"no space"),
    Frame(b"", b"one\ntwo"),
    Frame(b"", b""),
    Frame(b"", b"[DONE]"),
]


def read(chunks: list[bytes]) -> list[Frame]:
    reader = FrameReader()
    return [frame for chunk in chunks for frame in reader.feed(chunk)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_split_gives_the_same_frames(end: bytes, mark: bytes) -> None:
    stream = mark + STREAM.replace(b"\n", end) + b"data: unfinished"
    for cut in range(len(stream) + 1):
        assert read([stream[:cut], stream[cut:]]) == FRAMES
    assert read([bytes([byte]) for byte in stream]) == FRAMES


@given(st.lists(st.integers(0, len(STREAM)), max_size=8), st.sampled_from([b"\n", b"\r\n"]))
def test_many_cuts(cuts: list[int], end: bytes) -> None:
    stream = STREAM.replace(b"\n", end)
    borders = [0, *sorted(cuts), len(stream)]
    assert read([stream[a:b] for a, b in itertools.pairwise(borders)]) == FRAMES


def test_an_unfinished_frame_is_told() -> None:
    reader = FrameReader()
    assert reader.feed(b"data: half") == []
    assert reader.unfinished
    assert reader.feed(b"\n\n") == [Frame(b"", b"half")]
    assert not reader.unfinished


def test_a_frame_without_end_is_bounded() -> None:
    reader = FrameReader(limit=1000)
    for _ in range(10):
        assert reader.feed(b"x" * 100) == []
    with pytest.raises(FrameTooLong):
        reader.feed(b"x")
