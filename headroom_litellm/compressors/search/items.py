"""What is shown or left out together: a match with its context, or the matches of a file with the same text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from .cut import LONG
from .matches import CONTEXT, MATCH, Matches, Section
from .ordering import Ordering

__all__ = ["Items", "items_of"]

_CUT: Final = 330
_DIGITS: Final = b"0123456789"


@dataclass(slots=True)
class Items:
    """Items by number; those of a section follow each other.

    lead:    the line that is shown where there is room for no more
    section: the number of its section
    cost:    characters that it takes
    more:    all lines of those items that have more than one
    """

    found: Matches
    lead: list[int] = field(default_factory=list)
    section: list[int] = field(default_factory=list)
    cost: list[int] = field(default_factory=list)
    more: dict[int, list[int]] = field(default_factory=dict)
    by_section: list[Sequence[int]] = field(default_factory=list)

    def lines(self, k: int) -> Sequence[int]:
        return self.more[k] if k in self.more else (self.lead[k],)

    def line_cost(self, i: int) -> int:
        found = self.found
        size = len(found.lines[i])
        if found.style != "heading":
            size -= len(found.paths[found.owner[i]])
        return size + 1 if size < LONG else _CUT

    def passages(self) -> list[str]:
        """What each item reads, with its paths."""
        found = self.found
        passages = [found.lines[i] for i in self.lead]
        for k, lines in self.more.items():
            if any(found.kinds[i] == CONTEXT for i in lines):
                passages[k] = "\n".join([found.lines[i] for i in lines])
        return passages

    def order(self, scores: Sequence[float]) -> tuple[list[int], list[bytes]]:
        """A number for each item, the lower the sooner it is shown, and its text without digits."""
        texts = [self.found.texts[i][:_CUT].strip() for i in self.lead]
        shapes = "\n".join(texts).encode("utf-8", "surrogatepass").translate(None, _DIGITS).split(b"\n")
        number = Ordering(scores).number
        order: list[int] = []
        for each in self.by_section:
            start = each[0]
            order += [number(scores[k], texts[k], shapes[k], k - start) for k in each]
        return order, shapes

    def _add(self, section: int, lines: list[int], lead: int, cost: int) -> None:
        if len(lines) > 1:
            self.more[len(self.lead)] = lines
        self.lead.append(lead)
        self.section.append(section)
        self.cost.append(cost)

    def add_section(self, number: int, section: Section) -> None:
        found, records, start = self.found, section.records, len(self.lead)
        if CONTEXT in found.kinds[records[0] : records[-1] + 1]:
            self._add_groups(number, records)
        elif len(records) == 1 or len({found.texts[i] for i in records}) == len(records):
            self.lead += records
            self.section += [number] * len(records)
            self.cost += map(self.line_cost, records)
        else:
            same: dict[str, list[int]] = {}
            for i in records:
                same.setdefault(found.texts[i], []).append(i)
            for each in same.values():
                lines = each if found.numbered else each[:1]
                self._add(number, lines, lines[0], self.line_cost(lines[0]) + 5 * (len(lines) - 1))
        self.by_section.append(range(start, len(self.lead)))

    def _add_groups(self, number: int, records: Sequence[int]) -> None:
        found = self.found
        group: list[int] = []
        lead = -1
        for i in [*records, -1]:
            if group:
                last = group[-1]
                follows = found.number[i] == found.number[last] + 1 if found.numbered else i == last + 1
                # The function in which a match stands comes before it, by itself.
                if i < 0 or not (follows or (lead < 0 and len(group) == 1 and found.kinds[i] == MATCH)):
                    self._add(number, group, max(lead, group[0]), sum(map(self.line_cost, group)))
                    group, lead = [], -1
            group.append(i)
            if lead < 0 and found.kinds[i] == MATCH:
                lead = i


def items_of(found: Matches, sections: Sequence[Section]) -> Items:
    items = Items(found)
    for number, section in enumerate(sections):
        items.add_section(number, section)
    return items
