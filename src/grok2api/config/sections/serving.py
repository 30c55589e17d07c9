"""Settings of the side that clients see: the listening server, its log, access and streaming."""

from __future__ import annotations

from typing import Annotated, Literal

from grok2api.config import checks, schema


class Server(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where the server listens and what it takes from a connection."""

    host: Annotated[
        str,
        schema.setting(
            "Address to listen on. 127.0.0.1 serves this machine only; 0.0.0.0 serves the network.",
            "监听地址。127.0.0.1 只服务本机；0.0.0.0 服务整个网络。",
            reload="restart",
            names=("SERVER_HOST",),
            pattern=r"^\S+$",
            allowed=("must be a host name or an IP address", "主机名或 IP 地址"),
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        schema.setting(
            "Port to listen on; 0 takes a free one.",
            "监听端口；0 表示任选一个空闲端口。",
            reload="restart",
            names=("SERVER_PORT",),
            ge=0,
            le=65535,
        ),
    ] = 8000
    workers: Annotated[
        int,
        schema.setting(
            "Worker processes. One serves thousands of streams; more use more processor cores.",
            "工作进程数。一个进程可承载数千条流；增加进程可利用更多处理器核心。",
            reload="restart",
            names=("SERVER_WORKERS",),
            ge=1,
            le=256,
        ),
    ] = 1
    max_body_mb: Annotated[
        int,
        schema.setting(
            "Largest request body in MiB; a larger one is answered with 413.",
            "请求体上限（MiB）；超过则返回 413。",
            reload="restart",
            ge=1,
            le=2048,
        ),
    ] = 64
    trusted_proxies: Annotated[
        tuple[str, ...],
        schema.setting(
            "Reverse proxies whose X-Forwarded-* headers are believed. Empty believes nobody.",
            "可信反向代理；只采信它们的 X-Forwarded-* 请求头。留空则都不采信。",
            reload="restart",
            check=checks.networks,
            allowed=("must be a list of IP addresses or networks", "IP 地址或网段的列表"),
        ),
    ] = ()
    hsts_days: Annotated[
        int,
        schema.setting(
            "Days for which a browser that came over https, as a trusted proxy says, uses https only "
            "(Strict-Transport-Security). It binds every port of the host name; 0 sends nothing, for where "
            "one of them speaks http.",
            "浏览器经 https（以可信代理所述为准）访问后，只使用 https 的天数（Strict-Transport-Security）。"
            "它对该主机名的所有端口生效；0 表示不发送，适用于其中有端口使用 http 的情况。",
            reload="restart",
            ge=0,
            le=730,
        ),
    ] = 0
    drain_seconds: Annotated[
        float,
        schema.setting(
            "Seconds that running requests get to finish when the server stops.",
            "停止服务时，留给进行中请求的秒数。",
            reload="restart",
            ge=0,
            le=3600,
        ),
    ] = 25.0
    stop_delay: Annotated[
        float,
        schema.setting(
            "Seconds after SIGTERM for which new requests are still taken while /ready says that the server "
            "stops. For proxies that ask for /ready, so that none meets a closed port; a second signal ends "
            "it. 0 stops at once.",
            "收到 SIGTERM 后，/ready 已显示正在停止，但仍接受新请求的秒数。供会询问 /ready 的代理使用，"
            "使请求不会遇到已关闭的端口；第二个信号立即结束。0 表示立即停止。",
            reload="restart",
            ge=0,
            le=300,
        ),
    ] = 0.0
    idle_timeout: Annotated[
        int,
        schema.setting(
            "Seconds for which a connection over which nothing runs is kept open. More than a proxy in front "
            "keeps one, or a request may be sent over a connection that ends just then.",
            "没有请求的连接保持打开的秒数。应大于前置代理保持空闲连接的时间，否则请求可能恰好发到正在关闭的连接上。",
            reload="restart",
            ge=1,
            le=3600,
        ),
    ] = 75
    header_timeout: Annotated[
        float,
        schema.setting(
            "Seconds within which a request's headers must have arrived.",
            "请求头必须在这么多秒内到齐。",
            reload="restart",
            ge=0.1,
            le=600,
        ),
    ] = 10.0
    body_timeout: Annotated[
        float,
        schema.setting(
            "Seconds that a request's body may stand still before the request is given up.",
            "请求体停止传输超过这么多秒即放弃该请求。",
            reload="restart",
            ge=0.1,
            le=3600,
        ),
    ] = 30.0


class Log(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What is written about the server's work."""

    level: Annotated[
        Literal["debug", "info", "warning", "error", "critical"],
        schema.setting(
            "Least severe level that is written.",
            "写入日志的最低级别。",
            reload="restart",
            names=("LOG_LEVEL",),
        ),
    ] = "info"
    format: Annotated[
        Literal["auto", "console", "json"],
        schema.setting(
            "Form of the log lines. auto writes for people on a terminal and JSON elsewhere.",
            "日志格式。auto 在终端上输出便于阅读的格式，其他情况输出 JSON。",
            reload="restart",
        ),
    ] = "auto"


class App(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Who may use the server, and how results look."""

    api_key: Annotated[
        tuple[str, ...],
        schema.setting(
            "Client keys made from the settings: one text or a list. Empty: the first start makes one key.",
            "由配置创建的客户端密钥：一个字符串或列表。留空时，首次启动会生成一个密钥。",
            reload="restart",
            secret=True,
            check=checks.client_keys,
            allowed=("must be a text or a list of texts", "字符串或字符串列表"),
            fix="use letters, digits and punctuation, e.g. the output of `openssl rand -hex 24`.",
        ),
    ] = ()
    app_key: Annotated[
        str,
        schema.setting(
            "Password of the console, and of nothing else. Empty: the first start makes one and prints it.",
            "控制台密码，别无他用。留空时，首次启动会生成并打印一个密码。",
            reload="restart",
            secret=True,
        ),
    ] = ""
    app_url: Annotated[
        str,
        schema.setting(
            "Address under which clients reach this server, for links to media. Empty: the request's host.",
            "客户端访问本服务的地址，用于媒体链接。留空则取请求的主机名。",
            check=checks.public_url,
            allowed=("must be empty or an http(s) URL", "留空，或 http(s) 地址"),
            fix="set it to the address that clients use, e.g. https://grok.example.com.",
        ),
    ] = ""
    image_format: Annotated[
        Literal["url", "link", "base64"],
        schema.setting(
            "How pictures made in a conversation are given: in Markdown with a link, as the bare link, or in "
            "Markdown with the data itself.",
            "对话中生成的图片如何返回：带链接的 Markdown、纯链接，或内含图片数据的 Markdown。",
        ),
    ] = "url"
    video_format: Annotated[
        Literal["html", "markdown", "url"],
        schema.setting(
            "How clips made in a conversation are given: an HTML player, a markdown link or the bare link.",
            "对话中生成的视频如何返回：HTML 播放器、Markdown 链接或纯链接。",
        ),
    ] = "html"
    auth: Annotated[
        Literal["keys", "none"],
        schema.setting(
            "keys asks every client for a key. none asks nobody and works on a loopback server.host only.",
            "keys 要求每个客户端提供密钥；none 不要求密钥，且仅当 server.host 为本机回环地址时可用。",
            reload="restart",
        ),
    ] = "keys"


class Cors(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which web pages may call the API from a browser."""

    allow_origins: Annotated[
        tuple[str, ...],
        schema.setting(
            "Origins whose pages may call /v1. Empty sends no CORS headers; * alone allows every page, "
            "without credentials and never on /admin.",
            "允许其网页调用 /v1 的来源。留空则不发送 CORS 响应头；单独的 * 允许任何网页，"
            "但不带凭据，且绝不用于 /admin。",
            check=checks.origins,
            allowed=("must be * alone or a list of origins", "单独的 *，或来源列表"),
            fix='list the pages\' origins, e.g. ["https://chat.example.com"].',
        ),
    ] = ()


class Stream(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How streamed answers are kept open."""

    open_after: Annotated[
        float,
        schema.setting(
            "Seconds without an answer after which a streamed reply is opened, so that the client sees life "
            "while retries go on.",
            "流式请求在这么多秒内还没有内容时先建立响应，让客户端知道仍在处理，重试在其后继续。",
            ge=0.1,
            le=600,
        ),
    ] = 8.0
    keepalive: Annotated[
        float,
        schema.setting(
            "Seconds of silence after which a comment is sent to keep the connection open.",
            "连接静默这么多秒后发送一条注释，以保持连接。",
            ge=0.1,
            le=600,
        ),
    ] = 15.0


class Websocket(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Responses over WebSocket: one connection, many turns."""

    enabled: Annotated[
        bool,
        schema.setting(
            "Serve GET /v1/responses as a WebSocket. false answers 426, after which Codex goes on over HTTP. "
            "Connections that are open stay open.",
            "将 GET /v1/responses 作为 WebSocket 提供。设为 false 时返回 426，Codex 随即改用 HTTP。"
            "已建立的连接不受影响。",
        ),
    ] = True
    max_connections: Annotated[
        int,
        schema.setting(
            "WebSocket connections that one worker holds at once; further ones are answered with 429.",
            "单个进程同时保持的 WebSocket 连接数；超出时返回 429。",
            ge=1,
            le=100_000,
        ),
    ] = 1000
    queue_length: Annotated[
        int,
        schema.setting(
            "Requests that may wait on one connection behind the running one; one more gets an error event.",
            "单个连接上可排在当前请求之后等待的请求数；超出的请求会收到错误事件。",
            ge=0,
            le=1000,
        ),
    ] = 16
    memory_mb: Annotated[
        int,
        schema.setting(
            "MiB of conversations with store: false that one connection remembers for previous_response_id; "
            "the oldest are forgotten first.",
            "单个连接为 previous_response_id 记住的 store: false 对话的大小上限（MiB）；最旧的先被遗忘。",
            ge=0,
            le=2048,
        ),
    ] = 64
    worker_memory_mb: Annotated[
        int,
        schema.setting(
            "MiB that all connections of one worker remember together; beyond it one forgets its own "
            "oldest conversations.",
            "单个工作进程的所有连接合计记住的大小上限（MiB）；超出时连接先忘记自己最旧的对话。",
            ge=0,
            le=65536,
        ),
    ] = 512
    max_seconds: Annotated[
        float,
        schema.setting(
            "Seconds after which a connection is ended with websocket_connection_limit_reached; a running "
            "request may finish.",
            "连接存在超过这么多秒后以 websocket_connection_limit_reached 结束；进行中的请求可以完成。",
            ge=0.1,
            le=86_400,
        ),
    ] = 3600.0
    idle_seconds: Annotated[
        float,
        schema.setting(
            "Seconds without a request after which a connection is closed.",
            "连接在这么多秒内没有请求则关闭。",
            ge=0.1,
            le=86_400,
        ),
    ] = 1800.0


class Metrics(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Who may read the metrics."""

    token: Annotated[
        str,
        schema.setting(
            "Token with which /metrics is read (Authorization: Bearer TOKEN); empty shows it to nobody.",
            "读取 /metrics 所用的令牌（Authorization: Bearer TOKEN）；留空则不向任何人提供。",
            secret=True,
            pattern=r"^(\S{16,})?$",
            allowed=(
                "must be empty or 16 or more characters without spaces",
                "留空，或不含空格的 16 个以上字符",
            ),
            fix="make one with `openssl rand -hex 16`.",
        ),
    ] = ""
