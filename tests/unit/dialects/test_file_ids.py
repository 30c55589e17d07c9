"""The id of a file: looks as clients expect, leads to its account, and opens for its owner only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.canonical.call import Caller
from grok2api.dialects.file_ids import open_file, seal_file
from grok2api.kit.sealedid import SealedIds

IDS = SealedIds(bytes(64))
OWNER, OTHER = Caller("key_1", "one"), Caller("key_2", "two")


@given(st.from_regex(r"\A(file[-_])?[A-Za-z0-9_-]{1,60}\Z"))
def test_an_id_opens_for_its_owner(upstream_id: str) -> None:
    public = seal_file(IDS, account="team", owner=OWNER.key_id, upstream_id=upstream_id)
    assert public.startswith("file-")
    opened = open_file(IDS, public, OWNER)
    assert opened is not None
    assert (opened.upstream_id, opened.account_hash) == (upstream_id, IDS.account_hash("team"))
    assert open_file(IDS, public, OTHER) is None


@pytest.mark.parametrize("text", ["", "file-", "file-abc", "file_abc", "resp_abc", "file-" + "A" * 500])
def test_what_was_not_made_here_opens_for_nobody(text: str) -> None:
    assert open_file(IDS, text, OWNER) is None


def test_a_files_id_is_no_other_id() -> None:
    response = IDS.seal("resp", account="team", owner=OWNER.key_id, upstream_id="x")
    assert open_file(IDS, "file-" + response.removeprefix("resp_"), OWNER) is None
