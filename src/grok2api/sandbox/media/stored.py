"""Results that are kept as files, as `storage_options` asks."""

from __future__ import annotations

from grok2api.sandbox.accounts import Account
from grok2api.sandbox.blobs import Blob
from grok2api.sandbox.kept.files import StoredFile
from grok2api.sandbox.kept.links import LIFETIME
from grok2api.sandbox.wire import Json, Request
from grok2api.sandbox.world import World

ENDINGS = {"image/png": "png", "image/jpeg": "jpeg", "video/mp4": "mp4"}


def keep(
    world: World, account: Account, request: Request, options: Json, content: Blob, content_type: str
) -> Json:
    """Keep a result as a file of the team and return what the result tells of it: its `file_output`."""
    identifier = f"file_{world.mint.new_uuid()}"
    filename = options.get("filename") or f"{identifier}.{ENDINGS[content_type]}"
    now = world.clock.now()
    seconds = options.get("expires_after")
    expires = None if seconds is None else now + seconds
    file = StoredFile(identifier, account.team_id, filename, "", content_type, content, now, expires)
    world.files.keep(file)
    told: Json = {"file_id": identifier, "filename": filename, "expires_at": file.shown()["expires_at"]}
    public = options.get("public_url")
    if public:
        path = f"/files-cdn/{world.mint.new_uuid()}/{filename}"
        lifetime = public.get("expires_after", LIFETIME) if isinstance(public, dict) else LIFETIME
        world.links.publish(path, content, content_type, lifetime)
        told["public_url"] = request.origin() + path
    return {"file_output": told}
