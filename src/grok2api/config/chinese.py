"""What a setting takes, and what to do about a wrong value, in Chinese: made from what the checks raise.

A rule is written once, where it is checked; here stand its other words, by pattern. `tests/unit/config` holds
that nothing which a setting or a check can say is missing. Must never hold a value of a setting.
"""

from __future__ import annotations

import re
from typing import Final

from grok2api.config.fields import Kind, SettingField, setting_fields

_KINDS: Final[dict[Kind, str]] = {
    "boolean": "true 或 false",
    "integer": "整数",
    "number": "数字",
    "text": "字符串",
    "choice": "",
    "texts": "字符串列表",
    "integers": "整数列表",
}
_RULES: Final = (
    (r"(.+), as JSON or separated by commas", r"{0}，以 JSON 或逗号分隔书写"),
    (r"must be a URL without spaces", "必须是不含空格的地址"),
    (r"must be a URL with a valid host and port", "必须是主机与端口均有效的地址"),
    (r"must be a URL that begins with (.+) and names a host", "必须是以 {0} 开头并带主机名的地址"),
    (r"must be a URL without user name or password", "地址中不能含用户名或密码"),
    (r"must be a URL without query or fragment", "地址中不能含查询参数或片段"),
    (r"must be a list of name=value without spaces", "必须是不含空格的 name=value 列表"),
    (
        r"must begin with https://; http:// is accepted on loopback hosts only (.+)",
        "必须以 https:// 开头；http:// 仅限本机回环地址 {0}",
    ),
    (
        r"must be a URL that begins with s3://, gs:// or az:// and names a bucket",
        "必须是以 s3://、gs:// 或 az:// 开头并带存储桶名的地址",
    ),
    (r"must name a folder after file://", "file:// 之后必须是目录"),
    (r"must be a URL that begins with (.+)", "必须是以 {0} 开头的地址"),
    (r"must name a file after sqlite:///", "sqlite:/// 之后必须是文件名"),
    (r"must be \* alone, or a list of origins without \*", "必须是单独的 *，或不含 * 的来源列表"),
    (r"must be a list of origins such as (\S+), without a path", "必须是来源列表，例如 {0}，不含路径"),
    (r"must be a list of IP addresses or networks such as (\S+)", "必须是 IP 地址或网段的列表，例如 {0}"),
    (
        r"must be a list of hosts, addresses and networks; one entry .+",
        "必须是主机名、地址与网段的列表；其中一项写法有误",
    ),
    (r"must be made of visible ASCII characters without spaces", "只能包含可见的 ASCII 字符，不含空格"),
    (r"must have (\d+) or more characters", "至少需要 {0} 个字符"),
    (r"must name each model once", "每个模型只能写一次"),
    (r"must be 0, or at least (\d+) days", "必须为 0，或至少 {0} 天"),
    (
        r"must name a model and three prices in USD per million tokens.*",
        "每行须为一个模型名和三个价格（美元/百万令牌）：输入、缓存、输出",
    ),
    (
        r"must give prices as numbers from 0 to (\d+), in USD per million tokens",
        "价格必须是 0 到 {0} 的数字（美元/百万令牌）",
    ),
    (r"must be 0, or at least (\d+) days", "必须为 0，或不少于 {0} 天"),
    (r"must name each thing once", "每个计价项只能写一次"),
    (
        r"must name a thing and its price in USD, such as (.+) or (.+)",
        "每行须为一个计价项及其美元价格，例如 {0} 或 {1}",
    ),
    (r"must give prices as numbers from 0 to (\d+), in USD", "价格必须是 0 到 {0} 的数字（美元）"),
    (
        r"must give prices with at most ten decimal places, four for a million characters",
        "价格最多保留十位小数；每百万字符的价格最多四位",
    ),
    (r"must give prices with at most four decimal places", "价格最多保留四位小数"),
    (r"must be a value, and not the mask that stands for one", "必须是真实的值，而不是遮盖用的星号"),
    (r"must be set when storage\.type is (\S+)", "storage.type 为 {0} 时必须设置"),
    (
        r"must fit storage\.url, which begins with (\S+) and means (\S+)",
        "必须与 storage.url 一致：它以 {0} 开头，表示 {1}",
    ),
    (
        r"must be keys while server\.host is (\S+), which others can reach",
        "server.host 为 {0}、可被他人访问时，必须是 keys",
    ),
    (r"must be a list of domains such as (\S+)", "必须是域名列表，例如 {0}"),
    (
        r"must be a list of scopes, without spaces, quotes or backslashes in them",
        "必须是 scope 列表，每个 scope 不含空格、引号和反斜杠",
    ),
    (
        r"must be a list of value=role, the role being owner, operator or viewer",
        "必须是“值=角色”的列表，角色为 owner、operator 或 viewer",
    ),
    (r"must be true unless single sign-on lets somebody in", "除非单点登录能让人进入，否则必须为 true"),
    (r"must be set while oidc\.enabled is true", "oidc.enabled 为 true 时必须设置"),
    (r"must differ from every client key in app\.api_key", "不能与 app.api_key 中的任何客户端密钥相同"),
)
_FIXES: Final = (
    (r"set it to true or false\.", "请设为 true 或 false。"),
    (r"set it to a number, e\.g\. (.+)\.", "请设为数字，例如 {0}。"),
    (r"set it to a text, or leave it out\.", "请设为字符串，或不设置。"),
    (r"set it to a text, e\.g\. (.+)\.", "请设为字符串，例如 {0}。"),
    (r"write a list of numbers, e\.g\. (.+)\.", "请写成数字列表，例如 {0}。"),
    (r"write a list of texts, or leave it out\.", "请写成字符串列表，或不设置。"),
    (r"set it to the address that clients use, e\.g\. (.+)\.", "请设为客户端使用的地址，例如 {0}。"),
    (
        r"set it to a share such as 0\.2; it is not a number of seconds\.",
        "请设为比例，例如 0.2；它不是秒数。",
    ),
    (r"set it to (.+) or (\S+)\.", "请设为 {0} 或 {1}。"),
    (r"set it to (\S+)\.", "请设为 {0}。"),
    (r"write it as (\S+) or (\S+), separated by commas\.", "请写成 {0} 或 {1}，用逗号分隔。"),
    (r"write it as (\S+) or leave it out\.", "请写成 {0}，或不设置。"),
    (r"write it as (\S+), or leave it out\.", "请写成 {0}，或不设置。"),
    (r"write it as (\S+) \(or (.+)\)\.", "请写成 {0}（或 {1}）。"),
    (r"write it as (\S+)\.", "请写成 {0}。"),
    (
        r"write hosts as (\S+) or (\S+), networks as (\S+), without http://\.",
        "主机写作 {0} 或 {1}，网段写作 {2}，不带 http://。",
    ),
    (
        r"use letters, digits and punctuation, e\.g\. the output of (`.+`)\.",
        "请使用字母、数字和标点，例如 {0} 的输出。",
    ),
    (r"list the pages' origins, e\.g\. (.+)\.", "请列出网页的来源，例如 {0}。"),
    (r"make one with (`.+`)\.", "可用 {0} 生成。"),
    (
        r"write the keys separated by commas, without spaces inside a key\.",
        "密钥之间用逗号分隔，密钥中不含空格。",
    ),
    (r"write each as '(.+)', in USD\.", "每项写作“{0}”，单位为美元。"),
    (r"write each as '(.+)', in USD per million tokens\.", "每项写作“{0}”，单位为美元/百万令牌。"),
    (
        r"write the whole address; hosts that are not public have to stand in fetch\.allow_hosts\.",
        r"请填写完整地址；非公网主机须列入 fetch.allow_hosts。",
    ),
    (
        r"write the whole address that the receiver gave you, such as (\S+)\.",
        "请填写接收方给出的完整地址，例如 {0}。",
    ),
    (
        r"write kinds such as (\S+); docs/alerts lists them\.",
        "请填写告警种类，例如 {0}；完整列表见 docs/alerts.zh-CN.md。",
    ),
    (r"remove the part before the @\.", "请去掉 @ 之前的部分。"),
    (r"remove everything from the \? or # on\.", "请去掉 ? 或 # 及其后的内容。"),
    (r"give 0 to keep it for ever, or at least (\d+)\.", "请填 0 以永久保留，或填不小于 {0} 的数字。"),
    (r"leave it out to keep it\.", "若要保持不变，请不要填写。"),
    (r"set DATABASE_URL=(\S+)\.", "请设置 DATABASE_URL={0}。"),
    (
        r"set SERVER_STORAGE_TYPE to (\S+), leave it out, or change DATABASE_URL\.",
        "请把 SERVER_STORAGE_TYPE 设为 {0}、不设置，或修改 DATABASE_URL。",
    ),
    (
        r"set app\.auth to keys, or server\.host to 127\.0\.0\.1\.",
        "请把 app.auth 设为 keys，或把 server.host 设为 127.0.0.1。",
    ),
    (
        r"copy the value of `issuer` from the provider's /\.well-known/openid-configuration\.",
        "请照抄身份提供方 /.well-known/openid-configuration 中 `issuer` 的值。",
    ),
    (r"write for instance (.+)\.", "例如写成 {0}。"),
    (
        r"set up oidc\.enabled and oidc\.roles first, or set admin\.password_login to true\.",
        "请先设置 oidc.enabled 与 oidc.roles，或把 admin.password_login 设为 true。",
    ),
    (
        r"copy it from the identity provider, or set oidc\.enabled to false\.",
        "请从身份提供方处复制，或把 oidc.enabled 设为 false。",
    ),
    (r"choose another password for the console\.", "请为控制台另选密码。"),
)


