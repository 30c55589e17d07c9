"""The product's errors, as one tree. Each class names the status, the code and the log level.

::

    Grok2ApiError
    ├─ ClientError            the request is at fault
    │  ├─ InvalidRequest 400  invalid_value, missing_required_parameter, invalid_json, ...
    │  ├─ Unsupported 400     unsupported_parameter: honouring it is impossible and dropping it would lie
    │  ├─ ContentRefused 400  content_policy_violation
    │  ├─ Unauthenticated 401 invalid_api_key
    │  ├─ Forbidden 403       permission_denied
    │  ├─ NotFound 404        not_found
    │  │  └─ ModelNotFound    model_not_found
    │  ├─ MethodNotAllowed 405, RequestTimeout 408, TooLarge 413, UnsupportedMediaType 415
    │  ├─ RangeNotSatisfiable 416 range_not_satisfiable
    │  ├─ UpgradeRefused 426    websocket_not_supported
    │  ├─ LimitExceeded 429   rate_limit_exceeded
    │  └─ BudgetSpent 429     insufficient_quota, never to be retried
    ├─ PoolError
    │  ├─ NoCredential 503    no_available_account
    │  ├─ AllCoolingDown 429  rate_limit_exceeded + Retry-After
    │  └─ OutOfCredit 429     insufficient_quota, never to be retried
    ├─ UpstreamError          a failed call, mapped by the classifier; xAI's own body never leaves
    ├─ Overloaded 429         rate_limit_exceeded + Retry-After: this worker has more than it can take
    ├─ StorageError 503       store_unavailable
    │  └─ LedgerUnavailable   ledger_unavailable: nothing is served that could not be counted (ledger.strict)
    ├─ UnusableMedia 502      unusable_media: what was to be kept is no picture, clip or sound
    ├─ MediaStoreError 503    media_store_unavailable
    │  └─ MediaStoreFull 507  media_store_full
    ├─ ShuttingDown 503       server_shutting_down
    ├─ CancelledByOperator 403  cancelled_by_operator, never to be retried
    └─ ConfigError            at start only: field, source, fix; the CLI exits with 2
       └─ StoreAway           what is amiss may pass by itself, so a server waits for it

Only `public_message` ever leaves the process; anything secret or foreign stays out of it.
Must never know a dialect: how an error looks on the wire is decided at the edge.
"""

from __future__ import annotations

import logging


