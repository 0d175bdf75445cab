"""Diffs."""

from __future__ import annotations

import difflib
import random

__all__ = ["SAMPLES", "git_diff", "large", "source"]


def git_diff(path: str, before: list[str], after: list[str], context: int = 3) -> str:
    """The diff as git prints it, "" where nothing differs."""
    body = list(difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", n=context, lineterm=""))
    head = [f"diff --git a/{path} b/{path}", "index 0123abc..4567def 100644"]
    return "\n".join([*head, *body]) + "\n" if body else ""


def source(functions: int, seed: int) -> list[str]:
    generator = random.Random(seed)
    out = ["import os", "import sys", ""]
    for i in range(functions):
        name = (
            f"{generator.choice(['load', 'save', 'check', 'merge'])}_{generator.choice(['user', 'order', 'item'])}_{i}"
        )
        out += [f"def {name}(path, retries={i % 5}):", f'    """What {name} does."""']
        for k in range(generator.randrange(2, 9)):
            out.append(f"    step_{k} = call(path, {generator.randrange(100)})")
        out += [f"    return step_{i % 2}", "", ""]
    return out


def _changed(lines: list[str], seed: int, share: float = 0.03) -> list[str]:
    generator = random.Random(seed)
    out = []
    for line in lines:
        chance = generator.random()
        if chance < share:
            out.append(line.replace("call(", "request(") if "call(" in line else line)
        elif chance < 2 * share:
            out += [line, f"    log.debug('at %s', {generator.randrange(1000)})"]
        elif chance > share / 2 + 0.5 or chance < 0.5:
            out.append(line)
    return out


def _files(n: int, functions: int = 20) -> str:
    return "".join(
        git_diff(f"src/pkg{i % 7}/module_{i}.py", source(functions, i), _changed(source(functions, i), i))
        for i in range(n)
    )


def large(megabytes: int) -> str:
    part = _files(40, 60)
    return part * (megabytes * 1_000_000 // len(part) + 1)


_RENAMED = "".join(
    git_diff(
        f"lib/views/view_{i}.js",
        [f"const a{i} = 1;", "const { oldHelperName } = require('../helpers');", "", f"exports.b{i} = 2;", "run();"],
        [f"const a{i} = 1;", "const { newHelperName } = require('../helpers');", "", f"exports.b{i} = 2;", "run();"],
    )
    for i in range(40)
)

_LOCKED = (
    git_diff(
        "package.json",
        ['  "dependencies": {', '    "left-pad": "^1.2.0"', "  }"],
        ['  "dependencies": {', '    "left-pad": "^1.3.0"', "  }"],
    )
    + git_diff(
        "package-lock.json",
        [f'      "integrity": "sha512-{i * 7919:x}",' for i in range(200)],
        [f'      "integrity": "sha512-{i * 7907:x}",' for i in range(200)],
    )
    + "diff --git a/logo.png b/logo.png\nindex 111..222 100644\nBinary files a/logo.png and b/logo.png differ\n"
)

_SHOW = (
    "commit 59e205a57a04fced6bb7b8ec0b5dec29461a9996\nAuthor: Ann Example <ann@example.org>\n"
    "Date:   Mon Jun 15 19:45:22 2026 -0700\n\n    Log each step\n    \n    So that a failed run can be followed.\n"
    "    \n    Signed-off-by: Ann Example <ann@example.org>\n    Reviewed-by: Bo <bo@example.org>\n---\n"
    " src/pkg0/module_0.py | 12 ++++++------\n src/pkg1/module_1.py |  9 +++++++++\n"
    " 2 files changed, 15 insertions(+)\n\n"
)

_MERGE = (
    "diff --cc src/app.py\nindex 1aa2b3c,4dd5e6f..7aa8b9c\n--- a/src/app.py\n+++ b/src/app.py\n"
    "@@@ -10,14 -10,14 +10,15 @@@ def start()\n  import os\n  import sys\n  \n  from app import run, stop\n"
    "  from app.settings import DEFAULTS\n  \n  debug = False\n- port = 80\n -port = 8080\n++port = 8000\n++host = ''\n"
    "  workers = 4\n  \n  run(port, workers)\n  DEFAULTS.clear()\n  \n  stop()\n"
)

_STATUS = (
    "On branch main\nYour branch is up to date with 'origin/main'.\n\nChanges not staged for commit:\n"
    '  (use "git add <file>..." to update what will be committed)\n'
    '  (use "git restore <file>..." to discard changes in working directory)\n'
    "\tmodified:   src/app.py\n\tmodified:   src/users/views.py\n\nUntracked files:\n"
    '  (use "git add <file>..." to include in what will be committed)\n\tnotes.txt\n\n'
    'no changes added to commit (use "git add" and/or "git commit -a")\n'
)

SAMPLES = {
    "git diff": _files(8),
    "git show": _SHOW + _files(2, 40),
    "a small diff": _files(3, 8),
    "a rename over many files": _RENAMED,
    "lock file and binary": _LOCKED,
    "a merge": _MERGE * 40,
    "diff -u": "".join(
        "\n".join(
            difflib.unified_diff(source(30, i), _changed(source(30, i), i), f"old/m{i}.py", f"new/m{i}.py", lineterm="")
        )
        + "\n"
        for i in range(4)
    ),
    "svn diff": "".join(
        f"Index: src/m{i}.py\n{'=' * 67}\n"
        + "\n".join(
            difflib.unified_diff(
                source(30, i),
                _changed(source(30, i), i),
                f"src/m{i}.py\t(revision 41)",
                f"src/m{i}.py\t(working copy)",
                lineterm="",
            )
        )
        + "\n"
        for i in range(4)
    ),
    "git status": _STATUS,
    "git diff --stat": "".join(
        f" src/pkg{i % 9}/module_{i}.py | {i % 40 + 1:3} {'+' * (i % 9 + 1)}-\n" for i in range(300)
    )
    + " 300 files changed, 3000 insertions(+), 200 deletions(-)\n",
}
