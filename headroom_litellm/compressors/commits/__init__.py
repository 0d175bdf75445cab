"""Histories of commits."""

from .compressor import Commits

__all__ = ["Commits"]
