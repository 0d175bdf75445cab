"""Waiting for what other processes do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Lines", "eventually"]

T = TypeVar("T")


def eventually(probe: Callable[[], T | None], *, within: float = 30.0) -> T:
    """The first result of `probe` that counts as true, asked for again and again."""
    deadline = time.monotonic() + within
    while not (result := probe()):
        assert time.monotonic() < deadline, f"not within {within:g} s"
        time.sleep(0.01)
    return result


@dataclass(frozen=True)
class Lines:
    """A file of JSON lines that a proxy writes, each about one model."""

    path: Path

    def of(self, model: str, at_least: int = 0) -> list[dict[str, Any]]:
        """The lines about `model`, as soon as there are so many."""
        return eventually(lambda: (found,) if len(found := self._found(model)) >= at_least else None)[0]

    def _found(self, model: str) -> list[dict[str, Any]]:
        text = self.path.read_text() if self.path.exists() else ""
        lines = [json.loads(line) for line in text.rpartition("\n")[0].splitlines()]
        return [line for line in lines if line["model"] == model]
