"""Links: what was made here leads there until it ends, and nothing else does."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.secretbox import KeyRing
from grok2api.media.links import Links, LinkState

RING = KeyRing("k" * 32)
NOW = 1_795_000_000.0
ASSET = "0123456789abcdef" * 2

ids = st.text("0123456789abcdef", min_size=32, max_size=32)
moments = st.floats(min_value=1e9, max_value=4e9)
lives = st.floats(min_value=0.01, max_value=8760)


def links(hours: float = 24.0, ring: KeyRing = RING) -> Links:
    return Links(ring, hours=lambda: hours)


def parts(link: str) -> tuple[str, str, str]:
    """Return id, expiry and signature of a link."""
    address = urlsplit(link)
    asked = parse_qs(address.query, strict_parsing=True)
    return address.path.rpartition("/")[2], asked["expires"][0], asked["signature"][0]


def test_a_link_is_an_address_with_an_end_and_a_signature() -> None:
    link = links().link("https://grok.example.com", ASSET, now=NOW)
    assert link.startswith(f"https://grok.example.com/v1/media/{ASSET}?expires=")
    assert links().verify(*parts(link), NOW)


@given(ids, moments, lives)
def test_a_link_works_for_most_of_its_life_and_never_longer(asset: str, now: float, hours: float) -> None:
    made = links(hours)
    asset_id, expires, signature = parts(made.link("http://localhost", asset, now=now))
    life = hours * 3600
    assert now + life * 7 / 8 - 1 <= int(expires) <= now + life
    assert made.state(asset_id, expires, signature, int(expires) - 0.5) is LinkState.VALID
    assert made.state(asset_id, expires, signature, int(expires)) is LinkState.ENDED
    assert not made.verify(asset_id, expires, signature, int(expires))


@given(moments)
def test_a_link_stays_the_same_for_a_while(now: float) -> None:
    begin = now // 10_800 * 10_800
    first, last = (links().link("http://h", ASSET, now=at) for at in (begin, begin + 10_799))
    assert first == last
    assert links().link("http://h", ASSET, now=begin + 10_800) != first


@given(ids, st.text(max_size=60), st.text(max_size=60))
def test_what_a_stranger_makes_up_leads_nowhere(asset: str, expires: str, signature: str) -> None:
    assert links().state(asset, expires, signature, NOW) is LinkState.FALSE


@given(st.integers(min_value=0, max_value=42), st.characters())
def test_a_changed_signature_leads_nowhere(at: int, letter: str) -> None:
    asset_id, expires, signature = parts(links().link("http://h", ASSET, now=NOW))
    changed = signature[:at] + letter + signature[at + 1 :]
    assert links().verify(asset_id, expires, changed, NOW) == (changed == signature)


@given(ids, st.integers(min_value=-(10**6), max_value=10**6))
def test_a_signature_is_for_one_asset_and_one_end(asset: str, more: int) -> None:
    asset_id, expires, signature = parts(links().link("http://h", ASSET, now=NOW))
    assert links().verify(asset, expires, signature, NOW) == (asset == asset_id)
    assert links().verify(asset_id, str(int(expires) + more), signature, NOW) == (more == 0)


def test_another_spelling_of_the_same_end_is_another_link() -> None:
    asset_id, expires, signature = parts(links().link("http://h", ASSET, now=NOW))
    for spelled in (
        f"0{expires}",
        f"+{expires}",
        f" {expires}",
        f"{expires}.0",
        expires.translate(FULL_WIDTH),
    ):
        assert links().state(asset_id, spelled, signature, NOW) is LinkState.FALSE


def test_links_of_an_earlier_key_work_until_it_leaves_the_ring() -> None:
    link = parts(links().link("http://h", ASSET, now=NOW))
    assert links(ring=KeyRing("n" * 32, ["k" * 32])).verify(*link, NOW)
    assert not links(ring=KeyRing("n" * 32)).verify(*link, NOW)


FULL_WIDTH = {ord(str(digit)): ord("０") + digit for digit in range(10)}


def test_a_shared_link_ends_when_it_was_said_however_long_links_usually_live() -> None:
    asset_id, expires, signature = parts(links(0.01).link_until("", ASSET, int(NOW) + 86_400))
    assert links().verify(asset_id, expires, signature, NOW + 86_399)
    assert links().state(asset_id, expires, signature, NOW + 86_400) is LinkState.ENDED
