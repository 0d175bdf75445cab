"""Text with spans that no reader reads."""

from .compressor import Opaque

__all__ = ["Opaque"]
