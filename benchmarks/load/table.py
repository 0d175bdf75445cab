"""Figures as rows, for people and for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["Row", "quantile", "show"]


class Row:
    """What was measured, of which side, and its figures by name."""

    def __init__(self, what: str, side: str, **figures: float | int | str) -> None:
        self.what = what
        self.side = side
        self.figures = figures

    def as_json(self) -> dict[str, Any]:
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in self.figures.items()}
        return {"what": self.what, "side": self.side, **rounded}


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def show(row: Row) -> str:
    """One line of text."""
    figures = "  ".join(
        f"{name}={value:.3f}" if isinstance(value, float) else f"{name}={value}" for name, value in row.figures.items()
    )
    return f"{row.what:46}{row.side:8}{figures}"
