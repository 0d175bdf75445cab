"""Diffs: every change with the place where it is made, less of what is around it, and what nobody reads in one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from ...relevance import NAMED, rank
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.ansi import ANSI
from ..shared.named import named_lines
from .changed import is_changed_list, shorten_list
from .detect import is_diff
from .exact import line_end, shorten
from .hunks import Shown
from .parse import File, Prose, parse
from .prose import commits_in, shorten_prose
from .titles import many
from .view import UNREAD, View, cut, cut_short, views

__all__ = ["Diff"]

_SMALL: Final = 4_000
"""Shorter diffs are shown whole."""
_IN_FULL: Final = 10_000
"""Shorter diffs are what their reader has just made, or is to judge line by line: every line that somebody changed is
shown, and only what surrounds it, and what is generated, is left out."""

_SHARE: Final = 0.6
_MIN_BUDGET, _MAX_BUDGET = 12_000, 28_000
_LARGEST: Final = 3
"""No hunk may take more than this part of the budget; a larger one is cut short."""
_WITHOUT_HUNKS: Final = 0.4
"""The part of the budget for files that are only renamed, emptied or binary."""
_WORTH: Final = 0.85
_MAX_NAMED: Final = 80
_FEW_FILES: Final = 3
_FEW_COMMITS: Final = 3
_MANY_LINES, _SOME_LINES, _FEW_LINES = 20, 8, 2
"""Lines of a message that are shown: of few commits, of many, and where there is not room for all hunks."""
_NOTE: Final = 100
"""What a note on a hunk costs, about."""
_PROSE_EACH: Final = 300
_CUTS: Final = ((1, 2), (0,), (UNREAD,))
"""The ranks of the files that are cut together: tests and documents, sources, what only the query has brought in."""

_COLOURED: Final = re.compile(r"^(?:\x1b\[[0-9;]{0,20}m)+(?:diff -|@@|--- |Index: )", re.MULTILINE)

_LEGEND: Final = (
    "[shortened diff: lines index, ---, +++ and what is unchanged beyond one line around a change are left out;"
    " each @@ header counts what stands under it; notes give line numbers of the new side]"
)


class Diff:
    """Changed lines stay, verbatim and under headers that count them, with one line around them. Repeated changes,
    white space and files that are generated are told in a note with counts; of a large diff what the query is after
    stays, then the sources, and the names and counts of all other files. The unit is lines."""

    kind: ClassVar[str] = "diff"

    def fits(self, sample: Sample) -> bool:
        return is_diff(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        coloured = _is_coloured(text)
        if coloured:
            if document.lossless or len(text) < _SMALL:
                return None
            text = ANSI.sub("", text)
        end = line_end(text)
        lines = text.split(end)
        parts = parse(lines)
        files = [part for part in parts if isinstance(part, File)]
        if not files:
            return shorten_list(document) if is_changed_list(Sample.of(document)) else None
        if coloured and not all(hunk.exact for file in files for hunk in file.hunks):
            return None
        total = len(lines) - (not lines[-1])
        if not document.lossless and len(text) >= _SMALL:
            short = _shortened(lines, parts, files, document, len(text))
            body = f"{_LEGEND}\n{short.text}"
            if coloured:
                body = f"[colour codes removed]\n{body}"
            if len(body) <= _WORTH * len(document.text) and short.lines < total:
                return Rendition(body, short.lines, total, "lines")
        exact = None if coloured else shorten(lines, parts, end)
        return Rendition(exact, total, total, "lines") if exact is not None and len(exact) < len(text) else None


def _is_coloured(text: str) -> bool:
    """Whether the diff itself is in colours, not only what it quotes. Words that only their colour tells apart must
    not lose it."""
    return "\x1b" in text and _COLOURED.search(text) is not None


def _shortened(
    lines: Sequence[str], parts: Sequence[Prose | File], files: Sequence[File], document: Document, size: int
) -> Shown:
    named = named_lines(lines, document.query, limit=_MAX_NAMED, context=0)
    budget = int(min(_MAX_BUDGET, max(_MIN_BUDGET, size * _SHARE)))
    shown = views(lines, files, named, in_full=size < _IN_FULL)
    whole = _written(lines, parts, shown, named)
    for ranks in _CUTS:
        if len(whole.text) <= budget:
            return whole
        for rank_cut in ranks:
            cut(lines, shown, named, rank_cut)
        whole = _written(lines, parts, shown, named)
    if len(whole.text) <= budget:
        return whole
    del whole
    for view in shown:
        for item in view.items:
            if view.rank < UNREAD and not item.note and len(item.shown.text) > budget // _LARGEST:
                cut_short(lines, item, named, budget // _LARGEST // 2)
    _choose(shown, document.query, budget, _PROSE_EACH * min(1.0, (len(parts) - len(files)) / len(files)))
    return _written(lines, parts, shown, named, budget)


def _choose(shown: Sequence[View], query: str, budget: int, prose: float) -> None:
    """Let go of the hunks for which there is no room: those that the query does not name, documents before tests before
    sources, and of each file the later ones first. A file takes its title and `prose` characters besides."""
    found = [(view, k, item) for view in shown for k, item in enumerate(view.items)]
    texts = [f"{view.file.path}\n{item.shown.text}" for view, _, item in found]
    scores = rank(query, texts)
    good = max(scores, default=0.0) / 3

    def order(i: int) -> tuple[bool, int, bool, int, int]:
        view, k, _ = found[i]
        relevant = scores[i] > good
        return (scores[i] < NAMED, view.rank, not relevant, k // 2, i)

    room = float(budget)
    for view in shown:
        if not view.items:
            view.listed = room - len(view.title) > budget * (1 - _WITHOUT_HUNKS)
            room -= len(view.title) * view.listed
    begun: set[int] = set()
    for i in sorted(range(len(found)), key=order):
        view, _, item = found[i]
        cost = (_NOTE if item.note else len(item.shown.text)) + (0 if id(view) in begun else len(view.title) + prose)
        item.chosen = view.rank < UNREAD and cost <= min(room, budget // _LARGEST)
        if item.chosen:
            room -= cost
            begun.add(id(view))


def _written(
    lines: Sequence[str],
    parts: Sequence[Prose | File],
    shown: Sequence[View],
    named: set[int],
    budget: int = 0,
) -> Shown:
    """All parts in order. With a budget, files without a hunk in view are counted and named, and so are commits
    without such a file where there are many."""
    of = {id(view.file): view for view in shown}
    texts = [part for part in parts if isinstance(part, Prose)]
    message = _FEW_LINES if budget else _SOME_LINES if len(texts) > _FEW_COMMITS else _MANY_LINES
    all_prose = not budget or len(texts) * _PROSE_EACH < budget // 2
    out: list[str] = []
    missing: list[Prose | File] = []
    kept = 0
    for k, part in enumerate(parts):
        if isinstance(part, Prose):
            if not all_prose and not _has_view(parts, k, of) and commits_in(lines, part):
                missing.append(part)
                continue
            text, count = shorten_prose(lines, part, named, before_files=k + 1 < len(parts), message=message)
            ends_text = part.end == len(lines) and not lines[-1] and text[-1:] in ("", "\n")
            piece = Shown(text, count - ends_text)
        else:
            view = of[id(part)]
            if budget and not view.is_shown:
                missing.append(part)
                continue
            piece = view.written()
        kept += _tell(lines, missing, of, out)
        out.append(piece.text)
        kept += piece.lines
    kept += _tell(lines, missing, of, out)
    return Shown("\n".join(out), kept)


def _has_view(parts: Sequence[Prose | File], at: int, of: dict[int, View]) -> bool:
    for part in parts[at + 1 :]:
        if isinstance(part, Prose):
            return False
        if of[id(part)].is_shown:
            return True
    return False


def _tell(lines: Sequence[str], missing: list[Prose | File], of: dict[int, View], out: list[str]) -> int:
    """Say what is left out in a row. Returns how many lines of the source are shown by that."""
    if not missing:
        return 0
    found = [of[id(part)] for part in missing if isinstance(part, File)]
    shown = 0
    if len(found) == len(missing) and len(found) <= _FEW_FILES:
        for view in found:
            piece = view.written()
            out.append(piece.text)
            shown += piece.lines
    else:
        size = sum(part.end - part.start for part in missing)
        added, removed = sum(view.added for view in found), sum(view.removed for view in found)
        commits = [commit for part in missing if isinstance(part, Prose) for commit in commits_in(lines, part)]
        out.append(many([view.file for view in found], size, added, removed, commits))
    missing.clear()
    return shown
