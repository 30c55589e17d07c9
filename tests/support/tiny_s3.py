"""As much of S3 as media needs, over a real socket: put, parts, get by range, head, delete, list.

It keeps what it is sent in a dict and checks no signature, only that there is one.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

from typing_extensions import override

from support.plain_server import plain_server

RANGE = re.compile(r"bytes=(\d+)-(\d+)")
KEY = re.compile(r"<Key>(.*?)</Key>")
SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=(\w+)/")


@dataclass
class Kept:
    """The objects, the parts of uploads that are not complete, and who signed the requests."""

    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    signers: set[str] = field(default_factory=set)
    broken: bool = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer goes out in one piece
    kept: Kept

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key, query = self._asked()
        if "partNumber" in query:
            self.kept.uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.kept.objects[key] = body
        self._answer(200, b"", ETag=_tag(body))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        key, query = self._asked()
        if "delete" in query:
            self._delete_all([unescape(name) for name in KEY.findall(body)])
            return
        if "uploads" in query:
            upload = f"upload{len(self.kept.uploads)}"
            self.kept.uploads[upload] = {}
            self._answer(200, f"<R><Bucket>b</Bucket><Key>k</Key><UploadId>{upload}</UploadId></R>".encode())
            return
        parts = self.kept.uploads.pop(query["uploadId"])
        self.kept.objects[key] = b"".join(parts[number] for number in sorted(parts))
        etag = escape(_tag(self.kept.objects[key]))
        self._answer(200, f"<R><Location>l</Location><ETag>{etag}</ETag></R>".encode())

    def do_GET(self) -> None:
        key, query = self._asked()
        if "list-type" in query:
            self._list(query.get("prefix", ""))
            return
        content = self.kept.objects.get(key)
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        told = {"ETag": _tag(content), "Last-Modified": formatdate(usegmt=True)}
        if found := RANGE.match(self.headers.get("Range") or ""):
            start, end = int(found[1]), min(int(found[2]) + 1, len(content))
            told["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
            self._answer(206, content[start:end], **told)
        else:
            self._answer(200, content, **told)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        key, query = self._asked()
        self.kept.uploads.pop(query.get("uploadId", ""), None)
        self.kept.objects.pop(key, None)
        self._answer(204, b"")

    def _delete_all(self, keys: list[str]) -> None:
        for key in keys:
            self.kept.objects.pop(key, None)
        told = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())

    def _list(self, prefix: str) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{now}</LastModified>"
            f"<ETag>{escape(_tag(content))}</ETag><Size>{len(content)}</Size></Contents>"
            for key, content in sorted(self.kept.objects.items())
            if key.startswith(prefix)
        )
        body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        self._answer(200, body.encode())

    def _asked(self) -> tuple[str, dict[str, str]]:
        """Return the key without its bucket, and the query; note who signed."""
        signed = SIGNED.match(self.headers.get("Authorization") or "")
        self.kept.signers.add(signed[1] if signed else "nobody")
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return unquote(parts.path).lstrip("/").partition("/")[2], query

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        if self.kept.broken:
            status, body = HTTPStatus.FORBIDDEN, b"<Error><Code>AccessDenied</Code></Error>"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@contextmanager
def tiny_s3() -> Iterator[tuple[dict[str, str], Kept]]:
    """Serve a bucket; yield the environment that leads there, and what it keeps."""
    kept = Kept()
    with plain_server(type("Handler", (_Handler,), {"kept": kept})) as address:
        environment = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "secret-of-the-tester",
            "AWS_REGION": "us-east-1",
        }
        yield environment, kept
