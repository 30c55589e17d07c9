"""Single sign-on over real sockets: who comes in, who does not, and no attack leaves a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import msgspec
import pytest

from grok2api.admin.cookies import SESSION
from grok2api.admin.oidc.transactions import page_of
from grok2api.config.sections.entering import Admin, Oidc
from grok2api.config.sections.serving import App
from grok2api.config.settings import Settings
from support.admin_server import PASSWORD, AdminServer, World
from support.identity_provider import CLIENT, CLIENT_SECRET, IdentityProvider, identity_provider, key_named

IN = "/admin/login?arrived=1&next="
ROLES = ("grok-admins=owner", "staff=viewer", "staff=operator")


@dataclass
class Visit:
    """A browser that keeps its cookies, and follows nothing by itself."""

    base: str
    http: aiohttp.ClientSession
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> aiohttp.ClientResponse:
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await self.http.get(
            self.base + path, headers={"cookie": told} if told else {}, allow_redirects=False
        )
        await answer.read()
        for line in answer.headers.getall("set-cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    async def begin(self, page: str = "/") -> str:
        answer = await self.get(f"/session/sso?{urlencode({'page': page})}")
        assert answer.status == 302
        return answer.headers["location"]

    async def finish(self, answer: dict[str, str]) -> str:
        """Come back, and return where the console leads."""
        returned = await self.get(f"/session/sso/callback?{urlencode(answer)}")
        assert returned.status == 302, await returned.text()
        return returned.headers["location"]

    async def who(self) -> Any:
        answer = await self.get("/session")
        return msgspec.json.decode(await answer.read()) if answer.status == 200 else None


@dataclass
class House:
    """A server, its provider, and visitors."""

    server: AdminServer
    provider: IdentityProvider
    http: aiohttp.ClientSession

    def visit(self) -> Visit:
        return Visit(self.server.base, self.http)

    async def through(self, page: str = "/", visit: Visit | None = None) -> str:
        """Go the whole way, and return where it ends."""
        visit = visit or self.visit()
        return await visit.finish(self.provider.approve(await visit.begin(page)))

    def settle(self, **oidc: Any) -> None:
        """Change the settings of single sign-on."""
        live = self.server.services.live
        settings = live.current
        changed = msgspec.structs.replace(settings.oidc, **oidc)
        live.replace(replace_settings(live, msgspec.structs.replace(settings, oidc=changed)))

    async def sessions(self) -> int:
        return len(await self.server.world.records.sessions.list())

    def refusals(self) -> list[str]:
        return [each.after for each in self.server.world.records.audit.entries if each.outcome == "failed"]


def replace_settings(live: Any, settings: Settings) -> Any:
    return replace(live.loaded, settings=settings)


@asynccontextmanager
async def a_house(**oidc: Any) -> AsyncIterator[House]:
    world = World()
    async with identity_provider(world.clock.now) as provider:
        values = {
            "enabled": True,
            "issuer": provider.url,
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            "roles": ROLES,
            **oidc,
        }
        world.settings = Settings(app=App(app_key=PASSWORD), oidc=Oidc(**values))
        async with (
            AdminServer.running(world) as server,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        ):
            yield House(server, provider, http)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as house:
        yield house


async def test_somebody_comes_in_with_the_role_of_his_group_and_where_he_wanted(house: House) -> None:
    visit = house.visit()
    assert await house.through("/keys?sort=name", visit) == IN + "%2Fkeys%3Fsort%3Dname"
    who = await visit.who()
    assert (who["name"], who["role"], who["single_sign_on"]) == ("Zoë", "owner", True)
    assert set(visit.cookies) == {SESSION.name}
    told = house.server.world.records.audit.entries[-1]
    assert (told.action, told.outcome, told.actor) == ("session.begin", "done", "Zoë")
    assert house.provider.url in told.after


async def test_the_role_is_looked_at_anew_and_sessions_end_with_it(house: House) -> None:
    first = house.visit()
    await house.through(visit=first)
    house.provider.claims["groups"] = ["staff", "others"]
    again = house.visit()
    await house.through(visit=again)
    assert (await again.who())["role"] == (await first.who())["role"] == "operator"
    assert len(await house.server.world.records.operators.list()) == 1
    house.provider.claims["groups"] = []
    assert await house.through() == "/admin/login?failed=no_role"
    assert await first.who() is None
    assert "'groups'" in house.refusals()[-1]


async def test_a_session_ends_where_the_settings_want_the_provider_asked_again(house: House) -> None:
    """A role that the provider takes away while somebody is in ends with his session."""
    visit, other = house.visit(), house.visit()
    await house.through(visit=visit)
    clock = house.server.world.clock
    clock.advance(11 * 3600)
    assert await visit.who() is not None
    clock.advance(11 * 3600)
    assert await visit.who() is not None
    clock.advance(3 * 3600)
    assert await visit.who() is None
    await house.through(visit=other)
    clock.advance(2 * 3600)
    house.settle(session_hours=1.0)
    assert await other.who() is None
    await house.through(visit=visit)
    begun = await visit.who()
    assert begun["expires_at"] == begun["idle_at"]


async def test_a_name_is_nobodys_identity(house: House) -> None:
    house.provider.claims |= {"sub": "1", "preferred_username": "admin"}
    await house.through()
    house.provider.claims |= {"sub": "2", "preferred_username": "Admin (2)"}
    await house.through()
    found = await house.server.world.records.operators.list()
    assert sorted(each.name for each in found) == ["Admin (2) (2)", "admin (2)"]


async def test_an_account_that_was_switched_off_stays_so_and_another_provider_is_somebody_else(
    house: House,
) -> None:
    visit = house.visit()
    await house.through(visit=visit)
    (known,) = await house.server.world.records.operators.list()
    await house.server.world.records.operators.put(replace(known, enabled=False))
    assert await visit.who() is None
    assert await house.through() == "/admin/login?failed=disabled"
    await house.server.world.records.operators.put(replace(known, enabled=True))
    assert await visit.who() is not None
    house.settle(issuer="https://id.example.com")
    assert await visit.who() is None
    house.settle(issuer=house.provider.url, enabled=False)
    assert await visit.who() is None
    assert (await house.visit().get("/session/sso")).headers["location"] == "/admin/login?failed=off"


async def test_groups_and_addresses_come_from_the_user_info_if_the_token_has_none(house: House) -> None:
    del house.provider.claims["groups"]
    house.provider.user_info = {
        "realm": {"roles": ["staff"]},
        "email": "Zoe@Example.com",
        "email_verified": True,
    }
    house.settle(groups_claim="realm.roles", email_domains=("example.com",))
    assert await house.through() == IN + "%2F"
    house.settle(groups_claim="email", roles=("ZOE@example.com=viewer",))
    assert await house.through() == IN + "%2F"
    house.provider.user_info["email_verified"] = False
    assert await house.through() == "/admin/login?failed=wrong_domain"
    house.settle(email_domains=())
    assert await house.through() == "/admin/login?failed=no_role"
    house.provider.user_info["sub"] = "somebody else"
    assert await house.through() == "/admin/login?failed=not_trusted"


NOT_TRUSTED: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "https://id.example.com"}},
    "another audience": {"claims": {"aud": "another"}},
    "several audiences and no azp": {"claims": {"aud": [CLIENT, "another"]}},
    "made for another client": {"claims": {"azp": "another"}},
    "expired": {"claims": {"exp": 1}},
    "no expiry": {"claims": {"exp": None}},
    "expiry as text": {"claims": {"exp": "9999999999"}},
    "from the future": {"claims": {"iat": 99999999999}},
    "not yet valid": {"claims": {"nbf": 99999999999}},
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "no subject": {"claims": {"sub": ""}},
    "another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "unsigned": {"signed": "none"},
    "signed with the public key": {"signed": "with the public key"},
    "changed after it was signed": {"signed": "changed"},
    "an unknown key": {"header": {"kid": "nobody's"}},
    "an extension": {"header": {"crit": ["b64"], "b64": True}},
    "a mix-up of providers": {"answer": {"iss": "https://id.example.com"}},
    "a provider that hides": {"answer": {"iss": None}},
}


async def test_what_does_not_stand_every_check_leaves_no_session_and_no_account(house: House) -> None:
    kept = {}
    for name, twist in NOT_TRUSTED.items():
        house.server.world.clock.advance(1000)
        house.provider.twists = twist
        kept[name] = await house.through()
    house.server.world.clock.advance(1000)
    house.provider.twists = {}
    house.provider.key = key_named("first", "RSA")
    house.provider.algorithm = "RS256"
    kept["another's key of the same name"] = await house.through()
    assert kept == dict.fromkeys(kept, "/admin/login?failed=not_trusted")
    assert await house.sessions() == 0
    assert not await house.server.world.records.operators.list()
    assert len({msgspec.json.decode(each)["reason"] for each in house.refusals()}) > len(kept) / 2
    assert len(house.refusals()) == len(kept)
    assert CLIENT_SECRET not in "".join(house.refusals())


async def test_the_usual_signatures_are_taken(house: House) -> None:
    for algorithm, kind in (("RS256", "RSA"), ("PS256", "RSA"), ("EdDSA", "OKP")):
        house.server.world.clock.advance(61)
        house.provider.key = key_named("other", kind)
        house.provider.published = [house.provider.key]
        house.provider.algorithm = algorithm
        house.provider.twists = {"claims": {"at_hash": None}} if kind == "OKP" else {}
        assert await house.through() == IN + "%2F"


async def test_a_sign_on_is_good_once_in_the_browser_that_began_it_and_for_ten_minutes(house: House) -> None:
    victim, other = house.visit(), house.visit()
    url = await victim.begin()
    await other.begin()
    answer = house.provider.approve(url)
    expired = "/admin/login?failed=expired"
    assert await house.visit().finish(answer) == expired
    assert await other.finish(answer) == expired
    cookies = dict(victim.cookies)
    assert await victim.finish(answer | {"state": "guessed"}) == expired
    victim.cookies = dict(cookies)
    assert await victim.finish(answer) == IN + "%2F"
    again = house.visit()
    again.cookies = dict(cookies)
    assert await again.finish(house.provider.approve(url)) == expired
    late = house.visit()
    url = await late.begin()
    house.server.world.clock.advance(601)
    assert await late.finish(house.provider.approve(url)) == expired
    forged = house.visit()
    forged.cookies = {name: value[:-2] + "AA" for name, value in cookies.items()}
    assert await forged.finish(answer) == expired
    assert await house.sessions() == 1


async def test_what_a_provider_answers_badly_is_told_apart(house: House) -> None:
    for twist, code in (
        ({"answer": {"error": "access_denied", "code": None}}, "cancelled"),
        ({"answer": {"error": "server_error", "code": None}}, "provider_error"),
        ({"answer": {"code": "guessed"}}, "provider_error"),
        ({"answer": {"code": None}}, "provider_error"),
        ({"token": {"id_token": None}}, "provider_error"),
        ({"huge": ["/token"]}, "unavailable"),
        ({"elsewhere": {"/token": "http://127.0.0.1:1/token"}}, "provider_error"),
    ):
        house.server.world.clock.advance(1000)
        house.provider.twists = twist
        assert await house.through() == f"/admin/login?failed={code}", twist
    assert "a secret might stand here" not in "".join(house.refusals())
    assert await house.sessions() == 0


async def test_a_provider_that_is_not_what_it_should_be_is_not_gone_to(house: House) -> None:
    for twist in (
        {"description": {"issuer": "https://id.example.com"}},
        {"description": {"token_endpoint": "http://169.254.169.254/token"}},
        {"description": {"token_endpoint": None}},
        {"description": {"jwks_uri": "file:///etc/passwd"}},
        {"huge": ["/.well-known/openid-configuration"]},
        {"elsewhere": {"/.well-known/openid-configuration": "http://127.0.0.1:1/"}},
    ):
        house.server.world.clock.advance(4000)
        house.provider.twists = twist
        answer = await house.visit().get("/session/sso")
        assert answer.headers["location"] == "/admin/login?failed=unavailable", twist
        assert "set-cookie" not in answer.headers


async def test_endpoints_on_other_origins_must_be_public(house: House) -> None:
    async with identity_provider() as inside:
        house.provider.twists = {"description": {"token_endpoint": f"{inside.url}/token"}}
        assert await house.through() == "/admin/login?failed=unavailable"
        house.server.world.clock.advance(4000)
        house.provider.twists = {"description": {"jwks_uri": f"{inside.url}/jwks"}}
        assert await house.through() == "/admin/login?failed=unavailable"
        assert not inside.asked


async def test_a_new_key_is_found_and_an_unknown_one_is_looked_for_once_a_minute(house: House) -> None:
    await house.through()
    asked = house.provider.asked
    house.provider.key = key_named("second")
    house.provider.published = [key_named("second")]
    assert await house.through() == "/admin/login?failed=not_trusted"
    assert asked.count("/jwks") == 1
    house.server.world.clock.advance(61)
    assert await house.through() == IN + "%2F"
    house.provider.key = key_named("third")
    for _ in range(3):
        assert await house.through() == "/admin/login?failed=not_trusted"
    assert asked.count("/jwks") == 2
    assert asked.count("/.well-known/openid-configuration") == 1


async def test_of_many_who_come_at_once_one_asks_what_the_provider_is_like(house: House) -> None:
    await asyncio.gather(*(house.visit().begin() for _ in range(20)))
    assert house.provider.asked == ["/.well-known/openid-configuration"]


async def test_who_fails_again_and_again_is_held_up(house: House) -> None:
    places = [await house.visit().finish({"state": "x", "code": "y"}) for _ in range(7)]
    assert places[0] == "/admin/login?failed=expired"
    assert places[-1] == "/admin/login?failed=held"
    house.settle(enabled=False)
    for _ in range(5):
        await house.visit().get("/session/sso")
    assert len(house.refusals()) == 5


async def test_the_way_back_is_the_public_address(house: House) -> None:
    live = house.server.services.live
    app = msgspec.structs.replace(live.current.app, app_url="https://grok.example.com")
    live.replace(replace_settings(live, msgspec.structs.replace(live.current, app=app)))
    asked = parse_qs(urlsplit(await house.visit().begin()).query)
    assert asked["redirect_uri"] == ["https://grok.example.com/admin/api/session/sso/callback"]


async def test_signing_out_goes_on_at_the_provider_if_that_is_wanted_and_known(house: House) -> None:
    async def led(**oidc: Any) -> str:
        house.settle(**oidc)
        answer = await house.visit().get("/session/sso/end")
        assert answer.status == 302
        return str(answer.headers["location"])

    ending = f"{house.provider.url}/logout?tenant=1"
    house.provider.twists["description"] = {"end_session_endpoint": ending}
    assert await led() == "/admin/login"
    there = await led(sign_out_at_provider=True)
    assert there.startswith(ending + "&")
    back = house.server.base.removesuffix("/api") + "/login"
    asked = parse_qs(urlsplit(there).query)
    assert (asked["client_id"], asked["post_logout_redirect_uri"]) == ([CLIENT], [back])
    house.provider.twists["description"] = {}
    assert await led(client_id="another") == "/admin/login"
    house.provider.twists["description"] = {"end_session_endpoint": "javascript:alert(1)"}
    assert await led(client_id="a third") == "/admin/login"
    assert await led(enabled=False, issuer=house.provider.url + "/") == "/admin/login"


async def test_passwords_can_be_turned_off_and_the_page_is_told(house: House) -> None:
    live = house.server.services.live
    off = msgspec.structs.replace(live.current, admin=Admin(password_login=False))
    live.replace(replace_settings(live, off))
    async with house.http.post(house.server.base + "/session", json={"password": PASSWORD}) as answer:
        assert answer.status == 403
        assert (await answer.json())["error"]["code"] == "password_login_off"
    told = msgspec.json.decode(await (await house.visit().get("/setup")).read())
    assert (told["password_login"], told["single_sign_on"], told["groups_claim"]) == (False, "SSO", "groups")


@pytest.mark.parametrize(
    "page",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil",
        "/../x",
        "/%2e%2e/x",
        "/a b",
        "/a\r\nb",
        "",
        "x",
        "/a#b",
    ],
)
def test_nothing_leads_out_of_the_console(page: str) -> None:
    assert page_of(page) == "/"
