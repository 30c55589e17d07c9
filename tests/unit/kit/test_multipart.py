"""Bodies that we write: of exactly the announced length, readable by others, and nothing can break out."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.multipart import Field, File, InMemory, MultipartBody, escaped

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


async def written(body: MultipartBody) -> bytes:
    return b"".join([chunk async for chunk in body.chunks()])


@given(st.lists(st.tuples(TEXT, TEXT, st.none() | st.binary(max_size=60)), max_size=6))
def test_a_body_is_as_long_as_it_says_each_time_it_is_written(
    parts: list[tuple[str, str, bytes | None]],
) -> None:
    body = MultipartBody(
        [
            Field(name, other) if content is None else File(name, other, InMemory(content))
            for name, other, content in parts
        ]
    )
    first, second = asyncio.run(written(body)), asyncio.run(written(body))
    assert first == second
    assert len(first) == body.length
    assert first.count(body.content_type.partition("boundary=")[2].encode()) == len(parts) + 1


def test_a_standard_reader_finds_the_parts_in_their_order() -> None:
    body = MultipartBody(
        [
            Field("purpose", "assistants"),
            Field("größe", "5"),
            File("file", 'a"b.txt', InMemory(b"hello"), "text/plain"),
        ]
    )
    raw = asyncio.run(written(body))
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + raw, policy=email.policy.HTTP)
    parts = list(message.iter_parts())
    assert [part.get_payload(decode=True) for part in parts] == [b"assistants", b"5", b"hello"]
    assert parts[2].get_content_type() == "text/plain"
    assert parts[2].get_filename() == "a%22b.txt"


@pytest.mark.parametrize("name", ['a"\r\nX-Evil: 1\r\n\r\nb', "a\nb", "a\x00b", "a\\", '"; name="purpose'])
def test_a_name_cannot_leave_its_quotation_marks(name: str) -> None:
    assert not set(escaped(name)) & set('"\r\n\x00\\')


@pytest.mark.parametrize("kind", ["text/plain\r\nX-Evil: 1", "nonsense", "", "text/plain; a=b\r\n"])
def test_a_content_type_that_is_none_is_not_passed_on(kind: str) -> None:
    head = File("file", "a", InMemory(b""), kind).head
    assert head.endswith(b"\r\nContent-Type: application/octet-stream\r\n\r\n")


class Liar:
    """A source that gives something else than it announced."""

    size = 5

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._content


@pytest.mark.parametrize("content", [b"1234", b"123456"])
async def test_a_source_of_another_length_is_an_error_and_not_a_broken_body(content: bytes) -> None:
    with pytest.raises(OSError, match="as long as"):
        await written(MultipartBody([File("file", "a", Liar(content))]))
