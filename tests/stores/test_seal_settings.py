"""How the settings name what stored originals are sealed with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headroom_litellm.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def _no_key_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADROOM_ENCRYPTION_KEY", raising=False)


@pytest.mark.parametrize(
    ("configured", "passphrases"),
    [
        ({}, ()),
        ({"encryption_key": None}, ()),
        ({"encryption_key": []}, ()),
        ({"encryption_key": "a, b"}, ("a, b",)),
        ({"encryption_key": ["new", "a, b"]}, ("new", "a, b")),
    ],
)
def test_one_key_or_a_list_of_them_newest_first(configured: dict[str, Any], passphrases: tuple[str, ...]) -> None:
    assert load_settings(configured).passphrases == passphrases


@pytest.mark.parametrize(
    ("variable", "passphrases"),
    [
        ("new", ("new",)),
        ("new, [old]", ("new, [old]",)),
        ("[new]", ("[new]",)),
        ('["new, or not", "[old]"]', ("new, or not", "[old]")),
        (' [ "new" ]', ("new",)),
    ],
)
def test_the_environment_has_one_key_as_it_is_or_a_json_list(
    variable: str, passphrases: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADROOM_ENCRYPTION_KEY", variable)
    assert load_settings({"encryption_key": ["of", "the file"]}).passphrases == passphrases


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        ({"encryption_key": ""}, "encryption_key: must not be empty"),
        ({"encryption_key": ["hunter2", ""]}, "encryption_key: must not be empty"),
        ({"encryption_key": '["hunter2", '}, 'encryption_key: what begins with [" must be a JSON list'),
        ({"encryption_key": ["hunter2", 3]}, "encryption_key.1: Input should be a valid string"),
        ({"encryption_key": {"hunter2": "hunter3"}}, "encryption_key: Input should be a valid tuple"),
    ],
)
def test_keys_that_cannot_be_used_are_named_and_not_shown(configured: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(configured)
    assert message in str(caught.value)
    assert "hunter" not in str(caught.value)


def test_no_key_can_be_read_from_what_is_shown_of_the_settings() -> None:
    for configured in ({"encryption_key": "hunter2"}, {"encryption_key": ["hunter2", "hunter3"]}):
        settings = load_settings(configured)
        for shown in (
            settings.fingerprint,
            repr(settings),
            str(settings),
            json.dumps(settings.model_dump(mode="json")),
        ):
            assert "hunter" not in shown
    assert "hunter" not in json.dumps(Settings.model_json_schema())


def test_limits_that_hold_nothing_are_refused() -> None:
    for name, value in (("max_tenant_bytes", 0), ("max_value_bytes", 0), ("max_value_bytes", 2**31)):
        with pytest.raises(SettingsError, match=f"compress_cache.{name} = {value}"):
            load_settings({"compress_cache": {name: value}})
    assert load_settings().compress_cache.max_tenant_bytes is None
