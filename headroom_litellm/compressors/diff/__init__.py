"""Diffs."""

from .compressor import Diff

__all__ = ["Diff"]
