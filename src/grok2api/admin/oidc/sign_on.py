"""Single sign-on from the button to the account: sends people to the provider, and judges what comes back.

Must never make an account, or tell why, before the provider's word has passed every check.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from grok2api.admin.oidc import id_tokens, mapping
from grok2api.admin.oidc.provider import Client, Provider, Tokens
from grok2api.admin.oidc.refusal import SignOnRefused

if TYPE_CHECKING:
    from grok2api.admin.oidc.people import People
    from grok2api.admin.oidc.provider import Asking
    from grok2api.admin.oidc.transactions import Transaction, Transactions
    from grok2api.config.live import Live
    from grok2api.config.sections.entering import Oidc
    from grok2api.kit.clock import Clock
    from grok2api.storage.access import Operator

_LONGEST_CODE: Final = 4096


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser is sent, and what it keeps meanwhile."""

    url: str = field(repr=False)
    kept: str = field(repr=False)


class SignOn:
    """Single sign-on, as the settings are now.

    Args:
        live: The settings.
        asking: How the provider is reached.
        transactions: What has begun.
        people: Whose accounts there are.
        clock: Where time comes from.
    """

    def __init__(
        self, live: Live, asking: Asking, transactions: Transactions, people: People, clock: Clock
    ) -> None:
        self._live = live
        self._asking = asking
        self._transactions = transactions
        self._people = people
        self._clock = clock
        self._provider: Provider | None = None

    async def begin(self, *, redirect_uri: str, page: str) -> Departure:
        """Begin one.

        Args:
            redirect_uri: Where the provider sends the browser back to.
            page: Where in the console it wants to be then.

        Raises:
            SignOnRefused: it is off, or the provider cannot be reached.
        """
        settings = self._settings()
        described = await self._present(settings).description()
        begun, kept = self._transactions.begin(issuer=settings.issuer, redirect_uri=redirect_uri, page=page)
        query = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(settings.scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        return Departure(_with_query(described["authorization_endpoint"], query), kept)

    async def finish(self, kept: str, answer: Mapping[str, str]) -> tuple[Operator, str]:
        """End one, and return whose account it is and where in the console it leads.

        Args:
            kept: What the browser kept.
            answer: What the provider sent it back with.

        Raises:
            SignOnRefused: it does not lead in.
            StorageError: the store did not answer.
        """
        settings = self._settings()
        provider = self._present(settings)
        begun = await self._transactions.end(kept, state=answer.get("state", ""), issuer=settings.issuer)
        code = await self._code(provider, answer)
        tokens = await provider.exchange(code, verifier=begun.verifier, redirect_uri=begun.redirect_uri)
        claims = await self._claims(provider, begun, tokens)
        subject: str = claims["sub"]
        told = await self._with_user_info(provider, settings, claims, tokens.access_token)
        try:
            role = mapping.earned_role(told, settings, subject=subject)
        except SignOnRefused:
            await self._people.lose_role(issuer=settings.issuer, subject=subject)
            raise
        person = await self._people.arrive(
            issuer=settings.issuer, subject=subject, name=mapping.name_of(told), role=role
        )
        return person, begun.page

    async def end_at_provider(self, *, return_uri: str) -> str | None:
        """Return where somebody is led who has signed out here; None if that is the end of it.

        Source: https://openid.net/specs/openid-connect-rpinitiated-1_0.html, section 2. The provider is not
        told who it was: no ID token is kept that could tell it.

        Args:
            return_uri: Where the provider may lead him afterwards, if it knows that address.
        """
        settings = self._live.current.oidc
        if not settings.enabled or not settings.sign_out_at_provider:
            return None
        with suppress(SignOnRefused):
            endpoint = (await self._present(settings).description()).get("end_session_endpoint")
            if endpoint:
                query = {"client_id": settings.client_id, "post_logout_redirect_uri": return_uri}
                return _with_query(endpoint, query)
        return None

    def _settings(self) -> Oidc:
        settings = self._live.current.oidc
        if not settings.enabled:
            raise SignOnRefused("off", "oidc.enabled is false")
        return settings

    def _present(self, settings: Oidc) -> Provider:
        """Return the provider of the settings; what was known of another one is forgotten."""
        client = Client(
            issuer=settings.issuer, client_id=settings.client_id, client_secret=settings.client_secret
        )
        if self._provider is None or self._provider.client != client:
            self._provider = Provider(client, self._asking, self._clock)
        return self._provider

    async def _code(self, provider: Provider, answer: Mapping[str, str]) -> str:
        """Return the code of an answer that comes from the provider it was asked of; RFC 9207."""
        described = await provider.description()
        issuer = answer.get("iss")
        owed = described.get("authorization_response_iss_parameter_supported") is True
        if issuer != provider.client.issuer and (issuer is not None or owed):
            raise SignOnRefused("not_trusted", "the answer comes from another provider")
        if error := answer.get("error"):
            shown = error[:60] if error.isascii() and error.isprintable() else "an error"
            raise SignOnRefused("cancelled" if error == "access_denied" else "provider_error", shown)
        code = answer.get("code", "")
        if not 0 < len(code) <= _LONGEST_CODE:
            raise SignOnRefused("provider_error", "the answer holds no code")
        return code

    async def _claims(self, provider: Provider, begun: Transaction, tokens: Tokens) -> id_tokens.Claims:
        expected = id_tokens.Expected(
            issuer=provider.client.issuer,
            audience=provider.client.client_id,
            nonce=begun.nonce,
            access_token=tokens.access_token,
            now=self._clock.now(),
        )
        try:
            try:
                return id_tokens.read(tokens.id_token, await provider.keys(), expected)
            except id_tokens.UnknownKey:
                return id_tokens.read(tokens.id_token, await provider.keys(anew=True), expected)
        except id_tokens.NotTrusted as error:
            raise SignOnRefused("not_trusted", f"the ID token is refused: {error}") from None

    async def _with_user_info(
        self, provider: Provider, settings: Oidc, claims: id_tokens.Claims, access_token: str
    ) -> Mapping[str, Any]:
        """Return the claims, with those of the user info where what counts is missing."""
        has_values = bool(mapping.values_of(claims, settings.groups_claim))
        has_mail = not settings.email_domains or bool(mapping.verified_mail(claims))
        if has_values and has_mail:
            return claims
        told = await provider.user_info(access_token, claims["sub"])
        of_address = {"email", "email_verified"} if "email" in told else set[str]()
        return {**{name: each for name, each in claims.items() if name not in of_address}, **told}


def _with_query(endpoint: str, query: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"
