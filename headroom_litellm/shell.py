"""What a shell call does to files, as far as its command line tells."""

from __future__ import annotations

import re
from typing import Final

from .conversation import ToolCall
from .sources import argument_values

__all__ = ["command_line", "numbers_lines", "reads_a_file"]

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
