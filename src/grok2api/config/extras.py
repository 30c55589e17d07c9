"""How to get a package that only some settings need: the one place that says so.

Must never name a package index: where a checkout or a wheel came from is not known here.
"""

from __future__ import annotations

from typing import Literal

Extra = Literal["postgres", "mysql", "redis", "s3", "otel"]


def install_advice(extra: Extra) -> str:
    """Return what to do where the packages of an extra are missing, as the rest of a sentence."""
    return (
        f"run pip install '.[{extra}]' in the checkout (what `make run` sets up has it already), "
        f"or pip install 'grok2api[{extra}]' where no checkout is"
    )
