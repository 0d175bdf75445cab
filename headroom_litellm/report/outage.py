"""One log line when something begins to fail, and one when it works again."""

from __future__ import annotations

import logging

__all__ = ["Outage"]

_LOG = logging.getLogger("headroom_litellm")


class Outage:
    """`what` is not done while it lasts, in words that follow "headroom: "."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lasts = False

    def failed(self, error: Exception) -> None:
        """`error` is one whose text holds no content of a request."""
        if not self._lasts:
            _LOG.warning("headroom: %s: %s", self._what, error)
        self._lasts = True

    def worked(self) -> None:
        if self._lasts:
            _LOG.warning("headroom: no longer so: %s", self._what)
        self._lasts = False
