"""The state of one sandbox: its clock, its accounts' quotas, what it stores, what it was told to break.

Two sandboxes share nothing.
"""

from __future__ import annotations

from grok2api.kit.clock import Clock
from grok2api.sandbox import accounts, refusals
from grok2api.sandbox.accounts import Account
from grok2api.sandbox.attachments import Reader
from grok2api.sandbox.clock import AdjustableClock
from grok2api.sandbox.directory import Directory
from grok2api.sandbox.journal import Journal
from grok2api.sandbox.kept.files import Files
from grok2api.sandbox.kept.jobs import Jobs
from grok2api.sandbox.kept.links import Links
from grok2api.sandbox.mint import Mint
from grok2api.sandbox.models import MediaModel, TextModel, find_media, find_text, find_voice
from grok2api.sandbox.oauth import jwt
from grok2api.sandbox.oauth.issuer import Issuer
from grok2api.sandbox.quotas import Quotas
from grok2api.sandbox.scenario import Scenario
from grok2api.sandbox.shelf import Shelf
from grok2api.sandbox.usage import PromptCache
from grok2api.sandbox.wire import Request


class World:
    """Everything one sandbox remembers."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self.seed = seed
        self.clock = AdjustableClock(clock)
        self.mint = Mint(seed, clock.now())
        self.directory = Directory(self.clock)
        self.quotas = Quotas(self.clock, self.directory)
        self.issuer = Issuer(self.clock, self.mint, seed, self.directory)
        self.cache = PromptCache()
        self.shelf = Shelf(self.clock)
        self.files = Files(self.clock)
        self.jobs = Jobs(self.clock)
        self.links = Links(self.clock)
        self.scenario = Scenario()
        self.journal = Journal()

    def account(self, request: Request) -> Account:
        """Return who sends a request, by API key or access token. Raises: Refusal 401, 400 or 403."""
        token = request.token()
        if token is not None and jwt.looks_like_one(token):
            return self.directory.apply(self.issuer.identify(token))
        return self.directory.apply(accounts.identify(token))

    def reader(self, account: Account, request: Request) -> Reader:
        """Return what reads the documents of a request."""
        return Reader(self.files, self.links, account.team_id, request.origin())

    def text_model(self, account: Account, name: str, endpoint: str) -> TextModel:
        """Return a text model this account may use now, and count the request against its quota.

        `endpoint` is what access lists call the caller: chat or responses.

        Raises: Refusal 404, 403, 402 or 429.
        """
        model = find_text(name)
        if model is None:
            raise refusals.unknown_model(name, account.team_id)
        self._admit(account, model, endpoint)
        return model

    def media_model(self, account: Account, name: str, kind: str) -> MediaModel:
        """Return a model of a kind (image, video, tts, stt) that an account may use now, and count that.

        Raises: Refusal 404, 403, 402 or 429.
        """
        model = find_media(name) or find_voice(name)
        if model is None or model.kind != kind:
            raise refusals.unknown_model(name, account.team_id)
        self._admit(account, model, kind)
        return model

    def _admit(self, account: Account, model: TextModel | MediaModel, endpoint: str) -> None:
        if not account.may_use(model.id):
            raise refusals.key_not_allowed(f"model {model.id}", account.acls)
        if not account.may_call(endpoint):
            raise refusals.key_not_allowed(f"endpoint {endpoint}", account.acls)
        self.quotas.admit(account, model)
