"""ContentDetector: what kind of text a tool output is, by its structure and the command that printed it."""

from __future__ import annotations

from .compressors import COMPRESSORS, Document
from .compressors.sample import Sample

__all__ = ["detect"]


def detect(document: Document) -> str | None:
    """The kind of compressor for this output: the first that it fits. None where none is known to fit."""
    sample = Sample.of(document)
    if not sample.lines:
        return None
    return next((kind for kind, compressor in COMPRESSORS.items() if compressor.fits(sample)), None)
