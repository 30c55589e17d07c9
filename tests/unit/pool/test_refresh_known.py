"""A sign-in that came as a bare refresh token is known by its account once it is refreshed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from grok2api.canonical.tokens import TokenSet
from grok2api.pool.refresh.outcome import Result
from support.refresh_bench import RefreshBench, refresh_bench


@pytest.fixture
async def bench() -> AsyncIterator[RefreshBench]:
    async with refresh_bench() as made:
        yield made


def bare(bench: RefreshBench, subject: str) -> TokenSet:
    """Return what an import of a refresh token alone knows of a sign-in."""
    return TokenSet(
        access_token="", refresh_token=bench.service.sign_in(subject).refresh_token, expires_in=0.0
    )


async def test_it_is_found_again_by_its_account(bench: RefreshBench) -> None:
    imported = await bench.records.credentials.add(bench.made(bare(bench, "ada")))
    known = bench.sign_in("ada")
    assert imported.fingerprint != known.fingerprint
    outcome = await bench.refresher().refresh(imported.id, rejected=1)
    assert outcome.result is Result.RENEWED
    renewed = await bench.stored(imported.id)
    assert (renewed.fingerprint, renewed.account_id) == (known.fingerprint, known.account_id)
    assert renewed.former_accounts == (imported.account_id,)


async def test_a_second_sign_in_of_the_same_account_is_told(bench: RefreshBench) -> None:
    await bench.added("ada")
    imported = await bench.records.credentials.add(bench.made(bare(bench, "ada")))
    outcome = await bench.refresher().refresh(imported.id, rejected=1)
    assert outcome.result is Result.RENEWED
    renewed = await bench.stored(imported.id)
    assert renewed.fingerprint == imported.fingerprint
    assert renewed.generation == 2
    assert "same xAI account" in renewed.note
