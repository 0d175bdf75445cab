"""Which lines of a log are alike: the same but for numbers, ids and names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..shared.signs import HTTP_STATUS

__all__ = ["alike", "mask"]


_CHANGING = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|\b[A-Za-z_]*[0-9]\w*(?:[.,:][0-9]+)*"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
    r"|[=#>.━█▓▒░╸╺·*-]{4,}"
)
_LETTER = re.compile(r"[^\W\d_]")
_LEVELS = frozenset(["info", "debug", "trace", "notice", "warn", "warning", "error", "i", "d", "w", "e"])
_ANY = "*"
_STATUS = re.compile(rf"({HTTP_STATUS})([45])[0-9]{{2}}(?![0-9])")
_STATUS_CLASS = {"4": "client-error", "5": "server-error"}
_SAME, _SHORT = 0.5, 3
_MAX_LENGTH = 2_000
_MAX_ALIKE = 16
_MAX_TEMPLATES = 20_000


def mask(text: str) -> str:
    """The text with everything that changes from line to line (numbers, ids, times, bars) as `#`, but for the class of
    an HTTP status. No line is lost."""
    if "HTTP/" in text or "tatus" in text or "GET " in text:
        text = _STATUS.sub(lambda match: f"{match[1]}{_STATUS_CLASS[match[2]]}", text)
    return _CHANGING.sub("#", text)


def alike(templates: Sequence[str], classes: Sequence[int]) -> tuple[list[int], list[str]]:
    """(a group number for each masked line, how the lines of each group read: `*` where they differ in a word).

    Lines are alike that are of one class, have as many words, the same first word, and at least half of the others in
    common (of up to three words, the first will do). Groups are numbered in order of first appearance.
    """
    groups: list[int] = []
    forms: list[list[str] | str] = []
    buckets: dict[tuple[int, int, str], list[int]] = {}
    for read, (template, kind) in enumerate(zip(templates, classes, strict=True)):
        tokens = template.split() if read < _MAX_TEMPLATES and len(template) < _MAX_LENGTH else []
        words = [i for i, token in enumerate(tokens) if _is_word(token)]
        bucket = buckets.setdefault((kind, len(tokens), tokens[words[0]]), []) if words else []
        needed = 1 if len(words) <= _SHORT else _SAME * len(words)
        for group in bucket:
            form = forms[group]
            if sum([form[i] == tokens[i] for i in words]) >= needed:
                forms[group] = [old if old == new else _ANY for old, new in zip(form, tokens, strict=True)]
                groups.append(group)
                break
        else:
            if len(bucket) < _MAX_ALIKE:
                bucket.append(len(forms))
            groups.append(len(forms))
            forms.append(tokens if words else template)
    return groups, [form if isinstance(form, str) else " ".join(form) for form in forms]


def _is_word(token: str) -> bool:
    return _LETTER.search(token) is not None and token.strip("[]():<>").lower() not in _LEVELS
