"""Settings of the side that xAI sees: addresses, time limits, retries, routing and sign-in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from grok2api.config import checks, schema

Status = Annotated[int, msgspec.Meta(ge=400, le=599)]


class Grok(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Calls to xAI."""

    base_url: Annotated[
        str,
        schema.setting(
            "Address of xAI's API, with /v1. Plain http is accepted on loopback hosts only.",
            "xAI API 的地址，含 /v1。仅本机回环地址可用 http。",
            reload="restart",
            check=checks.upstream_url,
            allowed=(
                "must be an https URL (http on loopback hosts only)",
                "https 地址（http 仅限本机回环地址）",
            ),
            fix="set it to https://api.x.ai/v1.",
        ),
    ] = "https://api.x.ai/v1"
    api_keys: Annotated[
        tuple[str, ...],
        schema.setting(
            "xAI API keys that are put into the pool at the start.",
            "启动时加入凭据池的 xAI API 密钥。",
            reload="restart",
            secret=True,
            names=("XAI_API_KEY",),
            check=checks.client_keys,
            allowed=("must be a list of keys", "密钥列表"),
            fix="write the keys separated by commas, without spaces inside a key.",
        ),
    ] = ()
    proxy_url: Annotated[
        str,
        schema.setting(
            "Proxy for calls to xAI; a credential's own goes first. socks5h:// leaves names to the proxy, "
            "socks5:// looks them up here. HTTPS_PROXY and HTTP_PROXY are not followed.",
            "访问 xAI 所用的代理；凭据自带的代理优先。socks5h:// 由代理解析域名，socks5:// 在本机解析。"
            "不读取 HTTPS_PROXY 与 HTTP_PROXY。",
            reload="restart",
            secret=True,
            check=checks.proxy_url,
            allowed=(
                "must be empty or an http://, https://, socks5:// or socks5h:// URL",
                "留空，或 http://、https://、socks5://、socks5h:// 地址",
            ),
            fix="write it as http://user:password@host:port.",
        ),
    ] = ""
    timeout: Annotated[
        float,
        schema.setting(
            "Seconds of silence from xAI after which a call is given up.",
            "xAI 静默超过这么多秒即放弃该次调用。",
            ge=1,
            le=86_400,
        ),
    ] = 600.0
    first_byte_timeout: Annotated[
        float,
        schema.setting(
            "Seconds that a streamed call may wait for the first sign of an answer before another credential "
            "tries; 0 = as long as the silence of grok.timeout.",
            "流式调用等待首个响应的秒数，超过后换用其他凭据；0 表示与 grok.timeout 相同。",
            ge=0,
            le=86_400,
        ),
    ] = 300.0
    deadline: Annotated[
        float,
        schema.setting(
            "Seconds that a whole request may take, retries included.",
            "整个请求（含重试）允许的秒数。",
            ge=1,
            le=86_400,
        ),
    ] = 3600.0
    connect_timeout: Annotated[
        float,
        schema.setting(
            "Seconds within which a connection to xAI must stand.",
            "与 xAI 建立连接的时限（秒）。",
            ge=0.1,
            le=300,
        ),
    ] = 5.0
    thinking: Annotated[
        Literal["reasoning_content", "think_tags", "off"],
        schema.setting(
            "How reasoning is shown on chat completions: in its own field, in <think> tags, or not at all. "
            "true means reasoning_content, false means off; a request's own `thinking` wins. On messages, "
            "off hides thinking blocks that were not asked for with `enabled`.",
            "在 chat completions 中如何显示推理：单独字段、<think> 标签或不显示。"
            "true 等于 reasoning_content，false 等于 off；请求自带的 thinking 优先。"
            "在 messages 上，off 会隐藏未以 enabled 要求的思考块。",
            switch=("reasoning_content", "off"),
        ),
    ] = "reasoning_content"
    max_retry: Annotated[
        int,
        schema.setting(
            "Retries after the first attempt; 3 means at most four attempts.",
            "首次尝试之后的重试次数；3 表示最多尝试四次。",
            ge=0,
            le=20,
        ),
    ] = 3
    retry_status_codes: Annotated[
        tuple[Status, ...],
        schema.setting(
            "Answers of xAI after which another attempt may be made.",
            "xAI 返回这些状态码时可以重试。",
        ),
    ] = (401, 403, 429, 500, 502, 503, 504, 529)
    retry_backoff_base: Annotated[
        float,
        schema.setting(
            "Seconds to wait before the first retry on the same upstream.",
            "第一次重试前等待的秒数。",
            ge=0,
            le=60,
        ),
    ] = 0.5
    retry_backoff_factor: Annotated[
        float,
        schema.setting(
            "Factor by which the wait grows with every retry.", "每次重试后等待时间的放大倍数。", ge=1, le=10
        ),
    ] = 2.0
    retry_backoff_max: Annotated[
        float,
        schema.setting(
            "Longest wait between two attempts, in seconds.", "两次尝试之间最长等待秒数。", ge=0, le=600
        ),
    ] = 30.0
    retry_budget: Annotated[
        float,
        schema.setting(
            "Share of extra calls that retries may add, pool-wide, over a window of 10 seconds: 0.2 is one "
            "retry per five requests. A small floor lets a quiet server retry too. 0 forbids retries.",
            "10 秒窗口内整个凭据池的重试最多可增加的调用比例：0.2 即每五个请求一次重试。"
            "另有少量保底，使低流量时也能重试。0 表示禁止重试。",
            ge=0,
            le=10,
            fix="set it to a share such as 0.2; it is not a number of seconds.",
        ),
    ] = 0.2
    retry_after_cap: Annotated[
        float,
        schema.setting(
            "Longest rest in seconds that a Retry-After of xAI may impose on a credential.",
            "xAI 的 Retry-After 最多让凭据休息的秒数。",
            ge=1,
            le=86_400,
        ),
    ] = 900.0


