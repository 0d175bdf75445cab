"""Lines with some left out: every gap says how many lines it holds, which, and what they were like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from .base import Rendition

__all__ = ["fill_gaps", "repeated_lines"]

_MAX_LAST = 200
_MAX_TEMPLATE = 60
_MIN_NAMED = 8


def fill_gaps(
    lines: Sequence[str],
    keep: Collection[int],
    group: Sequence[int] | None = None,
    template: Mapping[int, str] | None = None,
    overwritten: Mapping[int, int] | None = None,
    *,
    smallest: int = 1,
) -> tuple[int, str]:
    """(how many lines are shown, the text). `group` says which lines are alike, and `template` how they read;
    `overwritten` how many states of a progress line were overwritten by the line. A gap of fewer than `smallest` lines,
    or shorter than what would be said of it, is shown."""
    out: list[str] = []
    shown = 0
    position = 0
    for i in [*sorted(keep), len(lines)]:
        if i > position:
            note = _note(lines, position, i, group, template, overwritten or {})
            if i - position >= smallest and len(note) < sum(map(len, lines[position:i])) + i - position - 1:
                out.append(note)
            else:
                for k in range(position, i):
                    _show(k, lines, overwritten, out)
                shown += i - position
        if i < len(lines):
            _show(i, lines, overwritten, out)
            shown += 1
        position = i + 1
    return shown, "\n".join(out)


def repeated_lines(text: str) -> Rendition | None:
    """Lines that repeat the line above, counted instead of repeated. Nothing is lost."""
    lines = text.split("\n")
    out: list[str] = []
    position = 0
    while position < len(lines):
        end = position + 1
        while end < len(lines) and lines[end] == lines[position]:
            end += 1
        out.append(lines[position])
        note = f"[the line above {end - position - 1} more times]"
        if len(note) < (end - position - 1) * (len(lines[position]) + 1) - 1:
            out.append(note)
        else:
            out.extend(lines[position + 1 : end])
        position = end
    short = "\n".join(out)
    return Rendition(short, len(lines), len(lines), "lines") if len(short) < len(text) else None


def _show(i: int, lines: Sequence[str], overwritten: Mapping[int, int] | None, out: list[str]) -> None:
    if overwritten and i in overwritten:
        out.append(f"[… {overwritten[i]} overwritten states of the next line]")
    out.append(lines[i])


def _note(
    lines: Sequence[str],
    start: int,
    end: int,
    group: Sequence[int] | None,
    template: Mapping[int, str] | None,
    overwritten: Mapping[int, int],
) -> str:
    count = end - start
    states = sum(overwritten[i] for i in range(start, end) if i in overwritten) if overwritten else 0
    where = f"line {start + 1}" if count == 1 else f"lines {start + 1}-{end}"
    head = f"[… {count} {'line' if count == 1 else 'lines'}"
    tail = f", {states} overwritten states" if states else ""
    if group is None or template is None:
        return f"{head} ({where}){tail}]"
    counts = Counter(group[start:end])
    if start and set(counts) == {group[start - 1]}:
        last = f", last: {lines[end - 1][:_MAX_LAST]}" if count > 1 else ""
        return f"[… {count} more like this ({where}{tail}){last}]"
    if count < _MIN_NAMED:
        return f"{head} ({where}){tail}]"
    named = [(number, times) for number, times in counts.most_common(3) if times >= 3 and template[number].strip()]
    told = [f'{times} like "{_short(template[number])}"' for number, times in named]
    rest = count - sum(times for _, times in named)
    told += [f"{rest} others"] if told and rest else []
    return f"{head} ({where}){tail}{': ' + ', '.join(told) if told else ''}]"


def _short(template: str) -> str:
    text = " ".join(template.split())
    return text if len(text) <= _MAX_TEMPLATE else text[: _MAX_TEMPLATE - 1] + "…"
