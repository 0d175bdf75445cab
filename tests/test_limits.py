"""Hostile texts: no crash, no long computing, no memory out of proportion."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import headroom_litellm
from headroom_litellm import compress
from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.ccr.replay import Transcript
from headroom_litellm.ccr.rounds import Rounds
from headroom_litellm.compressors import COMPRESSORS, Document
from headroom_litellm.conversation import Segment, ToolCall, Turn
from headroom_litellm.detect import detect
from headroom_litellm.stores import MemoryStore
from headroom_litellm.wire import Chat, Gemini, Messages, Responses

from .conversations import CHAT_TOOLS

SIZE = 50_000
SECONDS = 2.0
"""Computing time for 50,000 characters; most take a hundredth of it."""
QUERY = "why did request zq77 fail in src/app.py"

RUNS = [
    *" \t\n\r0a_-=.,/:;#*|+~^'\"\\<>()[]{}@&日\x00\x1b\ud800",
    *(" \n", "\r\n", "0,", "a/", "a.", "A1", "k=v ", '\\"', "[]", "{}", "<a>", "\x1b[31m", "QUJDREVG", "e\u0301", "😀"),
    *("diff --git a/x b/x\n", "@@ -1,5 +1,5 @@\n", "-a\n+b\n", "commit " + "a" * 40 + "\n", " a | 4 ++--\n"),
    *("2024-05-01 10:00:00 ERROR x\n", "Traceback (most recent call last):\n", "    at x.y(z.java:1)\n", "FAILED x\n"),
    *("a.py:1:x\n", "a.py-1-x\n--\n", "a.py\n1:x\n\n", 'a,"b\n', "| a | b |\n", "+---+---+\n", "---- ----\n"),
    *("-rw-r--r-- 1 a b 10 Jan 1 10:00 x\n", "├── a\n", "a/b/c/d.py\n", '{"a":1}\n', '{"a":\n', '[{"a":1},\n'),
    *("a: b\n", "# a\n", "A b c. ", "a\n===\n", "<div>", "<table><tr><td>", "<!--", "<item><title>a</title>", "&#x41;"),
    *("if x:\n", "class A:\n", "function a() {\n", "/* ", "f((\n", "1→x\n", "==> x <==\n", "hash=" + "a" * 24 + " "),
]
COUNTED = [
    *(
        "line @\n",
        "a@.py:@:x\n",
        "2024-05-01 10:00:00 ERROR x@\n",
        "a@/b@\n",
        '{"k@":@}\n',
        "a@,b@\n",
        "<a@>",
        "def f@():\n",
    ),
    *(
        "error: e@\n",
        "-a@\n+b@\n",
        "diff --git a/@ b/@\n",
        "├── a@\n",
        "k@: v@\n",
        "class A@:\n  x=@\n",
        "test t@ ... FAILED\n",
    ),
]


def filled(piece: str) -> str:
    return (piece * (SIZE // len(piece) + 1))[:SIZE]


def counted(piece: str) -> str:
    return "".join(piece.replace("@", str(number)) for number in range(SIZE // len(piece)))


DEEP = {
    "arrays": "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "objects": '{"a":' * (SIZE // 6) + "1" + "}" * (SIZE // 6),
    "rows": "[" + ",".join('{"a":' + "[" * 50 + "]" * 50 + "}" for _ in range(SIZE // 106)) + "]",
    "elements": "<html><body>" + "<div>" * (SIZE // 11) + "x" + "</div>" * (SIZE // 11),
    "indents": "\n".join(" " * depth + "def f():" for depth in range(300)),
    "an integer": '[{"a":' + "1" * SIZE + '},{"a":1}]',
    "exponents": "[" + ",".join(f'{{"id":{number},"a":1e{10**15}}}' for number in range(2_000)) + "]",
    "no numbers": "[" + ",".join(f'{{"id":{number},"a":NaN}}' for number in range(5_000)) + "]",
    "a row of names": "{" + ",".join(f'"k{number}":1' for number in range(10_000)) + "}",
    "a name each": "[" + ",".join(f'{{"k{number}":1}}' for number in range(8_000)) + "]",
    "a growing row": "[" + ",".join("{" + ",".join(f'"k{j}":1' for j in range(i)) + "}" for i in range(1, 100)) + "]",
    "blank lines behind a package": "package main\n" + "\n" * 34 + "x\nfunc a {\n" * 20 + "my $x = 1;\nsub f {\n" * 40,
    "blanks above a page": " " * 5_900 + "\x00\n<html><body>" + "<p>a</p>" * 100,
    "blanks in a record": "-[ RECORD 1 ]\n" + " " * SIZE + "\n-[ RECORD 2 ]\na | b\n",
    "slashes behind #!": "#!" + "/" * SIZE + "\n" + "x = {\n" * 400,
    "dots behind Running": "2024-05-01 10:00:00 INFO x\n" * 400 + "[INFO] Running " + "a." * SIZE + " x\nERROR x\n",
    "slashes among names": "a/b.txt\n" * 400 + "[" + "/" * SIZE + "\n",
    "zeros in a code": "2024-05-01 10:00:00 INFO x\n" * 40 + ("warning[M" + "0" * 3_990 + "\n") * 25,
}
TEXTS = {
    **{f"{piece[:12]!r} again and again": filled(piece) for piece in RUNS},
    **{f"{piece[:12]!r} counted": counted(piece) for piece in COUNTED},
    **DEEP,
}


def thread_seconds(work: Callable[[], Any]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


@pytest.mark.parametrize("kind", [*COMPRESSORS, "which kind"])
def test_no_text_takes_a_compressor_long(kind: str) -> None:
    for name, text in TEXTS.items():
        document = Document(text=text, query=QUERY)

        def work(document: Document = document) -> Any:
            return detect(document) if kind == "which kind" else COMPRESSORS[kind].compress(document)

        assert thread_seconds(work) < SECONDS, name


@pytest.mark.parametrize("name", DEEP)
def test_nothing_deep_stops_a_request(name: str) -> None:
    text = DEEP[name]
    for output, arguments in ((text, "{}"), ("ok", text), (text, '{"command": "cat x.py"}')):
        call = {"id": "c", "type": "function", "function": {"name": "api", "arguments": arguments}}
        messages = [
            {"role": "user", "content": QUERY},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": output},
        ]
        assert len(compress(messages, tools=CHAT_TOOLS).messages) == 3


def test_many_errors_side_by_side_do_not_take_quadratic_time() -> None:
    text = "==> x <==\n" * 70_000
    assert thread_seconds(lambda: COMPRESSORS["code"].compress(Document(text=text))) < 8


_PARSE = """
import sys
from headroom_litellm.compressors.code.compressor import _errors, _parse
from headroom_litellm.compressors.code.items import items_of
from headroom_litellm.compressors.code.languages import BY_NAME
for language in BY_NAME.values():
    for piece, close in (("(", ")"), ("{", "}"), ("- ", "")):
        text = "x = " + piece * 50_000 + "1" + close * 50_000
        tree = _parse(text, language)
        _errors(tree, 10_000)
        items_of(tree, [text, ""], language, {})
