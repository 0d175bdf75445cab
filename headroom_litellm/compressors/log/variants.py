"""The words in which lines that are otherwise alike differ: `accepted` here, and three times `rejected`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["rare_variants"]

_RARE = 0.05
_MAX_WORDS = 8
_MIN_LINES = 20
_MAX_TEMPLATES = 2_000


def rare_variants(
    tokens: Sequence[tuple[str, ...]], groups: Sequence[int], forms: Sequence[str], shape: Sequence[int]
) -> dict[int, tuple[int, str]]:
    """The templates with a word that is rare at its place in its group: (group, word) by the template's number.

    `tokens`: the words of each template; `groups`: its group; `forms`: how each group reads; `shape`: the template of
    each line. A place where names come and go has no rare words: there must be few of them, and few lines that have
    one.
    """
    members: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        members.setdefault(group, []).append(number)
    counts = Counter(shape)
    rare: dict[int, tuple[int, str]] = {}
    for group, numbers in members.items():
        if not 2 <= len(numbers) <= _MAX_TEMPLATES:
            continue
        total = sum([counts[number] for number in numbers])
        if total < _MIN_LINES:
            continue
        for place in [place for place, word in enumerate(forms[group].split(" ")) if word == "*"]:
            column = [tokens[number][place] for number in numbers]
            if not 2 <= len(set(column)) <= _MAX_WORDS:
                continue
            words: Counter[str] = Counter()
            for number, word in zip(numbers, column, strict=True):
                words[word] += counts[number]
            few = {word for word, times in words.items() if times < _RARE * total}
            if few and sum([words[word] for word in few]) < 2 * _RARE * total:
                for number, word in zip(numbers, column, strict=True):
                    if word in few:
                        rare.setdefault(number, (group, word))
    return rare
