"""The data that a page carries for its scripts: in scripts of JSON, in attributes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from ..shared.named import named_lines

__all__ = ["data_lines"]

_LEAST: Final = 200
"""Characters up to which data is shown whole."""
_SHOWN: Final = 1_500
"""Characters that are shown of the data that no failure is in."""
_MOST_PARSED: Final = 2_000_000
_FEW_WORDS: Final = 60
_TIMES: Final = 5
"""Data is shown of a page of hardly any words, or where there is so many times more of it than of text."""
_FEW_ITEMS: Final = 5
_FIRST: Final = 2
_MAX_ITEMS: Final = 20
_MAX_ITEM: Final = 1_500
_JSON: Final = re.compile(r"json", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""(data-[\w-]{1,40})=(["'])(?=[\[{](?:&#34;|&quot;|["'\[{]))""")
_FAILED: Final = re.compile(r'"(?:fail(?:ed|ure|ing)?|error(?:ed)?|broken)"(?!\s*:)', re.IGNORECASE)


def data_lines(tree: LexborHTMLParser, source: str, query: str, words: int, size: int) -> list[str]:
    """What the data of a page says whose text has so many words and characters: how much each piece has, its
    beginning, and of its items those that failed or that the query names."""
    found: list[str] = []
    for name, text in [*_in_scripts(tree), *_in_attributes(source)]:
        if words < _FEW_WORDS or len(text) > _TIMES * max(size, _SHOWN):
            found += _told(name, text, query)
    return found


def _in_scripts(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in tree.css("script[type]"):
        sort = node.attributes.get("type") or ""
        if _JSON.search(sort):
            yield f"script {node.attributes.get('id') or sort}", " ".join(node.text(deep=True).split())


def _in_attributes(source: str) -> Iterator[tuple[str, str]]:
    for attribute in _ATTRIBUTE.finditer(source):
        end = source.find(attribute[2], attribute.end())
        if end - attribute.end() >= _LEAST:
            yield f"attribute {attribute[1]}", html.unescape(source[attribute.end() : end])


def _told(name: str, text: str, query: str) -> list[str]:
    if len(text) < _LEAST:
        return [text] if text else []
    head = f"[{name}: {len(text)} characters of JSON"
    if len(text) <= _SHOWN:
        return [f"{head}]", text]
    items = _items(text)
    failed = [i for i, item in enumerate(items) if _FAILED.search(item)]
    wanted = [*failed[:_MAX_ITEMS], *sorted(named_lines(items, query, limit=_MAX_ITEMS, context=0))]
    if not wanted:
        return [f"{head}, the first {_SHOWN} shown]", text[:_SHOWN]]
    shown = sorted({*range(_FIRST), *wanted})
    return [f"{head}, {len(shown)} of its {len(items)} items shown, {len(failed)} with failures]", *_cut(items, shown)]


def _cut(items: Sequence[str], shown: Sequence[int]) -> list[str]:
    return [items[i] if len(items[i]) <= _MAX_ITEM else items[i][:_MAX_ITEM] + "…" for i in shown]


def _items(text: str) -> list[str]:
    """The entries of the first list or object in the data that has more than a few, one level below the other."""
    try:
        value: Any = json.loads(text) if len(text) <= _MOST_PARSED else None
    except (ValueError, RecursionError):
        return []
    while isinstance(value, (dict, list)) and len(value) <= _FEW_ITEMS:
        inner = [
            each for each in (value.values() if isinstance(value, dict) else value) if isinstance(each, dict | list)
        ]
        if not inner:
            break
        value = max(inner, key=len)
    if isinstance(value, dict):
        return [
            f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(each, ensure_ascii=False)}"
            for key, each in value.items()
        ]
    return [json.dumps(each, ensure_ascii=False) for each in value] if isinstance(value, list) else []
