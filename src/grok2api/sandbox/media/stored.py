"""Results that are kept as files, as `storage_options` asks."""

from __future__ import annotations

from urllib.parse import quote

from grok2api.sandbox import fields, refusals
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.blobs import Blob
from grok2api.sandbox.kept.files import StoredFile
from grok2api.sandbox.kept.links import LIFETIME
from grok2api.sandbox.mint import derived_uuid
from grok2api.sandbox.wire import Json
from grok2api.sandbox.world import World

MAX_KEPT = 2_592_000
ENDINGS = {"image/png": "png", "image/jpeg": "jpeg", "video/mp4": "mp4"}


def options(body: Json) -> Json | None:
    """Return the `storage_options`, checked."""
    asked = fields.mapping(body, "storage_options")
    if asked is None:
        return None
    fields.string(asked, "filename", "storage_options.")
    fields.integer(asked, "expires_after", 1, MAX_KEPT)
    public = asked.get("public_url")
    if public is not None and not isinstance(public, bool | dict):
        raise refusals.malformed("storage_options.public_url", "expected a boolean or a map")
    return asked


def keep(world: World, account: Account, origin: str, asked: Json, content: Blob, content_type: str) -> Json:
    """Keep a result as a file of the team and return what the result tells of it: its `file_output`."""
    identifier = f"file_{world.mint.new_uuid()}"
    filename = asked.get("filename") or f"{identifier}.{ENDINGS[content_type]}"
    now = world.clock.now()
    seconds = asked.get("expires_after")
    expires = None if seconds is None else now + seconds
    file = StoredFile(identifier, account.team_id, filename, "", content_type, content, now, expires)
    world.files.keep(file)
    told: Json = {"file_id": identifier, "filename": filename, "expires_at": file.shown()["expires_at"]}
    public = asked.get("public_url")
    if public:
        lifetime = public.get("expires_after", LIFETIME) if isinstance(public, dict) else LIFETIME
        told["public_url"] = publish(world, origin, file, lifetime)
    return {"file_output": told}


def publish(world: World, origin: str, file: StoredFile, lifetime: float) -> str:
    """Return an address at which anyone may read a file for `lifetime` seconds."""
    folder = public_folder(file)
    world.links.publish(folder + file.filename, file.content, file.content_type, lifetime)
    return f"{origin}{folder}{quote(file.filename)}"


def public_folder(file: StoredFile) -> str:
    """Return where the public address of a file begins."""
    return f"/files-cdn/{derived_uuid('public', file.team_id, file.id)}/"