def rule_of(field: SettingField) -> str:
    """Return what a setting takes, as a whole sentence without its end."""
    if field.traits.allowed:
        return f"取值：{field.traits.allowed[1]}"
    if field.kind == "choice":
        return f"取值：{'、'.join(field.choices)}"
    span = "" if field.low is None or field.high is None else f"，{field.low:g} 至 {_plain(field.high)}"
    return f"取值：{_KINDS[field.kind]}{span}"


def translated(english: str) -> str:
    """Return a rule ("must be ...") or an advice of a check in Chinese; empty if it has no words here."""
    for pattern, chinese in (*_RULES, *_FIXES):
        if found := re.fullmatch(pattern, english):
            return chinese.format(*found.groups())
    return ""


def refusal(field: SettingField, must: str, fix: str) -> str:
    """Return why a value of a setting is refused and what to do, in Chinese, without the value."""
    said = rule_of(field) if must == field.must else translated(must) or rule_of(field)
    advice = translated(fix or field.fix)
    return f"{field.path} 的值不符合要求。{said}。{advice}"


def retold(english: str) -> str:
    """Return a start's refusal of the settings in Chinese: setting, rule and advice; never the value."""
    found = re.search(
        r"(?:^| )(?P<path>[a-z_]+\.[a-z_0-9]+) .*?: (?P<must>must .+?)\. Fix: (?P<fix>.+)$", english
    )
    field = next((each for each in setting_fields() if found and each.path == found["path"]), None)
    return "" if found is None or field is None else refusal(field, found["must"], found["fix"])


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"
