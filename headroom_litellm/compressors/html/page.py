"""A page as Markdown: its title, its content or the most of it that has room, and what was left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from ..shared.named import named_lines
from ..shared.passages import Limits, choose
from .content import content_of, prose_in
from .data import data_lines
from .head import title_lines
from .lines import Line
from .odd import odd_lines
from .parts import parts_of
from .walk import Walk

__all__ = ["PageText", "page_text"]

_PARSED: Final = 4_000_000
"""Characters of the source that are parsed: the tree of a page takes a multiple of its memory."""
_LEAST_TAGS: Final = 4
_LARGE: Final = 100_000
"""What is shorter takes little time however it is nested, but for blocks of code."""
_CLOSED: Final = {
    **dict.fromkeys(("pre",), 20),
    **dict.fromkeys(("ul", "ol", "dl", "table", "select", "blockquote"), 400),
    **dict.fromkeys(("div", "span", "font", "code", "sup", "strong", "em", "section", "a ", "i>", "b>", "u>"), 2_000),
}
"""How many of these tags may be open at once: within each other they take quadratic time."""
_MAX_OPTIONS: Final = 8_000
"""Choices of a form, closed or not, that take quadratic time to parse as well."""
_STEP: Final = 20_000
_MOST_STEPS: Final = 50
_SHARE: Final = 0.4
_MIN_BUDGET, _MAX_BUDGET = 12_000, 18_000
"""Without its markup a page is short already: an article of usual length stays whole."""
_LEAST_REST: Final = 0.2
"""Where paragraphs and code leave so much of the budget, they stay whole: an article among what goes with it."""
_HEAD_SHARE, _TAIL_SHARE = 0.25, 0.06
_MIN_GAIN: Final = 40
_SMALLEST_GAP: Final = 3
_MAX_NAMED: Final = 20
_MAX_FAILED: Final = 60
_FAILED: Final = re.compile(r"\| (?:fail(?:ed|ure|ing)?|error(?:ed)?|broken) \|", re.IGNORECASE)
"""A row of a report whose verdict stands in a cell."""


@dataclass(frozen=True, slots=True)
class PageText:
    """`characters` of the page are in `text`, besides notes."""

    text: str
    characters: int


def page_text(source: str, query: str) -> PageText | None:
    """None where the text is no page."""
    part = source[:_PARSED]
    if part.count("</") < _LEAST_TAGS or _is_broken(part):
        return None
    walk = Walk()
    head = _read(part, walk, query)
    if walk.too_deep:
        return None
    lines = walk.lines
    inside = content_of(lines)
    texts = [line.text for line in lines]
    content = [i for i, is_in in enumerate(inside) if is_in]
    around = [i for i, is_in in enumerate(inside) if not is_in]
    keep = _chosen([lines[i] for i in content], query)
    kept = {content[k] for k in keep}
    kept |= {around[k] for k in named_lines([texts[i] for i in around], query, limit=_MAX_NAMED, context=0)}
    body, shown = _with_gaps(lines, kept, set(content))
    dropped = Counter[str]()
    for i in around:
        if i not in kept:
            dropped[lines[i].region.kind or "outside the content"] += lines[i].words
    written = "\n".join([*head, *body])
    odd = [f"line {number}: {line}" for number, line in odd_lines(source, written, query)]
    if odd:
        odd.insert(0, "[lines of the source that are not in the text of the page:]")
    words = sum(line.words for line in lines)
    left = sum(lines[i].words for i in range(len(lines)) if i not in kept)
    note = _note(words - left, words, dropped, walk.scripts, len(source) - len(part))
    characters = shown + sum(map(len, head))
    return PageText("\n".join([note, *head, *([""] if head else []), *body, *odd]), characters)


def _is_broken(source: str) -> bool:
    """Are so many tags left open that they stand within each other without end?"""
    step = max(_STEP, len(source) // _MOST_STEPS)
    # Part by part, since all at once would take many times the memory.
    parts = [source[start : start + step].lower() for start in range(0, len(source), step)]
    names = _CLOSED if len(source) > _LARGE else ("pre",)
    many = [name for name in names if sum([part.count(f"<{name}") for part in parts]) > _CLOSED[name]]
    opened = dict.fromkeys(many, 0)
    for part in parts if many else ():
        for name in many:
            opened[name] += part.count(f"<{name}") - part.count(f"</{name.rstrip()}")
            if opened[name] > _CLOSED[name]:
                return True
    return sum([part.count("<option") for part in parts]) > _MAX_OPTIONS


def _read(source: str, walk: Walk, query: str) -> list[str]:
    """Walk over the page, part by part. Returns what it says of itself."""
    head: list[str] = []
    for number, part in enumerate(parts_of(source)):
        tree = LexborHTMLParser(part.encode("utf-8", "replace"))
        root = tree.body or tree.root
        if root is not None:
            walk.over(root)
        if walk.too_deep:
            break
        if number == 0:
            head = title_lines(tree, next((line.text.lstrip("# ") for line in walk.lines if line.heading), ""))
            words = sum(line.words for line in walk.lines)
            head += data_lines(tree, part, query, words, sum(len(line.text) for line in walk.lines))
    return head


def _chosen(lines: Sequence[Line], query: str) -> Iterable[int]:
    """All lines of a short content; of a long one those that matter."""
    size = sum(len(line.text) + 1 for line in lines)
    budget = int(max(_MIN_BUDGET, min(_MAX_BUDGET, size * _SHARE)))
    if size <= budget:
        return range(len(lines))
    titles = [i for i, line in enumerate(lines) if line.heading]
    failed = (i for i, line in enumerate(lines) if line.text[:1] == "|" and _FAILED.search(line.text))
    written = {i for i, line in enumerate(lines) if prose_in(line)}.union(*_blocks(lines))
    rest = budget - sum(len(lines[i].text) + 1 for i in written)
    if rest < _LEAST_REST * budget:
        written, rest = set(), budget
    limits = Limits(int(rest * _HEAD_SHARE), int(rest * _TAIL_SHARE), rest, fill=True)
    keep = choose([line.text for line in lines], titles, query, limits).union(islice(failed, _MAX_FAILED), written)
    return _with_fences(lines, keep)


def _with_fences(lines: Sequence[Line], keep: set[int]) -> set[int]:
    """Both fences of the code of which something is kept, none of other code."""
    for block in _blocks(lines):
        fences = {block[0], block[-1]}
        if keep.isdisjoint(block[1:-1]):
            keep -= fences
        else:
            keep |= fences
    return keep


def _blocks(lines: Sequence[Line]) -> list[range]:
    """The blocks of code with their fences."""
    fences = [i for i, line in enumerate(lines) if not line.words and line.text[:3] in ("```", "~~~")]
    return [range(start, end + 1) for start, end in zip(fences[::2], fences[1::2], strict=False)]


def _with_gaps(lines: Sequence[Line], kept: set[int], content: set[int]) -> tuple[list[str], int]:
    """(the lines with notes for the gaps in the content, the characters of the page in them)."""
    out: list[str] = []
    gap: list[int] = []
    shown = 0
    for i, line in enumerate(lines):
        if i not in kept:
            if i in content:
                gap.append(i)
            continue
        shown += _close(gap, lines, kept, out)
        if line.heading and line.text[:1] == "#" and out:
            out.append("")
        out.append(line.text)
        shown += len(line.text)
    shown += _close(gap, lines, kept, out)
    return out, shown


def _close(gap: list[int], lines: Sequence[Line], kept: set[int], out: list[str]) -> int:
    """Say what the gap holds, or show it where that is not longer. Returns the characters shown."""
    shown = 0
    if gap:
        texts = [lines[i].text for i in gap]
        words = sum(lines[i].words for i in gap)
        note = f"[… {len(gap)} {'line' if len(gap) == 1 else 'lines'}, {words} words]"
        size = sum(map(len, texts))
        if size - len(note) > _MIN_GAIN and (len(gap) >= _SMALLEST_GAP or size > 4 * len(note)):
            out.append(note)
        else:
            out += texts
            kept.update(gap)
            shown = size
        gap.clear()
    return shown


def _note(shown: int, words: int, dropped: Counter[str], scripts: int, unparsed: int) -> str:
    """What the text below is, and what is missing from it."""
    parts = [f"{kind} {count}" for kind, count in dropped.most_common() if count]
    note = f"[web page as Markdown, markup left out; {shown} of {words} words shown"
    if parts:
        note += f"; not shown: {', '.join(parts)} words"
    if scripts:
        note += f"; {scripts} {'script' if scripts == 1 else 'scripts'} left out"
    if unparsed:
        note += f"; {unparsed} characters at the end not read"
    return note + "]"
