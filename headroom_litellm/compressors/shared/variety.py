"""A varied few of many rows: each the one that shows most of what is not shown yet."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence

__all__ = ["varied"]

_MAX_CANDIDATES = 4_000
_FEW = 24
_LITTLE = 0.5


def varied(columns: Sequence[tuple[Sequence[int], Sequence[str]]], kept: set[int], total: int, budget: int) -> set[int]:
    """Up to `budget` rows of `total` to add to those kept. A column is the positions of its rows and a label for each;
    a row shows a label if it has it. Rare labels of a column of few count for more; less than little is not added."""
    if budget <= 0:
        return set()
    step = max(1, total // _MAX_CANDIDATES)
    features: dict[int, list[int]] = {i: [] for i in range(0, total, step)}
    features.update((i, []) for i in kept)
    weights: list[float] = []
    for positions, labels in columns:
        counts = Counter(labels)
        few = len(counts) <= _FEW
        numbers = {label: len(weights) + n for n, label in enumerate(counts)}
        weights.extend(math.log2(total / count) if few else count / total for count in counts.values())
        rare = {label for label, count in counts.items() if few and count * _FEW < total}
        for position, label in zip(positions, labels, strict=True):
            if position in features:
                features[position].append(numbers[label])
            elif label in rare and len(features) < 2 * _MAX_CANDIDATES:
                features[position] = [numbers[label]]
    return _greedy(features, weights, kept, budget)


def _greedy(features: dict[int, list[int]], weights: Sequence[float], kept: set[int], budget: int) -> set[int]:
    shown = {feature for i in kept for feature in features[i]}

    def gain(i: int) -> float:
        return sum([weights[feature] for feature in features[i] if feature not in shown])

    heap = [(-gain(i), i) for i in features if i not in kept]
    heapq.heapify(heap)
    chosen: set[int] = set()
    while heap and len(chosen) < budget:
        promised, i = heapq.heappop(heap)
        actual = -gain(i)
        if actual > promised and heap and actual > heap[0][0]:
            heapq.heappush(heap, (actual, i))
        elif actual < -_LITTLE:
            chosen.add(i)
            shown.update(features[i])
        else:
            break
    return chosen
