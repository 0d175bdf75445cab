"""What the program says that it could not search: of very many such lines, some for each reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ...relevance import NAMED, rank

__all__ = ["is_complaint", "left_out", "notes_on"]

_COMPLAINT: Final = re.compile(r"(?:[efz]?grep|rg|ripgrep|ack|ag|find|git|ugrep|sh|bash)(?:\.exe)?: ")
_MISSING: Final = "No such file"
"""Who named a file that is not there has to know."""
_MANY: Final = 24
_SHARE: Final = 0.25
_FIRST, _FIRST_MISSING = 4, 100
_MAX_REASON: Final = 60


def is_complaint(line: str) -> bool:
    """Whether the program says that it could not search something."""
    return _COMPLAINT.match(line) is not None


def left_out(lines: Sequence[str], complaints: Sequence[int], query: str, budget: int) -> list[int]:
    """Which of the complaints, given by line, are not shown: none while they are few or take little of the budget, and
    none that the query names."""
    if len(complaints) <= _MANY or sum([len(lines[i]) for i in complaints]) <= _SHARE * budget:
        return []
    scores = rank(query, [lines[i] for i in complaints])
    reasons: Counter[str] = Counter()
    dropped: list[int] = []
    for i, score in zip(complaints, scores, strict=True):
        reason = _reason(lines[i])
        reasons[reason] += 1
        if score < NAMED and reasons[reason] > (_FIRST_MISSING if reason.startswith(_MISSING) else _FIRST):
            dropped.append(i)
    return dropped


def notes_on(lines: Sequence[str], dropped: Sequence[int]) -> dict[int, str]:
    """A note for each run of lines that are left out, by the last of them, with the reasons that they give."""
    runs: list[list[int]] = []
    for i in dropped:
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    notes: dict[int, str] = {}
    for run in runs:
        reasons = Counter(_reason(lines[i])[:_MAX_REASON] for i in run).most_common()
        told = reasons[0][0] if len(reasons) == 1 else ", ".join(f"{count} {reason}" for reason, count in reasons)
        notes[run[-1]] = f"[… {len(run)} {'line' if len(run) == 1 else 'lines'}: {told}]"
    return notes


def _reason(line: str) -> str:
    return line.rsplit(": ", 1)[-1].rstrip("\r")