print("done")
"""


def test_deeply_nested_source_does_not_crash_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", _PARSE], capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-500:]


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("wire", [Chat(), Messages(), Responses(), Gemini()], ids=lambda wire: type(wire).__name__)
@pytest.mark.parametrize("field", ["content", "parts", "input", "tool_calls", "tools"])
def test_a_deeply_nested_body_is_read(wire: Any, field: str) -> None:
    deep = nested(100_000)
    items = [{"role": role, field: deep, "type": "message"} for role in ("user", "assistant", "tool", "model")]
    wire.read({wire.history: items, field: deep, "tools": deep})
    wire.read({wire.history: deep})


def transcribed(arguments: str) -> str:
    transcript = Transcript("begin")
    transcript.say(Turn("assistant", (Segment("call", arguments, (), ToolCall("c", "api", arguments)),)))
    return transcript.close()


def test_arguments_of_any_depth_have_a_fingerprint() -> None:
    for depth in (100, 300, 900, 100_000):
        assert transcribed("[" * depth + "]" * depth)
    assert transcribed('{"a": 1.0, "b": 2}') == transcribed('{"b":2,"a":1}')


def test_deep_and_many_arguments_take_little_memory() -> None:
    arguments = "[" * 900 + ",".join(["1"] * 50_000) + "]" * 900
    call = {"id": "c", "type": "function", "function": {"name": "api", "arguments": arguments}}
    messages = [{"role": "assistant", "content": None, "tool_calls": [call]}]
    assert peak(lambda: compress(messages, tools=CHAT_TOOLS)) < 400 * len(arguments)


def peak(work: Callable[[], Any]) -> int:
    """Most bytes that it takes up at once."""
    work()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_markers_by_the_thousand_are_found_in_linear_time() -> None:
    keys = [key_of(str(number)) for number in range(5_000)]
    text = "".join(f"<<ccr:hash=<<ccr:{key} hash=" for key in keys)
    assert marker.scan(text * 4) == keys
    for almost in ("<<ccr:", "hash=", "hash=" + "a" * 23 + " ", "<<ccr:" + "a" * 40, "a" * 24, "hash=hash="):
        attack = almost * (1_000_000 // len(almost))
        assert thread_seconds(lambda attack=attack: (marker.scan(attack), marker.scan_bare(attack))) < 1  # type: ignore[misc]
        assert thread_seconds(lambda attack=attack: marker.carries_marker(attack)) < 1  # type: ignore[misc]


def rounds(originals: dict[str, str], limit: int = 3) -> Rounds:
    return Rounds(originals, MemoryStore(), "tenant", limit)


def asked(key: str, **more: Any) -> str:
    return json.dumps({"hash": key, **more})


async def test_the_same_call_many_times_in_one_round_is_answered_once() -> None:
    text = "x" * 5_000_000
    got = await rounds({key_of(text): text}).answer([asked(key_of(text))] * 100)
    assert got[0] == text
    assert sum(map(len, got[1:])) < 20_000


async def test_what_one_answer_brings_back_is_limited_and_the_model_is_told() -> None:
    texts = {key_of(text): text for text in (str(number) * 1_500_000 for number in range(9))}
    asking = rounds(texts)
    got = [
        *await asking.answer([asked(key) for key in texts]),
        *await asking.answer([asked(next(iter(texts)), lines="1")]),
    ]
    assert [text for text in got if text in texts.values()] == list(texts.values())[:2]
    assert all("Ask for less" in text for text in got[2:])
    (small,) = await asking.answer([asked(next(iter(texts)), query="nowhere")])
    assert small.startswith("[no passage")


async def test_an_original_of_any_length_comes_back_whole_when_it_is_the_first() -> None:
    text = "long " * 2_000_000
    assert await rounds({key_of(text): text}).answer([asked(key_of(text))]) == [text]


async def test_calls_beyond_a_number_are_not_answered_and_the_model_is_told() -> None:
    text = "\n".join(f"line {number}" for number in range(2_000))
    calls = [asked(key_of(text), lines=str(number)) for number in range(1, 1_001)]
    got = await rounds({key_of(text): text}).answer(calls)
    assert len(got) == len(calls)
    assert [one for one in got if one.startswith("[lines")] == got[:32]
    assert all("Make this one again" in one for one in got[32:])


@pytest.mark.parametrize(
    "more",
    [
        {"query": "(" * 1_000_000},
        {"query": ".*+?[a-z]{1,9}(?:x)+$^\\"},
        {"query": "word " * 200_000},
        {"query": "\x00\u202e日本" * 1_000},
        {"lines": "9" * 1_000_000},
        {"lines": "999999999-999999999"},
        {"lines": "1-" + "9" * 9},
        {"lines": 10**30},
        {"query": ["a"] * 1_000, "lines": {"a": 1}},
    ],
    ids=lambda more: str(more)[:40],
)
async def test_odd_arguments_are_answered_at_once(more: dict[str, Any]) -> None:
    text = "\n".join(f"line {number} of a text" for number in range(8_000))
    start = time.thread_time()
    (got,) = await rounds({key_of(text): text}).answer([asked(key_of(text), **more)])
    assert got
    assert time.thread_time() - start < 1


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_memory_stays_in_proportion(kind: str) -> None:
    for name in ("a row of names", "rows", "elements", "an integer"):
        text = DEEP[name]
        assert peak(lambda text=text: COMPRESSORS[kind].compress(Document(text=text, query=QUERY))) < 60 * len(text), (
            name
        )  # type: ignore[misc]


def test_every_cache_is_bounded() -> None:
    for path in Path(headroom_litellm.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(ast.unparse(each) == "cache" for each in node.decorator_list):
                assert not node.args.args, f"{path.name}: {node.name} remembers a result for each argument"
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "lru_cache":
                assert [ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg == "maxsize"] not in (
                    [],
                    ["None"],
                ), f"{path.name}: a cache without a bound"


async def test_no_answer_quotes_arguments_that_are_wrong() -> None:
    secret = "tok_zq77secret"
    asking = [secret, json.dumps({"hash": secret}), json.dumps({"hash": [secret]}), json.dumps([secret])]
    assert secret not in "".join(await rounds({}).answer(asking))
