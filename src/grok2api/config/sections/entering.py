"""Settings of the way into the console: passwords, codes, and an identity provider."""

from __future__ import annotations

from typing import Annotated, Literal

from grok2api.config import checks, schema


class Admin(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How operators sign in to the console."""

    password_login: Annotated[
        bool,
        schema.setting(
            "Let people sign in with a password. false leaves single sign-on alone; "
            "`grok2api admin reset-password` always leads back in.",
            "允许使用密码登录。设为 false 后只能通过单点登录；"
            "`grok2api admin reset-password` 始终可以恢复密码登录。",
        ),
    ] = True
    second_factor: Annotated[
        Literal["optional", "required"],
        schema.setting(
            "Whether everybody who signs in with a password needs an authenticator app as well. required "
            "lets whoever has none do nothing but set one up.",
            "使用密码登录者是否必须同时使用验证器应用。required 表示尚未设置者登录后只能先完成设置。",
        ),
    ] = "optional"


class Oidc(schema.Section, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Single sign-on to the console through an identity provider (OpenID Connect)."""

    enabled: Annotated[
        bool,
        schema.setting(
            "Offer single sign-on on the console's sign-in page. docs/sign-in says how to set it up.",
            "在控制台登录页提供单点登录。设置方法见 docs/sign-in。",
        ),
    ] = False
    issuer: Annotated[
        str,
        schema.setting(
            "Address of the identity provider, letter by letter as it calls itself. http works on this "
            "machine only.",
            "身份提供商的地址，须与其自称的 issuer 逐字一致。http 仅限本机。",
            check=checks.issuer_url,
            allowed=("must be empty or an https URL", "留空，或 https 地址"),
            fix="copy the value of `issuer` from the provider's /.well-known/openid-configuration.",
        ),
    ] = ""
    client_id: Annotated[
        str,
        schema.setting("What this console is called at the provider.", "本控制台在身份提供商处的客户端 ID。"),
    ] = ""
    client_secret: Annotated[
        str,
        schema.setting(
            "Proves to the provider that it is this console; empty for a public client.",
            "向身份提供商证明本控制台身份的密钥；公共客户端留空。",
            secret=True,
        ),
    ] = ""
    scopes: Annotated[
        tuple[str, ...],
        schema.setting(
            "What is asked of the provider; openid is always among them. Some need `groups` to tell groups.",
            "向身份提供商请求的范围；始终包含 openid。部分提供商需要 `groups` 才会给出用户组。",
            check=checks.scopes,
            allowed=("must be a list of scopes", "范围的列表"),
        ),
    ] = ("openid", "profile", "email")
    name: Annotated[
        str,
        schema.setting(
            "What the button on the sign-in page calls the provider.",
            "登录页按钮上显示的身份提供商名称。",
            pattern=r"^[^\x00-\x1f]{1,40}$",
            allowed=("must have 1 to 40 characters", "1 到 40 个字符"),
        ),
    ] = "SSO"
    groups_claim: Annotated[
        str,
        schema.setting(
            "The claim whose values oidc.roles looks at; dots lead into objects, as in realm_access.roles. "
            "With email it counts only if the provider has verified the address.",
            "oidc.roles 所依据的声明；用点号进入对象，例如 realm_access.roles。"
            "使用 email 时，仅当提供商已验证该邮箱才算数。",
            pattern=r"^[^\s\x00-\x1f]{1,200}$",
            allowed=("must be the name of a claim", "声明的名称"),
        ),
    ] = "groups"
    roles: Annotated[
        tuple[str, ...],
        schema.setting(
            "Who gets which role: value=role, the role being owner, operator or viewer; the highest counts. "
            "Whoever no entry fits does not get in.",
            "谁得到什么角色：值=角色，角色为 owner、operator 或 viewer；取最高者。"
            "没有任何条目匹配的人无法登录。",
            check=checks.role_rules,
            allowed=("must be a list of value=role", "“值=角色”的列表"),
            fix='write for instance ["grok-admins=owner", "grok-users=viewer"].',
        ),
    ] = ()
    email_domains: Annotated[
        tuple[str, ...],
        schema.setting(
            "Domains of the e-mail addresses that are let in, verified ones only. Empty asks for no address.",
            "允许登录的邮箱域名，且邮箱须经验证。留空则不检查邮箱。",
            check=checks.mail_domains,
            allowed=("must be a list of domains", "域名的列表"),
            fix='write for instance ["example.com"].',
        ),
    ] = ()
    session_hours: Annotated[
        float,
        schema.setting(
            "Hours after which whoever came by single sign-on has to come by it again, so that a role which "
            "the provider has taken away ends here as well.",
            "经单点登录进入的会话最多持续的小时数，之后须重新登录，这样在身份提供商处被收回的角色在此也随之失效。",
            ge=0.1,
            le=168,
        ),
    ] = 24.0
    sign_out_at_provider: Annotated[
        bool,
        schema.setting(
            "Lead whoever signs out of the console on to the provider's own sign-out. Register "
            "APP_URL/admin/login there as the address to come back to.",
            "从控制台退出后，继续前往身份提供商退出登录。"
            "请在提供商处将 APP_URL/admin/login 登记为退出后的返回地址。",
        ),
    ] = False
