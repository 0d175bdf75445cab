"""Lines with some left out: every gap says how many lines it holds, which, and what they were like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .base import Rendition

__all__ = ["Likeness", "fill_gaps", "repeated_lines"]

_MAX_LAST = 200
_MAX_FORM = 60
_MAX_FORMS = 5
_MIN_NAMED = 8


@dataclass(frozen=True)
class Likeness:
    """`group`: the group of each line; `form`: how the lines of each group read; `failing`: the lines that report a
    failure."""

    group: Sequence[int]
    form: Sequence[str]
    failing: Collection[int]


def fill_gaps(
    lines: Sequence[str],
    keep: Collection[int],
    likeness: Likeness | None = None,
    overwritten: Mapping[int, int] | None = None,
    *,
    smallest: int = 1,
) -> tuple[int, str]:
    """(how many lines are shown, the text). `overwritten`: how many states of a progress line each line has
    overwritten. A gap of fewer than `smallest` lines,
    or shorter than what would be said of it, is shown."""
    out: list[str] = []
    shown = 0
    position = 0
    for i in [*sorted(keep), len(lines)]:
        if i > position:
            note = _note(lines, position, i, likeness, overwritten or {})
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


def _note(lines: Sequence[str], start: int, end: int, likeness: Likeness | None, overwritten: Mapping[int, int]) -> str:
    count = end - start
    states = sum(overwritten[i] for i in range(start, end) if i in overwritten) if overwritten else 0
    where = f"line {start + 1}" if count == 1 else f"lines {start + 1}-{end}"
    where += f", {states} overwritten states" if states else ""
    head = f"[… {count} {'line' if count == 1 else 'lines'} ({where})"
    if likeness is None:
        return f"{head}]"
    counts = Counter(likeness.group[start:end])
    failures = Counter(likeness.group[i] for i in range(start, end) if i in likeness.failing)
    if start and set(counts) == {likeness.group[start - 1]}:
        last = f", last: {lines[end - 1][:_MAX_LAST]}" if count > 1 else ""
        return f"[… {count} more like this ({where}){last}]"
    named = [(group, times) for group, times in counts.most_common() if group in failures]
    if count >= _MIN_NAMED:
        common = [(group, times) for group, times in counts.most_common(3) if times >= 3 and group not in failures]
        named += [(group, times) for group, times in common if likeness.form[group].strip()]
    told = [f'{times} like "{_short(likeness.form[group])}"' for group, times in named[:_MAX_FORMS]]
    rest = count - sum(times for _, times in named[:_MAX_FORMS])
    told += [f"{rest} others"] if told and rest else []
    return f"{head}{': ' + ', '.join(told) if told else ''}]"


def _short(form: str) -> str:
    """The form without the times and numbers that it begins with, cut to a bounded length."""
    text = form.lstrip("#-:.,/+TZ[]() \t") or form
    return text if len(text) <= _MAX_FORM else text[: _MAX_FORM - 1] + "…"
