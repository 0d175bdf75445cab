"""Which commands print a file that an agent may be about to edit, and which number its lines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom_litellm.conversation import ToolCall
from headroom_litellm.shell import names_a_file, numbers_lines, reads_a_file, reads_an_artifact


def shell(command: Any) -> ToolCall:
    return ToolCall("c", "bash", json.dumps({"command": command}))


@pytest.mark.parametrize(
    "command",
    [
        "cat package.json",
        "cd /x && head -n 900 data.json",
        "cd '/my dir' && cat app.py",
        "cd x; cat app.py",
        "ls && cat app.py",
        "pwd\ncat app.py",
        "set -e; /bin/cat app.py",
        "(cat app.py)",
        "FOO=1 cat app.py",
        "timeout 5 cat app.py",
        "time sudo cat app.py",
        "cat app.py | grep -v import",
        "for f in *.py; do cat $f; done",
        ["bash", "-lc", "cat package.json"],
        ["sed", "-n", "1,80p", "app.py"],
        "git show HEAD:app.py",
    ],
)
def test_a_file_is_read(command: Any) -> None:
    assert reads_a_file(shell(command))


@pytest.mark.parametrize(
    "command",
    [
        "make test",
        "cargo test 2>&1 | tail -50",
        "curl api | head -5",
        "git show HEAD",
        "tail -n 500 /var/log/app.log",
        "cat build.log.1",
        "echo cat",
        "",
        [],
        7,
        None,
        {"a": "cat x"},
    ],
)
def test_no_file_is_read(command: Any) -> None:
    assert not reads_a_file(shell(command))


def test_calls_without_a_command_read_nothing() -> None:
    for arguments in ("", "[]", "{broken", "null", '{"path": "cat x"}'):
        assert not reads_a_file(ToolCall("c", "bash", arguments))
        assert not numbers_lines(ToolCall("c", "bash", arguments))
    assert not numbers_lines(None)


@pytest.mark.parametrize(
    ("command", "numbers"),
    [
        ("cat -n a.py", True),
        ("cat -An a.py", True),
        ("nl -ba a.py | head", True),
        ("cat a.py", False),
        ("ls -n", False),
    ],
)
def test_line_numbers_are_expected_of_commands_that_print_them(command: str, numbers: bool) -> None:
    assert numbers_lines(shell(command)) == numbers


def tool(**arguments: Any) -> ToolCall:
    return ToolCall("c", "Read", json.dumps(arguments))


@pytest.mark.parametrize(
    "call",
    [
        tool(file_path="/app/node_modules/react/index.js"),
        tool(path="venv/lib/python3.12/site-packages/httpx/_client.py"),
        shell("cat docs/_build/html/index.html"),
        shell("cat /root/go/pkg/mod/github.com/x/y@v1/z.go"),
    ],
)
def test_an_artifact_is_read(call: ToolCall) -> None:
    assert reads_an_artifact(call)


@pytest.mark.parametrize(
    "call",
    [
        tool(file_path="/app/src/index.js"),
        tool(file_path="/app/node_modules/react/index.js", offset=100, limit=20),
        shell("sed -n '10,20p' node_modules/react/index.js"),
        shell("cat src/app.py && cat node_modules/react/index.js"),
        shell("cat my_node_modules.txt"),
        ToolCall("c", "Read", "no json"),
    ],
)
def test_what_may_be_edited_and_what_was_asked_for_by_line_is_no_artifact(call: ToolCall) -> None:
    assert not reads_an_artifact(call)


@pytest.mark.parametrize("path", ["/src/app.py", "a.ts", "pages/[id].tsx", "README.md"])
def test_an_argument_names_a_file(path: str) -> None:
    assert names_a_file(tool(path=path))


@pytest.mark.parametrize("arguments", [{"path": "src"}, {"path": "app.log"}, {"query": "app.py"}, {"path": 7}])
def test_a_folder_a_log_and_a_query_are_no_files(arguments: dict[str, Any]) -> None:
    assert not names_a_file(tool(**arguments))
