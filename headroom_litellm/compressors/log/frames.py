"""Frames of libraries in a stack trace: how a call went through code that is not the user's."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

__all__ = ["library_frames"]

_LEAST: Final = 4
"""Frames in a row that are worth a note: the first and the last of them stay."""

_LIBRARY: Final = re.compile(
    r"\s*(?:File \"[^\"\n]*?(?:(?:site|dist)-packages/([\w.-]+)"
    r"|/lib/python[0-9.]*/(?!site-packages|dist-packages)([\w-]+)|<frozen ([\w.]+))"
    r"|at (?:async )?(?:java\.base/|java\.rmi/)?("
    r"(?:java|javax|jakarta|jdk|sun|com\.sun|scala|kotlin|kotlinx|groovy|clojure)"
    r"|(?:org\.(?:junit|gradle|springframework|hibernate|apache|eclipse|codehaus|postgresql|jboss|testng|mockito)"
    r"|io\.(?:netty|grpc|undertow|micrometer|vertx|reactivex|quarkus)|com\.(?:google\.common|fasterxml|zaxxer|mysql)"
    r"|reactor|System|Microsoft))[.$/]"
    r"|at [^\n]{0,300}?(?:node_modules/((?:@[\w.-]+/)?[\w.-]+)|\(?(node:[\w/]+)|\((internal)/)"
    r"|from [^\n]{0,300}?/gems/([\w.-]+?)-[0-9]"
    r"|[0-9]+: +(?:0x[0-9a-f]+ - )?<?(std|core|alloc|tokio|rayon|futures_util|hyper|actix_\w+|axum)::"
    r"|\((stdlib|elixir|erts|kernel|ex_unit|mix|compiler) [0-9][^)\n]{0,20}\) )"
)
_BELONGS: Final = re.compile(r"\s+(?:at (?:/rustc/|\S*/\.cargo/|\S*/library/)|[\^~]+)")


def library_frames(lines: Sequence[str], shown: Collection[int]) -> dict[int, str]:
    """The lines of `shown` that may go, each with what it is: the inner ones of several frames of libraries in a row.
    The first and the last frame of such a row stay, and all frames of the user's."""
    found: dict[int, str] = {}
    run: list[list[int]] = []
    names: list[str] = []
    for i in [*sorted(shown), -1]:
        if run and i == run[-1][-1] + 1 and _belongs(lines, run[-1][0], i):
            run[-1].append(i)
            continue
        match = _LIBRARY.match(lines[i][:400]) if i >= 0 and lines[i][:1] in " \t" else None
        if run and (match is None or i != run[-1][-1] + 1):
            if len(run) >= _LEAST:
                found.update(
                    (j, f"of frames in {name}")
                    for frame, name in zip(run[1:-1], names[1:-1], strict=True)
                    for j in frame
                )
            run, names = [], []
        if match is not None:
            run.append([i])
            names.append(next((name for name in match.groups() if name), "libraries"))
    return found


def _belongs(lines: Sequence[str], frame: int, i: int) -> bool:
    """Is the line part of the frame that begins above it: its source, its place?"""
    line, first = lines[i], lines[frame].lstrip()
    if first.startswith('File "'):
        text = line.lstrip()
        deeper = len(line) - len(text) > len(lines[frame]) - len(first)
        return deeper and not text.startswith('File "') and i - frame <= 3
    return _BELONGS.match(line) is not None
