"""How much a passage has to do with a query."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.relevance import NAMED, in_lower_case, rank, tokenize

from .compressors.rendering import relaxed


class TestRelevance:
    def test_identifiers_are_words_whole_and_in_parts(self) -> None:
        assert tokenize("see src/userName.py") == ["see", "src/username.py", "src", "user", "name", "py"]

    def test_a_rare_identifier_outweighs_all_words(self) -> None:
        passages = ["connection refused " * 20, "nothing here", "id zq-12 once", "connection"]
        scores = rank("why was the connection refused for zq-12?", passages)
        assert max(scores) == scores[2] >= NAMED
        assert scores[0] > scores[3] > scores[1] == 0

    def test_an_identifier_that_all_passages_hold_is_no_name(self) -> None:
        assert max(rank("what is svc-1?", ["svc-1 is up"] * 100)) < NAMED

    def test_parts_of_camel_case_are_found_but_parts_of_words_are_not(self) -> None:
        assert rank("name", ["userName", "username", "renamed", "name"])[0] > 0
        assert rank("name", ["userName", "username", "renamed", "name"])[1:3] == [0, 0]

    def test_text_in_lower_case_takes_little_memory_on_the_way(self) -> None:
        text = "Größe ÄÖÜ and More\n" * 50_000
        tracemalloc.start()
        lowered = in_lower_case(text)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert lowered == text.lower()
        assert peak < 4 * len(text)

    @relaxed
    @given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=20))
    def test_any_query_scores_any_passages(self, query: str, passages: list[str]) -> None:
        scores = rank(query, passages)
        assert len(scores) == len(passages)
        assert all(score >= 0 for score in scores)
