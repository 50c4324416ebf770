"""Patterns over addresses, as a site's file has them, that cannot hold a run up."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import regex

logger = logging.getLogger(__name__)

LONGEST = 1.0
"""Seconds that one look at an address may take; it takes millionths of one."""


@dataclass(slots=True, unsafe_hash=True)
class Pattern:
    """A regular expression of the operator's (`re`'s syntax). One that takes too long over an address, as ``(a|aa)+$`` can
    over one that is made for it, matches nothing from then on, and the log says so."""

    text: str
    """The expression; what is none raises regex.error."""
    is_slow: bool = field(default=False, compare=False)
    """Whether it took too long."""
    _compiled: regex.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._compiled = regex.compile(self.text)

    def matches(self, path: str) -> bool:
        """Whether it is found in an address."""
        if self.is_slow:
            return False
        try:
            return self._compiled.search(path, timeout=LONGEST) is not None
        except TimeoutError:
            self.is_slow = True
            logger.warning("The pattern %r takes too long over %r; from here on it is left out.", self.text, path)
            return False
