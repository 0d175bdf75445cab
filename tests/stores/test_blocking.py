"""Stores for callers that are not async."""

from __future__ import annotations

import os
import signal

import pytest

from headroom_litellm.stores import MemoryStore
from headroom_litellm.stores.blocking import run_blocking


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_process_that_is_forked_off_does_not_wait_for_the_thread_that_it_does_not_have() -> None:
    store = MemoryStore()
    run_blocking(store.put("tenant", "key", b"value", ttl=60))
    child = os.fork()
    if not child:
        signal.alarm(20)
        os._exit(7 if run_blocking(store.get("tenant", "key")) == b"value" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
