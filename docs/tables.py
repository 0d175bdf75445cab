"""The tables of settings, metrics and events, made from the code: `make docs`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from headroom_litellm.events import EVENTS, Event, Question
from headroom_litellm.report.counters import COUNTED
from headroom_litellm.settings import Settings

__all__ = ["tables"]

ROOT = Path(__file__).parents[1]
LONG = {"kinds": "all", "exact_tools": "see `settings/model.py`"}
"""Defaults that do not fit a table."""


def tables() -> Mapping[Path, str]:
    """The whole text of each file that holds a table, with the table as it has to be."""
    settings = [["setting", "default", "what it does"], *_settings(Settings)]
    counters = [["name", "what it counts"], *([f"`{name}`", what] for name, what in COUNTED.items())]
    events = [["event", "may be answered by", "what it says", "facts"], *map(_event, EVENTS)]
    return {
        path: _with(path.read_text(encoding="utf-8"), name, rows)
        for path, name, rows in (
            (ROOT / "README.md", "settings", settings),
            (ROOT / "docs" / "metrics.md", "counters", counters),
            (ROOT / "docs" / "plugins.md", "events", events),
        )
    }


def _settings(model: type[BaseModel], prefix: str = "") -> Iterator[list[str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _settings(field.annotation, f"{prefix}{name}.")
        else:
            yield [f"`{prefix}{name}`", LONG.get(name) or _shown(field.default), str(field.description)]


def _event(event: type[Event]) -> list[str]:
    """The docstring's first paragraph says what it is; the others go into details."""
    answers = event.answers if issubclass(event, Question) else ()
    what = " ".join((event.__doc__ or "").partition("\n\n")[0].split())
    return [
        f"`{event.__name__}`",
        ", ".join(f"`{answer.__name__}`" for answer in answers) or "–",
        what,
        ", ".join(f"`{field.name}`" for field in fields(event)) or "–",
    ]


def _shown(default: Any) -> str:
    return "–" if default is None or default == () else f"`{default}`"


def _with(text: str, name: str, rows: list[list[str]]) -> str:
    head, *lines = (f"| {' | '.join(row)} |" for row in rows)
    table = [head, "|" + "---|" * len(rows[0]), *lines]
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    return "".join([before, begin, *(f"{line}\n" for line in table), end, after])


if __name__ == "__main__":
    for path, text in tables().items():
        path.write_text(text, encoding="utf-8")
