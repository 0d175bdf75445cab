"""Tables."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence

__all__ = ["SAMPLES", "aligned", "boxed", "delimited", "large", "markdown", "orders", "psql"]

Rows = Sequence[Sequence[str]]


def delimited(names: Sequence[str], rows: Rows, delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerows([names, *rows])
    return out.getvalue()


def _widths(names: Sequence[str], rows: Rows) -> list[int]:
    return [max(map(len, column)) for column in zip(names, *rows, strict=True)]


def aligned(names: Sequence[str], rows: Rows, gap: str = "   ") -> str:
    widths = _widths(names, rows)
    return "\n".join(
        gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [names, *rows]
    )


def psql(names: Sequence[str], rows: Rows) -> str:
    widths = _widths(names, rows)
    lines = [
        " " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [names, *rows]
    ]
    lines.insert(1, "+".join("-" * (width + 2) for width in widths))
    return "\n".join([*lines, f"({len(rows)} rows)", ""])


def boxed(names: Sequence[str], rows: Rows) -> str:
    widths = _widths(names, rows)
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [names, *rows]
    ]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule, f"{len(rows)} rows in set (0.02 sec)", ""])


def markdown(names: Sequence[str], rows: Rows) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in [names, *rows]]
    lines.insert(1, "|" + "|".join(" --- " for _ in names) + "|")
    return "\n".join(["# Orders of the week", "", *lines, ""])


def orders(count: int, seed: int = 5) -> tuple[list[str], list[list[str]]]:
    generator = random.Random(seed)
    names = ["id", "placed_at", "customer", "region", "status", "items", "amount", "currency", "note"]
    rows = []
    for i in range(count):
        status = "failed" if generator.random() < 0.005 else generator.choice(["shipped"] * 9 + ["paid", "open"])
        rows.append(
            [
                f"{i + 100_001}",
                f"2024-03-{1 + i * 28 // count:02} {i // 60 % 24:02}:{i % 60:02}:{generator.randrange(60):02}",
                f"{generator.choice(['Ann', 'Bo', 'Cid', 'Dee'])} {generator.choice(['Example', 'Smith', 'Jones'])}",
                generator.choice(["eu-west-1", "eu-west-1", "us-east-1"]),
                status,
                str(generator.randrange(1, 9)),
                f"{generator.expovariate(0.02):.2f}",
                "EUR",
                'gift, "wrapped"' if generator.random() < 0.1 else "",
            ]
        )
    return names, rows


def _by_customer(count: int) -> tuple[list[str], list[list[str]]]:
    names, rows = orders(count)
    return [names[2], *names[:2], *names[3:]], sorted([row[2], *row[:2], *row[3:]] for row in rows)


def _pods(count: int, seed: int = 6) -> str:
    generator = random.Random(seed)
    rows = []
    for i in range(count):
        name = f"{generator.choice(['web', 'api', 'worker', 'cache'])}-{generator.randrange(16**10):010x}-x{i:04}"
        state = ["1/1", "Running", str(generator.randrange(3)), f"{generator.randrange(1, 40)}d"]
        if i % 60 == 41:
            state = ["0/1", "CrashLoopBackOff", f"{generator.randrange(9, 99)} (2m ago)", "3h"]
        rows.append([generator.choice(["default", "billing", "kube-system"]), name, *state])
    return aligned(["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE"], rows)


def _processes(count: int, seed: int = 7) -> str:
    generator = random.Random(seed)
    lines = ["USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND"]
    for i in range(count):
        command = generator.choice(
            ["/usr/bin/node server.js --port 80", "[kworker/0:1-events]", "postgres: writer", "sh"]
        )
        user = generator.choice(["root", "postgres", "app"])
        cpu = 97.5 if i == count // 2 else generator.random()
        lines.append(
            f"{user:8} {i * 7 + 1:>7} {cpu:>4.1f} {generator.random():>4.1f} "
            f"{generator.randrange(200_000):>6} {generator.randrange(50_000):>5} {'?':8} Ssl  "
            f"08:11   0:0{i % 9} {command}"
        )
    return "\n".join(lines)


def large(megabytes: int) -> str:
    return delimited(*orders(13_200 * megabytes))


SAMPLES = {
    "csv": delimited(*orders(400)),
    "psql": psql(*_by_customer(60)),
    "mysql": boxed(*orders(120)),
    "markdown": markdown(*orders(40)),
    "tsv": delimited(*orders(90), delimiter="\t", end="\r\n"),
    "kubectl get pods": _pods(180),
    "ps aux": _processes(150),
    "pip list": aligned(
        ["Package", "Version"],
        [["-" * 18, "-" * 9], *([f"package-{'abcdefgh'[i % 8]}{i}", f"{i % 5}.{i % 7}.{i % 3}"] for i in range(70))],
        gap=" ",
    ),
    "docker images": aligned(
        ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
        [
            [
                f"registry.example.com/team/app-{i % 9}",
                f"v1.{i}",
                f"{i * 7_919_191:012x}",
                f"{1 + i % 6} weeks ago",
                f"{80 + i}MB",
            ]
            for i in range(40)
        ],
    ),
}
