"""The Redis that LiteLLM's own environment names, so that one set of variables does for both."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

__all__ = ["url_from"]

_LOG = logging.getLogger("headroom_litellm")

_BY_IDENTITY = ("REDIS_AWS_IAM_AUTH", "REDIS_AZURE_AD_TOKEN", "REDIS_GCP_SERVICE_ACCOUNT")
_TLS_FILES = ("REDIS_SSL_CA_CERTS", "REDIS_SSL_CERTFILE", "REDIS_SSL_KEYFILE", "REDIS_SSL_CERT_REQS")
_REMEDY = "mend it, or set HEADROOM_REDIS_URL (empty: no Redis for this plugin)"


def url_from(environment: Mapping[str, str]) -> str | None:
    """As LiteLLM reads it, strongest first: REDIS_CLUSTER_NODES, REDIS_URL, REDIS_SENTINEL_NODES, REDIS_HOST. None
    where none of them is set, and, with a warning, where the password would be a token of some cloud.

    Raises `ValueError` with a sentence and a remedy, and nothing secret, for what makes no address.
    """
    given = {name: value for name, value in environment.items() if value}
    if "REDIS_CLUSTER_NODES" in given:
        nodes = _json_list(given, "REDIS_CLUSTER_NODES", lambda node: (node["host"], node.get("port", 6379)))
        parts = "+cluster", nodes, ""
    elif "REDIS_URL" in given:
        return given["REDIS_URL"]
    elif "REDIS_SENTINEL_NODES" in given:
        if "REDIS_SERVICE_NAME" not in given:
            raise ValueError(f"REDIS_SENTINEL_NODES is set without REDIS_SERVICE_NAME, the master's name; {_REMEDY}")
        nodes = _json_list(given, "REDIS_SENTINEL_NODES", lambda node: (node[0], node[1]))
        service = quote(given["REDIS_SERVICE_NAME"], safe="")
        parts = "+sentinel", nodes, f"/{service}/{_number(given, 'REDIS_DB', '0')}"
    elif "REDIS_HOST" in given:
        host = (given["REDIS_HOST"], _number(given, "REDIS_PORT", "6379"))
        parts = "", [host], f"/{_number(given, 'REDIS_DB', '0')}"
    else:
        return None
    if any(given.get(name, "false").lower() != "false" for name in _BY_IDENTITY):
        _LOG.warning(
            "headroom: LiteLLM logs into its Redis with a token of your cloud, which this plugin cannot; originals are "
            "not kept there (HEADROOM_REDIS_URL names another one)"
        )
        return None
    kind, hosts, path = parts
    tls = given.get("REDIS_SSL", "").lower() in ("true", "1", "yes")
    login = ":".join(quote(given.get(name, ""), safe="") for name in ("REDIS_USERNAME", "REDIS_PASSWORD"))
    options = {name.removeprefix("REDIS_").lower(): given[name] for name in _TLS_FILES if tls and name in given}
    if kind == "+sentinel" and "REDIS_SENTINEL_PASSWORD" in given:
        options["sentinel_password"] = given["REDIS_SENTINEL_PASSWORD"]
    where = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in hosts)
    scheme = ("rediss" if tls else "redis") + kind
    return f"{scheme}://{f'{login}@' if login != ':' else ''}{where}{path}{'?' if options else ''}{urlencode(options)}"


def _json_list(given: Mapping[str, str], name: str, read: Callable[[Any], tuple[Any, Any]]) -> list[tuple[str, int]]:
    shape = '[["host", 26379], …]' if "SENTINEL" in name else '[{"host": "…", "port": 6379}, …]'
    try:
        nodes = [(str(host), int(port)) for host, port in map(read, json.loads(given[name]))]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        nodes = []
    if not nodes:
        raise ValueError(f"{name} must be JSON, {shape}; {_REMEDY}")
    return nodes


def _number(given: Mapping[str, str], name: str, default: str) -> int:
    value = given.get(name, default)
    if not value.isdecimal():
        hint = " (Kubernetes sets it for a service of that name: enableServiceLinks: false)" if "://" in value else ""
        raise ValueError(f"{name} must be a number{hint}; {_REMEDY}")
    return int(value)
