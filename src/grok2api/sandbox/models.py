"""The models xAI serves, as the sandbox knows them, and the objects its model lists are made of.

Prices are integers in xAI's own unit, US cents per 100 million tokens; the same number is also the
price of one token in ticks (1 US dollar = 10^10 ticks). Retired and legacy ids are absent on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grok2api.sandbox.mint import derived_uuid
from grok2api.sandbox.wire import Json

LONG_CONTEXT = 200_000
FAST_RATES = (150, 172, 208, 312, 500)
USUAL_RATES = (37, 54, 83, 125, 208)
AGENT_RATES = (9, 14, 22, 33, 56)
IMAGE_RATES = (6, 10, 20, 40, 100)
VIDEO_RATES = (10, 20, 40, 80, 158)


class Thinking(StrEnum):
    """When a model reasons."""

    ALWAYS = "always"
    BY_EFFORT = "by_effort"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class TextModel:
    """A model that answers in text; `rates` are requests per second at tiers 0 to 4."""

    id: str
    created: int
    context: int
    prices: tuple[int, int, int]
    rates: tuple[int, ...]
    family: str
    aliases: tuple[str, ...] = ()
    efforts: tuple[str, ...] = ()
    default_effort: str | None = None
    thinking: Thinking = Thinking.ALWAYS
    multi_agent: bool = False


@dataclass(frozen=True, slots=True)
class MediaModel:
    """A model of pictures, films or voices; `cents` is the price of one image or one second.

    `rates` are requests per second at tiers 0 to 4.
    """

    id: str
    created: int
    kind: str
    cents: int
    aliases: tuple[str, ...] = ()
    rates: tuple[int, ...] = IMAGE_RATES


_DEEP = ("low", "medium", "high", "xhigh")
_FLAGSHIP = (20_000, 5_000, 60_000)
_USUAL = (12_500, 2_000, 25_000)

TEXT_MODELS = (
    TextModel("grok-4.7", 1_789_948_800, 500_000, _FLAGSHIP, FAST_RATES, "grok-4.5+", (), _DEEP, "high"),
    TextModel("grok-4.6", 1_786_492_800, 500_000, _FLAGSHIP, FAST_RATES, "grok-4.5+", (), _DEEP, "high"),
    TextModel(
        "grok-4.5",
        1_783_468_800,
        500_000,
        _FLAGSHIP,
        FAST_RATES,
        "grok-4.5+",
        ("grok-4.5-latest", "grok-build-latest"),
        _DEEP[:3],
        "high",
    ),
    TextModel(
        "grok-4.3",
        1_777_507_200,
        1_000_000,
        _USUAL,
        USUAL_RATES,
        "grok-4.3",
        ("grok-4.3-latest", "grok-latest"),
        ("none", *_DEEP[:3]),
        "low",
        Thinking.BY_EFFORT,
    ),
    TextModel(
        "grok-4.20-0309-reasoning",
        1_773_014_400,
        1_000_000,
        _USUAL,
        USUAL_RATES,
        "grok-4.20",
        ("grok-4.20", "grok-4.20-reasoning", "grok-4.20-reasoning-latest", "grok-4.20-beta"),
    ),
    TextModel(
        "grok-4.20-0309-non-reasoning",
        1_773_014_400,
        1_000_000,
        _USUAL,
        USUAL_RATES,
        "grok-4.20",
        ("grok-4.20-non-reasoning", "grok-4.20-non-reasoning-latest"),
        thinking=Thinking.NEVER,
    ),
    TextModel(
        "grok-4.20-multi-agent-0309",
        1_773_014_400,
        1_000_000,
        _USUAL,
        AGENT_RATES,
        "grok-4.20",
        (
            "grok-4.20-multi-agent",
            "grok-4.20-multi-agent-latest",
            "grok-4.20-multi-agent-beta-latest",
            "grok-4.20-multi-agent-beta-0309",
            "grok-4.20-multi-agent-experimental-beta-0304",
        ),
        _DEEP,
        "low",
        multi_agent=True,
    ),
    TextModel(
        "grok-build-0.1",
        1_778_803_200,
        256_000,
        (10_000, 2_000, 20_000),
        USUAL_RATES,
        "grok-build",
        ("grok-code-fast", "grok-code-fast-1", "grok-code-fast-1-0825"),
    ),
)
MEDIA_MODELS = (
    MediaModel("grok-imagine-image", 1_769_558_400, "image", 2),
    MediaModel(
        "grok-imagine-image-2.0",
        1_785_974_400,
        "image",
        4,
        ("grok-imagine-image-quality", "grok-imagine-image-pro"),
    ),
    MediaModel("grok-imagine-video", 1_769_558_400, "video", 5, (), VIDEO_RATES),
    MediaModel(
        "grok-imagine-video-1.5",
        1_780_099_200,
        "video",
        8,
        ("grok-imagine-video-1.5-preview", "grok-imagine-video-1.5-2026-05-30"),
        VIDEO_RATES,
    ),
    MediaModel("grok-imagine-video-1.5-lite", 1_790_812_800, "video", 2, (), VIDEO_RATES),
)
VOICE_MODELS = (
    MediaModel("tts", 1_769_558_400, "tts", 0, (), VIDEO_RATES),
    MediaModel(
        "grok-voice-transcribe-2.0",
        1_785_974_400,
        "stt",
        0,
        ("grok-voice-transcribe-1.0",),
        VIDEO_RATES,
    ),
)
"""What speaks and what listens: counted like models, but in no list of them; `tts` is never named."""


def find_text(name: str) -> TextModel | None:
    """Return the text model with this id or alias."""
    return next((model for model in TEXT_MODELS if name == model.id or name in model.aliases), None)


def find_media(name: str) -> MediaModel | None:
    """Return the image or video model with this id or alias."""
    return next((model for model in MEDIA_MODELS if name == model.id or name in model.aliases), None)


def find_voice(name: str) -> MediaModel | None:
    """Return the model with this id or alias that speaks or listens."""
    return next((model for model in VOICE_MODELS if name == model.id or name in model.aliases), None)


def fingerprint(model_id: str) -> str:
    """Return the `system_fingerprint` of a model."""
    return f"fp_{derived_uuid('fingerprint', model_id)[-10:]}"


def _prices(model: TextModel) -> Json:
    prompt, cached, completion = model.prices
    return {
        "prompt_text_token_price": prompt,
        "cached_prompt_text_token_price": cached,
        "completion_text_token_price": completion,
        "prompt_text_token_price_long_context": prompt * 2,
        "cached_prompt_text_token_price_long_context": cached * 2,
        "completion_text_token_price_long_context": completion * 2,
        "long_context_threshold": LONG_CONTEXT,
    }


def describe(model: TextModel | MediaModel) -> Json:
    """Return a row of `GET /v1/models`."""
    row: Json = {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": "xai",
        "aliases": list(model.aliases),
    }
    if isinstance(model, TextModel):
        row["context_length"] = model.context
        row["capabilities"] = {
            "reasoning_effort": list(model.efforts),
            "default_reasoning_effort": model.default_effort,
        }
        return row | _prices(model)
    if model.kind == "image":
        row["image_price"] = model.cents * 100_000_000
    return row


def describe_in_full(model: TextModel | MediaModel) -> Json:
    """Return a row of `/v1/language-models` and of the image and video lists."""
    row: Json = {
        "id": model.id,
        "fingerprint": fingerprint(model.id),
        "created": model.created,
        "object": "model",
        "owned_by": "xai",
        "version": "1.0",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text" if isinstance(model, TextModel) else model.kind],
    }
    if isinstance(model, TextModel):
        row |= _prices(model)
    else:
        row |= {f"{model.kind}_price": model.cents * 100_000_000}
        if model.kind == "image":
            row["max_prompt_length"] = 8_000
    return row | {"aliases": list(model.aliases)}
