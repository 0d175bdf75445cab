"""Records of labelled lines, one after the other."""

from .compressor import Records

__all__ = ["Records"]
