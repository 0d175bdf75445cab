"""What long text promises on top of the contract."""

from __future__ import annotations

import random

from .accounting import account
from .rendering import compress


class TestText:
    def prose(self) -> list[str]:
        generator = random.Random(3)
        words = [
            "the",
            "a",
            "river",
            "stone",
            "walks",
            "under",
            "bright",
            "evening",
            "paper",
            "over",
            "slowly",
            "little",
            "green",
        ]
        lines = []
        for section in range(30):
            lines += [f"## Section {section}", ""]
            lines += [" ".join(generator.choices(words, k=14)) for _ in range(20)] + [""]
        return lines

    def test_the_outline_stays_and_the_lines_add_up(self) -> None:
        lines = self.prose()
        rendition = compress("text", "\n".join(lines))
        assert rendition is not None
        assert all(f"## Section {n}\n" in rendition.text for n in range(30))
        assert rendition.text.startswith("\n".join(lines[:5]))
        account(rendition, lines)

    def test_passages_the_query_is_after_stay(self) -> None:
        lines = self.prose()
        lines[333] = "Configure the retry interval with backoff multipliers."
        rendition = compress("text", "\n".join(lines), "how do I set the retry backoff?")
        assert rendition is not None
        assert lines[333] in rendition.text

    def test_short_texts_are_left_alone(self) -> None:
        assert compress("text", "word " * 900) is None

    def test_a_text_of_a_few_endless_lines_is_left_alone(self) -> None:
        assert compress("text", "\n".join(["word " * 3000] * 5)) is None
