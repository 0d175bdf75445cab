"""Which lines of a log are shown."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..shared.gaps import Likeness
from ..shared.named import named_lines
from ..shared.signs import suspects, verdict, warning_text
from .blocks import diagnostics, go_failures, usual_indent, warning_end, without_prefix
from .failures import failures
from .frames import library_frames
from .heads import heads_of
from .shape import CLIENT_ERROR, Shapes, alike, shapes
from .variants import rare_variants

__all__ = ["Shown", "choose"]

_HEAD, _TAIL = 5, 10
_SURE_HEAD, _SURE_TAIL = 2, 4
_SERIES: Final = 12
"""Lines of a group of so many are shown at the beginning and at the end only where they are the very ends."""
_MAX_SECTION: Final = 600
_ALIKE_WARNINGS: Final = 3
_OFTEN: Final = 3
"""Times a warning comes for its last one to be shown, too: till when it came."""
_MAX_NAMED: Final = 40
_MAX_ORDINARY: Final = 120
_MAX_IDS: Final = 200
_MANY_CODED, _FIRST_CODED, _EACH_CODED = 60, 20, 3
_LINE: Final = 4_000
"""Characters of a line that are looked at."""

_COUNTS_UP: Final = re.compile(
    r"# (?:passed|failed|errors?|warnings?|skipped|tests?|packages|vulnerabilities|modules|upgraded)\b"
)
_SUMS_UP: Final = re.compile(
    r"(?:test result|Tests?:|Test Suites:|Ran #|BUILD |Finished |Total|Summary|FAILED|PASSED|OK\b|ok\b|FAIL\b|real"
    r"|Successfully )"
)
_SUMS_BEGIN: Final = frozenset("BFOPRSTort")
_EXIT: Final = re.compile(r"[Ee]xit(?:ed)?(?: with)?(?: code| status)")
_GUTTER: Final = frozenset("│|┃")
"""What stands beside the source that a compiler quotes: such a line says nothing without its message."""
_DATED: Final = re.compile(r"[\[(<]?#[-/.:T#]*[\])>:,]?")
_MANY: Final = 1_000
_ABOVE_ZERO: Final = re.compile(r"(?<![0-9])0*[1-9][0-9]*(?:\.[0-9]+)?")
_LETTER: Final = re.compile(r"[^\W\d_]")
_SECTION: Final = re.compile(r"=+ (?:FAILURES|ERRORS) =+|(?:failures|errors):$")
_SECTION_END: Final = re.compile(r"=+ .* =+$|test result:")
_CALM, _WARNS, _FAILS, _COUNTS = range(4)
_VERDICTS: Final = {"": _CALM, "warns": _WARNS, "fails": _FAILS}
_FAILED_ID: Final = re.compile(
    r"(?:FAILED|ERROR) \S*(?:::|\.py\b)|FAIL(?:ED)?:? \S+|\s*--- FAIL: |test .* \.\.\. FAILED"
)
_CODE: Final = re.compile(
    r"(?:error|warning)\s?(?:\[([A-Z][^\W0-9]*[0-9]\w*)\]|([A-Z]{1,6}[0-9]{2,6})\b)"
    r"|:[0-9]+:[0-9]+: ([A-Z]{1,6}[0-9]{2,5}) "
)
"""A compiler's or linter's message that names what is wrong: error TS7006, error[E0308], a.py:1:2: E501."""
_COUNTED: Final = re.compile(
    r"#\s+(?:\w+\s+)?(?:err|fail|exception|fatal|panic)|\b(?=\w*(?:err|fail|exception|fatal|panic))\w+\W{0,3}#"
)


@dataclass(frozen=True)
class Shown:
    """The numbers of the lines to show, which of them need not be shown whole, and which lines are alike."""

    keep: set[int]
    brief: set[int]
    likeness: Likeness


def choose(lines: Sequence[str], query: str) -> Shown:
    """Errors with their blocks and context, warnings, summaries, what the query names, the beginning and the end, and
    one line of each of the ordinary kinds."""
    found = shapes(lines)
    shape, templates = found.number, found.templates
    bare = without_prefix(lines)
    verdicts = _judge(bare, found)
    failing, warning = _sorted_out(bare, shape, verdicts)
    failed = frozenset(failing)
    codes = {i: f"error {code[1] or code[2] or code[3]}" for i, code in _coded(bare, failing)}
    groups, forms = alike(found.tokens, verdicts)
    group = [groups[number] for number in shape]
    usual = usual_indent(bare)
    keep, known = failures(
        bare,
        found.tokens,
        shape,
        group if _is_dated(found.tokens) else shape,
        failing if len(codes) <= _MANY_CODED else [i for i in failing if i not in codes],
        usual,
    )
    if len(codes) > _MANY_CODED:
        keep |= _first_of_each(codes)
    keep.update(i for part in go_failures(bare, failing) for i in part)
    keep.update([i for i in failing if _FAILED_ID.match(bare[i])][:_MAX_IDS])
    keep |= _sections(bare)
    warned = {number: _warned(templates[number]) for number in {shape[i] for i in warning}}
    for i in sorted(_some_warnings(warning, [warned[shape[i]] for i in warning], group)):
        keep.update(range(i, warning_end(bare, i, usual)))
    sums = [_sums_up(template[:300], bare[i]) for template, i in zip(templates, found.first, strict=True)]
    summaries = [i for i, number in enumerate(shape) if sums[number]]
    keep |= _some_of_each(summaries, [templates[shape[i]] for i in summaries], 3, 2)
    rare = rare_variants(found.tokens, groups, forms, shape)
    odd = [i for i, number in enumerate(shape) if number in rare] if rare else []
    keep |= _some_of_each(odd, [repr(rare[shape[i]]) for i in odd], 2, 1)
    keep |= heads_of(bare, [i for i in (*failing, *warning) if i in keep])
    named = named_lines(lines, query, limit=_MAX_NAMED, context=0)
    brief = {j for i in named for j in (i - 1, i + 1) if 0 <= j < len(lines)}
    counts = Counter(group)
    for i in _ends(group, counts):
        (brief if counts[group[i]] > 1 and i not in failed else keep).add(i)
    brief |= _representatives(found, group, keep | brief | named, counts)
    keep.update(i for part in diagnostics(bare) if not (keep | brief).isdisjoint(part) for i in part)
    frames = library_frames(bare, keep | brief) if failing else {}
    keep = keep.difference(frames) | named
    brief = brief.difference(frames, keep)
    known = {**known, **frames}
    likeness = Likeness(shape, group, templates, forms, failed, frozenset(warning), codes, known)
    return Shown(keep | brief, brief, likeness)


def _ends(group: Sequence[int], counts: Mapping[int, int]) -> set[int]:
    """The first and the last lines."""
    total = len(group)
    return {
        i
        for i in (*range(min(_HEAD, total)), *range(max(0, total - _TAIL), total))
        if i < _SURE_HEAD or i >= total - _SURE_TAIL or counts[group[i]] < _SERIES
    }


def _judge(lines: Sequence[str], found: Shapes) -> list[int]:
    """Whether the lines of each shape fail or warn, judged by the first of them; _COUNTS where it is numbers of
    failures in which they differ, so that each has to be judged by itself."""
    verdicts = [_CALM] * len(found.templates)
    for number in suspects(found.templates):
        template = found.templates[number][:_LINE]
        if "#" in template and _COUNTED.search(template.lower()):
            verdicts[number] = _COUNTS
        else:
            verdicts[number] = _verdict(lines[found.first[number]])
    return verdicts


def _sorted_out(lines: Sequence[str], shape: Sequence[int], verdicts: Sequence[int]) -> tuple[list[int], list[int]]:
    """(the lines that report a failure, the lines that warn)"""
    sorted_out: dict[int, list[int]] = {_CALM: [], _WARNS: [], _FAILS: []}
    counts: dict[str, int] = {}
    told = {number for number, each in enumerate(verdicts) if each != _CALM}
    for i in [i for i, number in enumerate(shape) if number in told] if told else ():
        judged = verdicts[shape[i]]
        if judged == _COUNTS:
            # What matters of its numbers is which of them are zero.
            key = _ABOVE_ZERO.sub("1", lines[i][:_LINE])
            known = counts.get(key)
            judged = counts[key] = _verdict(lines[i]) if known is None else known
        sorted_out[judged].append(i)
    return sorted_out[_FAILS], sorted_out[_WARNS]


def _verdict(line: str) -> int:
    return _VERDICTS[verdict(line[:_LINE])]


def _warned(template: str) -> str:
    """What the lines of a template warn of."""
    status = template.find(CLIENT_ERROR)
    return template[status:] if status >= 0 else warning_text(template)


def _sums_up(template: str, line: str) -> bool:
    return (
        (template[:1] in _SUMS_BEGIN and _SUMS_UP.match(template) is not None)
        or (line.startswith("==") and line.rstrip().endswith("=="))
        or ("# " in template and _COUNTS_UP.search(template) is not None)
        or ("xit" in template and _EXIT.search(template) is not None)
    )


def _coded(lines: Sequence[str], failing: Sequence[int]) -> Iterator[tuple[int, re.Match[str]]]:
    for i in failing:
        found = _CODE.search(lines[i][:_LINE])
        if found is not None:
            yield i, found


def _first_of_each(codes: Mapping[int, str]) -> set[int]:
    """Of very many messages that name what is wrong, the first ones, and the first ones of each name."""
    return set(list(codes)[:_FIRST_CODED]) | _some_of_each(list(codes), list(codes.values()), _EACH_CODED, 1)


def _is_dated(tokens: Sequence[Sequence[str]]) -> bool:
    """Do most of the lines begin with a time? Then names change from line to line, and say no more than numbers."""
    dated = sum([any("#" in word[:2] and _DATED.fullmatch(word) for word in each[:3]) for each in tokens[:_MANY]])
    return 2 * dated > len(tokens[:_MANY])


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


def _some_warnings(warning: Sequence[int], texts: Sequence[str], group: Sequence[int]) -> set[int]:
    """The first of each text, of texts that are alike the first few and the last one, and the last warning of each of
    these texts that comes often."""
    places: dict[str, list[int]] = {}
    for i, text in zip(warning, texts, strict=True):
        places.setdefault(text, []).append(i)
    first = {found[0]: found for found in places.values()}
    chosen = _some_of_each(list(first), [group[i] for i in first], _ALIKE_WARNINGS, 1)
    return chosen | {first[i][-1] for i in chosen if len(first[i]) >= _OFTEN}


def _some_of_each(found: Sequence[int], marks: Sequence[Hashable], first: int, last: int) -> set[int]:
    """Of the lines with the same mark, the first few and the last few."""
    same: dict[Hashable, list[int]] = {}
    for i, mark in zip(found, marks, strict=True):
        same.setdefault(mark, []).append(i)
    return {i for each in same.values() for i in (*each[:first], *each[len(each) - last :])}


def _representatives(found: Shapes, group: Sequence[int], keep: set[int], counts: Mapping[int, int]) -> set[int]:
    """The first line of each group that has none shown yet: the groups that come most often, and then single lines at
    even distances."""
    budget = min(_MAX_ORDINARY, 6 + round(math.sqrt(len(group))))
    seen = {group[i] for i in keep}
    first: dict[int, int] = {}
    for i, template, tokens in zip(found.first, found.templates, found.tokens, strict=True):
        number = group[i]
        quoted = not _GUTTER.isdisjoint(tokens[:2])
        if number not in seen and number not in first and not quoted and _LETTER.search(template):
            first[number] = i
    many = sorted((number for number in first if counts[number] > 1), key=lambda number: (-counts[number], number))
    chosen = {first[number] for number in many[:budget]}
    single = [i for number, i in first.items() if counts[number] == 1]
    room = min(len(single), budget - len(chosen), budget // 2)
    chosen.update(single[len(single) * k // room] for k in range(room))
    return chosen
