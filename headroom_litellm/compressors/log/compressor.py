"""Logs and the output of builds and tests: what happens again and again is shown once, what went wrong whole."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...ccr import marker
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.ansi import ANSI
from ..shared.gaps import Likeness, fill_gaps, repeated_lines
from ..shared.named import named_lines
from ..shared.signs import HINT, line_fails, line_warns, warning_text
from .blocks import block_end, diagnostics, go_failures, is_item, without_prefix
from .detect import is_log
from .shape import alike, mask
from .variants import rare_variants

__all__ = ["Log"]

_HEAD, _TAIL = 5, 10
_MAX_SECTION = 600
_MAX_WARNING = 12
_WORTH = 0.8
_ALIKE_ERRORS, _ALIKE_WARNINGS, _ALIKE_BLOCKS = 8, 2, 2
_TITLE = 2
_MAX_NAMED = 40
_MAX_ORDINARY = 120
_MAX_IDS = 200
_MANY_CODED, _FIRST_CODED, _EACH_CODED = 60, 20, 3
_LINE = 4_000
"""Characters of a line that are looked at."""
_SHORT = 2_000
"""Shorter logs are shown whole."""

_SUMMARY = re.compile(
    r"# (?:passed|failed|errors?|warnings?|skipped|tests?|packages|vulnerabilities|modules|upgraded)\b"
    r"|^(?:test result|Tests?:|Test Suites:|Ran #|BUILD |Finished |Total|Summary|FAILED|PASSED|OK\b|ok\b|FAIL\b|real"
    r"|Successfully )"
    r"|[Ee]xit(?:ed)?(?: with)?(?: code| status)|^[=#]+ .* [=#]+$"
)
_LETTER = re.compile(r"[^\W\d_]")
_SECTION = re.compile(r"=+ (?:FAILURES|ERRORS) =+|(?:failures|errors):$")
_SECTION_END = re.compile(r"=+ .* =+$|test result:")
_CALM, _WARNS, _FAILS, _COUNTS = range(4)
_FAILED_ID = re.compile(r"(?:FAILED|ERROR) \S*(?:::|\.py\b)|FAIL(?:ED)?:? \S+|\s*--- FAIL: ")
_CODE = re.compile(
    r"(?:error|warning)\s?(?:\[([A-Z]\w*[0-9]\w*)\]|([A-Z]{1,6}[0-9]{2,6})\b)|:[0-9]+:[0-9]+: ([A-Z]{1,6}[0-9]{2,5}) "
)
"""A compiler's or linter's message that names what is wrong: error TS7006, error[E0308], a.py:1:2: E501."""
_COUNTED = re.compile(
    r"#\s+(?:\w+\s+)?(?:err|fail|exception|fatal|panic)|(?:err|fail|exception|fatal|panic)\w*\W{0,3}#", re.IGNORECASE
)


class Log:
    """Errors with their blocks and context, warnings, what the query names, the beginning and the end stay; of lines
    that differ in numbers, ids and names only, one stands for all.

    Lines that stay are verbatim (but for colour codes and overwritten progress) and in order; each gap says how many
    lines it holds, and their numbers. Failures beyond a handful that are alike count as repetitions too.
    """

    kind: ClassVar[str] = "log"

    def fits(self, sample: Sample) -> bool:
        return is_log(sample)

    def compress(self, document: Document) -> Rendition | None:
        if document.lossless or len(document.text) < _SHORT:
            return repeated_lines(document.text)
        lines, overwritten = _screen(document.text)
        shown = _choose(lines, document.query)
        hidden = sum(overwritten.values())
        kept, text = fill_gaps(lines, shown.keep, shown.likeness, overwritten)
        total = len(lines) + hidden
        spans: tuple[str, ...] = ()
        if kept == total and "\x1b" in document.text:
            spans = (document.text,)
            text = f"[colour codes removed: {marker.opaque(document.text, 'with colour codes')}]\n{text}"
        if len(text) > _WORTH * len(document.text):
            return repeated_lines(document.text)
        return Rendition(text, kept, total, "lines", spans)


def _screen(text: str) -> tuple[list[str], dict[int, int]]:
    """The lines as a terminal shows them in the end, and how many overwritten states each line had."""
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    if "\x1b" in text:
        lines = [ANSI.sub("", line) if "\x1b" in line else line for line in lines]
    overwritten: dict[int, int] = {}
    if "\r" in text:
        for i, line in enumerate(lines):
            if "\r" in line:
                states = [state for state in line.split("\r") if state.strip()]
                lines[i] = states[-1] if states else ""
                if len(states) > 1:
                    overwritten[i] = len(states) - 1
    return lines, overwritten


@dataclass(frozen=True)
class _Shown:
    """The numbers of the lines to show, and which lines are alike."""

    keep: set[int]
    likeness: Likeness


def _choose(lines: Sequence[str], query: str) -> _Shown:
    masked = mask("\n".join(lines)).split("\n")
    shapes: dict[str, int] = {}
    shape = [shapes.setdefault(line, len(shapes)) for line in masked]
    templates = list(shapes)
    bare = without_prefix(lines)
    verdict = _judge(bare, shape, templates)
    failing = [
        i
        for i, number in enumerate(shape)
        if verdict[number] == _FAILS or (verdict[number] == _COUNTS and line_fails(bare[i][:_LINE]))
    ]
    known = frozenset(failing)
    warning = [
        i
        for i, number in enumerate(shape)
        if i not in known
        and (verdict[number] == _WARNS or (verdict[number] == _COUNTS and line_warns(bare[i][:_LINE])))
    ]
    codes = {i: f"error {found[1] or found[2] or found[3]}" for i, found in _coded(bare, failing)}
    groups, forms = alike(templates, verdict)
    group = [groups[number] for number in shape]
    keep = set(range(min(_HEAD, len(lines)))) | set(range(max(0, len(lines) - _TAIL), len(lines)))
    keep |= _blocks(bare, shape, failing if len(codes) <= _MANY_CODED else [i for i in failing if i not in codes])
    if len(codes) > _MANY_CODED:
        keep |= _first_of_each(codes)
    keep.update(i for part in go_failures(bare, failing) for i in part)
    keep.update([i for i in failing if _FAILED_ID.match(bare[i])][:_MAX_IDS])
    keep |= _sections(bare)
    for i in _some_of_each(warning, [warning_text(masked[i]) for i in warning], _ALIKE_WARNINGS, 1):
        keep.update(range(i, min(block_end(bare, i), i + _MAX_WARNING)))
    summary = [_SUMMARY.search(template[:300]) is not None for template in templates]
    summaries = [i for i, number in enumerate(shape) if summary[number]]
    keep |= _some_of_each(summaries, [masked[i] for i in summaries], 3, 2)
    rare = rare_variants(templates, groups, shape)
    odd = [i for i, number in enumerate(shape) if number in rare] if rare else []
    keep |= _some_of_each(odd, [repr(rare[shape[i]]) for i in odd], 2, 1)
    keep |= named_lines(lines, query, limit=_MAX_NAMED)
    keep |= _representatives(lines, group, keep)
    keep.update(i for part in diagnostics(bare) if not keep.isdisjoint(part) for i in part)
    return _Shown(keep, Likeness(shape, group, templates, forms, known, frozenset(warning), codes))


def _coded(lines: Sequence[str], failing: Sequence[int]) -> Iterator[tuple[int, re.Match[str]]]:
    for i in failing:
        found = _CODE.search(lines[i][:_LINE])
        if found is not None:
            yield i, found


def _first_of_each(codes: Mapping[int, str]) -> set[int]:
    """Of very many messages that name what is wrong, the first ones, and the first ones of each name."""
    return set(list(codes)[:_FIRST_CODED]) | _some_of_each(list(codes), list(codes.values()), _EACH_CODED, 1)


def _judge(lines: Sequence[str], shape: Sequence[int], templates: Sequence[str]) -> list[int]:
    """Whether the lines of each shape fail or warn, judged by the first of them; _COUNTS where it is numbers of
    failures in which they differ, so that each has to be judged by itself."""
    verdicts = [_CALM] * len(templates)
    first: dict[int, int] = {}
    for i, number in enumerate(shape):
        first.setdefault(number, i)
    for number, i in first.items():
        template = templates[number][:_LINE]
        if not HINT.search(lines[i][:_LINE]):
            continue
        if _COUNTED.search(template):
            verdicts[number] = _COUNTS
        else:
            line = lines[i][:_LINE]
            verdicts[number] = _FAILS if line_fails(line) else _WARNS if line_warns(line) else _CALM
    return verdicts


def _blocks(lines: Sequence[str], shape: Sequence[int], failing: Sequence[int]) -> set[int]:
    """Every failing line with the block that it opens, whole, and some context. Of blocks that are alike the first few
    and the last stay whole; of a few more, and of all numbered failures, what failed."""
    blocks: list[tuple[int, int]] = []
    for i in failing:
        if blocks and i < blocks[-1][1]:
            continue
        end = block_end(lines, i)
        if blocks and i == blocks[-1][1] and end - i > 1:
            blocks[-1] = (blocks[-1][0], end)
        else:
            blocks.append((i, end))
    same: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for start, end in blocks:
        title = _TITLE if is_item(lines[start]) and end - start > 2 * _TITLE else 0
        same.setdefault(tuple(shape[start + title : end]), []).append((start, end))
    known = set(failing)
    keep: set[int] = set()
    for marks, found in same.items():
        whole = _ALIKE_ERRORS if len(marks) == 1 else _ALIKE_BLOCKS
        for place, (start, end) in enumerate(found):
            if place < whole or place >= len(found) - 2:
                before, after = (2, 1) if place < 2 else (0, 0)
                keep.update(range(max(0, start - before), min(len(lines), end + after)))
            elif is_item(lines[start]):
                keep.update(range(start, min(end, start + _TITLE)))
            elif place < _ALIKE_ERRORS:
                keep.update(i for i in range(start, end) if i in known)
    return keep


def _sections(lines: Sequence[str]) -> set[int]:
    """The reports of failed tests, from their heading to the next."""
    keep: set[int] = set()
    start = -1
    for i, line in enumerate(lines):
        if start >= 0 and _SECTION_END.match(line):
            if i - start <= _MAX_SECTION:
                keep.update(range(start, i))
            start = -1
        if start < 0 and line[:1] in "=fe" and _SECTION.match(line):
            start = i
    return keep


def _some_of_each(found: Sequence[int], texts: Sequence[str], first: int, last: int) -> set[int]:
    """Of the lines with the same text, the first few and the last few."""
    same: dict[str, list[int]] = {}
    for i, text in zip(found, texts, strict=True):
        same.setdefault(text, []).append(i)
    return {i for each in same.values() for i in (*each[:first], *each[len(each) - last :])}


def _representatives(lines: Sequence[str], group: Sequence[int], keep: set[int]) -> set[int]:
    """The first line of each group that has none shown yet: the groups that come most often, and then single lines at
    even distances."""
    budget = min(_MAX_ORDINARY, 10 + round(math.sqrt(len(lines))))
    counts = Counter(group)
    seen = {group[i] for i in keep}
    first: dict[int, int] = {}
    for i, number in enumerate(group):
        if number not in seen and number not in first and _LETTER.search(lines[i]):
            first[number] = i
    many = sorted((number for number in first if counts[number] > 1), key=lambda number: (-counts[number], number))
    chosen = {first[number] for number in many[:budget]}
    single = [i for number, i in first.items() if counts[number] == 1]
    room = min(len(single), budget - len(chosen))
    chosen.update(single[len(single) * k // room] for k in range(room))
    return chosen
