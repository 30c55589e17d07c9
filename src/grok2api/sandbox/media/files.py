"""The Files API: `/v1/files`, for the team that uploaded them."""

from __future__ import annotations

from typing import Any

from grok2api.sandbox import fields, quotas, refusals
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.kept.files import StoredFile
from grok2api.sandbox.media import links, stored
from grok2api.sandbox.wire import Answer, Json, Part, Request, answer_json, is_multipart
from grok2api.sandbox.world import World

MAX_BYTES = 50 * 1024 * 1024
SHORTEST, LONGEST = 3_600, 2_592_000
MAX_PAGE = 100
SORTS = {"created_at": "created", "filename": "filename", "size": "size"}
EXPIRY = ("expires_after", "expires_after[seconds]", "expires_after[anchor]")


def upload(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer an upload. Raises: Refusal 415, 413 or 400."""
    account = _admitted(world, request)
    if not is_multipart(request.header("content-type")):
        raise refusals.not_multipart()
    if request.oversize:
        raise refusals.too_large()
    if request.problem is not None:
        raise refusals.invalid(f"Failed to parse the multipart body: {request.problem}")
    parts = list(request.parts or ())
    at = next((index for index, part in enumerate(parts) if part.name == "file"), None)
    if at is None:
        raise refusals.invalid("The multipart body has no part named file.")
    if any(part.name in EXPIRY for part in parts[at:]):
        raise refusals.invalid("expires_after must come before file in the multipart body.")
    file = parts[at]
    if not file.filename:
        raise refusals.invalid("The part named file must have a filename.")
    if file.content.length > MAX_BYTES:
        raise refusals.too_large()
    seconds = _expires_after(parts)
    now = world.clock.now()
    kept = StoredFile(
        id=f"file_{world.mint.new_uuid()}",
        team_id=account.team_id,
        filename=file.filename,
        purpose=next((part.text() for part in parts if part.name == "purpose"), ""),
        content_type=file.content_type or "application/octet-stream",
        content=file.content,
        created=now,
        expires=None if seconds is None else now + seconds,
    )
    world.files.keep(kept)
    return answer_json(kept.shown())


def list_files(world: World, request: Request, _parameters: Json) -> Answer:
    """Answer with a page of the team's files; the token of the next page always comes."""
    account = _admitted(world, request)
    query = request.query
    limit = query.get("limit", str(MAX_PAGE))
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE:
        raise refusals.invalid(f"limit must be between 1 and {MAX_PAGE}.")
    order, sort = query.get("order", "desc"), query.get("sort_by", "created_at")
    if order not in ("asc", "desc") or sort not in SORTS:
        raise refusals.invalid("order must be asc or desc; sort_by one of created_at, filename, size.")
    files = sorted(world.files.of_team(account.team_id), key=lambda file: _sort_key(file, sort))
    if order == "desc":
        files.reverse()
    token = query.get("pagination_token") or "page_0"
    start = token.removeprefix("page_")
    if not start.isdigit():
        raise refusals.invalid("Invalid pagination_token.")
    page = files[int(start) : int(start) + int(limit)]
    rows = [file.shown() for file in page]
    return answer_json({"data": rows, "pagination_token": f"page_{int(start) + len(page)}"})


def show(world: World, request: Request, parameters: Json) -> Answer:
    """Answer with one file object, or 404."""
    return answer_json(_found(world, _admitted(world, request), parameters["id"]).shown())


def delete(world: World, request: Request, parameters: Json) -> Answer:
    """Delete a file of the caller's team, or 404."""
    account = _admitted(world, request)
    if not world.files.delete(account.team_id, parameters["id"]):
        raise refusals.unknown_object("File", parameters["id"])
    return answer_json({"id": parameters["id"], "object": "file", "deleted": True})


def content(world: World, request: Request, parameters: Json) -> Answer:
    """Answer with the bytes of a file, or with its text for `format=text`."""
    file = _found(world, _admitted(world, request), parameters["id"])
    wanted = request.query.get("format", "original")
    if wanted not in ("original", "text"):
        raise refusals.invalid("format must be original or text.")
    if wanted == "text":
        text = file.content.whole().decode("utf-8", "replace")
        return Answer(200, text.encode(), "text/plain; charset=utf-8")
    return links.ranged(request, file.content, file.content_type)


def publish(world: World, request: Request, parameters: Json) -> Answer:
    """Answer with an address at which anyone may read a file for a while; pictures, films and PDF only."""
    file = _found(world, _admitted(world, request), parameters["id"])
    seconds = fields.integer(request.mapping(), "expires_after", SHORTEST, LONGEST) or SHORTEST
    if not file.content_type.startswith(("image/", "video/", "application/pdf")):
        raise refusals.invalid("Public URLs are available for images, videos and PDF files only.")
    url = stored.publish(world, request.origin(), file, seconds)
    return answer_json({"public_url": url, "expires_at": int(world.clock.now()) + seconds})


def revoke(world: World, request: Request, parameters: Json) -> Answer:
    """Take the public address of a file back."""
    file = _found(world, _admitted(world, request), parameters["id"])
    world.links.forget(stored.public_folder(file))
    return answer_json({"id": file.id})


def _admitted(world: World, request: Request) -> Account:
    account = world.account(request)
    quotas.refuse_blocked(account)
    if not account.may_call("files"):
        raise refusals.key_not_allowed("endpoint files", account.acls)
    return account


def _found(world: World, account: Account, identifier: str) -> StoredFile:
    file = world.files.find(account.team_id, identifier)
    if file is None:
        raise refusals.unknown_object("File", identifier)
    return file


def _sort_key(file: StoredFile, sort: str) -> Any:
    return file.content.length if sort == "size" else file.filename if sort == "filename" else file.created


def _expires_after(parts: list[Part]) -> int | None:
    given = {part.name: part.text().strip() for part in parts if part.name in EXPIRY}
    anchor = given.get("expires_after[anchor]", "created_at")
    if anchor != "created_at":
        raise refusals.invalid("expires_after[anchor] must be created_at.")
    value = given.get("expires_after[seconds]", given.get("expires_after"))
    if value is None:
        return None
    if not value.isdigit() or not SHORTEST <= int(value) <= LONGEST:
        raise refusals.invalid(f"expires_after must be between {SHORTEST} and {LONGEST} seconds.")
    return int(value)
