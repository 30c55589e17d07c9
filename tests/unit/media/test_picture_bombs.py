"""Files that are small and ask for much: refused, or stripped of it, within a bound of memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grok2api.media.headers import BadPicture
from grok2api.media.pictures import as_png, inspect, preview
from support.pictures import avif, bombs, drawn, opened, scans, with_exif

ROOT = Path(__file__).resolve().parents[3]
WATCH = """
import json, pathlib, resource, sys
from grok2api.errors import InvalidRequest
from grok2api.media.headers import BadPicture
from grok2api.media.input_images import checked_input_image
from grok2api.media.pictures import as_png, inspect, preview

def peak():
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0])
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size // 1024 if sys.platform == "darwin" else size

def outcome(work):
    try:
        work()
    except (BadPicture, InvalidRequest):
        return "refused"
    return "done"

content = pathlib.Path(sys.argv[1]).read_bytes()
good = pathlib.Path(sys.argv[2]).read_bytes()
as_png(good), preview(good, longest=10)
before = peak()
outcomes = [
    outcome(lambda: inspect(content)),
    outcome(lambda: checked_input_image(content, param="x")),
    outcome(lambda: as_png(content)),
    outcome(lambda: preview(content, longest=64)),
]
print(json.dumps({"outcomes": outcomes, "rise": peak() - before}))
"""
MOST_KIB = 64 * 1024


@pytest.mark.parametrize(
    ("name", "make"), list(bombs()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_bomb_takes_little_memory(name: str, make: Callable[[], bytes], tmp_path: Path) -> None:
    (tmp_path / "bomb").write_bytes(make())
    (tmp_path / "good").write_bytes(drawn("PNG"))
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", WATCH, str(tmp_path / "bomb"), str(tmp_path / "good")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    seen = json.loads(ran.stdout)
    assert seen["rise"] < MOST_KIB
    assert ran.stderr == ""
    if name.startswith("harmless"):
        assert seen["outcomes"] == ["done"] * 4
    else:
        assert seen["outcomes"][2:] == ["refused"] * 2


def test_a_jpeg_of_endless_scans_is_not_decoded() -> None:
    assert opened(as_png(scans(1))).size == (40, 30)
    with pytest.raises(BadPicture, match="scans"):
        as_png(scans(1000))


def test_what_is_too_large_is_told_by_its_own_figures() -> None:
    with pytest.raises(BadPicture, match="30000 x 20000"):
        inspect(avif(30_000, 20_000))
    with pytest.raises(BadPicture, match="million pixels"):
        preview(drawn("PNG", (300, 300)), longest=10, max_pixels=80_000)


def test_a_gif_in_other_clothes_is_what_it_is() -> None:
    assert inspect(with_exif(drawn("JPEG"), b"GIF89a")).mime == "image/jpeg"
    with pytest.raises(BadPicture):
        as_png(drawn("AVIF")[:200] + drawn("WEBP"))
    with pytest.raises(BadPicture):
        as_png(drawn("WEBP")[:16] + drawn("PNG"))
