"""How much there is to work on, found out at a price that is bounded."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["is_small"]

_NODES: Final = 3_000
_CHARACTERS: Final = 200_000
"""What is read, digested and written back within a millisecond or two."""


def is_small(value: Any) -> bool:
    """Whether a JSON value holds so little that reading it does not hold up an event loop."""
    nodes = characters = 0
    rest = [value]
    while rest:
        value = rest.pop()
        kind = type(value)
        if kind is str:
            characters += len(value)
        elif kind is dict or kind is list:
            nodes += len(value)
            rest += value.values() if kind is dict else value
            if nodes > _NODES:
                return False
    return characters <= _CHARACTERS
