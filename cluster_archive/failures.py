"""Why a download failed, as a short code of the closed list (reasons) that a report can count."""

from __future__ import annotations

from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest

from cluster_archive.reasons import is_reason

CODES: tuple[tuple[str, str], ...] = (
    ("DownloadConnectionRefusedError", "connection-refused"),
    ("CannotResolveHostError", "host-not-found"),
    ("DownloadTimeoutError", "timeout"),
    ("DownloadCancelledError", "too-large"),
    ("ResponseDataLossError", "cut-disconnect"),
    ("UnsupportedURLSchemeError", "scheme"),
)
"""Scrapy's exceptions by name, since older Scrapy lacks some."""

SENTENCES = {"max redirections reached": "too-many-redirects"}
"""What Scrapy's middlewares say when they decline."""

DECISIONS = frozenset({"robots", "out-of-scope", "ignored-address", "redirects-to-known", "address-refused"})
"""Reasons not to ask; asking again would end the same way."""


def reason_of(error: BaseException) -> str:
    """The code of a failure; for a request that a middleware ignored, the reason that it gave."""
    if isinstance(error, MemoryError):
        return "out-of-memory"
    if isinstance(error, IgnoreRequest):
        told = SENTENCES.get(str(error), str(error))
        return told if is_reason(told) else "ignored"
    for name, reason in CODES:
        kind = getattr(exceptions, name, None)
        if kind is not None and isinstance(error, kind):
            return reason
    return getattr(error, "reason_code", None) or "connection-failed"


def is_decision(error: BaseException) -> bool:
    """Whether not asking was decided, rather than the asking failed."""
    return reason_of(error) in DECISIONS
