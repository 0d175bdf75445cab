"""Histories of commits: what was done, by whom and when, in a line a commit; messages and files as far as room is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ...ccr import marker
from ...relevance import rank
from ..base import Document, Rendition
from ..sample import Sample
from ..shared.ansi import ANSI
from ..shared.named import named_lines
from .choose import choose, is_dull
from .detect import form_of, is_commits
from .exact import names_for, shorten
from .parse import Commit, bare, parse_blocks, parse_lines
from .shortlog import shorten_counts, shorten_shortlog

__all__ = ["Commits"]

_SMALL: Final = 4_000
_HEAD, _FIRST, _WIDTH = 20_000, 60, 240
"""By how much of the text its form is told again."""
_SHARE: Final = 0.35
_MIN_BUDGET, _MAX_BUDGET = 3_500, 32_000
_SUBJECTS: Final = 0.85
"""The part of the budget that is for subjects before there are messages."""
_WORTH: Final = 0.8
_HASH, _FULL_HASH = 10, 40
_MESSAGE, _FILES, _MORE = 8, 10, 3
_MAX_NAMED: Final = 60
_NOTE: Final = 14
_MAX_TOLD: Final = 3
_WHAT: Final = ("of the message", "of trailers", "of files")
_AGAIN: Final = 3
_MANY: Final = 20
"""The hashes next to a shorter gap say well enough where it is."""


class Commits:
    """A commit shown is shown by its hash (to 10 digits, which git takes), author, date and subject, verbatim; of
    messages and files some lines, the others counted. Commits left out are counted where they stood, with the hashes
    of the first and the last. The unit is commits, of shortlogs lines."""

    kind: ClassVar[str] = "commits"

    def fits(self, sample: Sample) -> bool:
        return is_commits(sample)

    def compress(self, document: Document) -> Rendition | None:
        text = document.text
        first = [ANSI.sub("", line[:_WIDTH]).rstrip("\r") for line in text[:_HEAD].split("\n")[:_FIRST] if line.strip()]
        form = form_of(first) or form_of(first, Sample.of(document).command)
        if not form:
            return None
        if not document.lossless and len(text) >= _SMALL:
            short = _shortened(text, form, document.query)
            if short is not None and len(short.text) <= _WORTH * len(text):
                return short
        exact = shorten(text) if form == "blocks" else None
        total = _count(text)
        return Rendition(exact, total, total, "lines") if exact is not None else None


def _count(text: str) -> int:
    return text.count("\n") + 1 - text.endswith("\n")


def _shortened(text: str, form: str, query: str) -> Rendition | None:
    lines = (ANSI.sub("", text) if "\x1b" in text else text).replace("\r\n", "\n").split("\n")
    if form in ("shortlog", "counts"):
        body, shown = (shorten_shortlog if form == "shortlog" else shorten_counts)(lines, query)
        return Rendition(body, shown, _count(text), "lines") if shown < _count(text) else None
    log = _Log.read(lines, blocks=form == "blocks")
    if not log.commits:
        return None
    body, shown = log.written(query, int(min(_MAX_BUDGET, max(_MIN_BUDGET, len(text) * _SHARE))))
    if shown < len(log.commits):
        return Rendition(body, shown, len(log.commits), "commits")
    return Rendition(f"[all of it: {marker.opaque(text, 'log')}]\n{body}", shown, shown, "commits", (text,))


@dataclass(frozen=True)
class _Log:
    lines: Sequence[str]
    commits: Sequence[Commit]
    graph: bool
    blocks: bool

    @classmethod
    def read(cls, lines: Sequence[str], *, blocks: bool) -> _Log:
        if blocks:
            commits, graph = parse_blocks(lines)
        else:
            commits, graph = parse_lines(lines), False
        return cls(lines, commits, graph, blocks)

    def written(self, query: str, budget: int) -> tuple[str, int]:
        names = names_for(Counter(self._person(commit) for commit in self.commits)) if self.blocks else {}
        heads = [self._head(commit, names) for commit in self.commits]
        scores = rank(query, ["\n".join(self.lines[commit.start : commit.end]) for commit in self.commits])
        chosen = choose(self.commits, scores, [len(head) + 1 for head in heads], int(budget * _SUBJECTS))
        details: dict[int, list[str]] = {}
        if any(commit.message or commit.files or commit.trailers for commit in self.commits):
            named = named_lines(self.lines, query, limit=_MAX_NAMED, context=0)
            room = budget - sum(len(heads[i]) + 1 for i in chosen)
            details = self._details(sorted(chosen), scores, room, named)
        out: list[str] = list(self.lines[: self.commits[0].start])
        missing: list[Commit] = []
        for i, commit in enumerate(self.commits):
            if i not in chosen:
                missing.append(commit)
                continue
            _tell(missing, out)
            out.append(heads[i])
            out.extend(details.get(i, ()))
        _tell(missing, out)
        legend = self._legend(names, out)
        return "\n".join([*legend, *out]), len(chosen)

    def _person(self, commit: Commit) -> str:
        return commit.fields.get("Author") or commit.fields.get("author", "").rsplit(" ", 2)[0]

    def _head(self, commit: Commit, names: dict[str, str]) -> str:
        """The commit in one line, or two with its subject."""
        if not self.blocks:
            line = self.lines[commit.start]
            return line if len(commit.hash) < _FULL_HASH else line.replace(commit.hash, commit.hash[:_HASH], 1)
        person = self._person(commit)
        date = next((commit.fields[key] for key in ("Date", "AuthorDate") if key in commit.fields), "")
        date = date or " ".join(commit.fields.get("author", "").rsplit(" ", 2)[1:])
        after = f" {commit.after}" if commit.after else ""
        merge = " | merge" if "Merge" in commit.fields else ""
        return f"{commit.hash[:_HASH]}{after}{merge} | {names.get(person, person)} | {date}\n    {commit.subject}"

    def _details(
        self, chosen: Sequence[int], scores: Sequence[float], room: int, named: set[int]
    ) -> dict[int, list[str]]:
        """For each commit, the lines of its message and its files, or how many they are: for as many as there is room,
        what the query is after first, then in their order. Lines that the query names are always shown."""
        room -= _NOTE * len(chosen)
        good = max((scores[i] for i in chosen), default=0.0) / 2
        details: dict[int, list[str]] = {}
        for i in sorted(chosen, key=lambda i: (-scores[i] if scores[i] > good else 0.0, i)):
            commit, relevant = self.commits[i], scores[i] > good
            more = _MORE if relevant else 1
            lines = self._lines(commit, _MESSAGE * more, _FILES * more, named)
            cost = sum(map(len, lines)) + len(lines)
            if cost > room or (is_dull(commit) and not relevant):
                lines = self._lines(commit, 0, 0, named)
            else:
                room -= cost
            details[i] = lines
        return details

    def _lines(self, commit: Commit, message: int, files: int, named: set[int]) -> list[str]:
        said = [i for k, i in enumerate(commit.message) if k < message or i in named]
        last = len(commit.files) - 1 if files and self._is_summary(commit) else -1
        listed = [i for k, i in enumerate(commit.files) if k < files or k == last or i in named]
        signed = [i for i in commit.trailers if i in named]
        left = len(commit.message) - len(said), len(commit.trailers) - len(signed), len(commit.files) - len(listed)
        told = ", ".join(f"{count} {what}" for count, what in zip(left, _WHAT, strict=True) if count)
        note = [f"    [… lines: {told}]"] if told else []
        return [*self._bare(said), *self._bare(signed), *note, *self._bare(listed)]

    def _bare(self, numbers: Sequence[int]) -> list[str]:
        return [bare(self.lines[i], self.graph).rstrip() for i in numbers]

    def _is_summary(self, commit: Commit) -> bool:
        return bool(commit.files) and "changed" in self.lines[commit.files[-1]]

    def _legend(self, names: dict[str, str], out: Sequence[str]) -> list[str]:
        if not self.blocks:
            told = (
                [f"hashes cut to {_HASH} digits"] if any(len(each.hash) == _FULL_HASH for each in self.commits) else []
            )
            told += ["graph between commits left out"] if any("*" in each.after for each in self.commits) else []
            return [f"[{', '.join(told)}]"] if told else []
        used = {line.split(" | ")[-2] for line in "\n".join(out).split("\n") if " | A" in line}
        told = [f"; {number} = {name}" for name, number in names.items() if number in used]
        graph = ", graph left out" if self.graph else ""
        return [f"[hash (cut to {_HASH} digits{graph}) | author | date{''.join(told)}]"]


def _tell(missing: list[Commit], out: list[str]) -> None:
    """Say which commits are left out in a row, and what comes again and again among them."""
    if not missing:
        return
    first, last = missing[0].hash[:_HASH], missing[-1].hash[:_HASH]
    where = f" {first}..{last}" if len(missing) >= _MANY else ""
    told: list[str] = []
    if len(missing) >= _AGAIN:
        subjects = Counter(commit.subject for commit in missing).most_common(_MAX_TOLD)
        told = [f'{count} "{subject[:60]}"' for subject, count in subjects if count >= _AGAIN and subject]
        merges = sum("Merge" in commit.fields or commit.subject.startswith("Merge ") for commit in missing)
        told += [f"{merges} merges"] if merges >= _AGAIN else []
        bots = sum("[bot]" in commit.fields.get("Author", "") for commit in missing)
        told += [f"{bots} by bots"] if bots >= _AGAIN else []
    count = f"{len(missing)} commits" if len(missing) > 1 else "1 commit"
    out.append(f"[… {count}{where}{': ' if told else ''}{', '.join(told)}]")
    missing.clear()
