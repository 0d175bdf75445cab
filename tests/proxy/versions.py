"""What older versions of LiteLLM do not offer, and the tests that are about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest
from packaging.version import Version

__all__ = ["skip_what_is_missing"]


@dataclass(frozen=True)
class _Missing:
    """`since`: the first version that was seen to offer it. `concerns`: whether a test is about it, by the test's name
    and its parameters' ids."""

    since: str
    reason: str
    concerns: Callable[[str, set[str]], bool]


_MISSING = [
    _Missing(
        "1.91",
        "no hook is called for native Gemini requests, which pass as they came",
        lambda name, params: (
            bool(params & {"gemini", "gemini to openai"}) or any(p.startswith("gemini:") for p in params)
        ),
    ),
]


def skip_what_is_missing(items: list[pytest.Item]) -> None:
    """Mark the tests that are about something that the installed LiteLLM does not offer."""
    installed = Version(version("litellm"))
