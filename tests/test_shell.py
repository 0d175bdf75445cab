"""Which commands print a file that an agent may be about to edit, and which number its lines."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from headroom_litellm.conversation import ToolCall
from headroom_litellm.shell import (
    names_a_config,
    names_a_file,
    numbers_lines,
    reads_a_file,
    reads_an_artifact,
    shows_no_content,
)


def shell(command: Any) -> ToolCall:
    return ToolCall("c", "bash", json.dumps({"command": command}))


@pytest.mark.parametrize(
    "command",
    [
        "cd '/my dir' && cat app.py",
        "cd x; cat app.py",
        "pwd\ncat app.py",
        "set -e; /bin/cat app.py",
        "(cat app.py)",
        "time sudo cat app.py",
        "for f in *.py; do cat $f; done",
        'bash -lc "cat src/app.py"',
        "bash -lc 'cd x && sed -n 1,80p a.py'",
        "cd x && cat y | head",
        "sed -n '1,200p' f.py",
        "cat a b c",
        "cat a.py && echo === && cat b.py",
        "git show HEAD:f.py",
        "git -C repo show HEAD~2:src/a.py | head -50",
        "git cat-file -p HEAD:f.py",
        "awk 'NR>=10 && NR<=50' f.py",
        "awk 'NR==1,NR==40 {print NR\": \"$0}' f.py",
        "find . -name '*.py' -exec cat {} \\;",
        "find . -name '*.py' -print0 | xargs -0 cat",
        "git ls-files '*.c' | xargs head -50",
        "docker exec c cat /etc/nginx/nginx.conf",
        "docker exec -it c sh -c 'cat /etc/x | head'",
        "ssh h cat f",
        "ssh -p 22 u@h 'cat /etc/hosts && ls'",
        "kubectl exec -n ns pod -- cat /app/x.yml",
        "docker compose exec -T web cat app.py",
        "podman exec c cat x.py",
        "Get-Content .\\src\\app.ps1",
        'powershell -NoProfile -Command "Get-Content app.cs | Select-Object -First 50"',
        "Get-Content -Path a.cs -TotalCount 40",
        "(Get-Content a.cs)[10..20]",
        "type src\\main.c",
        "cmd /c type main.c",
        "gc a.ps1",
        "python3 -c \"print(open('x.py').read())\"",
        "python - <<'EOF'\nprint(open('x.py').read())\nEOF",
        "node -e \"console.log(require('fs').readFileSync('x.js','utf8'))\"",
        "uv run python -c \"print(open('x.py').read()[:500])\"",
        "cat f | grep -v '^#'",
        "head -c 2000 f",
        "tail -n +100 f.py | head -50",
        "nl -ba f.py | sed -n '20,40p'",
        "test -f x.py && cat x.py || echo no",
        "if [ -f x ]; then cat x; fi",
        "if [ -f x ]; then echo; else cat x; fi",
        'while read f; do cat "$f"; done < list',
        "cat < f.py",
        "sudo -u www cat /etc/nginx.conf",
        "timeout 10s cat f",
        "cat > a.py <<'EOF'\nx\nEOF\ncat a.py",
        "ls -la; cat README.md",
        "FOO=1 cat app.py",
        "set -euo pipefail\ncat app.py",
        "sed -e 's/x/y/' f.py",
        "less f",
        "{ cat a.py; echo; cat b.py; }",
        "cat a.log b.py",
        "cat package.json",
        "head -n 900 data.json",
        "bash -lc cat package.json",
        "sed -n -e '1,80p' f.py",
        "cat -A f.py",
        "tac f.py",
        "bat --plain f.py",
        "echo x > f; cat f",
        "cat f 2>/dev/null",
        "cat f 2>&1 | head",
        "$x = Get-Content a.cs",
        "wsl cat /etc/x",
        "env -i A=1 cat f",
        "nohup cat f",
        ["bash", "-lc", "cat package.json"],
        ["sed", "-n", "1,80p", "app.py"],
    ],
)
def test_a_file_is_read(command: Any) -> None:
    assert reads_a_file(shell(command))


@pytest.mark.parametrize(
    "command",
    [
        "make test",
        "cargo test 2>&1 | tail -50",
        "make 2>&1 | sed -n '1,80p'",
        "make | sed -e s/a/b/ -e s/c/d/",
        "curl api | head -c 2k",
        "git show HEAD",
        "git show --format='%h: %s' HEAD",
        "git log --oneline",
        "tail -n 500 /var/log/app.log",
        "cat build.log.1",
        "cat *.log",
        "tail -f /var/log/syslog",
        "cat /proc/cpuinfo",
        "echo cat",
        "cat > t.py <<'EOF'\nhead = 1\ntype Foo = {}\nsed x f\nEOF\npython t.py",
        "cat <<'EOF' > t.sh\ncat x\nEOF\nbash t.sh",
        "cat <<EOF\nhello\nEOF",
        "cat a b > c && make",
        "git commit -m \"$(cat <<'EOF'\nmsg\nEOF\n)\"",
        "jq . f.json",
        "cat data.json | jq .items",
        "cat access.csv | sort | uniq -c",
        "pytest",
        "ls | xargs rm",
        "find . -name '*.py' | xargs grep foo",
        "docker logs c | tail -50",
        "kubectl logs pod",
        "python run.py",
        "python -c \"import json; print(json.load(open('x')))\"",
        "python - <<EOF\nopen('x','w').write(open('y').read())\nprint(1)\nEOF",
        "npm test | cat",
        "pytest | cat -n",
        "find . -name '*.log' -exec cat {} +",
        "docker exec c tail -100 /var/log/app.log",
        "ssh h 'tail -100 /var/log/syslog'",
        "psql -c 'select 1' | cat",
        "grep -rn head src",
        "bash build.sh",
        "awk '{print $1}' data.txt",
        "git diff | head -100",
        "zcat x.gz",
        "xxd f | head",
        "ls -la head",
        "which cat",
        "man cat",
        "tail -50 nohup.out",
        "cat app.log.2024-01-01",
        "git show HEAD:f > /tmp/f",
        "time make",
        "wc -l f",
        "diff a b",
        "sed -i 's/a/b/' f.py && pytest",
        "sed -ri s/a/b/ f",
        [],
        7,
        None,
        {"a": "cat x"},
        "",
    ],
)
def test_no_file_is_read(command: Any) -> None:
    assert not reads_a_file(shell(command))


def test_a_snippet_of_code_is_no_command_line() -> None:
    for code in ("df = load()\nhead = df.head()", "type(x)\nprint(df)", "for f in files:\n    head (f)"):
        assert not reads_a_file(ToolCall("c", "python", json.dumps({"code": code})))
    assert reads_a_file(ToolCall("c", "python", json.dumps({"code": "print(open('a.py').read())"})))


@pytest.mark.parametrize(
    "text", ["'" * 4000, "'\\" * 2000, "<<A\n" * 30_000, "$(" * 2000, "bash -c " * 500, "cat <" * 800]
)
def test_any_command_line_is_told_in_no_time(text: str) -> None:
    started = time.process_time()
    reads_a_file(shell(text))
    assert time.process_time() - started < 0.5


def test_calls_without_a_command_read_nothing() -> None:
    for arguments in ("", "[]", "{broken", "null", '{"path": "cat x"}'):
        assert not reads_a_file(ToolCall("c", "bash", arguments))
        assert not numbers_lines(ToolCall("c", "bash", arguments))
    assert not numbers_lines(None)


@pytest.mark.parametrize(
    ("command", "numbers"),
    [
        ("cat -n a.py", True),
        ("cat -An a.py", True),
        ("nl -ba a.py | head", True),
        ("cat a.py", False),
        ("bash -lc 'cat -n a'", True),
        ("cat a | nl", True),
        ("less -N a", True),
        ("xargs cat -n", True),
        ("ls -n", False),
        ("grep -n x locale/nl/a.po", False),
        ("cat a/bat/x", False),
        ("echo 'cat -n'", False),
    ],
)
def test_line_numbers_are_expected_of_commands_that_print_them(command: str, numbers: bool) -> None:
    assert numbers_lines(shell(command)) == numbers


def tool(**arguments: Any) -> ToolCall:
    return ToolCall("c", "Read", json.dumps(arguments))


@pytest.mark.parametrize(
    "call",
    [
        tool(file_path="/app/node_modules/react/index.js"),
        tool(path="venv/lib/python3.12/site-packages/httpx/_client.py"),
        shell("cat docs/_build/html/index.html"),
        shell("cat /root/go/pkg/mod/github.com/x/y@v1/z.go"),
    ],
)
def test_an_artifact_is_read(call: ToolCall) -> None:
    assert reads_an_artifact(call)


@pytest.mark.parametrize(
    "call",
    [
        tool(file_path="/app/src/index.js"),
        tool(file_path="/app/node_modules/react/index.js", offset=100, limit=20),
        shell("sed -n '10,20p' node_modules/react/index.js"),
        shell("cat src/app.py && cat node_modules/react/index.js"),
        shell("cat my_node_modules.txt"),
        tool(file_path="/app/src/index.js", old_string='import x from "../dist/x.js"', new_string="y"),
        ToolCall("c", "Read", "no json"),
    ],
)
def test_what_may_be_edited_and_what_was_asked_for_by_line_is_no_artifact(call: ToolCall) -> None:
    assert not reads_an_artifact(call)


@pytest.mark.parametrize(
    "path", ["/src/app.py", "a.ts", "pages/[id].tsx", "README.md", ".gitignore", "docker/Dockerfile", "Makefile"]
)
def test_an_argument_names_a_file(path: str) -> None:
    assert names_a_file(tool(path=path))


@pytest.mark.parametrize(
    "arguments",
    [{"path": "src"}, {"path": "app.log"}, {"query": "app.py"}, {"path": 7}, {"uri": "https://example.org/a.py"}],
)
def test_a_folder_a_log_and_a_query_are_no_files(arguments: dict[str, Any]) -> None:
    assert not names_a_file(tool(**arguments))


@pytest.mark.parametrize("path", ["package.json", "a/docker-compose.yml", "config.ini", "pyproject.toml", "/srv/.env"])
def test_an_argument_names_settings(path: str) -> None:
    assert names_a_config(tool(path=path))


@pytest.mark.parametrize(
    "path", ["package-lock.json", "pnpm-lock.yaml", "poetry.lock", "a.csv", "https://x.org/a.json"]
)
def test_locks_data_and_what_is_elsewhere_are_no_settings(path: str) -> None:
    assert not names_a_config(tool(uri=path))


@pytest.mark.parametrize(
    "name", ["read_logs", "get_file_history", "getFileHistory", "mcp__fs__list_files", "read_query", "write_stdin"]
)
def test_a_name_tells_that_no_file_is_shown(name: str) -> None:
    assert shows_no_content(name)


@pytest.mark.parametrize(
    "name",
    ["Read", "read_file", "ReadFile", "mcp__logs__read_file", "get_file_contents", "view", "read_multiple_files", ""],
)
def test_other_names_tell_nothing(name: str) -> None:
    assert not shows_no_content(name)
