"""Forms as clients write them by hand, for tests that want to say each byte."""

from __future__ import annotations

from support.raw_http import Headers

BOUNDARY = "a-boundary-0123456789"
TYPE: tuple[str, str] = ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")


def part(name: str, content: bytes, filename: str | None = None, kind: str = "") -> bytes:
    """Return one part; with a file name it is a file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    head += "" if filename is None else f'; filename="{filename}"'
    head += f"\r\nContent-Type: {kind}" if kind else ""
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def form(*parts: bytes) -> bytes:
    """Return a whole body."""
    return b"".join(parts) + END


def headers(key: str, *more: tuple[str, str]) -> Headers:
    """Return what a request with a form carries."""
    return [("Authorization", f"Bearer {key}"), TYPE, *more]
