"""What a call does to files, as far as its name, its arguments and its command line tell."""

from __future__ import annotations

import re
from typing import Any, Final

from .commands import LOG, code_prints_a_file, prints_a_file, prints_numbers
from .conversation import ToolCall
from .sources import argument_values

__all__ = [
    "command_line",
    "names_a_config",
    "names_a_file",
    "numbers_lines",
    "reads_a_file",
    "reads_an_artifact",
    "shows_no_content",
]

_COMMANDS: Final = ("command", "cmd", "script", "code")
_LONGEST: Final = 4000
_PATHS: Final = ("file_path", "path", "filepath", "filename", "file", "uri", "absolute_path", "relative_path")
_URL: Final = re.compile(r"https?://")
_FILE: Final = re.compile(r"[\w\]})-]\.\w{1,8}$|(?:^|[/\\])(?:\.[\w.-]{2,}|[A-Z][a-z]+file)$")
_CONFIG: Final = re.compile(
    r"\.(?:json[c5]?|ya?ml|toml|ini|cfg|conf|config|properties|env|xml|plist|tf|tfvars|gradle|editorconfig)$"
)
_LOCK: Final = re.compile(r"(?:[.-]lock|shrinkwrap|\.min)\.\w+$")
_RANGES: Final = ("offset", "limit", "start_line", "end_line", "line_range", "view_range", "range", "start", "end")
_ARTIFACT: Final = re.compile(
    r"(?:^|[\s\"'/])(?:node_modules|bower_components|site-packages|dist-packages|go/pkg/mod|\.cargo/registry|\.m2"
    r"|_build|htmlcov|dist|\.next|\.nuxt)/"
)
_SEVERAL: Final = re.compile(r"&&|\|\||[;\n()]")
_NAME_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_NO_CONTENT: Final = re.compile(
    r"logs?|history|commits|blame|diff|info|metadata|stats?|tree|list|search|grep|find|symbols|references|diagnostics"
    r"|console|process|output|terminal|stdin|network|requests|query|sql|emails?|messages|url|web|page|wiki|graph|issues?",
    re.IGNORECASE,
)
"""Words in the names of tools that show something about a file, or no file at all."""


def reads_a_file(call: ToolCall) -> bool:
    """Whether the command prints a file that the agent may be about to edit."""
    key, text = _given(call)
    return prints_a_file(text) or (key == "code" and code_prints_a_file(text))


def reads_an_artifact(call: ToolCall) -> bool:
    """Whether it prints a whole file of an installed package or of a build: read to learn from, not to be edited."""
    values = argument_values(call)
    if not isinstance(values, dict) or any(values.get(name) for name in _RANGES):
        return False
    command = command_line(call)
    if command:
        return command.startswith("cat ") and not _SEVERAL.search(command) and _ARTIFACT.search(command) is not None
    return any(_ARTIFACT.search(path) for path in _paths(call))


def names_a_file(call: ToolCall) -> bool:
    """Whether an argument is the path of one file, by its name, that is no log."""
    return any(_FILE.search(path) and not LOG.search(path) for path in _paths(call))


def names_a_config(call: ToolCall) -> bool:
    """Whether an argument is the path of a file of settings that people write: not of one that locks versions."""
    return any(_CONFIG.search(path) and not _LOCK.search(path) for path in _paths(call))


def shows_no_content(name: str) -> bool:
    """Whether a tool's name says that it shows something else than the content of files."""
    words = _NAME_WORD.findall(name.rpartition("__")[2])
    return any(_NO_CONTENT.fullmatch(word) for word in words)


def numbers_lines(call: ToolCall | None) -> bool:
    """Whether the command prints line numbers before lines."""
    return call is not None and prints_numbers(_given(call)[1])


def command_line(call: ToolCall) -> str:
    """The command line that a call runs, from an argument that is a text or a list of words; "" for any other call."""
    return _given(call)[1][:_LONGEST]


def _given(call: ToolCall) -> tuple[str, str]:
    """The argument that is a command line, and the whole of it."""
    values = argument_values(call)
    key = next((key for key in _COMMANDS if values.get(key)), "") if isinstance(values, dict) else ""
    given = values[key] if key else ""
    text = " ".join(map(str, given)) if isinstance(given, list) else given
    return (key, text) if isinstance(text, str) else ("", "")


def _paths(call: ToolCall) -> list[str]:
    values: Any = argument_values(call)
    given = [values.get(name) for name in _PATHS] if isinstance(values, dict) else []
    return [path[-_LONGEST:] for path in given if isinstance(path, str) and not _URL.match(path)]
