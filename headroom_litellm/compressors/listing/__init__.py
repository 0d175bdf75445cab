"""Listings of files."""

from .compressor import Listing

__all__ = ["Listing"]
