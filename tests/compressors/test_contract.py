"""The contract of all compressors, as properties over any text."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.compressors import COMPRESSORS, Document
from headroom_litellm.detect import detect

from .examples import EXAMPLES
from .rendering import LINES, any_text, compress, relaxed, shown

KINDS = sorted(COMPRESSORS)
SAMPLES = [(kind, name) for kind, examples in EXAMPLES.items() for name in examples.SAMPLES]


def test_every_kind_has_examples() -> None:
    assert sorted(EXAMPLES) == KINDS


@pytest.mark.parametrize(("kind", "name"), SAMPLES)
class TestSamples:
    def test_its_kind_is_told(self, kind: str, name: str) -> None:
        assert detect(Document(text=EXAMPLES[kind].SAMPLES[name])) == kind

    def test_it_gets_shorter_and_says_what_is_missing(self, kind: str, name: str) -> None:
        rendition = compress(kind, EXAMPLES[kind].SAMPLES[name])
        assert rendition is not None
        assert rendition.total > 0


@pytest.mark.parametrize("kind", KINDS)
class TestContract:
    @relaxed
    @given(text=any_text, query=st.text(max_size=200), lossless=st.booleans())
    def test_any_text_gives_a_shorter_rendition_or_none(self, kind: str, text: str, query: str, lossless: bool) -> None:
        rendition = compress(kind, text, query, lossless=lossless)
        assert rendition == compress(kind, text, query, lossless=lossless)
        if rendition is None:
            return
        assert len(rendition.text) < len(text)
        assert 0 <= rendition.kept <= rendition.total
        keys = marker.scan(rendition.text)
        assert [key for key in keys if key in map(key_of, rendition.spans)] == [key_of(s) for s in rendition.spans]
        if lossless:
            assert rendition.lossless

    @relaxed
    @given(
        lines=st.lists(st.sampled_from(LINES[:7]), min_size=60, max_size=400),
        at=st.floats(0, 1),
        text=st.sampled_from(["ERROR worker failed: connection refused {}", "FATAL {}", "ValueError: bad {}"]),
    )
    def test_a_line_that_reports_a_failure_stays(self, kind: str, lines: list[str], at: float, text: str) -> None:
        line = text.format("zq12ab")
        lines.insert(int(at * len(lines)), line)
        assert line in shown(kind, "\n".join(lines)).split("\n")

    @relaxed
    @given(lines=st.lists(st.sampled_from(LINES[:7]), min_size=60, max_size=400), at=st.floats(0, 1))
    def test_a_line_that_the_query_names_stays(self, kind: str, lines: list[str], at: float) -> None:
        line = "2026-03-01 10:00:01 INFO request zq77cafe finished"
        lines.insert(int(at * len(lines)), line)
        assert line in shown(kind, "\n".join(lines), "What happened to request zq77cafe?").split("\n")

    def test_deep_nesting_passes(self, kind: str) -> None:
        for text in ("[" * 10_000 + "]" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "[" * 10_000):
            rendition = compress(kind, text)
            assert rendition is None or len(rendition.text) < len(text)

    def test_nothing_is_nothing(self, kind: str) -> None:
        assert compress(kind, "") is None


@pytest.mark.parametrize("kind", KINDS)
def test_twenty_megabytes_are_compressed(kind: str) -> None:
    text = EXAMPLES[kind].large(20)
    assert len(text) > 17_000_000
    assert len(shown(kind, text, "svc-4711 and user 17")) < 100_000


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_bounded_by_the_input(kind: str) -> None:
    text = EXAMPLES[kind].large(2)
    tracemalloc.start()
    try:
        compress(kind, text, "svc-4711 and user 17")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(text)
