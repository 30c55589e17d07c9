"""The texts of a multipart form that was collected as bytes; files are told by their kind and size.

The form may be cut at any byte. Must never give out what is in a file.
"""

from __future__ import annotations

import re
from typing import Final

_BOUNDARY: Final = re.compile(r'boundary="?([^";,]{1,200})"?', re.IGNORECASE)
_NAME: Final = re.compile(rb'\bname="([^"\r\n]{0,200})"', re.IGNORECASE)
_FILE: Final = re.compile(rb"\bfilename\*?=", re.IGNORECASE)
_TYPE: Final = re.compile(rb"^content-type:\s*([^\s;]{1,100})", re.IGNORECASE | re.MULTILINE)


def form_texts(content_type: str, content: bytes) -> tuple[dict[str, str | list[str]], int]:
    """Return the fields of a form, a list where one stands twice, and how many files were left out."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return {}, 0
    fields: dict[str, list[str]] = {}
    files = 0
    for part in content.split(b"--" + found[1].encode("latin-1", "replace"))[1:]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            continue
        value = value.removesuffix(b"\r\n")
        if _FILE.search(head):
            files += 1
            kind = _TYPE.search(head)
            text = f"[{kind[1].decode('latin-1') if kind else 'file'}, {len(value)} bytes, not kept]"
        else:
            text = value.decode("utf-8", "replace")
        fields.setdefault(name[1].decode("utf-8", "replace"), []).append(text)
    return {key: values[0] if len(values) == 1 else values for key, values in fields.items()}, files
