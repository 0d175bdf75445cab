"""Which outputs say that what was asked for failed, and what becomes of small ones."""

from __future__ import annotations

import pytest

from headroom_litellm import compress
from headroom_litellm.failing import failed

from .compressors.examples.log import server_log
from .conversations import CHAT_TOOLS
from .test_repeats import history

TRACE = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\nKeyError: 1'


@pytest.mark.parametrize(
    "text",
    [
        f"<returncode>1</returncode>\n<output>\n{TRACE}\n</output>",
        "Exit code 2\nmake: *** [all] Error 2",
        TRACE,
        "thread 'main' panicked at src/main.rs:3\nerror: test failed",
    ],
)
def test_two_signs_say_so(text: str) -> None:
    assert failed(text)


@pytest.mark.parametrize(
    "text",
    [
        "0 errors, 0 failures",
        "ERROR one line of a log",
        "<returncode>0</returncode>\nERROR x",
        "Exit code 1\nno match",
        "",
    ],
)
def test_one_sign_does_not(text: str) -> None:
    assert not failed(text)


def test_a_small_failure_loses_nothing_and_a_long_one_its_noise() -> None:
    def kept(lines: int) -> tuple[int, int]:
        text = "\n".join(["Exit code 1", *server_log(lines), TRACE])
        items = compress(history(("run", {}, text)), tools=CHAT_TOOLS).items
        return (items[0].kept, items[0].total) if items else (1, 1)

    few, many = kept(30), kept(400)
    assert few[0] == few[1]
    assert many[0] < many[1]
