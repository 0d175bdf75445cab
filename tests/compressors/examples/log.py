"""Logs."""

from __future__ import annotations

import random

__all__ = ["SAMPLES", "TRACE", "large", "server_log"]


def server_log(n: int, seed: int = 7) -> list[str]:
    generator = random.Random(seed)
    lines = []
    for i in range(n):
        stamp = f"2026-03-01 10:{i // 60 % 60:02}:{i % 60:02},{generator.randrange(1000):03}"
        what = generator.choice(
            [
                f"INFO  [http-{generator.randrange(8)}] api - GET /v1/users/{generator.randrange(9999)} 200",
                f"DEBUG [pool-{generator.randrange(4)}] cache - cache miss key=user:{generator.randrange(9999)}",
                f"INFO  [sched] jobs - swept {generator.randrange(50)} sessions, 0 errors",
            ]
        )
        lines.append(f"{stamp} {what}")
    return lines


TRACE = [
    "Traceback (most recent call last):",
    *(
        f'  File "/app/module_{i}.py", line {i}, in step\n    run(step)'.split("\n")[k]
        for i in range(40)
        for k in (0, 1)
    ),
    "KeyError: 'missing'",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 3, in <module>',
    "    main()",
    "RuntimeError: could not start",
]


def large(megabytes: int) -> str:
    return "\n".join(server_log(13_500 * megabytes))


SAMPLES = {"server": "\n".join([*server_log(300), *TRACE, *server_log(300, seed=8)])}
