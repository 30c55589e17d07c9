"""The voices, by id."""

from __future__ import annotations

from grok2api.sandbox.wire import Json

VOICES = (
    "altair",
    "ara",
    "atlas",
    "aurora",
    "carina",
    "castor",
    "celeste",
    "cosmo",
    "eve",
    "helios",
    "helix",
    "iris",
    "kepler",
    "leo",
    "liora",
    "lumen",
    "luna",
    "lux",
    "naksh",
    "orion",
    "perseus",
    "rex",
    "rigel",
    "sal",
    "sirius",
    "ursa",
    "zagan",
    "zenith",
)
USUAL = "eve"


def find(name: str) -> str | None:
    """Return the voice of a name, in whatever case, or None."""
    return name.lower() if name.lower() in VOICES else None


def describe(voice: str) -> Json:
    """Return a voice as the API lists it."""
    return {"voice_id": voice, "name": voice.capitalize(), "language": "en"}
