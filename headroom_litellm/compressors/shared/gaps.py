"""Lines with some left out: every gap says how many lines it holds, which, and what they were like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ..base import Rendition

__all__ = ["Likeness", "fill_gaps", "repeated_lines"]

_MAX_LAST = 200
_MAX_FORM = 60
_MAX_FORMS = 5
_MAX_CODES = 8
_MAX_WORDS = 5
_MAX_PLACES = 2
_PROBE = 40
"""Words are not counted where so many templates already have too many."""
_MAX_NAMES, _MAX_NAME, _MAX_DIGITS = 5, 32, 8
"""Names that are told, and the characters and digits of one: what is longer is an id or a path."""
_MIN_NAMED = 8
_MIN_GAIN, _MIN_SHARE = 40, 3
"""Characters, and the part of what it stands for, that a gap saves at least."""
_LONG_LINE = 240
"""A gap of one line is worth it only where the line is this long."""

_MARKS = ",:;."
_WORD = re.compile(r"[^\W\d_]{5}")
_LEAD = re.compile(r"\s*(?:[\[(<]*#(?:[-:.,/+ ]#)*[TZ]?[\])>]*(?:[\s,:|-]+|$))+")
_PUNCTUATION = re.compile(r"[-+|:,.\s]+(?=\S)")


@dataclass(frozen=True)
class Likeness:
    """`template`: the number of each line's text without what changes; `group`: the group of each line, of one or
    more templates that differ in some words; `templates`, `form`: how each template and each group reads. `failing`,
    `warning`: the lines that report a failure or warn; `codes`: the name of the error in those that name one; `known`:
    what some lines are, where that is known (`again as lines 7-19`), told as it stands behind their count."""

    template: Sequence[int]
    group: Sequence[int]
    templates: Sequence[str]
    form: Sequence[str]
    failing: Collection[int]
    warning: Collection[int]
    codes: Mapping[int, str]
    known: Mapping[int, str] = field(default_factory=dict)


def fill_gaps(
    lines: Sequence[str],
    keep: Collection[int],
    likeness: Likeness | None = None,
    overwritten: Mapping[int, int] | None = None,
    *,
    smallest: int = 2,
    shortened: Mapping[int, str] | None = None,
) -> tuple[int, str]:
    """(how many lines are shown whole, the text). `overwritten`: how many states of a progress line each line has
    overwritten; `shortened`: what is shown of lines of `keep` that are not shown whole. A gap of fewer than `smallest`
    lines is shown unless it is one very long line, and so is one that would save next to nothing."""
    shortened = shortened or {}
    out: list[str] = []
    shown = 0
    position = 0
    for i in [*sorted(keep), len(lines)]:
        if i > position:
            note = _note(lines, position, i, likeness, overwritten or {})
            size = sum(map(len, lines[position:i])) + i - position
            pays = size - len(note) > max(_MIN_GAIN, size // _MIN_SHARE)
            if pays and (i - position >= smallest or size > _LONG_LINE):
                out.append(note)
            else:
                for k in range(position, i):
                    _show(k, lines[k], overwritten, out)
                shown += i - position
        if i < len(lines):
            _show(i, shortened.get(i, lines[i]), overwritten, out)
            shown += i not in shortened
        position = i + 1
    return shown, "\n".join(out)


def repeated_lines(text: str) -> Rendition | None:
    """Lines that repeat the line above, counted instead of repeated. Nothing is lost."""
    lines = text.split("\n")
    out: list[str] = []
    for line, same in groupby(lines):
        more = sum(1 for _ in same) - 1
        out.append(line)
        if more:
            note = f"[the line above {more} more times]"
            out.extend([note] if len(note) < more * (len(line) + 1) - 1 else [line] * more)
    short = "\n".join(out)
    return Rendition(short, len(lines), len(lines), "lines") if len(short) < len(text) else None


def _show(i: int, line: str, overwritten: Mapping[int, int] | None, out: list[str]) -> None:
    if overwritten and i in overwritten:
        out.append(f"[… {overwritten[i]} overwritten states of the next line]")
    out.append(line)


def _note(lines: Sequence[str], start: int, end: int, likeness: Likeness | None, overwritten: Mapping[int, int]) -> str:
    count = end - start
    states = sum(overwritten[i] for i in range(start, end) if i in overwritten) if overwritten else 0
    where = f"line {start + 1}" if count == 1 else f"lines {start + 1}-{end}"
    where += f", {states} overwritten states" if states else ""
    if likeness is None:
        return f"[… {count} {'line' if count == 1 else 'lines'} ({where})]"
    known = Counter([likeness.known[i] for i in range(start, end) if i in likeness.known]) if likeness.known else {}
    if start and not known and _all_like(likeness.template, start, end):
        last = f", last: {_cut(lines[end - 1], _MAX_LAST)}" if count > 1 else ""
        return f"[… {count} more like this ({where}){last}]"
    failing = [i for i in range(start, end) if i in likeness.failing]
    warning = sum([i in likeness.warning for i in range(start, end)])
    head = f"[… {count} {'line' if count == 1 else 'lines'} ({where})"
    head += f", {len(failing)} of failures" if failing else ""
    head += f", {warning} of warnings" if warning else ""
    codes = Counter(likeness.codes[i] for i in failing if i in likeness.codes) if likeness.codes else Counter()
    told = [f"{times} of {code}" for code, times in codes.most_common(_MAX_CODES)]
    rest = sum(codes.values()) - sum(times for _, times in codes.most_common(_MAX_CODES))
    told += [f"{rest} of {len(codes) - _MAX_CODES} other codes"] if rest else []
    told += [f"{times} {what}" for what, times in known.items()]
    open_lines: Sequence[int] = range(start, end)
    if codes or known:
        coded = {i for i in failing if i in likeness.codes}
        open_lines = [i for i in open_lines if i not in coded and i not in likeness.known]
    told += _alike(open_lines, likeness, count, lines)
    return f"{head}{': ' + ', '.join(told) if told else ''}]"


def _all_like(template: Sequence[int], start: int, end: int) -> bool:
    """Are the lines all like the one before them?"""
    one = template[start - 1]
    return template[end - 1] == one and template[start] == one and template[start:end].count(one) == end - start


def _alike(found: Sequence[int], likeness: Likeness, count: int, lines: Sequence[str]) -> list[str]:
    """What the lines were like: the failures, and in a longer gap of `count` lines what comes most often."""
    if isinstance(found, range):
        counts = Counter(likeness.group[found.start : found.stop])
    else:
        counts = Counter([likeness.group[i] for i in found])
    failures = {likeness.group[i] for i in found if i in likeness.failing} if likeness.failing else set()
    named = [(group, times) for group, times in counts.most_common() if group in failures] if failures else []
    if count >= _MIN_NAMED:
        common = [(group, times) for group, times in counts.most_common(3) if times >= 3 and group not in failures]
        named += [(group, times) for group, times in common if _has_letter(likeness.form[group])]
    told = [f"{times} like {_reading(group, found, likeness, lines)}" for group, times in named[:_MAX_FORMS]]
    rest = len(found) - sum(times for _, times in named[:_MAX_FORMS])
    return [*told, f"{rest} others"] if told and rest else told


def _reading(group: int, found: Sequence[int], likeness: Likeness, lines: Sequence[str]) -> str:
    """How the lines of a group read; the words in which they differ, with counts where there are few, and the first of
    them where there are many."""
    form = likeness.form[group].split(" ")
    if "*" not in form:
        return f'"{_short(likeness.form[group])}"'
    told: list[str] = []
    members = [i for i in found if likeness.group[i] == group]
    counts = Counter([likeness.template[i] for i in members])
    tokens = [(likeness.templates[template].split(), times) for template, times in counts.items()]
    for k in [k for k, word in enumerate(form) if word == "*"]:
        if len({each[k] for each, _ in tokens[:_PROBE]}) > _MAX_WORDS:
            if not told:
                told.append(_names(k, len(form), members, lines))
            continue
        words: Counter[str] = Counter()
        for each, times in tokens:
            words[each[k]] += times
        if len(words) == 1:
            form[k] = next(iter(words))
        elif "#" in words:
            continue
        elif len(words) <= _MAX_WORDS and len(members) > len(words) and all(map(_reads, words)):
            told.append(" or ".join(f"{_cut(word, _MAX_FORM)} ×{times}" for word, times in words.most_common()))
        elif not told:
            told.append(_names(k, len(form), members, lines))
    differing = "; ".join([each for each in told[:_MAX_PLACES] if each])
    return f'"{_short(" ".join(form))}"' + (f" ({differing})" if differing else "")


def _reads(word: str) -> bool:
    """Does the word say something without the numbers in it?"""
    return "#" not in word or (len(word) <= _MAX_NAME and _WORD.search(word) is not None)


def _names(place: int, count: int, members: Sequence[int], lines: Sequence[str]) -> str:
    """The first names that stand at that place of lines of `count` words, and the last."""
    names = dict.fromkeys([_name(lines[i], place, count) for i in members[: 4 * _MAX_NAMES]])
    whole = len(members) <= 4 * _MAX_NAMES and len(names) <= _MAX_NAMES and "" not in names
    names.pop("", None)
    first = list(names)[:_MAX_NAMES]
    last = _name(lines[members[-1]], place, count)
    if len(first) < 2:
        return ""
    return ", ".join(first) + ("" if whole else f" … {last}" if last and last not in first else " …")


def _name(line: str, place: int, count: int) -> str:
    words = line.split() if len(line) <= _LONG_LINE else []
    name = words[place].rstrip(_MARKS) if len(words) == count else ""
    return name if len(name) <= _MAX_NAME and sum(map(str.isdigit, name)) <= _MAX_DIGITS else ""


def _short(form: str) -> str:
    """The form without the times, numbers and punctuation that it begins with, cut to a bounded length."""
    lead = _LEAD.match(form)
    text = form[lead.end() :] if lead else form
    punctuation = _PUNCTUATION.match(text)
    return _cut((text[punctuation.end() :] if punctuation else text) or form, _MAX_FORM)


def _has_letter(form: str) -> bool:
    return form.lower() != form.upper()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
