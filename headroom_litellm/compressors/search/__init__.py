"""Matches of a search."""

from .compressor import Search

__all__ = ["Search"]
