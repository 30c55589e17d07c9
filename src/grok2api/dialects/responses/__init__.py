"""The Responses API: the canonical body's own dialect, so bytes travel and only envelopes are patched."""
