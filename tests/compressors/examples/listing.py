"""Listings of files."""

from __future__ import annotations

import random

__all__ = ["SAMPLES", "drawn", "large", "long_rows"]

_WORDS = [
    *("auth", "billing", "cache", "client", "common", "config", "core", "events"),
    *("handlers", "jobs", "locale", "models", "queue", "reports", "search"),
]


def _paths(n: int, seed: int = 3) -> list[str]:
    generator = random.Random(seed)
    paths = []
    while len(paths) < n:
        depth = generator.randrange(1, 4)
        directory = "/".join(f"{generator.choice(_WORDS)}{generator.randrange(max(2, n // 400))}" for _ in range(depth))
        for _ in range(generator.randrange(1, 9)):
            name = f"{generator.choice(_WORDS)}_{generator.randrange(9999)}"
            paths.append(f"./src/{directory}/{name}.{generator.choice(['py', 'py', 'py', 'html', 'json'])}")
    return paths[:n]


def long_rows(n: int, seed: int = 5) -> list[str]:
    generator = random.Random(seed)
    rows = []
    for i in range(n):
        size = generator.randrange(90_000)
        day = generator.randrange(1, 29)
        mode = "-rwxr-xr-x" if i % 17 == 3 else "-rw-r--r--"
        rows.append(f"{mode}  1 ann  staff {size:6} Mar {day:2} 10:{i % 60:02} {generator.choice(_WORDS)}_{i}.py")
    return rows


def drawn(tree: dict[str, dict], lead: str = "") -> list[str]:  # type: ignore[type-arg]
    """As `tree` draws it."""
    lines = []
    for k, (name, inner) in enumerate(tree.items()):
        last = k == len(tree) - 1
        lines.append(f"{lead}{'└── ' if last else '├── '}{name}")
        lines += drawn(inner, lead + ("    " if last else "│   "))
    return lines


def _recursive(n: int) -> str:
    sections = [".:\nREADME.md\npyproject.toml\nsetup.cfg\nsrc\ntests"]
    for i in range(n):
        name = f"{_WORDS[i % len(_WORDS)]}{i}"
        files = "\n".join(f"{word}.py" for word in _WORDS[: 3 + i % 9])
        sections.append(f"./src/{name}:\n__init__.py\n__pycache__\n{files}")
        sections.append(f"./src/{name}/__pycache__:\n__init__.cpython-312.pyc")
    return "\n\n".join(sections)


def large(megabytes: int) -> str:
    return "\n".join(_paths(27_000 * megabytes))


SAMPLES = {
    "ls -la": """total 96
drwxr-xr-x  9 ann  staff   4096 Mar  4 09:12 .
drwxr-xr-x 31 ann  staff   4096 Mar  4 08:55 ..
-rw-r--r--  1 ann  staff    184 Mar  4 09:12 .editorconfig
drwxr-xr-x  8 ann  staff   4096 Mar  4 09:12 .git
-rw-r--r--  1 ann  staff    512 Mar  4 09:12 .gitignore
-rw-r--r--  1 ann  staff   1071 Mar  4 09:12 LICENSE
-rw-r--r--  1 ann  staff   9317 Mar  4 09:12 README.md
drwxr-xr-x  2 ann  staff   4096 Mar  4 09:12 docs
-rwxr-xr-x  1 ann  staff    742 Mar  4 09:12 manage.py
-rw-r--r--  1 ann  staff   2210 Mar  4 09:12 pyproject.toml
drwxr-xr-x  7 ann  staff   4096 Mar  4 09:12 src
drwxr-xr-x  5 ann  staff   4096 Mar  4 09:12 tests
lrwxrwxrwx  1 ann  staff     12 Mar  4 09:12 venv -> /opt/venv312
""",
    "ls -l of many files": "total 4112\n" + "\n".join(long_rows(400)),
    "ls -R": _recursive(8),
    "ls -R of a large tree": "<returncode>0</returncode>\n<output>\n" + _recursive(120) + "\n</output>",
    "find": "\n".join(_paths(40)),
    "find in a large tree": "find: './src/private': Permission denied\n" + "\n".join(_paths(900)),
    "absolute paths": "\n".join(
        f"/home/ann/projects/shop/lib/shop_web/live/{word}/{part}_live.ex" for word in _WORDS[:5] for part in _WORDS[:4]
    ),
    "numbered images": "\n".join(f"./frames/img_{i:04}.png" for i in range(1, 401)),
    "tree": "\n".join(
        [
            ".",
            *drawn(
                {
                    "README.md": {},
                    "src": {
                        "app": {
                            "main.py": {},
                            "routes.py": {},
                            "views": {"home.py": {}, "login.py": {}, "users.py": {}},
                        },
                        "db": {
                            "models.py": {},
                            "session.py": {},
                            "migrations": {"0001_first.py": {}, "0002_more.py": {}},
                        },
                    },
                    "tests": {"conftest.py": {}, "test_app.py": {}, "test_db.py": {}},
                }
            ),
            "",
            "6 directories, 14 files",
        ]
    ),
    "du -a": "\n".join(f"{4 + i * 4}\t{path}" for i, path in enumerate(_paths(60))),
    "tar tv": "\n".join(
        f"-rw-r--r-- root/root {i * 331:9} 2026-02-{1 + i % 27:02} 10:00 shop-1.2/src/{word}/{part}.py"
        for i, (word, part) in enumerate((w, p) for w in _WORDS[:6] for p in _WORDS[:5])
    ),
}
