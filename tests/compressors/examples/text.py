"""Prose."""

from __future__ import annotations

__all__ = ["SAMPLES", "large"]


def large(megabytes: int) -> str:
    return "\n".join(f"line {i} of a long text: {i * 7919} and not much else to say" for i in range(17_000 * megabytes))


SAMPLES = {"manual": "# Title\n\nSome words that make a sentence of prose.\nAnd then another one.\n\n" * 200}
