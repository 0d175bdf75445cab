"""Two arms of a running experiment compared: an amount per answer, treated and held out.

Answers of one conversation are alike, so conversations, not answers, are what is drawn at random: the amount per answer
of an arm is a ratio of two sums over its conversations, and its variance comes from how those differ.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from statistics import NormalDist
from threading import Lock
from typing import Final

__all__ = ["HELD_OUT", "TREATED", "Arms", "Difference", "Interval"]

TREATED: Final = "treated"
HELD_OUT: Final = "held_out"

_LEVEL: Final = 0.95
_FEWEST: Final = 30
"""Conversations of an arm below which nothing is said: the approximation is not good enough for fewer."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the ends of its 95 % confidence interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What treatment does.

    per_answer:    the amount of an answer held out less that of a treated one
    relative:      the same as a share of the amount held out, which it never exceeds
    conversations: how many there are, treated and held out
    """

    per_answer: Interval
    relative: Interval
    conversations: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Conversation:
    amount: float = 0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class _Sums:
    """Over conversations: how many, amounts, answers, and their squares and products."""

    count: int = 0
    amount: float = 0
    answers: float = 0
    amount_squared: float = 0
    answers_squared: float = 0
    product: float = 0

    def with_(self, one: _Conversation) -> _Sums:
        return _Sums(
            self.count + 1,
            self.amount + one.amount,
            self.answers + one.answers,
            self.amount_squared + one.amount**2,
            self.answers_squared + one.answers**2,
            self.product + one.amount * one.answers,
        )

    @property
    def ratio(self) -> float:
        return self.amount / self.answers

    @property
    def variance(self) -> float:
        """That of the ratio, by linearisation."""
        ratio = self.ratio
        residuals = self.amount_squared - 2 * ratio * self.product + ratio**2 * self.answers_squared
        return self.count / (self.count - 1) * max(residuals, 0.0) / self.answers**2


class Arms:
    """Safe to share between threads. At most `max_open` conversations are kept apart in each arm; the one that was
    quiet for longest is closed then, and counts as another one if it goes on."""

    def __init__(self, *, max_open: int = 10_000) -> None:
        self._max_open = max_open
        self._open = {arm: OrderedDict[str, _Conversation]() for arm in (TREATED, HELD_OUT)}
        self._closed = {arm: _Sums() for arm in (TREATED, HELD_OUT)}
        self._lock = Lock()

    def add(self, arm: str, conversation: str, amount: float, *, answers: int = 1) -> None:
        """`answers` is 0 for more of an answer that has been counted."""
        with self._lock:
            open_ = self._open[arm]
            so_far = open_.pop(conversation, _Conversation())
            open_[conversation] = _Conversation(so_far.amount + amount, so_far.answers + answers)
            if len(open_) > self._max_open:
                self._closed[arm] = self._closed[arm].with_(open_.popitem(last=False)[1])

    def difference(self) -> Difference | None:
        """None as long as either arm has too few conversations, or no answers that amount to anything."""
        with self._lock:
            treated, held_out = self._sums(TREATED), self._sums(HELD_OUT)
        if min(treated.count, held_out.count) < _FEWEST:
            return None
        if min(treated.amount, held_out.amount, treated.answers, held_out.answers) <= 0:
            return None
        per_answer = held_out.ratio - treated.ratio
        share = treated.ratio / held_out.ratio
        margin = _margin((treated.variance, treated.count), (held_out.variance, held_out.count))
        # The logarithm of the share is nearer to normal than the share.
        by_share = _margin(
            (treated.variance / treated.ratio**2, treated.count),
            (held_out.variance / held_out.ratio**2, held_out.count),
        )
        return Difference(
            Interval(per_answer, per_answer - margin, per_answer + margin),
            Interval(1 - share, 1 - share * math.exp(by_share), 1 - share * math.exp(-by_share)),
            (treated.count, held_out.count),
        )

    def _sums(self, arm: str) -> _Sums:
        sums = self._closed[arm]
        for conversation in self._open[arm].values():
            sums = sums.with_(conversation)
        return sums


def _margin(*arms: tuple[float, int]) -> float:
    """Half the width of the interval of a difference, by Welch: of each arm the variance and the conversations."""
    variance = sum(variance for variance, _ in arms)
    if variance == 0:
        return 0.0
    degrees = variance**2 / sum(variance**2 / (count - 1) for variance, count in arms)
    return _quantile(degrees) * math.sqrt(variance)


def _quantile(degrees: float) -> float:
    """Of Student's distribution, by the first terms of its expansion: right to three digits from 10 degrees on."""
    z = NormalDist().inv_cdf((1 + _LEVEL) / 2)
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
