"""Whether an output is a page of markup."""

from __future__ import annotations

import re
from typing import Final

from ..sample import Sample

__all__ = ["is_markup"]

_MARKUP: Final = re.compile(r"\s*<(?:!doctype html|html|\?xml|head|body|div|svg|table)\b", re.IGNORECASE)


def is_markup(sample: Sample) -> bool:
    return _MARKUP.match(sample.document.text) is not None