class Routing(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which of xAI's surfaces serve which requests."""

    chat_surface: Annotated[
        Literal["responses", "chat"],
        schema.setting(
            "Which of xAI's surfaces answers chat completions and messages.",
            "由 xAI 的哪个接口应答 chat completions 与 messages。",
        ),
    ] = "responses"
    claude_aliases: Annotated[
        bool,
        schema.setting(
            "Serve names of Claude (claude-*) with Grok, for Claude Code and other clients that know no "
            "other names.",
            "用 Grok 应答 Claude 的模型名（claude-*），供 Claude Code 等只认识这些名称的客户端使用。",
        ),
    ] = False


class Oauth(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Sign-in with SuperGrok and X Premium+ accounts."""

    enabled: Annotated[
        bool,
        schema.setting(
            "Allow sign-in with xAI accounts. Read the notice in the documentation before turning it on.",
            "允许使用 xAI 账号登录。开启前请阅读文档中的声明。",
            reload="restart",
        ),
    ] = False
    issuer: Annotated[
        str,
        schema.setting(
            "Address of the sign-in service. Plain http is accepted on loopback hosts only.",
            "登录服务的地址。仅本机回环地址可用 http。",
            reload="restart",
            check=checks.upstream_url,
            allowed=(
                "must be an https URL (http on loopback hosts only)",
                "https 地址（http 仅限本机回环地址）",
            ),
            fix="set it to https://auth.x.ai.",
        ),
    ] = "https://auth.x.ai"
    client_id: Annotated[
        str,
        schema.setting(
            "Client id that is shown to the sign-in service.",
            "向登录服务出示的客户端 id。",
            reload="restart",
            pattern=r"^\S+$",
            allowed=("must be a client id without spaces", "不含空格的客户端 id"),
        ),
    ] = "b1a00492-073a-47ea-816f-4c329264a828"
    scopes: Annotated[
        tuple[str, ...],
        schema.setting("Rights asked for at sign-in.", "登录时请求的权限。", reload="restart"),
    ] = ("openid", "profile", "email", "offline_access", "grok-cli:access", "api:access")
