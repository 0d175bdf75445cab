"""What older versions of LiteLLM do not offer, with the plugin or without: the tests of it are skipped there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version

import pytest
from packaging.version import Version

__all__ = ["INSTALLED", "bills_parts", "skip_what_is_missing"]

INSTALLED = Version(version("litellm"))


@dataclass(frozen=True)
class _Gap:
    """before: the oldest version tried that has what is missing
    reason: what LiteLLM does instead
    tests:  finds the names of the tests that are about it
    """

    before: str
    reason: str
    tests: str


_GAPS = [
    _Gap("1.91", "native Gemini requests pass without any hook being called", r"(?<! to )\bgemini\b"),
    _Gap("1.91", "made-up streams of unknown models lack their beginning", r"\[plugin-messages to openai-stream"),
    _Gap("1.91", "lines of Responses streams are cut at U+2028", r"test_an_answer_is_passed_.*\[responses-stream-odd"),
    _Gap(
        "1.91",
        "leaving a Messages or Responses stream does not end the provider's call",
        r"test_(leaving_in_the_middle|what_was_used)_.*-(messages|responses)\]|-(messages|responses)-in its middle\]",
    ),
    _Gap(
        "1.91", "chat streams that are left beside guardrails are not billed", r"test_leaving_during_.*\[guarded-chat"
    ),
    _Gap("1.99", "translated Responses streams give one item several ids", r"test_another_model_.*\[stream-form2"),
    _Gap("1.99", "calls of the Messages API have no timeout", r"test_a_follow_up_that_takes_too_long_.*\[messages"),
    _Gap("1.99", "the cost header of native Gemini requests is 0", r"test_the_cost_header_.*\[gemini"),
    _Gap("1.99", "spend logs have no savings", r"test_savings_are_recorded_"),
    _Gap("1.99", "its filter is shown no tool results of Messages", r"test_litellms_own_filter_.*messages"),
    _Gap(
        "1.99",
        "guardrails of a deployment's own run for chat completions only",
        r"test_a_models_own_guardrail_.*\[(messages|responses|gemini)",
    ),
    _Gap(
        "1.106",
        "errors in Messages streams have no type",
        r"test_a_(provider_that_fails_for_good|blocking_guardrail_that_was_added)_.*\[messages-stream",
    ),
    _Gap("1.106", "tokens are counted without asking the provider", r"test_it_passes_.*\[counting of tokens"),
    _Gap(
        "1.106",
        "Responses streams translated from another format end with another id than they began with",
        r"test_calls_of_.*-responses to \w+-stream",
    ),
]

_PARTS_BILLED = {"messages": "1.83", "chat": "1.99", "responses": "1.106"}


def bills_parts(format_name: str) -> bool:
    """Whether LiteLLM bills what was used of a stream that is left early, in this format."""
    return format_name in _PARTS_BILLED and Version(_PARTS_BILLED[format_name]) <= INSTALLED


def skip_what_is_missing(items: Iterable[pytest.Item]) -> None:
    """Mark the tests of what the installed LiteLLM does not offer."""
    gaps = [gap for gap in _GAPS if Version(gap.before) > INSTALLED]
    for item in items:
        for gap in gaps:
            if item.get_closest_marker("proxy") and re.search(gap.tests, item.name):
                item.add_marker(pytest.mark.skip(reason=f"LiteLLM before {gap.before}: {gap.reason}"))
