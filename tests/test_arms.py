"""A saving is claimed only as far as the conversations bear it out."""

from __future__ import annotations

import math
import random
import time

import pytest

from headroom_litellm.report.arms import HELD_OUT, TREATED, Arms

SAVED = 0.2
LONGEST = 20


def simulated(
    seed: int, *, treated: int, held_out: int, max_open: int = 10_000, saved: float = SAVED
) -> tuple[Arms, Arms]:
    """Conversations of which each has its own length and its own way of talking, in the order in which their answers
    come. The second one takes every answer for a conversation by itself."""
    source = random.Random(seed)
    arms, naive = Arms(max_open=max_open), Arms()
    answers = []
    for arm, count in ((TREATED, treated), (HELD_OUT, held_out)):
        for number in range(count):
            level = source.lognormvariate(5, 0.8) * (1 - saved if arm == TREATED else 1)
            for _ in range(min(LONGEST, 1 + int(source.expovariate(1 / 4)))):
                answers.append((arm, f"{arm} {number}", level * source.lognormvariate(0, 0.5)))
    source.shuffle(answers)
    for at, (arm, conversation, tokens) in enumerate(answers):
        arms.add(arm, conversation, tokens)
        naive.add(arm, str(at), tokens)
    return arms, naive


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    mean = math.exp(5 + 0.8**2 / 2 + 0.5**2 / 2)
    rounds, held, held_relative, held_naive = 250, 0, 0, 0
    for seed in range(rounds):
        arms, naive = simulated(seed, treated=120, held_out=60)
        found, without = arms.difference(), naive.difference()
        assert found is not None
        assert without is not None
        held += found.per_answer.low <= SAVED * mean <= found.per_answer.high
        held_relative += found.relative.low <= SAVED <= found.relative.high
        held_naive += without.per_answer.low <= SAVED * mean <= without.per_answer.high
    # A standard error of a share of 250 is 1.4 %, and skewed amounts cost the approximation a little.
    assert 0.92 <= held / rounds <= 0.98
    assert 0.92 <= held_relative / rounds <= 0.98
    assert held_naive / rounds < 0.85


def test_where_nothing_is_saved_nothing_is_claimed() -> None:
    rounds = 200
    found = [simulated(seed, treated=90, held_out=60, saved=0)[0].difference() for seed in range(rounds)]
    claims = sum(one is not None and one.relative.low > 0 for one in found)
    assert claims / rounds <= 0.06


def test_nothing_is_said_of_few_conversations() -> None:
    assert Arms().difference() is None
    assert simulated(1, treated=500, held_out=29)[0].difference() is None
    assert simulated(1, treated=29, held_out=500)[0].difference() is None
    found = simulated(1, treated=30, held_out=30)[0].difference()
    assert found is not None
    assert found.conversations == (30, 30)


def test_answers_without_any_amount_make_no_claim() -> None:
    arms = Arms()
    for number in range(50):
        arms.add(TREATED, str(number), 0)
        arms.add(HELD_OUT, str(number), 0)
    assert arms.difference() is None


def test_the_estimate_is_that_of_the_sums() -> None:
    arms = Arms()
    for number in range(40):
        for _ in range(1 + number % 3):
            arms.add(TREATED, str(number), 60)
            arms.add(HELD_OUT, str(number), 90)
            arms.add(HELD_OUT, str(number), 10, answers=0)
    found = arms.difference()
    assert found is not None
    assert found.per_answer.estimate == pytest.approx(40)
    assert found.relative.estimate == pytest.approx(0.4)
    assert found.per_answer.low == pytest.approx(40)
    assert found.relative.high == pytest.approx(0.4)


def test_conversations_that_were_closed_count_as_if_they_were_open() -> None:
    one = Arms(max_open=7)
    other = Arms()
    source = random.Random(3)
    for number in range(100):
        for _ in range(source.randint(1, 5)):
            amount = source.randint(1, 500)
            for arms in (one, other):
                arms.add((TREATED, HELD_OUT)[number % 2], str(number), amount)
    found, expected = one.difference(), other.difference()
    assert found is not None
    assert expected is not None
    assert found.conversations == expected.conversations == (50, 50)
    for name in ("estimate", "low", "high"):
        assert getattr(found.per_answer, name) == pytest.approx(getattr(expected.per_answer, name))
        assert getattr(found.relative, name) == pytest.approx(getattr(expected.relative, name))


def test_no_more_conversations_are_held_than_allowed() -> None:
    arms = Arms(max_open=100)
    for number in range(5_000):
        arms.add(TREATED, str(number), 1)
        arms.add(HELD_OUT, str(number), 2)
    start = time.thread_time()
    found = arms.difference()
    # Some hundreds are summed up, not ten thousand.
    assert time.thread_time() - start < 0.02
    assert found is not None
    assert found.conversations == (5_000, 5_000)
