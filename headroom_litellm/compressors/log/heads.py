"""Lines that say of which test, package, directory or task the lines below them speak."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

__all__ = ["heads_of"]

_FIRST: Final = frozenset("_=-gmTPR>S:#[F*")
_HEAD: Final = re.compile(
    r"_{2,} .+ _{2,}$|={3,} .+ ={3,}$|\*{3,} .+ \*{3,}$|---- .+ ----$|==> \S|=== (?:RUN|CONT|NAME) "
    r"|g?make(?:\[[0-9]+\])?: (?:Entering|Leaving) directory|(?:TASK|PLAY|RUNNING HANDLER) \["
    r"|> (?:Task|Configure project) :|Step [0-9]+/[0-9]+ :|(?:::|##\[)group|\[INFO\] -+[< ]"
    r"|(?:\[INFO\] )?Running \S[^\s.]*\.\S+$|(?:FAIL|PASS) +\S+$"
)
"""As pytest, tail, mix, Go, Rust, make, Ansible, Gradle, Docker, Maven, CI runners and Jest write them."""


def heads_of(lines: Sequence[str], shown: Iterable[int]) -> set[int]:
    """The head nearest above each of the lines of `shown`: without it, they seem to be of what is above them."""
    heads = [i for i, line in enumerate(lines) if line[:1] in _FIRST and _HEAD.match(line)]
    return {heads[at - 1] for at in {bisect_right(heads, i) for i in shown} if at} if heads else set()
