"""Very long arrays and objects of short items, read a part at a time, so that memory stays within a few times the
text: a node is far larger than an item such as `7` or `[]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ..base import Rendition
from .scan import MAX_DEPTH, Arr, Mask, Node, dump, nested_deeper, scanner, to_node
from .sheet import Sheet, whole_cell

__all__ = ["in_parts", "is_dense"]

_MIN_TEXT: Final = 300_000
_MIN_ITEM: Final = 40
"""Where objects and arrays stand closer together than this, or there are next to none, the text is dense."""

_MIN_PART: Final = 4_000
_MOST_PARTS: Final = 25
_SLICE: Final = 200_000
_MAX_SHOWN: Final = 400
_FEWEST: Final = 12
_MAX_AROUND: Final = 4_000
_BARE = re.compile(r'[^"\[\]{}]*')
_START = re.compile(r"[ \t\r\n]*([\[{])[ \t\r\n]*")
_LONG = re.compile(r'\[[^"\[\]{}]{200000,}\]')
"""A long array of numbers and the like, wherever it stands."""

_KEY = re.compile(r'("[^"\x00-\x1f]*")[ \t\r\n]*:[ \t\r\n]*')
_NEXT = re.compile(r"[ \t\r\n]*([,\]}])[ \t\r\n]*")

Part = tuple[list[Node], list[str]]


class _Malformed(ValueError):
    pass


def is_dense(text: str) -> bool:
    """Is the text long and made of many short items?"""
    if len(text) < _MIN_TEXT:
        return False
    containers = text.count("{") + text.count("[")
    if containers * _MIN_ITEM > len(text):
        return True
    return containers < len(text) / 10_000 and text.count(",") * _MIN_ITEM > len(text)


def in_parts(text: str, query: str, *, lossless: bool) -> Rendition | None:
    """The one array or object that the text is, with a table for each part of its items; None if it is no such thing,
    or if nothing is gained."""
    mask = Mask(text)
    if not mask.possible:
        return None
    masked = mask.mask(text)
    inner = _LONG.search(masked)
    if inner is not None and 0 < len(masked) - len(inner[0]) <= _MAX_AROUND and not lossless:
        numbers = in_parts(inner[0], query, lossless=False)
        if numbers is None:
            return None
        before, after = masked[: inner.start()], masked[inner.end() :]
        whole = mask.unmask(f"{before}TABLE1{after}\nTABLE1: {numbers.text}")
        return Rendition(whole, numbers.kept, numbers.total, "rows")
    commas = text.count(",") + 1
    part = max(_MIN_PART, commas // _MOST_PARTS)
    most = max(_FEWEST, _MAX_SHOWN * part // commas)
    out: list[str] = []
    kept = total = 0
    try:
        for rows, keys in _parts(masked, part):
            if nested_deeper(rows, MAX_DEPTH):
                return None
            if lossless:
                bodies = list(map(dump, rows))
                out.append(
                    ",".join([f"{key}:{body}" for key, body in zip(keys, bodies, strict=True)] if keys else bodies)
                )
                kept += len(rows)
            else:
                sheet = Sheet(rows, keys or None, query, most=most)
                heads, lines = sheet.render(whole_cell, sheet.chosen, first=total)
                unit = "entries (each led by its key)" if keys else "rows"
                which = f"{unit} {total}..{total + len(rows) - 1}: {len(lines)} of {len(rows)} shown"
                out += [f"{which}. The {len(rows) - len(lines)} left out: {sheet.left_out}", *heads, *lines]
                kept += len(lines)
            total += len(rows)
    except (ValueError, RecursionError):
        return None
    if lossless:
        body = ",".join(out)
        body = f"{{{body}}}" if _opening(masked) == "{" else f"[{body}]"
    else:
        led = "" if _opening(masked) == "{" else ", each led by its index from 0"
        body = "\n".join([f"{kept} of {total} shown{led}, in parts.", *out])
    short = mask.unmask(body)
    return Rendition(short, kept, total, "rows") if len(short) < len(text) else None


def _opening(text: str) -> str:
    start = _START.match(text)
    return start[1] if start else ""


def _parts(text: str, size: int) -> Iterator[Part]:
    """The items of the array or object, `size` at a time, with their keys if it is an object."""
    start = _START.match(text)
    if start is None:
        raise _Malformed
    scan = scanner()
    opening, position = start[1], start.end()
    rows: list[Node] = []
    keys: list[str] = []
    while True:
        if opening == "[" and not rows:
            bare = _bare_items(text, position, size)
            if bare is not None:
                items, position = bare
                yield items, []
                continue
        if opening == "{":
            key = _KEY.match(text, position)
            if key is None:
                raise _Malformed
            keys.append(key[1])
            position = key.end()
        try:
            value, position = scan(text, position)
        except StopIteration:
            raise _Malformed from None
        rows.append(to_node(value))
        after = _NEXT.match(text, position)
        if after is None or (after[1] != "," and after[1] != ("]" if opening == "[" else "}")):
            raise _Malformed
        position = after.end()
        if after[1] != ",":
            break
        if len(rows) >= size:
            yield rows, keys
            rows, keys = [], []
    if position != len(text):
        raise _Malformed
    yield rows, keys


def _bare_items(text: str, position: int, most: int) -> tuple[list[Node], int] | None:
    """Items that are neither strings nor hold anything, up to a comma, and where the next begins."""
    bare = _BARE.match(text, position, position + _SLICE)
    end = text.rfind(",", position, bare.end()) if bare else -1
    if end < position + _SLICE // 2:
        return None
    cut = position
    for _ in range(most):
        found = text.find(",", cut, end + 1)
        if found < 0:
            break
        cut = found + 1
    try:
        value, stop = scanner()(f"[{text[position : cut - 1]}]", 0)
    except StopIteration:
        raise _Malformed from None
    node = to_node(value)
    if not isinstance(node, Arr) or stop != cut - position + 1:
        raise _Malformed
    return node.items, cut
