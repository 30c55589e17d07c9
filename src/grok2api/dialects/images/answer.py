"""Reads xAI's answer to a request for pictures, and writes OpenAI's.

A picture that was withheld is no picture: it is counted, and told. Must never pass on a picture that
nobody has looked at, nor a usage of which a part is missing.
Source: xai-api.md §2.5, §8 row 22; openai-python's `ImagesResponse`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from grok2api.canonical.usage import Usage

_MOST: Final = 2**53


class _Item(msgspec.Struct):
    url: str | None = None
    b64_json: str | None = None
    revised_prompt: str | None = None
    respect_moderation: bool | None = None


class _Answer(msgspec.Struct):
    data: list[_Item]
    usage: dict[str, Any] | None = None


_read = msgspec.json.Decoder(_Answer).decode


@dataclass(frozen=True, slots=True)
class Sent:
    """One picture as upstream sent it: its bytes, or where they lie."""

    content: bytes = field(default=b"", repr=False)
    url: str = ""
    revised_prompt: str | None = None


@dataclass(frozen=True, slots=True)
class ImageUsage:
    """What upstream says that pictures used; the tokens are 0 where it counts none."""

    text_in: int = 0
    images_in: int = 0
    text_out: int = 0
    images_out: int = 0
    cost_ticks: int | None = None
    """1 USD = 10^10 ticks; None when it was not told."""
    told: bool = False
    """Whether upstream said anything of it."""

    def __add__(self, other: ImageUsage) -> ImageUsage:
        """Return what two calls used together."""
        costs = [each.cost_ticks for each in (self, other) if each.cost_ticks is not None]
        return ImageUsage(
            self.text_in + other.text_in,
            self.images_in + other.images_in,
            self.text_out + other.text_out,
            self.images_out + other.images_out,
            sum(costs) if costs else None,
            self.told or other.told,
        )

    def for_ledger(self) -> Usage:
        """Return the figures as every request has them."""
        return Usage(
            input=self.text_in + self.images_in,
            output=self.text_out + self.images_out,
            cost_ticks=self.cost_ticks,
            estimated=not self.told,
        )

    def told_to_clients(self) -> dict[str, object]:
        """Return OpenAI's usage object, with xAI's cost in it where it is known."""
        arrived, left = self.text_in + self.images_in, self.text_out + self.images_out
        usage: dict[str, object] = {
            "input_tokens": arrived,
            "input_tokens_details": {"text_tokens": self.text_in, "image_tokens": self.images_in},
            "output_tokens": left,
            "output_tokens_details": {"text_tokens": self.text_out, "image_tokens": self.images_out},
            "total_tokens": arrived + left,
        }
        return usage if self.cost_ticks is None else usage | {"cost_in_usd_ticks": self.cost_ticks}


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer holds."""

    pictures: tuple[Sent, ...]
    withheld: int
    """Pictures that moderation kept back, or that are just not there."""
    usage: ImageUsage


def read_answer(content: bytes, wanted: int) -> Reading:
    """Return what upstream's answer to a request for `wanted` pictures holds.

    Raises:
        ValueError: it cannot be read.
    """
    answer = _read(content)
    pictures = tuple(_sent(item) for item in answer.data if _is_there(item))
    return Reading(pictures, max(wanted - len(pictures), 0), _usage(answer.usage))


def _is_there(item: _Item) -> bool:
    return item.respect_moderation is not False and bool(item.b64_json or item.url)


def _sent(item: _Item) -> Sent:
    if not item.b64_json:
        return Sent(b"", item.url or "", item.revised_prompt)
    written = item.b64_json
    if written.startswith("data:"):
        written = written.partition(",")[2]
    try:
        content = base64.b64decode(written, validate=True)
    except binascii.Error as error:
        raise ValueError(f"a picture is no base64: {error}") from None
    return Sent(content, item.url or "", item.revised_prompt)


def _usage(told: Mapping[str, Any] | None) -> ImageUsage:
    """Return what a usage says, in the words of either of OpenAI's generations."""
    if not told:
        return ImageUsage()
    arrived = _count(told, "input_tokens") or _count(told, "prompt_tokens")
    left = _count(told, "output_tokens") or _count(told, "completion_tokens")
    images_in = min(_count(_details(told, "input"), "image_tokens"), arrived)
    text_out = min(_count(_details(told, "output"), "text_tokens"), left)
    cost = told.get("cost_in_usd_ticks")
    return ImageUsage(
        arrived - images_in,
        images_in,
        text_out,
        left - text_out,
        min(cost, _MOST) if type(cost) is int and cost >= 0 else None,
        told=True,
    )


def _details(told: Mapping[str, Any], way: str) -> Mapping[str, Any]:
    other = "prompt" if way == "input" else "completion"
    details = told.get(f"{way}_tokens_details") or told.get(f"{other}_tokens_details")
    return details if isinstance(details, dict) else {}


def _count(told: Mapping[str, Any], name: str) -> int:
    figure = told.get(name)
    return min(figure, _MOST) if type(figure) is int and figure > 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One picture as a client gets it: exactly one of `url` and `content`."""

    mime: str
    size: str
    """`WIDTHxHEIGHT` as it is; empty if nobody looked."""
    url: str = ""
    content: bytes = field(default=b"", repr=False)
    revised_prompt: str | None = None

    def entry(self) -> dict[str, object]:
        """Return its entry in `data`."""
        shown: dict[str, object] = {"url": self.url} if self.url else {"b64_json": base64_text(self.content)}
        if self.mime:
            shown["mime_type"] = self.mime
        return shown if self.revised_prompt is None else shown | {"revised_prompt": self.revised_prompt}


def answer_body(pictures: Sequence[Shown], *, created: int, quality: str | None, usage: ImageUsage) -> bytes:
    """Return OpenAI's body for an answer that is whole.

    What is said of all pictures is said only where it is true of all.

    Args:
        pictures: At least one.
        created: Unix seconds.
        quality: The quality that was sent upstream, if one was.
        usage: What they used together.
    """
    body: dict[str, object] = {"created": created, "data": [picture.entry() for picture in pictures]}
    sizes, formats = {each.size for each in pictures}, {each.mime for each in pictures}
    if len(sizes) == 1 and "" not in sizes:
        body["size"] = sizes.pop()
    if len(formats) == 1 and "" not in formats:
        body["output_format"] = formats.pop().removeprefix("image/")
    if quality in {"low", "medium", "high"}:
        body["quality"] = quality
    if usage.told:
        body["usage"] = usage.told_to_clients()
    return msgspec.json.encode(body)


def base64_text(content: bytes) -> str:
    """Return bytes as clients read them in JSON."""
    return base64.b64encode(content).decode("ascii")
