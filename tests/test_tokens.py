"""Bounds on the number of tokens, which decide in place of counts, are never wrong."""

from __future__ import annotations

import string

from hypothesis import example, given, settings
from hypothesis import strategies as st

from headroom_litellm import tokens

ALPHABET = st.one_of(
    st.sampled_from(string.printable), st.sampled_from("éß名\u00a0\u2028٣½\ud800\U0001f600"), st.characters()
)


@settings(max_examples=1500, deadline=None)
@example("0001112223334")
@example("a.  b\n\n .0 0a a0")
@example("don't I'LL 1.5e-10 __x__")
@given(st.text(ALPHABET, max_size=120))
def test_bounds_hold(text: str) -> None:
    assert tokens._least(text) <= tokens._encode(text) <= tokens.most(text)


@given(st.text(max_size=60), st.text(max_size=60), st.floats(0.1, 1))
def test_comparisons_are_those_of_the_counts(new: str, old: str, share: float) -> None:
    assert tokens.shorter(new, old) == (tokens.count(new) < tokens.count(old))
    assert tokens.at_most(new, old, share) == (tokens.count(new) <= share * tokens.count(old))


def test_what_another_process_has_counted_is_taken_over() -> None:
    text = "counted elsewhere, and more than was the case"
    tokens.learn(dict.fromkeys(tokens.counts([text]), 7))
    assert tokens.count(text) == 7
    tokens._counts.clear()
