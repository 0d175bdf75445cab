"""Histories of commits."""

from __future__ import annotations

import hashlib
import random

__all__ = ["SAMPLES", "blocks", "large", "oneline"]

_WHO = [
    "Ann Example <ann@example.org>",
    "Bo Nilsson <bo.nilsson@example.com>",
    "Chen Wei <chen@example.net>",
    "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
]
_VERB = ["Fix", "Add", "Rework", "Remove", "Document", "Test", "Speed up", "Simplify"]
_WHAT = [
    "the retry of uploads",
    "paging of /v1/users",
    "a race in the pool",
    "parsing of dates",
    "the cache",
    "logging",
]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def _hash(i: int) -> str:
    return hashlib.sha1(f"commit {i}".encode()).hexdigest()


def _subject(generator: random.Random, i: int) -> str:
    if i % 9 == 4:
        return f"Merge pull request #{i} from ann/topic-{i}"
    if i % 11 == 6:
        return f"Bump urllib3 from 2.{i % 7}.0 to 2.{i % 7}.1"
    return f"{generator.choice(_VERB)} {generator.choice(_WHAT)} (#{i})"


def blocks(n: int, *, stat: bool = False, fuller: bool = False, trailers: bool = True, seed: int = 3) -> str:
    generator = random.Random(seed)
    out = []
    for i in range(n, 0, -1):
        who = generator.choice(_WHO)
        date = f"{_DAYS[i % 7]} Mar {i % 28 + 1} {i % 24:02}:{i % 60:02}:07 2026 +0100"
        out.append(f"commit {_hash(i)}{' (HEAD -> main, origin/main)' if i == n else ''}")
        if i % 9 == 4:
            out.append(f"Merge: {_hash(i - 1)[:9]} {_hash(i + 7)[:9]}")
        if fuller:
            out += [f"Author:     {who}", f"AuthorDate: {date}", f"Commit:     {_WHO[0]}", f"CommitDate: {date}", ""]
        else:
            out += [f"Author: {who}", f"Date:   {date}", ""]
        out += [f"    {_subject(generator, i)}", "    "]
        for k in range(generator.randrange(5)):
            out.append(f"    What was done before did not hold for {generator.choice(_WHAT)}: case {k} of {i}.")
        if trailers:
            out += ["    ", f"    Signed-off-by: {who}", f"    Change-Id: I{_hash(i + 1)}"]
        if stat:
            out += ["", f" src/module{i % 13}.py | {i % 17 + 1} ++--", f" 1 file changed, {i % 17 + 1} insertions(+)"]
        out.append("")
    return "\n".join(out)


def oneline(n: int, *, size: int = 40, seed: int = 4) -> str:
    generator = random.Random(seed)
    return "\n".join(f"{_hash(i)[:size]} {_subject(generator, i)}" for i in range(n, 0, -1)) + "\n"


def large(megabytes: int) -> str:
    return blocks(2_400 * megabytes)


_GRAPH = "\n".join(
    line
    for i in range(500, 0, -2)
    for line in (
        f"*   {_hash(i)[:8]} Merge branch 'topic-{i}'",
        "|\\  ",
        f"| * {_hash(i - 1)[:8]} {_VERB[i % 8]} {_WHAT[i % 6]}",
        "|/  ",
    )
)

SAMPLES = {
    "log": blocks(60),
    "log --stat": blocks(60, stat=True),
    "log --format=fuller": blocks(40, fuller=True),
    "a short log": blocks(6),
    "log --oneline": oneline(400, size=8),
    "log --format='%H %s'": oneline(300),
    "log --oneline --graph": _GRAPH,
    "log --format='%h|%an|%aI|%s'": "\n".join(
        f"{_hash(i)[:9]}|{_WHO[i % 3].split(' <')[0]}|2026-03-{i % 28 + 1:02}T10:{i % 60:02}:00+01:00|"
        f"{_VERB[i % 8]} {_WHAT[i % 6]} {i}"
        for i in range(300)
    ),
    "shortlog": "\n".join(
        f"{who.split(' <')[0]} (80):\n" + "".join(f"      {_VERB[k % 8]} {_WHAT[k % 6]} {k}\n" for k in range(80))
        for who in _WHO
    ),
    "reflog": "\n".join(f"{_hash(i)[:9]} HEAD@{{{i}}}: commit: {_VERB[i % 8]} {_WHAT[i % 6]}" for i in range(300)),
}
