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


def _access_log(n: int) -> str:
    generator = random.Random(3)
    paths = ["/", "/api/v1/orders", "/api/v1/orders/{}", "/static/app.css", "/health", "/api/v1/users/{}/cart"]
    return "\n".join(
        f"10.4.{generator.randrange(9)}.{generator.randrange(255)} - - [01/Mar/2026:10:{i // 40:02}:{i % 40:02} +0000] "
        f'"GET {generator.choice(paths).format(generator.randrange(9999))} HTTP/1.1" '
        f'{generator.choice([200] * 30 + [304] * 8 + [404, 502])} {generator.randrange(90_000)} "-" "curl/8.5.0"'
        for i in range(n)
    )


def _test_run() -> str:
    lines = [
        "============================= test session starts ==============================",
        "platform linux -- Python 3.12.4, pytest-8.2.2, pluggy-1.5.0 -- /srv/shop/.venv/bin/python",
        "rootdir: /srv/shop",
        "collected 96 items",
        "",
    ]
    areas = ["cart", "orders", "prices", "users"]
    what = ["empty", "one_item", "many_items", "unknown_sku", "discount", "rounding", "currency", "limit"]
    names = [f"tests/test_{area}.py::test_{kind}_{how}" for area in areas for kind in what for how in "abc"]
    for i, name in enumerate(names):
        result = "FAILED" if name.endswith("prices.py::test_rounding_b") else "PASSED"
        lines.append(f"{name} {result}{f'[{100 * (i + 1) // 96:3}%]':>{max(8, 76 - len(name))}}")
    return "\n".join(
        [
            *lines,
            "",
            "=================================== FAILURES ===================================",
            "_______________________________ test_rounding_b ________________________________",
            "",
            "    def test_rounding_b():",
            '>       assert total([Item("a", "0.105")]) == Decimal("0.11")',
            "E       AssertionError: assert Decimal('0.10') == Decimal('0.11')",
            "",
            "tests/test_prices.py:41: AssertionError",
            "=========================== short test summary info ============================",
            "FAILED tests/test_prices.py::test_rounding_b - AssertionError: assert Decimal...",
            "========================= 1 failed, 95 passed in 3.21s =========================",
        ]
    )


def _java_log() -> str:
    trace = [
        "java.lang.IllegalStateException: no price for sku 4711",
        "\tat com.acme.shop.Prices.of(Prices.java:88)",
        "\tat com.acme.shop.Cart.total(Cart.java:140)",
        *(f"\tat org.springframework.web.servlet.Layer{i}.handle(Layer{i}.java:{31 * i + 7})" for i in range(1, 15)),
        "\tat com.acme.shop.Main.main(Main.java:12)",
        "Caused by: java.sql.SQLTimeoutException: timeout after 3000 ms",
        "\tat com.acme.shop.Db.query(Db.java:52)",
        "\t... 16 more",
    ]
    lines = server_log(150, seed=5)
    for at in (120, 70, 30):
        lines[at:at] = [f"2026-03-01 10:0{at // 60}:{at % 60:02},007 ERROR [http-1] api - GET /v1/cart failed", *trace]
    return "\n".join(lines)


def _cargo_build() -> str:
    crates = [
        *("libc", "cfg-if", "memchr", "itoa", "ryu", "serde", "log", "bytes"),
        *("regex", "tokio", "hyper", "axum"),
    ]
    lines = [f"   Compiling {crate} v{i % 3}.{i * 7 % 40}.{i % 9}" for i, crate in enumerate(crates * 3)]
    return "\n".join(
        [
            *(f"  Downloaded {crate} v{i % 3}.{i * 7 % 40}.{i % 9}" for i, crate in enumerate(crates * 3)),
            *lines,
            "warning: unused variable: `retries`",
            "  --> src/client.rs:41:9",
            "   |",
            "41 |     let retries = 3;",
            "   |         ^^^^^^^ help: if this is intentional, prefix it with an underscore: `_retries`",
            "   |",
            "   = note: `#[warn(unused_variables)]` on by default",
            "",
            "error[E0308]: mismatched types",
            "  --> src/main.rs:17:18",
            "   |",
            "17 |     let port: u16 = config.port();",
            "   |               ---   ^^^^^^^^^^^^^ expected `u16`, found `u32`",
            "",
            "For more information about this error, try `rustc --explain E0308`.",
            'error: could not compile `gateway` (bin "gateway") due to 1 previous error; 1 warning emitted',
        ]
    )


def _package_installation() -> str:
    packages = [
        *("libssl3", "git-man", "git", "less", "patch", "openssh-client", "xauth"),
        *("make", "gcc-12", "cpp-12"),
    ]
    lines = ["Reading package lists...", "Building dependency tree...", "The following NEW packages will be installed:"]
    lines += ["  " + " ".join(packages), "0 upgraded, 39 newly installed, 0 to remove and 4 not upgraded."]
    lines += [
        f"Get:{i} http://deb.debian.org/debian bookworm/main amd64 {name} amd64 3.0.{i}-1 [{i * 97} kB]"
        for i, name in enumerate(packages * 3, start=1)
    ]
    for i, name in enumerate(packages * 3):
        lines += [
            f"Selecting previously unselected package {name}:amd64.",
            f"Preparing to unpack .../{i:02}-{name}_3.0.{i}-1_amd64.deb ...",
            f"Unpacking {name}:amd64 (3.0.{i}-1) ...",
        ]
    lines += [f"Setting up {name}:amd64 (3.0.{i}-1) ..." for i, name in enumerate(packages * 3)]
    return "\n".join([*lines, "Processing triggers for libc-bin (2.36-9+deb12u4) ..."])


def _short_log() -> str:
    """Small enough to stay whole: only its times are said once."""
    words = ["accepted", "queued", "started", "verified", "stored", "indexed", "announced", "closed"]
    return "\n".join(f"2026-03-01T10:07:{i:02}.4{i:02}Z job {4100 + 7 * i} {words[i % 8]}" for i in range(24))


def large(megabytes: int) -> str:
    return "\n".join(server_log(13_500 * megabytes))


SAMPLES = {
    "server": "\n".join([*server_log(300), *TRACE, *server_log(300, seed=8)]),
    "requests": _access_log(400),
    "test run": _test_run(),
    "stack traces": _java_log(),
    "build": _cargo_build(),
    "installation": _package_installation(),
    "waiting": "\n".join(
        [
            "Waiting for the database to accept connections",
            *(f"[{i}/60] no answer from db:5432, next try in 5 s" for i in range(1, 43)),
            "[INFO] connected to db:5432 at try 43",
            "[INFO] 17 migrations to run",
        ]
    ),
    "short": _short_log(),
}
