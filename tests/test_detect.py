"""What kind an output is taken for, and what it must never be taken for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.compressors import COMPRESSORS, Document
from headroom_litellm.detect import detect


def kind_of(text: str) -> str | None:
    return detect(Document(text=text))


ROWS = [{"id": i, "name": f"n{i}", "tags": ["a", "b"]} for i in range(60)]

JSON = {
    "array": json.dumps(ROWS),
    "indented object": json.dumps({"total": 60, "items": ROWS}, indent=4),
    "strings": json.dumps([f"src/file{i}.py" for i in range(200)], indent=1),
    "numbers": json.dumps(list(range(1000))),
    "lines": "\n".join(json.dumps(row) for row in ROWS),
    "lines of a log": "\n".join(
        json.dumps({"time": "2026-03-01T10:00:00Z", "level": "info", "n": i}) for i in range(60)
    ),
    "behind a few lines": f"HTTP/1.1 200 OK\ncontent-type: application/json\n\n{json.dumps(ROWS)}",
    "before a line": f"{json.dumps(ROWS, indent=2)}\n60 rows in 3 ms\n",
}

LOGS = {
    "server": "\n".join(f"2026-03-01 10:00:{i % 60:02},275 INFO  [http-5] api - GET /v1/{i} 200" for i in range(60)),
    "syslog": "\n".join(f"Mar  1 10:00:{i % 60:02} host sshd[{i}]: session opened for user ann" for i in range(60)),
    "access": "\n".join(f'10.0.0.1 - - [01/Mar/2026:10:00:00 +0000] "GET /{i} HTTP/1.1" 200 12' for i in range(60)),
    "levels": "\n".join(f"[info] step {i} of the job is done\n[warn] slow" for i in range(60)),
    "redis": "\n".join(f"17201:M 20 Nov 2026 18:38:41.{i:03} * Background saving started" for i in range(60)),
    "kubernetes": "\n".join(f"I0301 10:00:{i % 60:02}.123456       1 controller.go:{i}] synced" for i in range(60)),
    "compose": "\n".join(f"web-1  | 2026-03-01 10:00:00 INFO request {i} served" for i in range(60)),
    "pytest": "\n".join(f"tests/test_a.py::test_{i} PASSED   [ {i}%]" for i in range(60)),
    "go test": "\n".join(f"=== RUN   TestA{i}\n--- PASS: TestA{i} (0.00s)" for i in range(60)),
    "cargo": "\n".join([*(f"   Compiling crate{i} v1.0.{i}" for i in range(60)), "    Finished dev"]),
    "npm": "\n".join(f"npm http fetch GET 200 https://registry.npmjs.org/p{i} {i}ms" for i in range(60)),
    "gcc": "\n".join(f"gcc -Wall -c f{i}.c -o f{i}.o\nf{i}.c:1:20: warning: unused variable" for i in range(40)),
    "apt": "\n".join(f"Unpacking lib{i} (1.0) ...\nSetting up lib{i} (1.0) ..." for i in range(40)),
    "tsc": "\n".join(f"src/a.ts({i},41): error TS7006: Parameter 'x' is bad." for i in range(40)),
    "jest": "FAIL ./cart.test.js\n  ● cart › total\n\n"
    + "    const a = sum({ b: 1 });\n      at Object.sum (cart.test.js:2:63)\n" * 20
    + "\nTests:       1 failed, 31 passed, 32 total\nTime:        0.5 s\n",
    "coloured pytest": "\x1b[1m====== test session starts ======\x1b[0m\ncollected 9 items\n\na.py "
    + "\x1b[32m.\x1b[0m" * 99,
    "tap": "TAP version 13\n" + "\n".join(f"# Subtest: t{i}\nok {i} - t{i}\n  ---\n  ms: 1\n  ..." for i in range(40)),
    "node": "\n".join(f"✔ adds {i} (1.5ms)" for i in range(9))
    + "\n"
    + "  {\n    a: 1\n  }\n" * 20
    + "ℹ pass 9\nℹ fail 1\n",
    "times within the line": "\n".join(
        f"{i} node-{i % 9} action start 10741198{i:02} 1 boot (command {i})" for i in range(60)
    ),
    "traceback": "Traceback (most recent call last):\n"
    + '  File "/app/a.py", line 3, in f\n    g()\n' * 30
    + "KeyError: 1",
}

OTHERS = {
    "python": "import os\nimport sys\n\n\ndef main() -> None:\n    for x in y:\n        return log.error(x)\n\n" * 90,
    "rust": "use std::io;\n\npub fn main() -> Result<()> {\n    let error = 1;\n    Ok(())\n}\n" * 80,
    "script with a log's words": "def log(x):\n    print('ERROR', x)  # 10:00:00\n\nclass A:\n    pass\n\nimport re\n"
    * 80,
    "diff": "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n context\n-old\n+new\n" * 100,
    "search results": "\n".join(f"src/app.py:{i}:    raise ValueError('error {i}')" for i in range(200)),
    "search with context": "\n".join(f"{i}-    raise ValueError(x)" for i in range(300)),
    "csv": "time,level,value\n" + "\n".join(f"2026-03-01 10:00:00,a{i},3" for i in range(300)),
    "tsv": "\n".join(f"a{i}\tb\t{i}\tc" for i in range(500)),
    "html": "<!doctype html>\n<html><body>" + "<p>ERROR at 10:00:00</p>\n" * 300,
    "listing": "total 12\n" + "\n".join(f"-rw-r--r-- 1 ann ann {i} Mar  1 10:00 file{i}.py" for i in range(200)),
    "paths": "\n".join(f"./src/pkg{i % 7}/module{i}.py" for i in range(400)),
    "numbered file": "\n".join(f"{i:6}\t2026-03-01 looks like a log line" for i in range(300)),
    "quoted csv": "id,name,words\n" + "\n".join(f'{i},"Doe, Jane{", Dr" * (i % 3)}","said: a, b"' for i in range(300)),
    "git blame": "\n".join(
        f"a1b2c3d{i % 9} (Ann Example 2024-03-01 10:00:00 +0100 {i}) some words of {i}" for i in range(200)
    ),
    "shell": "# Set up what the build needs\nset -eu\nROOT=$(pwd)\nif [ -d build ]; then\n  rm -rf build\nfi\n" * 150,
    "header": "#ifndef A_H\n# define A_H 1\n/* The size of a page.  */\n#define PAGE 4096\nextern int x (int);\n" * 150,
    "cmake": "# Find what is needed\nfind_package(Foo REQUIRED)\nset(SOURCES a.c b.c)\nadd_library(x ${SOURCES})\n"
    * 150,
    "perl": "use strict;\n# Read the file\nwhile (my $line = <$fh>) {\n  next unless $line =~ /x/;\n}\n" * 150,
    "m4": "dnl Process this file with autoconf\nAC_INIT([foo], [1.0])\nAC_CHECK_HEADERS([stdio.h])\nAC_OUTPUT\n" * 150,
    "vim": '" Vim syntax file for the language\nif exists("b:x")\n  finish\nendif\nsyn keyword aType int char\n' * 150,
    "yaml": "# The jobs of the build\njobs:\n  - name: Run all the tests\n    run: make test\n    with:\n      a: b c\n"
    * 150,
    "dockerfile": "FROM debian:12\n# Install the packages\nRUN apt-get update && \\\n    apt install git\nCOPY . .\n"
    * 150,
    "passwd": "\n".join(f"user{i}:x:{i}:{i}:A User:/home/u{i}:/bin/sh" for i in range(300)),
}


@pytest.mark.parametrize("name", JSON)
def test_json_is_seen(name: str) -> None:
    assert kind_of(JSON[name]) == "json"


@pytest.mark.parametrize("name", LOGS)
def test_logs_and_build_output_are_seen(name: str) -> None:
    assert kind_of(LOGS[name]) == "log"


KINDS = {
    "python": "code",
    "rust": "code",
    "script with a log's words": "code",
    "header": "code",
    "diff": "diff",
    "search results": "search",
    "search with context": "search",
    "csv": "table",
    "tsv": "table",
    "quoted csv": "table",
    "html": "html",
    "listing": "listing",
    "paths": "listing",
}
"""Of the others, those that are of a kind; the rest is of none."""


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_of_another_kind_is_left_to_it(name: str) -> None:
    assert len(OTHERS[name]) > 6_000
    assert kind_of(OTHERS[name]) == KINDS.get(name)


def test_long_prose_is_text() -> None:
    assert kind_of("# Title\n\nSome words that make a sentence of prose.\nAnd then another one.\n\n" * 200) == "text"


def test_prose_with_code_in_fences_is_text() -> None:
    part = "## How to\n\nRun the tests before a change:\n\n```sh\nmake test\n./run.sh --all\n```\n\n- First, read.\n"
    assert kind_of(part * 150) == "text"


def test_nothing_is_of_no_kind() -> None:
    assert kind_of("") is None
    assert kind_of("\n") is None


def test_log_lines_in_brackets_are_no_json() -> None:
    assert kind_of("\n".join(f"[INFO] building module {i} [ok]" for i in range(60))) == "log"


@settings(deadline=None)
@given(st.text(max_size=4_000))
def test_any_text_has_one_known_kind_or_none(text: str) -> None:
    document = Document(text=text * 3)
    assert detect(document) in {None, *COMPRESSORS}
    assert detect(document) == detect(document)


DIAGNOSTICS = {
    "elixir": """
     warning: using single-quoted strings is deprecated.
     Use ~c instead.
     │
 264 │   defp handle(a) do
     │        ~
     └─ lib/decoder.ex:264:82
""",
    "gcc": """
src/main.c:17:9: warning: unused variable 'unused_2' [-Wunused-variable]
   17 |     int unused_2 = 3;
      |         ^~~~~~~~
""",
    "rustc": """
error[E0308]: mismatched types here
  --> src/main.rs:4:18
   |
4  |     let x: i32 = value;
   |                  ^^^^^ expected `i32`
""",
}


@pytest.mark.parametrize("compiler", DIAGNOSTICS)
def test_what_compilers_say_is_a_log(compiler: str) -> None:
    assert kind_of(DIAGNOSTICS[compiler] * 30) == "log"


def test_fields_named_error_are_no_diagnostics() -> None:
    fields = "interface Result {\n  error: Error | null;\n  warning: string;\n}\n"
    assert kind_of(fields * 60) == "code"
