"""What a file is offered as: by its bytes, and never as something that a browser runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.dialects.files.content import content_type, disposition

RUNS = ("html", "svg", "xml", "javascript", "ecmascript")


@given(st.binary(max_size=64), st.text(max_size=20))
def test_nothing_is_called_what_a_browser_runs(head: bytes, filename: str) -> None:
    assert not any(word in content_type(head, filename) for word in RUNS)


@pytest.mark.parametrize(
    ("head", "filename", "kind"),
    [
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a.wav", "audio/wav"),
        (b"\x00\x00\x00\x20ftypisom", "a.mp4", "video/mp4"),
        (b"PK\x03\x04", "a.docx", "application/zip"),
        (b'{"a":1}', "a.json", "application/json"),
        (b"a,b\n", "A.CSV", "text/csv; charset=utf-8"),
        ("größ".encode()[:-1], "a", "text/plain; charset=utf-8"),
        (b"\xff\xfea\x00", "a.txt", "application/octet-stream"),
        (b"", "a.pdf", "text/plain; charset=utf-8"),
        (b"%PDF-1.4", "a.html", "application/pdf"),
    ],
)
def test_the_beginning_decides(head: bytes, filename: str, kind: str) -> None:
    assert content_type(head, filename) == kind


@given(st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace").decode()))
def test_a_name_cannot_leave_its_header(filename: str) -> None:
    header = disposition(filename)
    assert header.isascii()
    assert not set(header) & set(b"\r\n\x00")
    assert header.startswith(b'attachment; filename="')
    assert header.count(b'"') == 2