class Grok2ApiError(Exception):
    """An error that has a public face.

    Args:
        public_message: What the client reads.
        param: Dotted path of the request field at fault, if one is.
        code: Overrides the class's machine-readable code.
        retry_after: Seconds after which another try makes sense.
    """

    status: int = 500
    default_code: str = "internal_error"
    kind: str = "server_error"
    log_level: int = logging.ERROR
    final: bool = False
    """Whether clients are told not to try again by themselves."""

    def __init__(
        self,
        public_message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(public_message)
        self.public_message = public_message
        self.param = param
        self.code = code or self.default_code
        self.retry_after = retry_after


def internal_error() -> Grok2ApiError:
    """Return the error for a fault of ours."""
    return Grok2ApiError("The gateway failed to handle the request.")


class ClientError(Grok2ApiError):
    """The request is at fault; sending it again unchanged will fail again."""

    status = 400
    default_code = "invalid_value"
    kind = "invalid_request_error"
    log_level = logging.INFO


class InvalidRequest(ClientError):
    """A value is missing, malformed or out of range."""


class Unsupported(ClientError):
    """A field asks for something Grok cannot do, and leaving it out would change the answer's meaning."""

    default_code = "unsupported_parameter"


class ContentRefused(ClientError):
    """The model's owner refused the content."""

    default_code = "content_policy_violation"


class Unauthenticated(ClientError):
    """No valid client key."""

    status = 401
    default_code = "invalid_api_key"


class Forbidden(ClientError):
    """A valid key of the wrong kind, or without this right."""

    status = 403
    default_code = "permission_denied"
    kind = "permission_error"


class NotFound(ClientError):
    """There is no such route or object for this key."""

    status = 404
    default_code = "not_found"


class ModelNotFound(NotFound):
    """No such model for this key and this pool."""

    default_code = "model_not_found"


class MethodNotAllowed(ClientError):
    """The path exists, the method does not. `allowed` lists the methods that do."""

    status = 405
    default_code = "method_not_allowed"

    def __init__(self, public_message: str, *, allowed: str) -> None:
        super().__init__(public_message)
        self.allowed = allowed


class RequestTimeout(ClientError):
    """The body did not arrive in time."""

    status = 408
    default_code = "request_timeout"
    kind = "timeout_error"


class TooLarge(ClientError):
    """The body is over the limit."""

    status = 413
    default_code = "request_too_large"


class UnsupportedMediaType(ClientError):
    """The body is not of a type that this route reads."""

    status = 415
    default_code = "unsupported_media_type"


class RangeNotSatisfiable(ClientError):
    """The bytes that were asked for lie behind the end; `size` is where that is."""

    status = 416
    default_code = "range_not_satisfiable"

    def __init__(self, public_message: str, *, size: int) -> None:
        super().__init__(public_message)
        self.size = size


class UpgradeRefused(ClientError):
    """A WebSocket was asked for where only HTTP is served; Codex then falls back to HTTP at once."""

    status = 426
    default_code = "websocket_not_supported"


class LimitExceeded(ClientError):
    """The client key's own limit is reached."""

    status = 429
    default_code = "rate_limit_exceeded"
    kind = "rate_limit_error"


class BudgetSpent(ClientError):
    """The client key has spent the money that it may spend for now."""

    status = 429
    default_code = "insufficient_quota"
    kind = "rate_limit_error"
    final = True


class PoolError(Grok2ApiError):
    """No credential can take the request."""

    status = 503
    default_code = "no_available_account"
    log_level = logging.WARNING


class NoCredential(PoolError):
    """The pool is empty, or nothing in it is usable."""


class AllCoolingDown(PoolError):
    """Every eligible credential rests; `retry_after` says for how long at least."""

    status = 429
    default_code = "rate_limit_exceeded"
    kind = "rate_limit_error"


class OutOfCredit(PoolError):
    """Every eligible credential is out of credit."""

    status = 429
    default_code = "insufficient_quota"
    kind = "rate_limit_error"
    final = True


class UpstreamError(Grok2ApiError):
    """A call to xAI failed; `status`, `code` and `kind` were decided by the classifier."""

    default_code = "upstream_error"
    log_level = logging.WARNING

    def __init__(
        self,
        public_message: str,
        *,
        status: int = 502,
        code: str = "upstream_error",
        kind: str = "server_error",
        param: str | None = None,
        retry_after: float | None = None,
        final: bool = False,
        of_account: bool = False,
    ) -> None:
        super().__init__(public_message, param=param, code=code, retry_after=retry_after)
        self.status = status
        self.kind = kind
        self.final = final
        self.of_account = of_account
        """Whether the account that was called is to blame, so that another one might serve."""


class Overloaded(Grok2ApiError):
    """This worker serves as many requests as it may, and as many wait as may wait."""

    status = 429
    default_code = "rate_limit_exceeded"
    kind = "rate_limit_error"
    log_level = logging.WARNING


class StorageError(Grok2ApiError):
    """The store did not answer."""

    status = 503
    default_code = "store_unavailable"


class LedgerUnavailable(StorageError):
    """What a request used could be kept nowhere, and `ledger.strict` refuses it therefore."""

    default_code = "ledger_unavailable"


class UnusableMedia(Grok2ApiError):
    """What was to be kept is no picture, clip or sound of a format known here, or is too large."""

    status = 502
    default_code = "unusable_media"
    log_level = logging.WARNING


class MediaStoreError(Grok2ApiError):
    """The media store cannot be read or written.

    Clients are told not to try again by themselves: what could not be kept was made, and paid for.
    """

    status = 503
    default_code = "media_store_unavailable"
    final = True


class MediaStoreFull(MediaStoreError):
    """There is no room for what was to be kept."""

    status = 507
    default_code = "media_store_full"


class ShuttingDown(Grok2ApiError):
    """The server ends; another one, or this one later, will answer."""

    status = 503
    default_code = "server_shutting_down"
    log_level = logging.INFO


class CancelledByOperator(Grok2ApiError):
    """An operator has ended the request; sending it again by itself would undo that."""

    status = 403
    default_code = "cancelled_by_operator"
    kind = "permission_error"
    log_level = logging.INFO
    final = True


class ConfigError(Exception):
    """The product cannot start with these settings; one line says field, source, value and fix."""


class StoreAway(ConfigError):
    """The store cannot be reached, or takes no connection: a wrong address, or a server that will be back."""
