"""The authenticator app: set up with a first code, asked at each sign-in, good once, and taken away."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from grok2api.admin.access import open_access
from grok2api.admin.one_time_codes import STEP, code_of, step_at
from grok2api.admin.password_entry import NotAdmitted, PasswordEntry, Shown
from grok2api.config.sections.entering import Admin
from support.admin_client import Browser, Got
from support.admin_server import PASSWORD, AdminServer
from unit.admin.test_single_sign_on import replace_settings

WRONG = "The name, the password or the code is not right."


class App:
    """An authenticator app."""

    def __init__(self, admin: AdminServer, secret: str) -> None:
        self.secret = secret
        self._clock = admin.world.clock

    def code(self) -> str:
        """Return the code of the next step, so that each is another one."""
        self._clock.advance(STEP)
        return code_of(self.secret, step_at(self._clock.now()))


async def set_up(admin: AdminServer, browser: Browser, password: str = PASSWORD) -> tuple[App, list[str]]:
    begun = await browser.post("/session/second-factor", {"password": password})
    assert begun.status == 200, begun.raw
    app = App(admin, begun.json["secret"])
    assert begun.json["secret"] in begun.json["address"]
    sent = {"enrolment": begun.json["enrolment"], "code": app.code()}
    kept = await browser.send("PUT", "/session/second-factor", sent)
    assert kept.status == 200, kept.raw
    return app, kept.json["recovery_codes"]


async def sign_in(browser: Browser, **sent: Any) -> Got:
    return await browser.post("/session", {"password": PASSWORD, **sent})


async def test_a_password_alone_opens_no_more_and_a_code_is_good_once(
    admin: AdminServer, operator: Browser, stranger: Browser
) -> None:
    app, recovery = await set_up(admin, operator)
    asked = await sign_in(stranger)
    assert (asked.status, asked.error["code"]) == (401, "second_factor_needed")
    code = app.code()
    assert (await sign_in(stranger, code=code)).status == 200
    again = await sign_in(stranger, code=code)
    assert (again.status, again.error["message"]) == (401, WRONG)
    shown = f"{recovery[0][:5]}-{recovery[0][5:].upper()}"
    answers = await asyncio.gather(*(sign_in(stranger, code=shown) for _ in range(3)))
    assert sorted(each.status for each in answers) == [200, 401, 401]
    told = (await operator.get("/session")).json["second_factor"]
    assert told == {"enrolled": True, "recovery_codes_left": 9, "required": False}


async def test_a_guesser_learns_neither_who_has_an_app_nor_that_a_password_is_right(
    admin: AdminServer, operator: Browser, stranger: Browser
) -> None:
    await operator.named("Zoë", "viewer")
    app, _ = await set_up(admin, operator)
    tries: list[dict[str, Any]] = [
        {},
        {"password": "wrong"},
        {"name": "Zoë", "password": "x"},
        {"name": "nobody"},
    ]
    without = [await sign_in(stranger, **each) for each in tries]
    assert len({each.raw.split(b"request_id")[0] for each in without}) == 1
    admin.world.clock.advance(3600)
    coded = [await sign_in(stranger, code="000000", **each) for each in tries]
    assert {(each.status, each.error["message"]) for each in coded} == {(401, WRONG)}
    assert len({each.raw for each in coded}) == 1
    assert app.code() != "000000"


async def test_codes_cannot_be_guessed_from_many_networks_but_a_recovery_code_opens(
    admin: AdminServer, operator: Browser
) -> None:
    app, recovery = await set_up(admin, operator)
    access = open_access(admin.services)
    entry = PasswordEntry(access.accounts, access.second_factors, access.throttle, access.live)

    async def opens(number: int, code: str) -> bool:
        shown = Shown(name="", password=PASSWORD, code=code, address=f"10.0.{number}.1")
        try:
            return (await entry.admit(shown)).role == "owner"
        except NotAdmitted:
            return False

    assert not any([await opens(number, "000000") for number in range(6)])
    now = code_of(app.secret, step_at(admin.world.clock.now()))
    assert not await opens(7, now)
    assert await opens(8, recovery[3])
    assert await opens(9, app.code())


async def test_it_takes_the_password_to_set_one_up_and_a_code_to_remove_it(
    admin: AdminServer, operator: Browser, stranger: Browser
) -> None:
    refused = await operator.post("/session/second-factor", {"password": "wrong"})
    assert (refused.status, refused.error["param"]) == (400, "password")
    begun = (await operator.post("/session/second-factor", {"password": PASSWORD})).json
    wrong = {"enrolment": begun["enrolment"], "code": "000000"}
    assert (await operator.send("PUT", "/session/second-factor", wrong)).error["param"] == "code"
    zoe = await operator.named("Zoë", "viewer")
    app = App(admin, begun["secret"])
    stolen = {"enrolment": begun["enrolment"], "code": app.code()}
    assert (await zoe.send("PUT", "/session/second-factor", stolen)).error["param"] == "enrolment"
    admin.world.clock.advance(601)
    late = {"enrolment": begun["enrolment"], "code": app.code()}
    assert (await operator.send("PUT", "/session/second-factor", late)).error["param"] == "enrolment"
    app, _ = await set_up(admin, operator)
    taken = await operator.post("/session/second-factor", {"password": PASSWORD})
    assert (taken.status, taken.error["code"]) == (400, "second_factor_taken")
    assert (await operator.post("/session/second-factor/removal", {"code": "000000"})).status == 400
    assert (await operator.post("/session/second-factor/removal", {"code": app.code()})).status == 204
    assert (await sign_in(stranger)).status == 200


async def test_the_owner_removes_the_app_of_a_colleague_and_the_audit_tells(
    admin: AdminServer, operator: Browser
) -> None:
    zoe = await operator.named("Zoë", "operator")
    await set_up(admin, zoe, "a password of twelve")
    (listed,) = (await operator.get("/operators")).json["data"]
    assert (listed["second_factor"], listed["issuer"]) == (True, None)
    path = f"/operators/{listed['id']}/second-factor"
    assert (await zoe.send("DELETE", path)).status == 403
    assert (await operator.send("DELETE", path)).status == 204
    assert (await operator.send("DELETE", path)).status == 404
    done = [each for each in admin.world.records.audit.entries if each.outcome == "done"]
    assert (done[-1].action, done[-1].target) == ("operators.second-factor.remove", listed["id"])
    kept = "".join(f"{each.before}{each.after}" for each in admin.world.records.audit.entries)
    assert "otpauth" not in kept


async def test_where_it_is_required_nothing_else_can_be_done_first(
    admin: AdminServer, operator: Browser
) -> None:
    program = await operator.program("viewer")
    live = admin.services.live
    settings = msgspec.structs.replace(live.current, admin=Admin(second_factor="required"))
    live.replace(replace_settings(live, settings))
    refused = await operator.get("/credentials")
    assert (refused.status, refused.error["code"]) == (403, "second_factor_required")
    assert (await program.get("/credentials")).status == 200
    assert (await operator.get("/session")).json["second_factor"]["required"]
    await set_up(admin, operator)
    assert (await operator.get("/credentials")).status == 200
