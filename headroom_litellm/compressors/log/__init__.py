"""Logs, and the output of builds and tests."""

from .compressor import Log

__all__ = ["Log"]
