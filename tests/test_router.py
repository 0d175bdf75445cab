"""Which outputs stay exact, and by what the others are compressed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom_litellm.compressors import Document
from headroom_litellm.conversation import ToolCall
from headroom_litellm.router import Route, route
from headroom_litellm.settings import EXACT_TOOLS, Settings

from .compressors.examples import EXAMPLES

SAMPLE = {kind: next(iter(examples.SAMPLES.values())) for kind, examples in EXAMPLES.items()}
ROWS = json.dumps([{"id": n, "name": f"name {n}", "at": "2026-03-01"} for n in range(80)], indent=2)


def routed(text: str, tool: str, settings: Settings | None = None, **arguments: Any) -> Route:
    call = ToolCall("c", tool, json.dumps(arguments))
    return route(Document(text=text, tool=tool, arguments=call.arguments), call, settings or Settings())


def kinds(way: Route) -> list[str]:
    return [part.compressor.kind for part in way.parts if part.compressor is not None]


@pytest.mark.parametrize("path", ["package.json", "docker-compose.yml", "config.ini", "tsconfig.json"])
def test_settings_that_any_tool_shows_stay_exact(path: str) -> None:
    assert routed(ROWS, "show_resource", path=path).exact


@pytest.mark.parametrize(
    ("tool", "path"),
    [
        ("show_resource", "package-lock.json"),
        ("show_resource", "node_modules/x/package.json"),
        ("show_resource", "rows.csv"),
        ("search_in_file", "package.json"),
        ("show_resource", "https://example.org/config.json"),
    ],
)
def test_data_that_a_tool_shows_is_compressed(tool: str, path: str) -> None:
    way = routed(ROWS, tool, uri=path)
    assert not way.exact
    assert kinds(way) == ["json"]


@pytest.mark.parametrize("kind", ["code", "html", "text"])
def test_source_that_any_tool_shows_stays_exact(kind: str) -> None:
    assert routed(SAMPLE[kind], "show_resource", path="src/app.py").exact
    assert not routed(SAMPLE[kind], "show_resource", url="https://example.org/app.py").exact


@pytest.mark.parametrize("tool", ["read_logs", "get_file_history", "mcp__db__read_query"])
def test_a_tool_that_reads_something_else_is_no_reader_of_files(tool: str) -> None:
    assert not routed(SAMPLE["log"], tool).exact


def test_a_tool_that_the_settings_name_is_taken_at_its_word() -> None:
    settings = Settings(exact_tools=(*EXACT_TOOLS, "read_logs"))
    assert routed(SAMPLE["log"], "read_logs", settings).exact


def test_what_a_script_written_by_the_same_command_prints_is_no_file() -> None:
    command = "cat > run.py <<'EOF'\nhead = 1\nEOF\npython run.py"
    assert kinds(routed(SAMPLE["log"], "bash", command=command)) == ["log"]


def test_each_part_has_its_kind() -> None:
    text = f"{SAMPLE['log']}\n=== next ===\n{SAMPLE['diff']}\n=== next ===\n{ROWS}"
    way = routed(text, "bash", command='make; echo "=== next ==="; git diff; echo "=== next ==="; curl x')
    assert kinds(way) == ["log", "diff", "json"]
    assert "\n".join(part.document.text for part in way.parts) == text
    assert not way.is_log


def test_an_outline_of_code_is_a_setting() -> None:
    way = routed(SAMPLE["code"], "Read", Settings(code_reads="outline"), file_path="a.py")
    assert way.exact
    assert kinds(way) == ["code"]
    assert kinds(routed(ROWS, "Read", Settings(code_reads="outline"), file_path="a.json")) == []
