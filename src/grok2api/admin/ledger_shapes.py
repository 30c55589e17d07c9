"""How requests, usage, prices and what runs now look in the admin API.

Must never hold a prompt, an answer or the address of a client: the ledger has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from grok2api.accounting.running import RunningState, Seen
from grok2api.admin.exports import ExportFormat
from grok2api.admin.moments import span_of
from grok2api.admin.shapes import Asked, Sent, Told
from grok2api.canonical.request_ids import public_id
from grok2api.canonical.usage import CostSource, End, UsageSource
from grok2api.storage.usage import Axis, UsageFilter

Step = Literal["hour", "day"]
By = Literal["model", "upstream_model", "key", "credential"]

AXES: dict[By, Axis] = {
    "model": "model",
    "upstream_model": "upstream_model",
    "key": "key_id",
    "credential": "credential_id",
}


SPAN: Final = ("from", "to")
"""What the ends of a span of time are called in a query."""


class Wanted(Asked):
    """Which requests are meant; what is left out is not asked for."""

    key: str | None = Field(default=None, max_length=128)
    """Id of a client key."""
    model: str | None = Field(default=None, max_length=256)
    """The name that the client asked for."""
    credential: str | None = Field(default=None, max_length=128)
    """Id of a credential."""
    operation: str | None = Field(default=None, max_length=64)
    """The kind of call, such as `chat`, `responses` or `videos`."""
    end: End | None = None
    """How it ended."""
    status: Literal["2xx", "3xx", "4xx", "5xx"] | None = None
    """Class of the HTTP status that the client got."""
    since: str = Field(default="", alias="from", max_length=40)
    """From this moment on, in ISO 8601; without a zone it is UTC."""
    until: str = Field(default="", alias="to", max_length=40)
    """Before this moment, in ISO 8601; without a zone it is UTC."""
    text: str | None = Field(default=None, max_length=200)
    """What the request's id begins with."""
    cost_over: int | None = Field(default=None, ge=0, le=2**53)
    """Ticks that it cost at least; 1 USD is 10^10."""
    slower_than: float | None = Field(default=None, ge=0)
    """Milliseconds that it took at least."""

    def filter(self) -> UsageFilter:
        """Return it as the store takes it; InvalidRequest for what is no span of time."""
        since, until = span_of(self.since, self.until, SPAN)
        return UsageFilter(
            key_id=self.key,
            model=self.model,
            credential_id=self.credential,
            operation=self.operation,
            end=self.end,
            status_class=None if self.status is None else int(self.status[0]),
            since=since,
            until=until,
            request_id=self.text,
            cost_over=self.cost_over,
            slower_than=self.slower_than,
        )


class RequestQuery(Wanted):
    """A page of requests."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str = Field(default="", max_length=600)
    """The last page's `next_cursor`; empty for the first page."""


class ExportQuery(Wanted):
    """All requests that are meant, as a file."""

    format: ExportFormat = "csv"
    """`jsonl` is one JSON object a line."""


class UsageQuery(Asked):
    """Sums over time; the last day by the hour if nothing else is asked for."""

    since: str = Field(default="", alias="from", max_length=40)
    """From this moment on, in ISO 8601; left out, a day before `to`."""
    until: str = Field(default="", alias="to", max_length=40)
    """Before this moment, in ISO 8601; left out, now."""
    step: Step = "hour"
    """How long a span is, in UTC; a summary has one span only."""
    by: By | None = None
    """What each span is parted by; left out, it is not."""
    key: str | None = Field(default=None, max_length=128)
    """Id of a client key."""
    model: str | None = Field(default=None, max_length=128)
    """The name that clients asked for."""
    upstream_model: str | None = Field(default=None, max_length=128)
    """xAI's id of the model."""
    credential: str | None = Field(default=None, max_length=128)
    """Id of a credential."""
    top: int = Field(default=10, ge=1, le=50)
    """How many names are shown by themselves, the dearest first; the rest are summed up."""

    def only(self) -> dict[Axis, tuple[str]]:
        """Return the values that are asked for, by axis."""
        asked: dict[By, str | None] = {
            "model": self.model,
            "upstream_model": self.upstream_model,
            "key": self.key,
            "credential": self.credential,
        }
        return {AXES[name]: (value,) for name, value in asked.items() if value is not None}


