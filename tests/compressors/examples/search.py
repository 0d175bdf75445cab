"""Matches of a search."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

__all__ = ["SAMPLES", "SEARCHES", "Found", "large", "matches"]

_FOLDERS = ["src/billing", "src/billing/invoices", "src/api/v2/handlers", "src/core", "tests/unit/billing", "docs/use"]
_STEMS = ["session", "invoice", "tax_rules", "export", "gateway", "retry-policy", "ledger", "user_service", "webhook"]
_ENDS = [".py", ".py", ".py", "_v2.py", ".ts", ".md"]
_TEXTS = [
    "    return self.{a}.{b}(invoice_id)",
    "def {a}_{b}(self, request: Request) -> Response:",
    "        raise ValueError(f'no {a} for {{self.{b}}} at 10:15:20')",
    "from billing.{a} import {b}",
    "    # {a}: see {b}-12-x for the reason",
    "class {A}{B}(Base):",
    "            log.info('{a} %s: %s', self.{b}, 12)",
    "        self.{a} = {b}",
]
_WORDS = ["amount", "customer", "total", "period", "ledger", "account", "currency", "status", "entry", "rate"]

Found = list[tuple[str, list[tuple[int, str]]]]
"""Files, each with numbers and texts of lines in order."""


def matches(files: int, most: int, seed: int = 5) -> Found:
    generator = random.Random(seed)
    found: Found = []
    for n in range(files):
        number = generator.choice(["", "", f"-{n}", f"_{n}"])
        path = f"{generator.choice(_FOLDERS)}/{generator.choice(_STEMS)}{number}{generator.choice(_ENDS)}"
        numbers = sorted(generator.sample(range(3, 1_500), generator.randint(1, most)))
        found.append((path, [(at, text(generator)) for at in numbers]))
    return [(path, lines) for path, lines in sorted(dict(found).items())]


def text(generator: random.Random) -> str:
    a, b = generator.choice(_WORDS), generator.choice(_WORDS)
    return generator.choice(_TEXTS).format(a=a, b=b, A=a.title(), B=b.title())


def numbered(found: Found, lead: str = "") -> list[str]:
    return [f"{lead}{path}:{number}:{line}" for path, lines in found for number, line in lines]


def columns(found: Found) -> list[str]:
    return [f"{path}:{number}:{1 + len(line) % 30}:{line}" for path, lines in found for number, line in lines]


def plain(found: Found) -> list[str]:
    return [f"{path}:{line}" for path, lines in found for _, line in lines]


def context(found: Found, before: int = 1, after: int = 2) -> list[str]:
    out: list[str] = []
    for path, lines in found:
        matching = dict(lines)
        last = -1
        for number in sorted({n for at in matching for n in range(at - before, at + after + 1)}):
            if out and number != last + 1:
                out.append("--")
            last = number
            sign = ":" if number in matching else "-"
            out.append(f"{path}{sign}{number}{sign}{matching.get(number, f'    step_{number % 7}(x)')}")
        last = -1
    return out


def headings(found: Found) -> list[str]:
    out: list[str] = []
    for path, lines in found:
        out += ["", path] if out else [path]
        out += [f"{number}:{line}" for number, line in lines]
    return out


def single(found: Found) -> list[str]:
    numbers = sorted({number: line for _, lines in found for number, line in lines}.items())
    return [f"{number}:{line}" for number, line in numbers]


def windows(found: Found) -> list[str]:
    return numbered([("C:\\work\\app\\" + path.replace("/", "\\"), lines) for path, lines in found])


def counts(found: Found) -> list[str]:
    return [f"{path}:{len(lines) % 9}" for path, lines in found]


SEARCHES: dict[str, Callable[[Found], Sequence[str]]] = {
    "grep -rn": numbered,
    "rg --column": columns,
    "grep -r": plain,
    "grep -rn -B1 -A2": context,
    "rg --heading -n": headings,
    "grep -n on one file": single,
    "git grep -n HEAD": lambda found: numbered(found, "HEAD:"),
    "findstr /n on Windows": windows,
    "grep -rc": counts,
}

_MINIFIED = "dist/app.min.js:1:" + "".join(f"function f{i}(e,t){{return e.session[{i}]||t}}" for i in range(400))

SAMPLES: dict[str, str] = {
    "rg": "\n".join(numbered(matches(30, 14))),
    "grep with warnings, in an agent's tags": "\n".join(
        [
            "<returncode>2</returncode>",
            "<output>",
            "grep: build/secrets: Permission denied",
            *numbered(matches(8, 6)),
            "grep: build/cache.bin: binary file matches",
            "</output>",
        ]
    ),
    "context": "\n".join(context(matches(20, 8))),
    "headings": "\n".join(headings(matches(25, 16))),
    "without numbers": "\n".join(plain(matches(12, 9))),
    "one file": "\n".join(single(matches(30, 14))),
    "Windows": "\n".join(windows(matches(10, 6))),
    "counts": "\n".join(counts(matches(160, 12))),
    "minified": "\n".join([_MINIFIED, *numbered(matches(6, 3))]),
}


def large(megabytes: int) -> str:
    block = numbered(matches(300, 40))
    size = sum(len(line) + 10 for line in block)
    return "\n".join(f"pkg{n}/{line}" for n in range(megabytes * 1_000_000 // size + 1) for line in block)
