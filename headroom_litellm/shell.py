"""What a call does to files, as far as its arguments and its command line tell."""

from __future__ import annotations

import re
from typing import Final

from .conversation import ToolCall
from .sources import argument_values

__all__ = ["command_line", "names_a_file", "numbers_lines", "reads_a_file", "reads_an_artifact"]

_READERS: Final = frozenset(
    [
        "cat",
        "head",
        "tail",
        "sed",
        "nl",
        "less",
        "more",
        "bat",
        "batcat",
        "awk",
        "tac",
        "view",
        "type",
        "get-content",
        "gc",
    ]
)
_WRAPPERS: Final = frozenset(
    [
        "sudo",
        "timeout",
        "time",
        "env",
        "nice",
        "nohup",
        "command",
        "exec",
        "stdbuf",
        "bash",
        "sh",
        "zsh",
        "ash",
        "xargs",
        "do",
        "then",
    ]
)
_COMMANDS: Final = ("command", "cmd", "script", "code")
_BREAK: Final = re.compile(r"&&|\|\||[;\n()]")
_ASSIGNMENT: Final = re.compile(r"\w+=")
_LOG: Final = re.compile(r"\.(?:log|out|err)(?:\.\d+)?$")
_NUMBERING: Final = re.compile(r"\b(?:cat\s+(?:-\w+\s+)*-\w*n|nl\b|less\s+-\w*N|bat(?:cat)?\b)")
_LONGEST: Final = 4000
_PATHS: Final = ("file_path", "path", "filepath", "filename", "file", "uri", "absolute_path", "relative_path")
_SUFFIX: Final = re.compile(r"[\w\]})-]\.\w{1,8}$")
_RANGES: Final = ("offset", "limit", "start_line", "end_line", "line_range", "view_range", "range", "start", "end")
_ARTIFACT: Final = re.compile(
    r"(?:^|[\s\"'/])(?:node_modules|bower_components|site-packages|dist-packages|go/pkg/mod|\.cargo/registry|\.m2"
    r"|_build|htmlcov|dist|\.next|\.nuxt)/"
)


def reads_a_file(call: ToolCall) -> bool:
    """Whether the command prints a file that the agent may be about to edit: not a log, and not by way of a filter."""
    for command in _BREAK.split(command_line(call)):
        words = _words(command.split("|")[0])
        if not words:
            continue
        name, files = words[0].rsplit("/", 1)[-1].lower(), words[1:]
        shows = name == "git" and "show" in files and any(":" in word for word in files)
        if shows or (name in _READERS and not any(_LOG.search(word) for word in files)):
            return True
    return False


def reads_an_artifact(call: ToolCall) -> bool:
    """Whether it prints a whole file of an installed package or of a build: read to learn from, not to be edited."""
    values = argument_values(call)
    if not isinstance(values, dict) or any(values.get(name) for name in _RANGES):
        return False
    command = command_line(call)
    if command:
        return command.startswith("cat ") and not _BREAK.search(command) and _ARTIFACT.search(command) is not None
    return any(isinstance(value, str) and _ARTIFACT.search(value[:_LONGEST]) for value in values.values())


def names_a_file(call: ToolCall) -> bool:
    """Whether an argument is the path of one file, by its suffix, that is no log."""
    values = argument_values(call)
    texts = [values.get(name) for name in _PATHS] if isinstance(values, dict) else []
    return any(isinstance(text, str) and _SUFFIX.search(text) and not _LOG.search(text) for text in texts)


def numbers_lines(call: ToolCall | None) -> bool:
    """Whether the command prints line numbers before lines."""
    return call is not None and _NUMBERING.search(command_line(call)) is not None


def command_line(call: ToolCall) -> str:
    """The command line that a call runs, from an argument that is a text or a list of words; "" for any other call."""
    values = argument_values(call)
    given = next((values[key] for key in _COMMANDS if values.get(key)), "") if isinstance(values, dict) else ""
    text = " ".join(map(str, given)) if isinstance(given, list) else given
    return text[:_LONGEST] if isinstance(text, str) else ""


def _words(command: str) -> list[str]:
    """The words of a simple command from its program on, past assignments, wrappers and their options."""
    words = [word.strip("\"'`$") for word in command.split()]
    for at, word in enumerate(words):
        is_wrapping = _ASSIGNMENT.match(word) or word.startswith("-") or word[:1].isdigit()
        if word and not is_wrapping and word.rsplit("/", 1)[-1] not in _WRAPPERS:
            return words[at:]
    return []