class RequestRow(Told):
    """One request, as the ledger keeps it."""

    id: str
    """Its id in the ledger; no other request has it."""
    request_id: str
    """The `x-request-id` that the client got."""
    started_at: str
    """When it came in, UTC in ISO 8601."""
    operation: str
    """The kind of call, such as `chat`, `responses` or `videos`."""
    stream: bool
    """Whether the client asked for a stream."""
    key_id: str
    """Id of the client key that it came with."""
    key_name: str | None
    """What the client key is called; null if it was deleted, or stands in the settings."""
    model: str
    """The name that the client asked for."""
    upstream_model: str
    """xAI's id of the model; empty if nothing was sent."""
    credential_id: str
    """Id of the credential of the last call; empty if nothing was sent."""
    credential_name: str | None
    """What the credential is called now; null if it is gone."""
    account_id: str
    """The upstream account of that credential; empty if nothing was sent."""
    status: int
    """HTTP status that the client got."""
    end: str
    """How it ended."""
    error_code: str
    """Code of the error that it ended with; empty if there was none."""
    attempts: int
    """How often it was sent to upstream."""
    usage_source: UsageSource
    """Who counted the tokens: xAI, our own estimate, or nobody."""
    input_tokens: int
    """Input tokens, cached ones among them; 0 if nobody counted them."""
    cached_tokens: int
    """Part of `input_tokens`."""
    output_tokens: int
    """Output tokens, reasoning among them; 0 if nobody counted them."""
    reasoning_tokens: int
    """Part of `output_tokens`."""
    cost_in_usd_ticks: int
    """Whole ticks; 1 USD is 10^10."""
    cost_usd: str
    """US dollars, as exact decimal text."""
    cost_source: CostSource
    """Who says so: xAI, our price list, or nobody."""
    price_in_usd_ticks: int | None
    """What it would cost by our price list; null where the list has no price."""
    cache_savings_in_usd_ticks: int
    """What the prompt cache saved, by our price list."""
    queue_ms: float
    """How long it waited for a credential."""
    first_byte_ms: float | None
    """Until the first byte of the answer; null if there was none."""
    total_ms: float
    """From its coming in to its end, in milliseconds."""
    upstream_request_id: str
    """xAI's id of the call that was answered, or of the video job; empty if there is none."""


class RequestPage(Told):
    """Requests, newest first. With a `next_cursor` there may be more, even if this page is short or empty."""

    data: list[RequestRow]
    """The requests of this page, newest first."""
    next_cursor: str | None
    """From where to go on; null at the end."""


class RequestCourse(RequestRow):
    """One request, and what happened to it in order."""

    traced: bool
    """Whether it is still kept how it came to its credentials."""
    content_expires_at: str | None
    """Until when its prompt and its answer are kept; null if they are not."""
    timeline: list[dict[str, Any]]
    """What happened, in order."""


class Figures(Told):
    """Sums of requests. Latencies are read off classes, and so right to the class."""

    requests: int
    """Requests that came in within the span."""
    succeeded: int
    """Answered, fully or up to a limit."""
    failed: int
    """Ended with an error of upstream, of the pool or of this server, or cut in mid-answer."""
    refused: int
    """Turned away as they were sent: by a limit, or for what they held."""
    gone: int
    """Ended by somebody: by their clients, or by an operator."""
    success_rate: float | None
    """Of those that were answered or failed; null if there was none."""
    attempts: int
    """Calls to upstream."""
    input_tokens: int
    """Input tokens, cached ones among them."""
    cached_tokens: int
    """Part of `input_tokens`."""
    output_tokens: int
    """Output tokens, reasoning among them."""
    reasoning_tokens: int
    """Part of `output_tokens`."""
    cost_in_usd_ticks: int
    """Whole ticks; 1 USD is 10^10."""
    cost_usd: str
    """US dollars, as exact decimal text."""
    cache_savings_in_usd_ticks: int
    """What the prompt cache saved, by our price list."""
    estimated: int
    """Requests whose usage is our own estimate."""
    unmetered: int
    """Requests that were sent and whose usage nobody knows."""
    first_byte_ms_p50: float | None
    """Half of the requests were this fast; null without any."""
    first_byte_ms_p95: float | None
    """95 of 100 requests were this fast; null without any."""
    total_ms_p50: float | None
    """Half of the requests took this long at most; null without any."""
    total_ms_p95: float | None
    """95 of 100 requests took this long at most; null without any."""


class UsagePoint(Figures):
    """Sums over one span."""

    start: str
    """When the span begins, UTC in ISO 8601."""
    name: str
    """The value that the span is parted by; empty if it is not, and for requests without one."""
    label: str | None = None
    """What a key or credential is called."""
    others: bool = False
    """Whether it stands for all names that are not shown."""


class UsageSeries(Told):
    """Sums by span; a span without requests is left out."""

    start: str
    """When the first span begins, UTC in ISO 8601."""
    end: str
    """When the last span ends, UTC in ISO 8601."""
    step: Step
    """How long a span is, in UTC: `hour` or `day`."""
    by: By | None
    """What each span is parted by; null if it is not."""
    data: list[UsagePoint]
    """The sums, the oldest span first; within a span by name, all others last."""


class DriftView(Told):
    """A model whose price is not what upstream asks."""

    model: str
    """xAI's id of the model."""
    requests: int
    """Requests whose cost both xAI and the list tell."""
    told_in_usd_ticks: int
    """What xAI said it cost."""
    price_in_usd_ticks: int
    """What it would have cost by our price list."""
    percent: float
    """By how much xAI asks more than the list; less is negative."""


