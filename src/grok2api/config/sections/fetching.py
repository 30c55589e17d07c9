"""Settings of what is fetched for clients: files that a request names by a URL."""

from __future__ import annotations

from typing import Annotated

import msgspec

from grok2api.config import checks, schema
from grok2api.kit.netguard import Rules, read_opening

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Fetch(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Files that are fetched because a request names their URL."""

    allow_hosts: Annotated[
        tuple[str, ...],
        schema.setting(
            "Hosts that may be fetched from although they are not on the public internet: minio.lan, *.lan, "
            "minio.lan:9000, 10.1.2.3 or 10.1.0.0/16. Every client key can then read what they serve.",
            "虽不在公网、但允许抓取的主机：minio.lan、*.lan、minio.lan:9000、10.1.2.3 或 10.1.0.0/16。"
            "设置后，持有客户端密钥的人都能读取这些主机提供的内容。",
            check=checks.fetch_hosts,
            allowed=(
                "must be a list of hosts, addresses and networks",
                "主机名、地址与网段的列表",
            ),
            fix="write hosts as minio.lan or minio.lan:9000, networks as 10.1.0.0/16, without http://.",
        ),
    ] = ()
    ports: Annotated[
        tuple[Port, ...],
        schema.setting(
            "Ports that may be fetched from; a host in fetch.allow_hosts can name another one for itself.",
            "允许抓取的端口；fetch.allow_hosts 中的主机可自带其他端口。",
        ),
    ] = (80, 443)
    max_mb: Annotated[
        int,
        schema.setting(
            "Size in MiB that a file may have which is fetched for a request.",
            "为请求抓取的单个文件的大小上限（MiB）。",
            ge=1,
            le=1024,
        ),
    ] = 50
    seconds: Annotated[
        float,
        schema.setting(
            "Seconds that fetching one file may take, from the look-up of its host to its last byte.",
            "抓取单个文件的时限（秒），从解析主机名到收完最后一个字节。",
            ge=1,
            le=600,
        ),
    ] = 30.0

    def rules(self) -> Rules:
        """Return what may be connected to."""
        openings = tuple(read_opening(text) for text in self.allow_hosts)
        return Rules(openings=openings, ports=frozenset(self.ports))
