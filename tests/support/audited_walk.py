"""Somebody who does each thing once that the audit tells of, on a gateway that runs, and notes every secret.

What he does is what people do: it succeeds. Whoever adds a rule with an action adds how it is done.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from grok2api.admin.one_time_codes import code_of, step_at
from grok2api.admin.roles import Rule, find_rule
from support.observing import Caller, eventually
from support.operator import PASSWORD
from support.processes import Gateway, Sandbox

ADA = "a-canary-password-of-ada"
RENEWED = "another-canary-password-of-ada"
KEY = "xai-canary-of-a-key-123456"
PROXY = "canary-of-a-proxy-login"
PASSPHRASE = "canary of a passphrase"
WEBHOOK = "https://hooks.example.com/canary-of-a-webhook"
PRICE = {"input_usd_per_million": "1", "cached_usd_per_million": "0.5", "output_usd_per_million": "2"}


@dataclass
class Person:
    """A session of the admin API; what it did is noted with the id of its request."""

    gateway: Gateway
    done: dict[Rule, str]
    secrets: set[str]
    token: str = ""

    def sign_in(self, **fields: str) -> Person:
        self.secrets |= {fields["password"]}
        self.token = self.send("POST", "/session", fields)["token"]
        self.secrets.add(self.token)
        return self

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Send a request, which must be done; return what the answer holds."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        kind = "text/plain" if isinstance(body, bytes) else "application/json"
        asked = urllib.request.Request(  # noqa: S310  our own server
            f"{self.gateway.url}/admin/api{path}",
            data=raw,
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": kind},
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
                content, headers = answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{method} {path}: {error.read().decode()}") from None
        found = find_rule(method, urlsplit(path).path)
        assert found is not None, path
        if found[0].action:
            self.done.setdefault(found[0], headers["x-request-id"])
        return json.loads(content) if headers.get_content_type() == "application/json" else content


@dataclass
class Walk:
    """All deeds, one after the other."""

    gateway: Gateway
    sandbox: Sandbox
    done: dict[Rule, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=lambda: {KEY, PROXY, PASSPHRASE, WEBHOOK})
    owner: Person = field(init=False)

    def __post_init__(self) -> None:
        self.owner = self._person().sign_in(password=PASSWORD)

    def _person(self) -> Person:
        return Person(self.gateway, self.done, self.secrets)

    def all(self) -> None:
        """Do everything once."""
        self.credentials()
        self.sign_ins()
        self.keys_and_contents()
        self.models_and_prices()
        self.media()
        self.settings()
        self.running_requests()
        self.system()
        self.people()

    def credentials(self) -> None:
        send = self.owner.send
        made = send(
            "POST", "/credentials", {"key": KEY, "name": "one", "proxy": f"http://u:{PROXY}@127.0.0.1:9"}
        )
        at = f"/credentials/{made['id']}"
        send("PATCH", at, {"note": "for the agents"})
        send("POST", f"{at}/disable")
        send("POST", f"{at}/enable")
        send("POST", "/credentials/bulk", {"action": "disable", "ids": [made["id"]]})
        send("POST", "/credentials/import", f"{KEY}-2\n".encode())
        send("POST", "/credentials/export", {
            "passphrase": PASSPHRASE, "password": PASSWORD, "ids": [made["id"]],
        })  # fmt: skip
        send("DELETE", at)
        served = next(each for each in send("GET", "/credentials")["data"] if each["name"] != "")
        send("POST", f"/credentials/{served['id']}/test")
        send("POST", f"/credentials/{served['id']}/refresh")
        self._cool()

    def _cool(self) -> None:
        """Have a credential rest, and end its rest."""
        self.sandbox.scenario("status", status=401, match={"path": "/responses"})
        ask = {"model": "grok-3", "messages": [{"role": "user", "content": "Hello"}]}

        def resting() -> str:
            self.gateway.post("/chat/completions", ask)
            rows = self.owner.send("GET", "/credentials")["data"]
            return next((each["id"] for each in rows if each["status"] == "cooling"), "")

        resting_one = eventually(resting, "a credential that cools")
        self.sandbox.clear()
        self.owner.send("POST", f"/credentials/{resting_one}/clear-cooldown")
        self.owner.send("POST", "/credentials/bulk", {
            "action": "clear-cooldown", "filter": {"everything": True},
        })  # fmt: skip

    def sign_ins(self) -> None:
        send = self.owner.send
        given_up = send("POST", "/credentials/sign-ins", {"flow": "redirect"})
        send("DELETE", f"/credentials/sign-ins/{given_up['id']}")
        begun = send("POST", "/credentials/sign-ins", {"flow": "redirect"})
        address = self._approved(begun["url"])
        self.secrets |= {dict(parse_qsl(urlsplit(address).query))["code"]}
        send("POST", f"/credentials/sign-ins/{begun['id']}/redirect", {"url": address})
        waiting = send("POST", "/credentials/sign-ins", {"flow": "device"})
        self.secrets.add(waiting["user_code"])
        send("DELETE", f"/jobs/{waiting['id']}")

    def _approved(self, url: str) -> str:
        """Return where a browser ends up that has signed in."""
        where = urlsplit(url)
        fields = dict(parse_qsl(where.query)) | {"decision": "approve", "account": "zoe"}
        connection = http.client.HTTPConnection(where.netloc, timeout=30)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", where.path, urlencode(fields), headers)
        address = connection.getresponse().headers["location"]
        connection.close()
        return str(address)

    def keys_and_contents(self) -> None:
        send = self.owner.send
        made = send("POST", "/keys", {"name": "app", "record_content": True, "content_hours": 2})
        at = f"/keys/{made['id']}"
        ids = [self._asked(made["key"], word) for word in ("canary one", "canary two")]
        send("GET", f"/requests/{ids[0]}/content")
        send("DELETE", f"/requests/{ids[0]}/content")
        send("DELETE", f"{at}/contents")
        send("PATCH", at, {"rpm": 5})
        send("POST", f"{at}/disable")
        send("POST", f"{at}/enable")
        renewed = send("POST", f"{at}/rotate")
        self.secrets |= {made["key"], renewed["key"], "canary one", "canary two"}
        send("DELETE", at)

    def _asked(self, key: str, text: str) -> str:
        body = {"model": "grok-3", "messages": [{"role": "user", "content": f"say exactly: {text}"}]}

        def served() -> str:
            status, headers, _ = self.gateway.post("/chat/completions", body, Authorization=f"Bearer {key}")
            return headers["x-request-id"] if status == 200 else ""

        request_id: str = eventually(served, "the new key")
        return request_id

    def models_and_prices(self) -> None:
        send = self.owner.send
        for path, body in (("/models/team%2Fbest", {"target": "grok-4"}), ("/prices/grok-4.6", PRICE)):
            send("PUT", path, body)
            send("DELETE", path)
        thing = quote(send("GET", "/prices")["media"][0]["thing"], safe="")
        send("PUT", f"/media-prices/{thing}", {"usd": "1.25"})
        send("DELETE", f"/media-prices/{thing}")

    def media(self) -> None:
        asked = {"prompt": "a red kite", "response_format": "url"}
        status, _, body = self.gateway.post("/images/generations", asked)
        assert status == 200, body
        kept = eventually(lambda: self.owner.send("GET", "/media")["data"], "a picture")[0]
        shared = self.owner.send("POST", f"/media/{kept['id']}/link", {"seconds": 60})
        self.secrets |= {dict(parse_qsl(urlsplit(shared["link"]).query))["signature"]}
        self.owner.send("DELETE", f"/media/{kept['id']}")

    def settings(self) -> None:
        send = self.owner.send
        first = send("GET", "/settings")["revision"]
        send("PATCH", "/settings", {"set": {"grok.max_retry": 2, "alerts.webhook_url": WEBHOOK}})
        send("PATCH", "/settings", {"set": {"alerts.webhook_url": ""}})
        versions = send("GET", "/settings/history")["data"]
        assert versions[0]["number"] > first
        send("POST", "/settings/rollback", {"to": versions[1]["number"]})
        send("PATCH", "/settings", {"set": {"alerts.webhook_url": ""}})
        send("POST", "/alerts/test")
        way = send("GET", "/network")["data"][0]["id"]
        send("POST", f"/network/{way}/test")

    def running_requests(self) -> None:
        self.sandbox.scenario("trickle", delay=0.05)
        body = {"model": "grok-3", "stream": True, "messages": [{"role": "user", "content": "count to 900"}]}
        with Caller(self.gateway, "/chat/completions", body) as caller:
            caller.read_until(b"delta")
            (row,) = eventually(lambda: self.owner.send("GET", "/requests/live")["data"], "what runs")
            self.owner.send("POST", f"/requests/live/{quote(row['id'], safe='')}/cancel")
            caller.answer.read()
        self.sandbox.clear()

    def system(self) -> None:
        send = self.owner.send
        send("POST", "/backups")
        (copy,) = eventually(lambda: send("GET", "/backups")["data"], "a copy of the store")
        send("POST", f"/backups/{copy['name']}/download")
        send("DELETE", f"/backups/{copy['name']}")

    def people(self) -> None:
        send = self.owner.send
        made = send("POST", "/operators", {"name": "ada", "role": "operator", "password": ADA})
        at = f"/operators/{made['id']}"
        ada = self._person().sign_in(name="ada", password=ADA)
        recovery = self._second_factor(ada, ADA)
        ada.send("POST", "/session/second-factor/removal", {"code": recovery[0]})
        self._second_factor(ada, ADA)
        send("DELETE", f"{at}/second-factor")
        told = ada.send("PUT", "/session/password", {"current": ADA, "new": RENEWED})
        ada.token = told["token"]
        self.secrets |= {RENEWED, told["token"]}
        ada.send("DELETE", "/session")
        ada.sign_in(name="ada", password=RENEWED)
        session = next(
            each for each in send("GET", "/sessions?everyone=true")["data"] if each["name"] == "ada"
        )
        send("DELETE", f"/sessions/{session['id']}")
        send("DELETE", "/sessions?keep_own=true")
        send("PATCH", at, {"role": "viewer", "password": ADA})
        send("DELETE", at)
        token = send("POST", "/tokens", {"name": "nightly", "role": "viewer"})
        self.secrets.add(token["token"])
        send("DELETE", f"/tokens/{token['id']}")

    def _second_factor(self, person: Person, password: str) -> list[str]:
        """Set up an authenticator app; return the recovery codes."""
        begun = person.send("POST", "/session/second-factor", {"password": password})
        code = code_of(begun["secret"], step_at(time.time()))
        sent = {"enrolment": begun["enrolment"], "code": code}
        codes: list[str] = person.send("PUT", "/session/second-factor", sent)["recovery_codes"]
        self.secrets |= {begun["secret"], begun["enrolment"], *codes}
        return codes
