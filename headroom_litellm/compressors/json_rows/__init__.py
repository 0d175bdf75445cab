"""JSON."""

from .compressor import JsonRows

__all__ = ["JsonRows"]
