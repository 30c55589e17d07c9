"""A record read back is the record that was written, whatever is in it, and whichever version wrote it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.errors import StorageError
from grok2api.storage.files import FileRecord
from grok2api.storage.records import (
    AdminSession,
    Asset,
    ClientKey,
    Credential,
    JobRecord,
    RunRecord,
    SettingOverride,
    TraceRecord,
    Transcript,
    UsageRecord,
    UsageTotals,
)
from grok2api.storage.redis.codec import Change, Codec
from grok2api.storage.redis.places import BEYOND, behind, place, up_to
from grok2api.storage.videos import VideoJob

TYPES = (
    AdminSession,
    Asset,
    ClientKey,
    Credential,
    FileRecord,
    JobRecord,
    RunRecord,
    SettingOverride,
    TraceRecord,
    Transcript,
    UsageRecord,
    UsageTotals,
    VideoJob,
)
WHOLE = st.integers(-(2**63), 2**63 - 1)
TIMES = st.floats(min_value=0, allow_infinity=False)
IDENTIFIERS = st.text(st.characters(exclude_categories=("Cs", "Cn", "Co")), max_size=8)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(st.text()).map(tuple)
    if get_origin(hint) is not None:
        return st.one_of([values_of(each) for each in get_args(hint)])
    plain: dict[object, st.SearchStrategy[Any]] = {
        str: st.text(),
        int: WHOLE,
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return plain[hint]


@st.composite
def records(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(TYPES))
    hints = get_type_hints(kind)
    return kind(**{each.name: draw(values_of(hints[each.name])) for each in fields(kind)})


def flat(change: Change) -> list[bytes]:
    return [part.encode() for pair in change["set"].items() for part in pair]


@given(records())
def test_a_record_comes_back_as_it_was(record: Any) -> None:
    codec: Codec[Any] = Codec(type(record))
    change = codec.encode(record)
    assert codec.decode(flat(change)) == record
    assert change["set"].keys() | set(change["drop"]) == {each.name for each in fields(record)}
    if isinstance(record, UsageRecord | TraceRecord):
        assert codec.decode_whole(codec.encode_whole(record).encode()) == record


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    id: str
    level: float = 0.5
    size: int = 3
    note: str | None = None
    until: float | None


def test_what_only_a_newer_version_knows_is_passed_over_and_what_an_older_one_left_out_is_the_default() -> (
    None
):
    codec = Codec(Small)
    told = [b"id", b"a", b"colour", b"\xffred", b"size", b"4"]
    assert codec.decode(told) == Small(id="a", size=4, until=None)
    assert codec.decode_whole(b'{"id":"a","colour":[1],"size":4}') == Small(id="a", size=4, until=None)


@pytest.mark.parametrize("row", [[b"size", b"4"], [b"id", b"a", b"size", b"four"], [b"id", b"\xff"], [b"id"]])
def test_a_damaged_row_is_said_to_be_damaged_without_its_content(row: list[bytes]) -> None:
    with pytest.raises(StorageError, match="damaged Small") as caught:
        Codec(Small).decode(row)
    assert "four" not in f"{caught.value}{caught.value.__cause__}"


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"{}", b'{"size":1}'])
def test_a_damaged_text_is_said_to_be_damaged(text: bytes) -> None:
    with pytest.raises(StorageError, match="damaged Small"):
        Codec(Small).decode_whole(text)


def test_a_whole_number_in_the_place_of_another_is_written_as_one() -> None:
    assert Codec(Small).change({"level": 7})["set"] == {"level": "7.0"}


def test_a_type_that_cannot_be_kept_is_refused_before_anything_is() -> None:
    @dataclass
    class Odd:
        content: dict[str, str]

    with pytest.raises(TypeError, match="cannot be kept"):
        Codec(Odd)


@given(st.tuples(TIMES, IDENTIFIERS), st.tuples(TIMES, IDENTIFIERS))
def test_places_are_in_the_order_of_times_and_then_of_ids(
    one: tuple[float, str], other: tuple[float, str]
) -> None:
    def bytewise(cursor: tuple[float, str]) -> tuple[float, bytes]:
        return (cursor[0], cursor[1].encode())

    before = place(*one).encode() < place(*other).encode()
    assert before == (bytewise(one) < bytewise(other))
    assert behind(*one) == f"({place(*one)}"
    assert (place(*one) < up_to(other[0])[1:]) == (one[0] <= other[0])
    assert up_to(other[0]).endswith(BEYOND)
