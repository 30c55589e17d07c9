"""Reading what comes back from requests for pictures, as a user would: by opening the pictures."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

from PIL import Image

from support.processes import Gateway, request


def opened(content: bytes) -> Image.Image:
    """Return a picture that is fully decoded."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def decoded(text: str | None) -> Image.Image:
    """Return the picture in a `b64_json`."""
    assert text, "there is no picture"
    return opened(base64.b64decode(text, validate=True))


def fetched(url: str | None) -> bytes:
    """Return what a link leads to, asked for without a key."""
    assert url, "there is no link"
    status, headers, content = request("GET", url)
    assert status == 200, (url, status)
    assert headers["content-type"].startswith("image/")
    return content


def asked(gateway: Gateway, path: str, body: object) -> tuple[int, dict[str, str], Any]:
    """Send one request; return status, headers and the decoded answer."""
    status, headers, content = gateway.post(path, body)
    return status, headers, json.loads(content)


def as_data(content: bytes, kind: str = "png") -> str:
    """Return a picture as a data URL."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
