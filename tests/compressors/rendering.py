"""One call of a compressor, and texts of every make-up to call it with."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from headroom_litellm.compressors import COMPRESSORS, Document, Rendition

relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LINES = [
    "2026-03-01 10:00:01,275 INFO  [http-5] api.Filter - GET /v1/users/8684 200 3ms",
    "2026-03-01 10:00:04,613 DEBUG [pool-1] cache - cache miss key=user:2075",
    "swept 36 sessions, 0 errors",
    '{"level": "info", "msg": "done", "n": 1}',
    "  indented line of some kind",
    "## A heading",
    "Some prose that goes on for a while and says little of interest to anybody.",
    "\x1b[32mgreen\x1b[0m text with colour",
    "progress 10%\rprogress 50%\rprogress 100%",
    "",
    "[]",
    "}{",
    "\ud800 lone surrogate",
    "| a | b |",
]

any_text = st.one_of(
    st.text(max_size=3000),
    st.lists(st.sampled_from(LINES), max_size=400).map("\n".join),
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=60)), max_size=200).map("\n".join),
    st.integers(0, 300).map(lambda n: json.dumps([{"id": i, "name": f"n{i}", "ok": True} for i in range(n)])),
    st.integers(0, 200).map(lambda n: "\n".join(json.dumps({"level": "info", "n": i}) for i in range(n))),
)
"""Texts of every make-up, well-formed or not."""


def compress(kind: str, text: str, query: str = "", *, lossless: bool = False) -> Rendition | None:
    return COMPRESSORS[kind].compress(Document(text=text, query=query, lossless=lossless))


def shown(kind: str, text: str, query: str = "") -> str:
    rendition = compress(kind, text, query)
    return text if rendition is None else rendition.text
