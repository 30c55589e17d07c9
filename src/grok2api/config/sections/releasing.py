"""Settings of news of releases: whether anybody is asked for a newer version, and who."""

from __future__ import annotations

from typing import Annotated

from grok2api.config import checks, schema


class Releases(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A notice in the console when there is a newer version; nobody is asked unless an address is set."""

    feed_url: Annotated[
        str,
        schema.setting(
            "Address that is asked once a day for the newest version, in the form of GitHub's API: "
            "https://api.github.com/repos/OWNER/NAME/releases/latest. Empty asks nobody.",
            "每天查询一次最新版本的地址，采用 GitHub API 的格式："
            "https://api.github.com/repos/OWNER/NAME/releases/latest。留空则不查询。",
            check=checks.webhook_url,
            allowed=("must be empty or an https or http URL", "留空，或 https、http 地址"),
            fix="write the whole address; hosts that are not public have to stand in fetch.allow_hosts.",
        ),
    ] = ""
