"""A history of commits, in blocks or a line each: some commits in a line, the others counted where they stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from ...ccr import marker
from ...relevance import rank
from ..base import Rendition
from ..shared.named import named_lines
from .choose import choose
from .details import Details, details_of
from .exact import names_for
from .parse import Commit, parse_blocks, parse_lines

__all__ = ["shorten_history"]

_SHARE: Final = 0.5
_MIN_BUDGET, _MAX_BUDGET = 6_000, 32_000
_SUBJECTS: Final = 0.85
"""The part of the budget that is for subjects before there are messages."""
_HASH, _FULL_HASH = 10, 40
_MAX_NAMED: Final = 60
_MAX_TOLD: Final = 3
_AGAIN: Final = 3
_DATES: Final = frozenset(["Date", "AuthorDate", "author"])
_MANY: Final = 20
"""The hashes next to a shorter gap say well enough where it is."""


def shorten_history(text: str, lines: Sequence[str], query: str, *, blocks: bool) -> Rendition | None:
    """`lines` are those of `text`, without colours. None where there is no commit."""
    commits, graph = parse_blocks(lines) if blocks else (parse_lines(lines), False)
    if not commits:
        return None
    budget = int(min(_MAX_BUDGET, max(_MIN_BUDGET, len(text) * _SHARE)))
    history = _History(lines, commits, graph, blocks)
    body, left = history.written(query, budget)
    total = len(lines) - (not lines[-1])
    if left:
        return Rendition(body, max(0, total - left), total, "lines")
    return Rendition(f"[as it was: {marker.opaque(text, 'log')}]\n{body}", total, total, "lines", (text,))


@dataclass(frozen=True)
class _History:
    lines: Sequence[str]
    commits: Sequence[Commit]
    graph: bool
    blocks: bool

    def written(self, query: str, budget: int) -> tuple[str, int]:
        """(the text, how many lines of the source are left out of it)."""
        names = names_for(Counter(map(_person, self.commits))) if self.blocks else {}
        heads = [self._head(commit, names) for commit in self.commits]
        scores = rank(query, ["\n".join(self.lines[commit.start : commit.end]) for commit in self.commits])
        detailed = any(commit.message or commit.files or commit.trailers for commit in self.commits)
        for_heads = int(budget * _SUBJECTS) if detailed else budget
        chosen = choose(self.commits, scores, [len(head) + 1 for head in heads], for_heads)
        details: dict[int, Details] = {}
        if detailed:
            named = named_lines(self.lines, query, limit=_MAX_NAMED, context=0)
            room = budget - sum(len(heads[i]) + 1 for i in chosen)
            details = details_of(self.lines, self.commits, chosen, scores, room, named, graph=self.graph)
        out: list[str] = list(self.lines[: self.commits[0].start])
        missing: list[Commit] = []
        left = 0
        for i, commit in enumerate(self.commits):
            if i not in chosen:
                missing.append(commit)
                continue
            left += self._tell(missing, out)
            out.append(heads[i])
            if i in details:
                out.extend(details[i].text)
                left += details[i].left
        left += self._tell(missing, out)
        shown = [self.commits[i] for i in sorted(chosen)]
        legend = self._legend(names, shown)
        left += sum(commit.drawn + len(commit.hidden) for commit in shown)
        return "\n".join([*legend, *out]), left

    def _head(self, commit: Commit, names: dict[str, str]) -> str:
        """The commit in one line, or two with its subject."""
        if not self.blocks:
            line = self.lines[commit.start]
            return line if len(commit.hash) < _FULL_HASH else line.replace(commit.hash, commit.hash[:_HASH], 1)
        person = _person(commit)
        date = next((commit.fields[key] for key in ("Date", "AuthorDate") if key in commit.fields), "")
        date = date or " ".join(commit.fields.get("author", "").rsplit(" ", 2)[1:])
        after = f" {commit.after}" if commit.after else ""
        merge = f" | Merge: {commit.fields['Merge']}" if "Merge" in commit.fields else ""
        dated = f" | {date}" if date else ""
        return f"{commit.hash[:_HASH]}{after}{merge} | {names.get(person, person)}{dated}\n    {commit.subject}"

    def _legend(self, names: dict[str, str], shown: Sequence[Commit]) -> list[str]:
        told = [f"hash cut to {_HASH} digits"] if any(len(commit.hash) > _HASH for commit in shown) else []
        drawn = sum(commit.drawn for commit in shown)
        told += [f"graph left out, {drawn} lines"] if self.graph else [f"{drawn} lines of graph left out"] * bool(drawn)
        hidden = Counter(name for commit in shown for name in commit.hidden)
        if hidden:
            told.append(f"left out: {', '.join(f'{count} lines {name}' for name, count in hidden.items())}")
        if not self.blocks:
            return [f"[{'; '.join(told)}]"] if told else []
        used = set(map(_person, shown))
        told += [f"{number} = {name}" for name, number in names.items() if name in used]
        dated = " | date" if self.commits[0].fields.keys() & _DATES else ""
        return [f"[hash | author{dated}{''.join(f'; {each}' for each in told)}]"]

    def _tell(self, missing: list[Commit], out: list[str]) -> int:
        """Say which commits are left out in a row, and what comes again and again among them. Returns their lines."""
        if not missing:
            return 0
        size = sum(self._size(commit) for commit in missing)
        count = f"{len(missing)} commits" if len(missing) > 1 else "1 commit"
        lines = f", {size} lines" if size > len(missing) else ""
        where = f", {missing[0].hash[:_HASH]} to {missing[-1].hash[:_HASH]}" if len(missing) >= _MANY else ""
        told = _often(missing)
        out.append(f"[… {count}{lines}{where}{': ' if told else ''}{', '.join(told)}]")
        missing.clear()
        return size

    def _size(self, commit: Commit) -> int:
        """Lines of a commit; what ends the text is none."""
        return commit.end - commit.start - (commit.end == len(self.lines) and not self.lines[-1])


def _person(commit: Commit) -> str:
    return commit.fields.get("Author") or commit.fields.get("author", "").rsplit(" ", 2)[0]


def _often(missing: Collection[Commit]) -> list[str]:
    if len(missing) < _AGAIN:
        return []
    subjects = Counter(commit.subject for commit in missing).most_common(_MAX_TOLD)
    told = [f'{count} "{subject[:60]}"' for subject, count in subjects if count >= _AGAIN and subject]
    merges = sum("Merge" in commit.fields or commit.subject.startswith("Merge ") for commit in missing)
    told += [f"{merges} merges"] if merges >= _AGAIN else []
    bots = sum("[bot]" in commit.fields.get("Author", "") for commit in missing)
    return [*told, f"{bots} by bots"] if bots >= _AGAIN else told
