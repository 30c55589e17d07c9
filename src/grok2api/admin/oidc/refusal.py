"""Why a single sign-on did not come to an end: a code that the sign-in page has words for, and the details.

Must never carry a token, a code or a secret; what it says goes to the log and the audit, never to the page.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

RefusalCode = Literal[
    "off",
    "unavailable",
    "expired",
    "cancelled",
    "provider_error",
    "not_trusted",
    "no_role",
    "wrong_domain",
    "disabled",
    "held",
]
"""`expired`: not begun in this browser, or over. `not_trusted`: a check of what the provider sent failed."""

CODES: Final[tuple[str, ...]] = get_args(RefusalCode)


class SignOnRefused(Exception):
    """A single sign-on that is refused.

    Attributes:
        code: What the sign-in page is told.
        reason: For the log and the audit.
        subject: What the provider calls the person, where that is known for sure; else empty.
    """

    def __init__(self, code: RefusalCode, reason: str, *, subject: str = "") -> None:
        super().__init__(reason)
        self.code: RefusalCode = code
        self.reason = reason
        self.subject = subject
