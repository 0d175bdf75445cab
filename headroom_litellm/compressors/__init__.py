"""The compressors by kind."""

from __future__ import annotations

from collections.abc import Mapping

from .base import Compressor, Document, Rendition
from .json_rows import JsonRows
from .log import Log
from .text import Text

__all__ = ["COMPRESSORS", "Compressor", "Document", "Rendition"]

_ALL: tuple[Compressor, ...] = (JsonRows(), Log(), Text())

COMPRESSORS: Mapping[str, Compressor] = {each.kind: each for each in _ALL}
"""Every kind, in the order in which an output is tried for them: what is told surely before what is told by default."""
