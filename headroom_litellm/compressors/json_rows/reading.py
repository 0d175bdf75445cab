"""What is found out once about a document, for all the renditions that are tried of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...relevance import query_terms
from .fold import Prefixes, same_as
from .scan import Node, Source, parse
from .sheet import Sheet

__all__ = ["MIN_INNER", "Reading"]

MIN_INNER: Final = 200
"""Shorter strings are not looked into for JSON."""


class Reading:
    """What is found out once about a document."""

    def __init__(self, source: Source, text: str, query: str) -> None:
        self.source = source
        self.query = query
        self.named = [term for term, identifier in query_terms(query).items() if identifier]
        self.prefixes = Prefixes(source.mask.mask(text), query)
        self.repeats = same_as(source.values[0]) if len(source.values) == 1 else {}
        self._sheets: dict[int, Sheet] = {}
        self._inner: dict[str, Node | None] = {}

    def sheet(self, rows: Sequence[Node], keys: Sequence[str] | None) -> Sheet:
        if id(rows) not in self._sheets:
            self._sheets[id(rows)] = Sheet(rows, keys, self.query)
        return self._sheets[id(rows)]

    def inner(self, literal: str) -> Node | None:
        """The object or array that a string holds as JSON, None where it holds no such thing."""
        if len(literal) < MIN_INNER or literal[:2] not in ('"{', '"['):
            return None
        if literal not in self._inner:
            text = self.source.mask.inner(literal)
            found = parse(text) if text is not None else None
            whole = found is not None and len(found[0]) == 1 and text is not None and not text[found[1] :].strip()
            self._inner[literal] = found[0][0] if found is not None and whole else None
        return self._inner[literal]