class UsageSummary(Told):
    """A span, and the span before it of the same length."""

    start: str
    """When the span begins, UTC in ISO 8601."""
    end: str
    """When the span ends, UTC in ISO 8601."""
    now: Figures
    """Sums over the span."""
    before: Figures
    """Sums over the span before it."""
    drift: list[DriftView]
    """Models whose price was off within the last day."""
    prices_version: str
    """Which shipped price list is in use."""


class PriceTag(Told):
    """USD for a million tokens."""

    input_usd_per_million: str
    """US dollars for a million input tokens, as decimal text."""
    cached_usd_per_million: str
    """The same for input tokens that the prompt cache held."""
    output_usd_per_million: str
    """The same for output tokens, reasoning among them."""


class PriceRow(PriceTag):
    """What a model costs, who says so, and what the shipped list says."""

    model: str
    """xAI's id of the model."""
    source: Literal["own", "list"]
    """`own` is an operator's price, `list` the shipped one."""
    list: PriceTag | None
    """What the shipped list says; null where it has no price."""


class MediaPriceRow(Told):
    """What one picture, one second, one hour or a million characters cost, and who says so."""

    thing: str
    """`pictures/MODEL/QUALITY/RESOLUTION`, `pictures/MODEL/given`, `videos/MODEL/RESOLUTION`,
    `sound/million-characters` or `sound/hour`."""
    usd: str
    """US dollars, as decimal text."""
    source: Literal["own", "list"]
    """`own` is an operator's price, `list` the shipped one."""
    list: str | None
    """What the shipped list says; null where it has no price."""


class MediaPriceBody(Sent):
    """What one of a thing costs."""

    usd: str = Field(max_length=20, pattern=r"^\d+(\.\d+)?$")
    """US dollars, as decimal text."""


class PriceTable(Told):
    """All prices that are known: of tokens, and of pictures, clips and sounds."""

    version: str
    """The day of the shipped price list, such as `2027-01-31`."""
    long_context: int
    """Prompt tokens from which every price of tokens is doubled."""
    data: list[PriceRow]
    """What tokens cost, by model."""
    media: list[MediaPriceRow]
    """What pictures, clips and sounds cost, by thing."""


class PriceBody(Sent):
    """What tokens of a model cost."""

    input_usd_per_million: str = Field(max_length=20, pattern=r"^\d+(\.\d+)?$")
    """US dollars for a million tokens, as decimal text with at most four places."""
    cached_usd_per_million: str = Field(max_length=20, pattern=r"^\d+(\.\d+)?$")
    """The same for input tokens that the prompt cache held."""
    output_usd_per_million: str = Field(max_length=20, pattern=r"^\d+(\.\d+)?$")
    """The same for output tokens, reasoning among them."""


class LiveRow(Told):
    """A request that runs now."""

    id: str
    """Its id in the ledger, by which it is ended."""
    request_id: str
    """The `x-request-id` that the client gets."""
    worker: str
    """The worker that has it."""
    operation: str
    """The kind of call, such as `chat`, `responses` or `videos`."""
    key_id: str
    """Id of the client key that it came with."""
    key_name: str | None
    """What the client key is called; null if it was deleted, or stands in the settings."""
    model: str
    """The name that the client asked for; empty until it is read."""
    upstream_model: str
    """xAI's id of the model; empty until a call has begun."""
    credential_id: str
    """Id of the credential of the call; empty until one has begun."""
    credential_name: str | None
    """What that credential is called; null without one, and if it is gone."""
    stream: bool
    """Whether the client asked for a stream."""
    state: RunningState
    """`preparing` it is read, `waiting` for a credential, `sent` to upstream, `answering`."""
    age_ms: float
    """Since it came in."""
    attempts: int
    """How often it was sent to upstream."""
    first_byte_ms: float | None
    """From its coming in to the first byte of the answer, in milliseconds; null until then."""
    output_tokens: int | None
    """As far as they are known; null until then."""


class LiveList(Told):
    """What runs on all workers, the oldest first."""

    data: list[LiveRow]
    """The requests that run, the oldest first."""
    begun: dict[str, int]
    """How many requests each worker has begun since its start. The difference between two looks, over the
    time between them, is the rate; a worker that has been idle for long is left out."""


class Cancelled(Told):
    """What was asked to end."""

    id: str
    """The id that was asked for."""


def live_row(seen: Seen, keys: Mapping[str, str], credentials: Mapping[str, str]) -> LiveRow:
    """Return how a running request looks."""
    sight = seen.sight
    return LiveRow(
        id=sight.id,
        request_id=public_id(sight.id),
        worker=seen.worker,
        operation=sight.operation,
        key_id=sight.key_id,
        key_name=keys.get(sight.key_id),
        model=sight.model,
        upstream_model=sight.upstream_model,
        credential_id=sight.credential_id,
        credential_name=credentials.get(sight.credential_id),
        stream=sight.stream,
        state=sight.state,
        age_ms=round(sight.age_ms + seen.seen_ago * 1000, 1),
        attempts=sight.attempts,
        first_byte_ms=None if sight.first_byte_ms is None else round(sight.first_byte_ms, 1),
        output_tokens=sight.output_tokens,
    )
