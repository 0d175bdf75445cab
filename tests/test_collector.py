"""What the plugin asks of the garbage collector."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from headroom_litellm import collector

FINALIZERS_SET_VARIABLES = """
import contextvars, gc, sys

from headroom_litellm import collector

VARIABLES = [contextvars.ContextVar(str(number)) for number in range(31)]


class Stream:
    def __init__(self):
        self.itself = self

    def __del__(self):
        for variable in VARIABLES:
            variable.set(object())


def broken():
    found = 0
    for variable in VARIABLES:
        variable.set(0)
    for number in range(50_000):
        Stream()
        VARIABLES[number % 7].set(number)
        VARIABLES[number % 31].set(number)
        if number % 10 == 0:
            try:
                dict(contextvars.copy_context())
            except Exception:
                found += 1
    return found


if "guarded" in sys.argv:
    collector.keep_contexts_whole()
gc.set_threshold(7, 5, 5)
print(contextvars.copy_context().run(broken))
"""


def broken_contexts(*arguments: str) -> int | None:
    """None where the process died."""
    command = [sys.executable, "-c", FINALIZERS_SET_VARIABLES, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 else None


def test_contexts_stay_whole_when_a_finalizer_sets_variables() -> None:
    assert broken_contexts("guarded") == 0


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python takes care itself")
def test_they_do_not_without() -> None:
    assert broken_contexts() != 0


def test_asking_twice_is_asking_once() -> None:
    before = list(gc.callbacks)
    try:
        collector.keep_contexts_whole()
        once = list(gc.callbacks)
        collector.keep_contexts_whole()
        assert gc.callbacks == once
    finally:
        gc.callbacks[:] = before


def test_what_is_frozen_is_left_alone() -> None:
    held = [[] for _ in range(1000)]
    before = gc.get_freeze_count()
    try:
        collector.freeze()
        assert gc.get_freeze_count() > before + len(held)
    finally:
        gc.unfreeze()
