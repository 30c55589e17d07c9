"""A public id leads back to the upstream object, and cannot be made up, changed or moved."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grok2api.kit.sealedid import LONGEST_UPSTREAM_ID, SealedId, SealedIds

KEY = bytes(range(64))
SEALER = SealedIds(KEY)
UUID = "0b8f9a3c-1d2e-4f50-8a6b-7c8d9e0f1a2b"
PREFIXES = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)


def fits(identifier: str) -> bool:
    return len(identifier.encode("utf-8", "surrogatepass")) <= LONGEST_UPSTREAM_ID


UPSTREAM_IDS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.builds("{}{}{}".format, st.text(max_size=20), st.uuids(), st.text(max_size=20)),
).filter(fits)


@given(prefix=PREFIXES, account=st.text(), owner=st.text(), upstream_id=UPSTREAM_IDS)
@example(prefix="resp", account="team", owner="key", upstream_id="")
@example(prefix="resp", account="team", owner="key", upstream_id=UUID)
@example(prefix="resp", account="team", owner="key", upstream_id=UUID.upper())
@example(prefix="fc", account="team", owner="key", upstream_id=f"fc_{UUID}_0")
@example(prefix="ig", account="team", owner="key", upstream_id=f"ig_{UUID}_call-{UUID}-0")
@example(prefix="x", account="team", owner="key", upstream_id="u" * LONGEST_UPSTREAM_ID)
@example(prefix="x", account="team", owner="key", upstream_id="u" * (LONGEST_UPSTREAM_ID - 36) + UUID)
def test_every_id_comes_back(prefix: str, account: str, owner: str, upstream_id: str) -> None:
    public = SEALER.seal(prefix, account=account, owner=owner, upstream_id=upstream_id)
    assert re.fullmatch(r"[A-Za-z0-9]+_[A-Za-z0-9_-]+", public)
    assert SEALER.open(public) == SealedId(
        prefix, SealedIds.account_hash(account), SealedIds.owner_hash(owner), upstream_id
    )


def test_the_same_object_has_one_public_id() -> None:
    first = SEALER.seal("resp", account="team", owner="key", upstream_id=UUID)
    assert SealedIds(KEY).seal("resp", account="team", owner="key", upstream_id=UUID) == first
    assert SEALER.seal("resp", account="team", owner="other", upstream_id=UUID) != first
    assert SEALER.seal("resp", account="other", owner="key", upstream_id=UUID) != first


@pytest.mark.parametrize(("upstream_id", "longest"), [(UUID, 71), (f"msg_{UUID}", 76), (f"fc_{UUID}_0", 78)])
def test_a_uuid_stays_short(upstream_id: str, longest: int) -> None:
    assert len(SEALER.seal("resp", account="team", owner="key", upstream_id=upstream_id)) <= longest


@given(data=st.data())
def test_a_changed_id_is_nobodys(data: st.DataObject) -> None:
    public = SEALER.seal("msg", account="team", owner="key", upstream_id=f"msg_{UUID}")
    place = data.draw(st.integers(0, len(public) - 1))
    character = data.draw(st.characters().filter(lambda drawn: drawn != public[place]))
    assert SEALER.open(public[:place] + character + public[place + 1 :]) is None
    assert SEALER.open(public[:place]) is None
    assert SEALER.open(public + character) is None


def test_an_id_does_not_move_to_another_prefix_or_key() -> None:
    public = SEALER.seal("msg", account="team", owner="key", upstream_id=UUID)
    assert SEALER.open(public.replace("msg_", "resp_", 1)) is None
    assert SealedIds(bytes(64)).open(public) is None


@given(junk=st.text(st.characters(exclude_categories=())))
@example(junk=f"resp_{UUID}")
@example(junk="resp_" + "A" * 100_000)
@example(junk="_")
@example(junk="resp_")
def test_junk_is_nobodys(junk: str) -> None:
    assert SEALER.open(junk) is None


@pytest.mark.parametrize("prefix", ["", "with_underscore", "9starts", "a b", "ü", "p" * 33])
def test_a_prefix_that_could_not_be_read_back_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        SEALER.seal(prefix, account="team", owner="key", upstream_id=str(uuid.UUID(int=1)))


def test_an_upstream_id_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        SEALER.seal("resp", account="team", owner="key", upstream_id="u" * (LONGEST_UPSTREAM_ID + 1))


def test_the_key_is_not_shown() -> None:
    assert KEY.hex() not in repr(SEALER)
    assert repr(KEY) not in repr(SEALER)
