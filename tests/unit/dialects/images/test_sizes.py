"""Sizes in Grok's words: each listed one means the nearest ratio, and nothing else is guessed at."""

from __future__ import annotations

import math

import pytest

from grok2api.dialects.images.sizes import ANY_SHAPE, RATIOS, SIZES, Shape, nearest, shape_of, sizes


@pytest.mark.parametrize(
    ("size", "ratio", "resolution"),
    [
        ("1024x1024", "1:1", "1k"),
        ("256x256", "1:1", "1k"),
        ("1536x1024", "3:2", "1k"),
        ("1024x1536", "2:3", "1k"),
        ("1792x1024", "16:9", "1k"),
        ("1024x1792", "9:16", "1k"),
        ("1280x720", "16:9", "1k"),
        ("720x1280", "9:16", "1k"),
        ("2048x2048", "1:1", "2k"),
        ("1920x1080", "16:9", "2k"),
        ("1024X1024", "1:1", "1k"),
        (" 1024×1024 ", "1:1", "1k"),
    ],
)
def test_a_size_that_clients_know(size: str, ratio: str, resolution: str) -> None:
    assert shape_of(size) == Shape(ratio, resolution)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "size", ["1x1", "999x999", "1000x1000", "big", "", "1024", "3840x2160", "0x0", "-1x5"]
)
def test_another_size_means_nothing(size: str) -> None:
    assert shape_of(size) is None


def test_a_ratio_may_stand_for_a_size_and_auto_for_none() -> None:
    assert shape_of("21:9") == Shape("21:9")
    assert shape_of("auto") == ANY_SHAPE == Shape()


def test_every_size_is_near_its_ratio() -> None:
    assert [name for name, _ in sizes()] == list(SIZES)
    for name, shape in sizes():
        width, height = map(int, name.split("x"))
        assert shape.aspect_ratio in RATIOS
        wide, high = map(float, shape.aspect_ratio.split(":"))
        assert abs(math.log(width / height) - math.log(wide / high)) < 0.06, name


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [(1000, 1000, "1:1"), (1001, 1000, "1:1"), (315, 210, "3:2"), (10, 1000, "9:20"), (1000, 10, "5:2")],
)
def test_any_sides_have_a_nearest_ratio(width: int, height: int, ratio: str) -> None:
    assert nearest(width, height) == ratio
