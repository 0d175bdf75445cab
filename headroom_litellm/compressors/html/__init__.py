"""Pages of markup."""

from .compressor import Html

__all__ = ["Html"]
