"""Long text of no other kind."""

from .compressor import Text

__all__ = ["Text"]
