"""The compressors by kind: what `detect` names, `COMPRESSORS` has."""

from __future__ import annotations

from collections.abc import Mapping

from .base import Compressor, Document, Rendition
from .json_rows import JsonRows

__all__ = ["COMPRESSORS", "Compressor", "Document", "Rendition"]

COMPRESSORS: Mapping[str, Compressor] = {each.kind: each for each in (JsonRows(),)}
