"""The words in which lines that are otherwise alike differ: `accepted` here, and three times `rejected`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["rare_variants"]

_RARE = 0.05
_MAX_WORDS = 8
_MIN_LINES = 20


def rare_variants(templates: Sequence[str], groups: Sequence[int], shape: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The templates with a word that is rare at its place in its group: (group, word) by the template's number.

    `groups`: the group of each template; `shape`: the template of each line. A place where names come and go has no
    rare words: there must be few of them, and few lines that have one.
    """
    members: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        members.setdefault(group, []).append(number)
    counts = Counter(shape)
    rare: dict[int, tuple[int, str]] = {}
    for group, numbers in members.items():
        total = sum(counts[number] for number in numbers)
        if len(numbers) < 2 or total < _MIN_LINES:
            continue
        tokens = [templates[number].split() for number in numbers]
        for column in zip(*tokens, strict=True):
            if len(set(column)) < 2:
                continue
            words: Counter[str] = Counter()
            for number, word in zip(numbers, column, strict=True):
                words[word] += counts[number]
            few = {word for word, times in words.items() if times < _RARE * total}
            if few and len(words) <= _MAX_WORDS and sum(words[word] for word in few) < 2 * _RARE * total:
                for number, word in zip(numbers, column, strict=True):
                    if word in few:
                        rare.setdefault(number, (group, word))
    return rare
