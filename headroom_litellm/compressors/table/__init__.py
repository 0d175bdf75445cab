"""Tables."""

from .compressor import Table

__all__ = ["Table"]
