"""The Redis of LiteLLM's environment, and what goes before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom_litellm import SettingsError
from headroom_litellm.settings import load_settings
from headroom_litellm.settings.litellm_redis import url_from
from headroom_litellm.stores.redis.address import Address

CLUSTER = '[{"host": "a", "port": 7000}, {"host": "b", "port": "7001"}, {"host": "::1"}]'
SENTINELS = '[["a", 26379], ["b", "26380"]]'


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, None),
        ({"REDIS_PORT": "6379", "REDIS_PASSWORD": "p"}, None),
        ({"REDIS_HOST": "h"}, "redis://h:6379/0"),
        ({"REDIS_HOST": "h", "REDIS_PORT": "1", "REDIS_DB": "2", "REDIS_SSL": "True"}, "rediss://h:1/2"),
        ({"REDIS_HOST": "::1", "REDIS_PASSWORD": "p/:@w"}, "redis://:p%2F%3A%40w@[::1]:6379/0"),
        ({"REDIS_HOST": "h", "REDIS_USERNAME": "u", "REDIS_PASSWORD": "p"}, "redis://u:p@h:6379/0"),
        ({"REDIS_HOST": "h", "REDIS_SSL": "1", "REDIS_SSL_CA_CERTS": "/c a"}, "rediss://h:6379/0?ssl_ca_certs=%2Fc+a"),
        ({"REDIS_HOST": "h", "REDIS_SSL": "no", "REDIS_SSL_CA_CERTS": "/ca"}, "redis://h:6379/0"),
        ({"REDIS_HOST": "h", "REDIS_URL": "redis://url"}, "redis://url"),
        ({"REDIS_URL": "", "REDIS_HOST": ""}, None),
        ({"REDIS_CLUSTER_NODES": CLUSTER, "REDIS_URL": "redis://u"}, "redis+cluster://a:7000,b:7001,[::1]:6379"),
        ({"REDIS_CLUSTER_NODES": CLUSTER, "REDIS_PASSWORD": "p", "REDIS_SSL": "yes"}, "rediss+cluster://:p@a:7000,b:7001,[::1]:6379"),
        ({"REDIS_SENTINEL_NODES": SENTINELS, "REDIS_SERVICE_NAME": "m"}, "redis+sentinel://a:26379,b:26380/m/0"),
        (
            {
                "REDIS_SENTINEL_NODES": SENTINELS,
                "REDIS_SERVICE_NAME": "m",
                "REDIS_SENTINEL_PASSWORD": "s&",
                "REDIS_DB": "3",
            },
            "redis+sentinel://a:26379,b:26380/m/3?sentinel_password=s%26",
        ),
        ({"REDIS_HOST": "h", "REDIS_AZURE_AD_TOKEN": "true"}, None),
        ({"REDIS_HOST": "h", "REDIS_AZURE_AD_TOKEN": "false"}, "redis://h:6379/0"),
    ],
)  # fmt: skip
def test_the_redis_of_litellm(environment: dict[str, str], url: str | None) -> None:
    assert url_from(environment) == url
    if url is not None:
        Address.parse(url)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"REDIS_SENTINEL_NODES": SENTINELS}, "REDIS_SENTINEL_NODES is set without REDIS_SERVICE_NAME"),
        ({"REDIS_SENTINEL_NODES": "a:26379", "REDIS_SERVICE_NAME": "m"}, "REDIS_SENTINEL_NODES must be JSON"),
        ({"REDIS_CLUSTER_NODES": '[["a", 1]]'}, "REDIS_CLUSTER_NODES must be JSON"),
        ({"REDIS_CLUSTER_NODES": "[]"}, "REDIS_CLUSTER_NODES must be JSON"),
        ({"REDIS_HOST": "h", "REDIS_PORT": "tcp://10.0.0.1:6379"}, "REDIS_PORT must be a number (Kubernetes"),
        ({"REDIS_URL": "http://:hunter2@h"}, "redis_url: must begin with one of redis://"),
    ],
)
def test_half_a_redis_is_a_settings_error_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], message: str
) -> None:
    for name, value in {"REDIS_PASSWORD": "hunter2", **environment}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert load_settings({"redis_url": "redis://ours"}).redis_url is not None


def test_what_is_set_for_the_plugin_goes_before_what_is_set_for_litellm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def chosen(**configured: object) -> str | None:
        url = load_settings(configured).redis_url
        return url and url.get_secret_value()

    monkeypatch.setenv("REDIS_HOST", "litellm")
    assert chosen() == "redis://litellm:6379/0"
    monkeypatch.setenv("REDIS_URL", "redis://litellm-url")
    assert chosen() == "redis://litellm-url"
    assert chosen(compress_cache={"cache_path": str(tmp_path / "originals.db")}) is None
    assert chosen(redis_url="redis://configured") == "redis://configured"
    assert chosen(redis_url="") is None
    monkeypatch.setenv("HEADROOM_REDIS_URL", "redis://ours")
    assert chosen(redis_url="redis://configured") == "redis://ours"
    monkeypatch.setenv("HEADROOM_REDIS_URL", "")
    assert chosen() is None
