"""Settings of alerts: what an operator is told at once, and where."""

from __future__ import annotations

from typing import Annotated, Literal

from grok2api.config import checks, schema


class Alerts(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Messages to a webhook when something needs an operator."""

    webhook_url: Annotated[
        str,
        schema.setting(
            "Address to which alerts are posted; empty sends none.",
            "告警发送到的地址；留空则不发送。",
            secret=True,
            check=checks.webhook_url,
            allowed=("must be empty or an https or http URL", "留空，或 https、http 地址"),
            fix="write the whole address that the receiver gave you, such as https://hooks.example.com/....",
        ),
    ] = ""
    format: Annotated[
        Literal["json", "slack", "discord", "feishu", "dingtalk", "wecom"],
        schema.setting(
            "What the receiver takes: json is our own form, the others are chats.",
            "接收方的格式：json 为本网关自己的格式，其余为聊天工具。",
        ),
    ] = "json"
    secret: Annotated[
        str,
        schema.setting(
            "Signs what is posted: the header x-grok2api-signature of json, the signatures of feishu and "
            "dingtalk. Empty does not sign.",
            "用于签名：json 的 x-grok2api-signature 头，以及飞书与钉钉的签名。留空则不签名。",
            secret=True,
        ),
    ] = ""
    language: Annotated[
        Literal["en", "zh"],
        schema.setting("Language of alerts.", "告警的语言。"),
    ] = "en"
    remind_hours: Annotated[
        float,
        schema.setting(
            "Hours after which what still stands is told again; 0 tells each thing once.",
            "多少小时后再次提醒仍未解决的问题；0 表示只通知一次。",
            ge=0,
            le=720,
        ),
    ] = 24.0
    mute: Annotated[
        tuple[
            Literal[
                "pool.last_usable",
                "pool.none_usable",
                "credential.unreadable",
                "sign_in.expired",
                "budget.spent",
                "store.degraded",
                "price.drift",
            ],
            ...,
        ],
        schema.setting(
            "Kinds of alerts that are not sent.",
            "不发送的告警种类。",
            allowed=("must be a list of kinds of alerts", "告警种类的列表"),
            fix="write kinds such as price.drift; docs/alerts lists them.",
        ),
    ] = ()
    allow_private: Annotated[
        bool,
        schema.setting(
            "Whether alerts.webhook_url may lie on this machine or a private network, and on any port.",
            "alerts.webhook_url 是否可以位于本机或内网，并使用任意端口。",
        ),
    ] = False
