"""What long text promises on top of the contract."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import Document
from headroom_litellm.detect import detect

from .accounting import account
from .examples.text import sentence
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

    def test_every_section_goes_on_from_its_title(self) -> None:
        lines: list[str] = []
        for n in range(40):
            lines += [f'<h3 name="q{n}">', f"Question {n}?", "</h3>", ""]
            lines += [f"Sentence {k} of the answer to question {n} says how it is done." for k in range(12)] + [""]
        rendition = compress("text", "\n".join(lines))
        assert rendition is not None
        assert all(f"Sentence 1 of the answer to question {n} says" in rendition.text for n in range(40))
        assert 0.35 * len("\n".join(lines)) < len(rendition.text) < 0.6 * len("\n".join(lines))
        account(rendition, lines)

    def test_short_texts_are_left_alone(self) -> None:
        assert compress("text", "word " * 900) is None

    def test_a_text_of_a_few_endless_lines_is_left_alone(self) -> None:
        assert compress("text", "\n".join(f"{i} " + "word " * 3000 for i in range(5))) is None


class TestLongLines:
    def essay(self) -> str:
        generator = random.Random(4)
        return "\n\n".join(" ".join(sentence(generator) for _ in range(16)) for _ in range(24))

    def test_sentences_stay_or_go_and_add_up(self) -> None:
        text = self.essay()
        rendition = compress("text", text)
        assert rendition is not None
        assert rendition.unit == "sentences"
        gaps = [int(count) for count in re.findall(r"\[… (\d+) sentences?\]", rendition.text)]
        assert rendition.kept + sum(gaps) == rendition.total == 24 * 16
        rest = text
        for part in re.split(r"\[… \d+ sentences?\]", rendition.text):
            found = rest.find(part.strip())
            assert found >= 0
            rest = rest[found + len(part.strip()) :]

    def test_a_sentence_that_the_query_names_stays(self) -> None:
        text = self.essay().replace("unless told otherwise. The", "as zephyrctl says. The", 3)
        rendition = compress("text", text, "what does zephyrctl say?")
        assert rendition is not None
        assert rendition.text.count("as zephyrctl says.") == 3


def test_prose_in_scripts_without_spaces_is_text() -> None:
    generator = random.Random(6)
    words = ["連接池", "關閉", "空閒的", "連接", "伺服器", "每分鐘", "檢查", "一次", "`relay` 命令"]
    paragraphs = ["".join(generator.choices(words, k=30)) + "，如下。" + "".join(generator.choices(words, k=9)) + "。"]
    paragraphs += [
        "".join(generator.choices(words, k=40)) + "，「然後。」" + generator.choice(words) + "。" for _ in range(200)
    ]
    text = "\n\n".join(paragraphs)
    assert detect(Document(text)) == "text"
    rendition = compress("text", text)
    assert rendition is not None
    assert not re.search(r"(?:^|\])」", rendition.text, re.MULTILINE)


def test_tasks_of_moderate_length_stay_whole() -> None:
    generator = random.Random(5)
    task = "# Task\n\n" + "\n".join(f"- {sentence(generator)}" for _ in range(200))
    assert 9_000 < len(task) < 12_000
    assert detect(Document(task)) is None
    assert compress("text", task) is None


@given(st.lists(st.sampled_from(["Read this.", "", "  - item", "[the line above"]), max_size=80))
def test_what_loses_nothing_reads_back(lines: list[str]) -> None:
    rendition = compress("text", "\n".join(lines), lossless=True)
    if rendition is not None:
        out: list[str] = []
        for line in rendition.text.split("\n"):
            more = re.fullmatch(r"\[the line above (\d+) more times\]", line)
            out += [out[-1]] * int(more[1]) if more else [line]
        assert out == lines
