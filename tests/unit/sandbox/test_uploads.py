"""Multipart bodies, in pieces of any size, whole or broken."""

from __future__ import annotations

import pytest

from grok2api.sandbox import blobs
from grok2api.sandbox.uploads import Upload

KIND = "multipart/form-data; boundary=edge"
BODY = (
    b'--edge\r\nContent-Disposition: form-data; name="model"\r\n\r\ngrok\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="\xe4\xbd\xa0.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nline\r\n--edg\r\nline\r\n--edge--\r\n"
)


def read(body: bytes, step: int, limit: int = 10_000) -> Upload:
    upload = Upload(KIND, limit)
    for start in range(0, len(body), step):
        upload.feed(body[start : start + step])
    upload.finish()
    return upload


@pytest.mark.parametrize("step", [1, 7, 1_000])
def test_parts_come_out_in_order(step: int) -> None:
    upload = read(BODY, step)
    assert (upload.problem, upload.oversize) == (None, False)
    model, file = upload.parts
    assert (model.name, model.filename, model.text()) == ("model", None, "grok")
    assert (file.name, file.filename, file.content_type) == ("file", "你.txt", "text/plain")
    assert file.content.whole() == b"line\r\n--edg\r\nline"
    assert upload.shown() == {
        "model": "grok",
        "bytes": len(BODY),
        "parts": [
            {"name": "model", "size": 4, "value": "grok"},
            {"name": "file", "size": 17, "filename": "你.txt", "content_type": "text/plain"},
        ],
    }


@pytest.mark.parametrize("body", [b"", BODY[:-20], BODY.replace(b"--edge\r", b"--other\r", 1)])
def test_a_broken_body_has_a_problem(body: bytes) -> None:
    assert read(body, 1_000).problem


def test_what_is_too_large_is_forgotten() -> None:
    upload = read(BODY, 10, limit=100)
    assert upload.oversize
    assert (upload.parts, upload.problem) == ([], None)


def test_a_boundary_is_needed() -> None:
    upload = Upload("multipart/form-data", 100)
    upload.feed(BODY[:50])
    assert upload.problem


def test_large_bytes_lie_in_a_file_and_are_read_from_anywhere() -> None:
    blob = blobs.Blob()
    piece = bytes(range(256)) * 256
    for _ in range(16):
        blob.add(piece)
    whole = piece * 16
    assert blob.length == len(whole)
    assert blob.whole() == whole
    assert b"".join(blob.read(70_000, 300_000)) == whole[70_000:300_000]
    assert blob.head(10) == whole[:10]
    assert max(len(each) for each in blob.read(0, blob.length)) <= blobs.PIECE


def test_padding_is_made_while_it_is_read() -> None:
    padded = blobs.Padded(blobs.Blob(b"film"), 200_000)
    assert padded.length == 200_000
    assert b"".join(padded.read(0, 200_000)) == b"film" + bytes(199_996)
    assert b"".join(padded.read(2, 6)) == b"lm\x00\x00"
    assert b"".join(padded.read(150_000, 150_010)) == bytes(10)
