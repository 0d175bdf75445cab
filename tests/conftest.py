from __future__ import annotations

import os

import pytest

# Importing litellm otherwise tries the network for a price list first.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("HEADROOM_", "REDIS_")):
            monkeypatch.delenv(name)
