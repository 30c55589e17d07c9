"""`POST /v1/messages/count_tokens`: a request as it would be sent, and the answer about its size.

It is the same dialect but for two fields that a count does not need, so what is counted is what a message
would send. Must never ask for a field that only an answer needs.
Source: https://docs.anthropic.com/en/api/messages-count-tokens
"""

from __future__ import annotations

import msgspec
from typing_extensions import override

from grok2api.canonical.call import Call
from grok2api.dialects.base import Envelope
from grok2api.dialects.messages.dialect import MessagesDialect


class CountedMessages(MessagesDialect):
    """The dialect for what is only to be counted."""

    @override
    def parse(self, raw: bytes, envelope: Envelope) -> Call:
        """Check a body that needs no `max_tokens`.

        Raises:
            InvalidRequest: something is missing or malformed.
            Unsupported: something is asked for that Grok cannot do.
        """
        return self.parse_countable(raw, envelope)


def counted_body(tokens: int) -> bytes:
    """Return the answer for a number of tokens."""
    return msgspec.json.encode({"input_tokens": tokens})
