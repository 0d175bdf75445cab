"""Source files."""

from .compressor import Code

__all__ = ["Code"]
