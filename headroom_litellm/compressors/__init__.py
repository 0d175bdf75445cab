"""The compressors by kind."""

from __future__ import annotations

from collections.abc import Mapping

from .base import Compressor, Document, Rendition
from .code import Code
from .commits import Commits
from .diff import Diff
from .html import Html
from .json_rows import JsonRows
from .listing import Listing
from .log import Log
from .opaque import Opaque
from .records import Records
from .search import Search
from .table import Table
from .text import Text

__all__ = ["COMPRESSORS", "Compressor", "Document", "Rendition"]

_ALL: tuple[Compressor, ...] = (
    Diff(),
    Commits(),
    JsonRows(),
    Html(),
    Listing(),
    Log(),
    Search(),
    Table(),
    Records(),
    Code(),
    Text(),
    Opaque(),
)

COMPRESSORS: Mapping[str, Compressor] = {each.kind: each for each in _ALL}
"""Every kind, in the order in which an output is tried for them: what is told surely before what is told by default."""
