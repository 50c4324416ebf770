"""Why a download failed, as a short code that a report can count and a person can look up (docs/cli.md)."""

from __future__ import annotations

from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest

REASONS: tuple[tuple[str, str], ...] = (
    ("DownloadConnectionRefusedError", "connection-refused"),
    ("CannotResolveHostError", "host-not-found"),
    ("DownloadTimeoutError", "timeout"),
    ("DownloadCancelledError", "too-large"),
    ("ResponseDataLossError", "cut-disconnect"),
    ("UnsupportedURLSchemeError", "scheme"),
)
"""Scrapy's exceptions by name, since older Scrapy lacks some."""


DECISIONS = frozenset({"robots", "out-of-scope", "ignored-address", "redirects-to-known", "address-refused"})
"""Reasons not to ask; asking again would end the same way."""


def reason_of(error: BaseException) -> str:
    """The code of a failure; for a request that a middleware ignored, the reason that it gave."""
    if isinstance(error, IgnoreRequest):
        return str(error) or "ignored"
    for name, reason in REASONS:
        kind = getattr(exceptions, name, None)
        if kind is not None and isinstance(error, kind):
            return reason
    return getattr(error, "reason_code", None) or "connection-failed"


def is_decision(error: BaseException) -> bool:
    """Whether not asking was decided, rather than the asking failed."""
    return reason_of(error) in DECISIONS
