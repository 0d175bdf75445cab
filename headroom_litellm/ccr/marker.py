"""The marker codec: the only place that writes or scans markers.

A marker stands where text was taken out and names the original by its key. Whatever is written here, `scan` finds.
"""

from __future__ import annotations

import re
from string import Formatter

from .key import KEY_LENGTH, encode, key_of

__all__ = [
    "DEFAULT_TEMPLATE",
    "carries_marker",
    "check_template",
    "cleared",
    "cleared_argument",
    "footer",
    "inline",
    "left_out",
    "normalise",
    "opaque",
    "scan",
    "scan_bare",
]

DEFAULT_TEMPLATE = "[{total} {unit} compressed to {kept}. Retrieve more: hash={hash} (original intact)]"

_FIELDS = {"hash", "kept", "total", "unit"}
_HASH = rf"([0-9a-fA-F]{{{KEY_LENGTH}}})(?![0-9a-fA-F])"
_MARKER = re.compile(rf"(?:<<ccr:|\bhash=){_HASH}")
_BARE = re.compile(rf"(?<![0-9a-zA-Z]){_HASH}")
_WRAPPED = re.compile(rf"\s*(?:<<ccr:|\[?\s*hash=)?\s*{_HASH}[^<>]{{0,64}}(?:>>|\])?\s*")


def inline(key: str) -> str:
    """`<<ccr:HASH>>`: stands for a span inside a text."""
    return f"<<ccr:{key}>>"


def opaque(original: str, label: str) -> str:
    """`<<ccr:HASH,base64,4.5KB>>`: stands for a span that no reader reads; `label` says what it is."""
    return f"<<ccr:{key_of(original)},{label},{_size(len(encode(original)))}>>"


def footer(template: str, key: str, *, kept: int, total: int, unit: str) -> str:
    """The line under a compressed output that says how much is shown and how to get the rest."""
    return template.format(hash=key, kept=kept, total=total, unit=unit)


def cleared(what: str, key: str, *, lines: int) -> str:
    """The line in the place of an output or a text that the model has seen in full."""
    return f"[{what} cleared to make room, {lines} line{'s' * (lines != 1)}. Retrieve it: hash={key} (original intact)]"


def cleared_argument(key: str, *, characters: int) -> str:
    """What stands for a long argument of a call that was made with all of it; the key is that of all arguments."""
    return f"[cleared after the call, {characters} characters. Retrieve the arguments: hash={key}]"


def left_out(key: str, *, rounds: int) -> str:
    """The note in the place of the oldest rounds of a conversation."""
    return (
        f"[{rounds} earlier round{'s' * (rounds != 1)} of this conversation left out here to make room. Look up what "
        f"you need of them, with a query: hash={key} (original intact)]"
    )


def scan(text: str) -> list[str]:
    """Every key that a marker in `text` names, lower case, each once, in order of appearance."""
    return list(dict.fromkeys(match.lower() for match in _MARKER.findall(text)))


def scan_bare(text: str) -> list[str]:
    """Everything in `text` that has the form of a key, with or without a marker around it; as `scan` otherwise."""
    return list(dict.fromkeys(match.lower() for match in _BARE.findall(text)))


def carries_marker(text: str) -> bool:
    # Looking for either beginning first is many times faster than the pattern.
    return ("<<ccr:" in text or "hash=" in text) and _MARKER.search(text) is not None


def normalise(value: str) -> str | None:
    """The key in what a model passes as a hash: bare, in upper case, or with the marker around it. None if there is
    no key in it."""
    match = _WRAPPED.fullmatch(value[:200]) if len(value) <= 200 else None
    return match.group(1).lower() if match else None


def check_template(template: str) -> None:
    """Raise ValueError, saying why, unless every footer written with `template` is found back by `scan`."""
    try:
        fields = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise ValueError(f"not a valid template: {error}") from None
    if fields - _FIELDS:
        raise ValueError(f"unknown placeholder {sorted(fields - _FIELDS)}; allowed are {sorted(_FIELDS)}")
    if "\n" in template:
        raise ValueError("a footer must be one line")
    key = "0123456789abcdef0123456789abcdef"[:KEY_LENGTH]
    try:
        written = footer(template, key, kept=20, total=1000, unit="lines")
    except (ValueError, IndexError, KeyError, AttributeError) as error:
        raise ValueError(f"cannot be filled in: {error}") from None
    if scan(written) != [key]:
        raise ValueError("its marker cannot be found back; it must hold 'hash={hash}' or '<<ccr:{hash}>>'")


def _size(count: int) -> str:
    if count < 1024:
        return f"{count}B"
    return f"{count / 1024:.1f}KB" if count < 1024 * 1024 else f"{count / 1024 / 1024:.1f}MB"
