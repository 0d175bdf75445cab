"""Each setting, where it comes from, and that it does something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headroom_litellm import Settings, SettingsError, compress, pipeline
from headroom_litellm.engine import Engine
from headroom_litellm.fold import Compressed
from headroom_litellm.settings import load_settings
from headroom_litellm.stores import MemoryStore
from headroom_litellm.stores.blocking import run_blocking

from .conversations import CHAT_TOOLS

ROWS = json.dumps([{"id": number, "name": f"item {number}", "state": "ok", "size": 7} for number in range(300)])


def history(tool: str, output: str, times: int = 1) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "go"}]
    for number in range(times):
        call = {"id": f"c{number}", "type": "function", "function": {"name": tool, "arguments": "{}"}}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": output},
        ]
    return messages


def test_the_strongest_source_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    configured = {"max_retrieval_rounds": 4, "scope": "team", "compress_cache": {"max_entries": 5, "ttl_seconds": 60}}
    monkeypatch.setenv("HEADROOM_SCOPE", "org")
    monkeypatch.setenv("HEADROOM_COMPRESS_CACHE__TTL_SECONDS", "70")
    monkeypatch.setenv("HEADROOM_MODE", "off")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    settings = load_settings(configured, mode="audit")
    assert (settings.max_retrieval_rounds, settings.scope, settings.mode) == (4, "org", "audit")
    assert (settings.compress_cache.max_entries, settings.compress_cache.ttl_seconds) == (5, 70)
    assert settings.redis_url is not None


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        ({"modus": "off"}, "modus: no such setting; did you mean mode?"),
        (
            {"compress_cache": {"ttl_second": 1}},
            "compress_cache.ttl_second: no such setting; did you mean ttl_seconds?",
        ),
        ({"mode": "fast"}, "mode = 'fast': Input should be 'off', 'audit' or 'optimize'"),
        ({"compress_cache": {"ttl_seconds": -1}}, "compress_cache.ttl_seconds = -1: Input should be greater than 0"),
        ({"marker_template": "gone"}, "marker_template = 'gone': its marker cannot be found back"),
        ({"kinds": ["repeat"]}, "kinds = ['repeat']: unknown ['repeat']; allowed are repeats, gutter, diff"),
        ({"redis_url": "localhost:6379"}, "redis_url: must begin with one of redis://, rediss://"),
        ({"encryption_key": ""}, "encryption_key: must not be empty"),
        ("optimize", "must be a mapping of settings, not 'optimize'"),
        ({"max_retrieval_rounds": 0}, "max_retrieval_rounds = 0: Input should be greater than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_what_is_allowed(configured: Any, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(configured)
    assert message in str(caught.value)


def test_the_plugins_own_redis_goes_before_litellms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://litellm")
    monkeypatch.setenv("HEADROOM_REDIS_URL", "redis://ours")
    url = load_settings({"redis_url": "redis://configured"}).redis_url
    assert url is not None
    assert url.get_secret_value() == "redis://ours"


def test_an_empty_url_is_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "")
    assert load_settings().redis_url is None


def test_secrets_are_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"redis_url": ["redis://user:hunter2@host"], "encryption_key": ["hunter2"]})
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(load_settings({"redis_url": "redis://user:hunter2@host", "encryption_key": "hunter2"}))


def test_lists_may_be_comma_separated_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_KINDS", "json, repeats")
    assert load_settings().kinds == ("json", "repeats")


@pytest.mark.parametrize("mode", ["off", "audit"])
def test_only_optimize_changes_messages(mode: str) -> None:
    messages = history("api", ROWS)
    assert compress(messages, tools=CHAT_TOOLS, settings={"mode": mode}).messages == messages
    assert compress(messages, tools=CHAT_TOOLS).messages != messages


def test_without_the_cache_only_lossless_forms_are_used() -> None:
    result = compress(history("api", ROWS), tools=CHAT_TOOLS, settings={"compress_cache": {"enabled": False}})
    assert result.markers == {}
    assert result.tools == CHAT_TOOLS
    assert all(item.kept == item.total for item in result.items)


def test_kinds_can_be_left_out() -> None:
    twice = history("api", ROWS, times=2)
    kinds = [
        {item.kind for item in compress(twice, tools=CHAT_TOOLS, settings={"kinds": kinds}).items}
        for kinds in (["json"], ["repeats"], [])
    ]
    assert kinds == [{"json"}, {"repeats"}, set()]


def test_outputs_of_exact_tools_are_never_compressed_with_loss() -> None:
    def shown(tool: str, **settings: Any) -> Any:
        return compress(history(tool, ROWS), tools=CHAT_TOOLS, settings=settings).messages[-1]["content"]

    assert shown("Read") == ROWS
    assert shown("api") != ROWS
    assert shown("api", exact_tools=["API"]) == ROWS


def test_files_printed_by_a_shell_are_never_compressed_with_loss() -> None:
    for command, exact in (("cat data.json", True), ("cd /x && head -n 900 data.json", True), ("curl api", False)):
        messages = history("bash", ROWS)
        messages[1]["tool_calls"][0]["function"]["arguments"] = json.dumps({"command": command})
        shown = compress(messages, tools=CHAT_TOOLS).messages[-1]["content"]
        assert (shown == ROWS) == exact


def test_small_outputs_lose_nothing_up_to_the_limit_that_is_set() -> None:
    def item(limit: int) -> Compressed:
        return compress(history("api", ROWS), tools=CHAT_TOOLS, settings={"min_characters": limit}).items[0]

    assert item(1_000_000).kept == item(1_000_000).total
    assert item(1_000).kept < item(1_000).total


@pytest.mark.parametrize("limit", ["max_value_bytes", "max_tenant_bytes"])
def test_what_the_store_has_no_room_for_loses_nothing(limit: str) -> None:
    def lossy(output: str) -> bool:
        settings = {"compress_cache": {limit: 1024**2}}
        (item,) = compress(history("api", output), tools=CHAT_TOOLS, settings=settings).items
        return item.kept < item.total

    rows = [{"id": number * 7919 % 1009, "name": "é" * 40} for number in range(10_000)]
    assert lossy(json.dumps(rows[:8_000], ensure_ascii=False))
    assert not lossy(json.dumps(rows, ensure_ascii=False))


def test_the_marker_template_is_used() -> None:
    template = "(showing {kept} of {total} {unit}, all: hash={hash})"
    shown = compress(history("api", ROWS), tools=CHAT_TOOLS, settings={"marker_template": template}).messages[-1]
    assert "(showing " in shown["content"].split("\n")[-1]


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().mode = "off"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("configured", "backend"),
    [
        ({}, "memory"),
        ({"compress_cache": {"cache_path": "{tmp}/originals.db"}}, "sqlite"),
        ({"redis_url": "redis://127.0.0.1:1", "compress_cache": {"cache_path": "{tmp}/originals.db"}}, "redis"),
    ],
)
async def test_the_store_is_the_one_that_is_set(configured: dict[str, Any], backend: str, tmp_path: Path) -> None:
    configured = json.loads(json.dumps(configured).replace("{tmp}", str(tmp_path)))
    assert (await Engine.from_settings(load_settings(configured)).store.stats()).backend == backend


def test_stored_originals_are_sealed_when_a_key_is_set(tmp_path: Path) -> None:
    file = tmp_path / "originals.db"
    for key, readable in (("", True), ("passphrase", False)):
        configured = {"compress_cache": {"cache_path": str(file)}, **({"encryption_key": key} if key else {})}
        engine = Engine.from_settings(load_settings(configured))

        async def store(engine: Engine = engine) -> None:
            await engine.store.put("tenant", "key", b"readable words", 60)
            await engine.store.close()

        run_blocking(store())
        assert (b"readable words" in file.read_bytes()) == readable
        file.unlink()


def test_remembered_bytes_bounds_what_is_held_of_conversations() -> None:
    least = 1024 * 1024
    try:
        Engine(load_settings({"remembered_bytes": least}), MemoryStore())
        for number in range(20):
            compress(history("Bash", f"{number} {ROWS}", 3))
        assert 0 < pipeline._folds.weight <= least // 2
        Engine(load_settings({"remembered_bytes": 32 * least}), MemoryStore())
        for number in range(20):
            compress(history("Bash", f"{number} {ROWS}", 3))
        assert pipeline._folds.weight > least // 2
    finally:
        Engine(load_settings(), MemoryStore())
