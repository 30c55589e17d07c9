"""Serves the web console: one page for every address below `/admin`, and the files that it is made of.

They are open to anybody, for they hold nothing: whatever the page shows comes from the admin API, which has a
gate of its own. The page's policy lets it load and ask this server only; what is inline carries a mark that
is made anew for every answer. Must never answer anything below the admin API's own address, however spelled.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from grok2api.admin.console.files import DIST, Asset, Built, read_built
from grok2api.errors import MethodNotAllowed, NotFound

ADDRESS: Final = "/admin"
"""Where the console is."""
_API: Final = "api"
_ASSETS: Final = f"{ADDRESS}/assets/"
_MARK: Final = "__NONCE__"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_MISSING: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>grok2api</title>
<body><h1>The console is not built</h1>
<p>The admin API works; only the console's files are missing. Build them with <code>make ui</code> (needs Node
20.19 or newer), or restore <code>src/grok2api/admin/console/dist</code> from the repository.</p>
<h1 lang="zh-CN">控制台尚未构建</h1>
<p lang="zh-CN">管理 API 可以使用，只是缺少控制台的文件。请运行
<code>make ui</code> 构建（需要 Node 20.19 或更新版本），
或从仓库恢复 <code>src/grok2api/admin/console/dist</code>。</p>
</html>
"""


class Console:
    """The console as an ASGI application.

    Args:
        directory: Where the built files are.
    """

    def __init__(self, directory: Path = DIST) -> None:
        self._directory = directory
        self._built: Built | None = None
        self._reading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            NotFound: there is no such file, or it is one of another version.
            MethodNotAllowed: it is neither a GET nor a HEAD.
        """
        path: str = scope["path"]
        if _means_api(path):
            raise NotFound(f"There is no route {scope['method']} {path[:200]}.")
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodNotAllowed(f"{path[:200]} is a page: it can only be read.", allowed="GET, HEAD")
        built = self._built or await self._read()
        if built is None:
            answer = Response(_MISSING, 503, _page_headers(secrets.token_urlsafe(18)), "text/html")
        elif path.startswith(_ASSETS):
            answer = _file(HTTPConnection(scope), built, path.removeprefix(_ASSETS))
        else:
            answer = _page(built)
        if scope["method"] == "HEAD":
            answer.body = b""
        await answer(scope, receive, send)

    async def _read(self) -> Built | None:
        async with self._reading:
            if self._built is None:
                self._built = await asyncio.to_thread(read_built, self._directory)
            return self._built


def _means_api(path: str) -> bool:
    """Tell whether a path is one of the admin API, spelled otherwise: a page would be no answer."""
    first = path.removeprefix(ADDRESS).lstrip("/").partition("/")[0]
    return first.partition(";")[0].rstrip(".").lower() == _API


def _page(built: Built) -> Response:
    mark = secrets.token_urlsafe(18)
    page = built.page.replace('"./', f'"{_ASSETS}{built.version}/').replace(_MARK, mark)
    return Response(page, 200, _page_headers(mark), "text/html")


def _file(connection: HTTPConnection, built: Built, name: str) -> Response:
    version, _, file = name.partition("/")
    asset = built.assets.get(file)
    if asset is None or version != built.version:
        raise NotFound("There is no such file of the console; the page may be one of another version.")
    packed = "gzip" in connection.headers.get("accept-encoding", "")
    headers = {
        "cache-control": _FOR_EVER,
        "cross-origin-resource-policy": "same-origin",
        "etag": asset.etag,
        "vary": "accept-encoding",
    }
    if asset.etag in connection.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return _content(asset, headers, packed=packed)


def _content(asset: Asset, headers: dict[str, str], *, packed: bool) -> Response:
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(asset.compressed if packed else asset.content, 200, headers, asset.media_type)


def _page_headers(mark: str) -> dict[str, str]:
    """Return the headers of the page; source: OWASP's sheets on CSP and on HTTP headers."""
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{mark}'",
        "style-src": f"'self' 'nonce-{mark}'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "cache-control": "no-store",
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
    }
