"""How a URL chooses the store."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from headroom_litellm import stores
from headroom_litellm.stores import MemoryStore, from_url


@pytest.mark.parametrize("url", [None, "memory://"])
async def test_no_url_means_this_process_memory(url: str | None) -> None:
    store = from_url(url, max_entries=1)
    assert isinstance(store, MemoryStore)
    await store.put_many("tenant", {"a": b"1", "b": b"2"}, ttl=60)
    assert (await store.stats()).entries == 1


def test_an_unknown_scheme_is_named_with_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=r"scheme 'postgres'; allowed are memory://, redis://"):
        from_url("postgres://user:pass@host/db")
    with pytest.raises(ValueError, match="no scheme"):
        from_url("localhost:6379")


def test_a_backend_is_one_line_in_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stores.BACKENDS, "custom", f"{__name__}:CustomStore")
    store = from_url("custom://somewhere", flavour="mint")
    assert isinstance(store, CustomStore)
    assert (store.url, store.flavour) == ("custom://somewhere", "mint")


def test_importing_the_stores_imports_no_redis_litellm_or_cryptography() -> None:
    program = "import headroom_litellm.stores, sys; print({'redis', 'litellm', 'cryptography'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")


class CustomStore(MemoryStore):
    def __init__(self, url: str, *, flavour: str) -> None:
        super().__init__()
        self.url, self.flavour = url, flavour
