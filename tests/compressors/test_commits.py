"""Histories of commits get shorter, and what is left of them is still right."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.ccr import marker
from headroom_litellm.compressors import Document
from headroom_litellm.compressors.commits.exact import read_back
from headroom_litellm.detect import detect

from .examples.commits import SAMPLES, blocks, large, oneline
from .rendering import compress, relaxed, shown

GAP = re.compile(r"^\[… (\d+) commits?\b", re.MULTILINE)
BLOCK = re.compile(
    r"commit ([0-9a-f]{40}).*\n(?:Merge: .*\n)?Author: +(.*)\n(?:Date|AuthorDate): +(.*)\n(?:.*\n)*?\n    (.*)\n"
)
HEAD = re.compile(r"^([0-9a-f]{10})(?: \(.*\))?(?: \| Merge: .*?)? \| (.*) \| (.*)\n    (.*)$", re.MULTILINE)
GAP_LINES = re.compile(r"^\[… (\d+) commits?(?:, (\d+) lines)?\b", re.MULTILINE)
DETAILS = re.compile(r"^    \[… (.*)\]$", re.MULTILINE)

headers = st.sampled_from(
    [
        "Author: A <a@b>",
        "Date:   Mon",
        "Merge: 1 2",
        "commit " + "a1" * 20,
        "commit " + "b2" * 20 + " (HEAD)",
        "",
        "    x",
    ]
)
messages = st.sampled_from(
    ["    Signed-off-by: Ann Example <ann@example.org>", "    Cc: A1", "    a | b", "A1 = b]", "]"]
)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 30), st.booleans(), st.booleans(), st.integers(0, 99))
def test_the_lossless_form_reads_back(n: int, stat: bool, fuller: bool, seed: int) -> None:
    text = blocks(n, stat=stat, fuller=fuller, seed=seed)
    rendition = compress("commits", text, lossless=True)
    assert rendition is None or rendition.lossless
    if rendition is not None:
        assert read_back(rendition.text) == text
    assert n < 3 or rendition is not None


@relaxed
@given(st.lists(st.one_of(headers, messages), max_size=60))
def test_the_lossless_form_of_anything_reads_back(lines: list[str]) -> None:
    text = blocks(4) + "\n".join(lines)
    rendition = compress("commits", text, lossless=True)
    if rendition is not None:
        assert read_back(rendition.text) == text


def test_a_short_log_loses_nothing() -> None:
    rendition = compress("commits", SAMPLES["a short log"])
    assert rendition is not None
    assert rendition.lossless
    assert read_back(rendition.text) == SAMPLES["a short log"]


@pytest.mark.parametrize("name", ["log", "log --stat", "log --format=fuller"])
def test_every_commit_shown_has_its_own_author_date_and_subject(name: str) -> None:
    text = SAMPLES[name]
    rendition = compress("commits", text)
    assert rendition is not None
    legend = next(line for line in rendition.text.split("\n") if line.startswith("[hash "))
    names = dict(part.split(" = ", 1) for part in legend[:-1].split("; ") if " = " in part)
    there = {found[0][:10]: found[1:] for found in BLOCK.findall(text)}
    here = HEAD.findall(rendition.text)
    assert len(here) + sum(map(int, GAP.findall(rendition.text))) == len(there)
    for commit, author, date, subject in here:
        assert (names.get(author, author), date, subject) == there[commit]


@settings(deadline=None, max_examples=40)
@given(st.integers(100, 800), st.sampled_from([8, 12, 40]), st.integers(0, 50), st.sampled_from(["", "cache", "#17"]))
def test_lines_shown_and_commits_counted_are_all_of_them(n: int, size: int, seed: int, query: str) -> None:
    text = oneline(n, size=size, seed=seed)
    rendition = compress("commits", text, query)
    if rendition is None:
        return
    source = [line[: min(size, 10)] + line[size:] if size > 12 else line for line in text.split("\n")]
    remaining = iter(source)
    lines = [line for line in rendition.text.split("\n") if line and not line.startswith("[")]
    assert all(line in remaining for line in lines)
    assert len(lines) == rendition.kept
    assert len(lines) + sum(map(int, GAP.findall(rendition.text))) == rendition.total == n


def test_what_the_query_names_is_shown_with_its_message() -> None:
    text = blocks(900)
    target = "    What was done before did not hold for zq77cafe_handler.\n"
    at = text.index("    Signed-off-by", len(text) // 2)
    text = text[:at] + target + text[at:]
    assert target not in shown("commits", text)
    assert target in shown("commits", text, "Who touched zq77cafe_handler?")


def test_a_commit_asked_for_by_its_hash_is_shown() -> None:
    text = oneline(3_000)
    line = text.split("\n")[2_017]
    rest = line[40:]
    assert f"{line[:10]}{rest}" in shown("commits", text, f"What is in {line[:40]}?").split("\n")


def left_out(text: str) -> int:
    """How many lines of the source the notes of a shortened log speak of."""
    told = sum(int(lines or commits) for commits, lines in GAP_LINES.findall(text))
    for note in DETAILS.findall(text):
        told += sum(map(int, re.findall(r"(\d+)(?: lines?)? of ", note)))
    return told + sum(map(int, re.findall(r"(\d+) lines", text.split("\n")[0])))


@pytest.mark.parametrize("name", ["log", "log --stat", "log --format=fuller", "log --oneline --graph"])
def test_what_is_left_out_is_counted_where_it_stood(name: str) -> None:
    text = f"{SAMPLES[name]}\n" * 3
    rendition = compress("commits", text)
    assert rendition is not None
    assert rendition.unit == "lines"
    assert rendition.kept + left_out(rendition.text) == rendition.total == len(text.splitlines())
    assert not rendition.spans


def test_lines_of_the_header_that_are_not_shown_are_named() -> None:
    rendition = compress("commits", SAMPLES["log --format=fuller"])
    assert rendition is not None
    shown_commits = len(HEAD.findall(rendition.text))
    legend = rendition.text.split("\n")[0]
    assert f"left out: {shown_commits} lines Commit, {shown_commits} lines CommitDate" in legend


def test_where_only_hashes_are_cut_the_log_as_it_was_has_a_marker() -> None:
    text = "".join(
        f"commit {line[:40]}\nAuthor: Ann Example <ann@example.org>\n\n    {line[41:]}\n\n"
        for line in oneline(90).splitlines()
    )
    rendition = compress("commits", text)
    assert rendition is not None
    assert rendition.kept == rendition.total
    assert rendition.spans == (text,)
    assert marker.carries_marker(rendition.text)


def test_of_few_commits_none_is_left_out() -> None:
    text = oneline(120, size=8)
    assert "[…" not in shown("commits", text)


def test_the_range_of_a_gap_is_no_range_of_git() -> None:
    gaps = re.findall(r"^\[… \d+ commits.*", shown("commits", oneline(20_000, size=8)), re.MULTILINE)
    assert any(" to " in gap for gap in gaps)
    assert not any(".." in gap for gap in gaps)


def test_a_wide_drawing_is_still_a_log() -> None:
    text = "".join(f"{'| ' * (i % 45)}* {line}\n" for i, line in enumerate(oneline(300, size=9).splitlines()))
    assert detect(Document(text=text)) == "commits"


def test_large_histories_are_cut_and_say_how_many_commits_there_are() -> None:
    rendition = compress("commits", large(1))
    assert rendition is not None
    assert rendition.kept + left_out(rendition.text) == rendition.total
    assert len(HEAD.findall(rendition.text)) + sum(map(int, GAP.findall(rendition.text))) == 2_400


OTHERS = {
    "blame": "\n".join(
        f"a1b2c3d{i % 9} (Ann Example 2024-03-01 10:00:00 +0100 {i}) some words {i}" for i in range(200)
    ),
    "sha1sum": "\n".join(f"{i:040x}  ./src/file{i}.py".replace("00000", "a1b2c") for i in range(100)),
    "ls-remote": "\n".join(f"{'a1b2c3d4e5' * 4}\trefs/heads/topic-{i}" for i in range(100)),
    "numbers": "\n".join(f"{1234567 + i} bytes in file {i}" for i in range(100)),
    "containers": "\n".join(f"a1b2c3d4e5{i:02}   nginx:latest   Up {i} hours   web-{i}" for i in range(60)),
    "changelog": "## 1.2.0\n\n- Fix the cache (a1b2c3d)\n- Add paging (b2c3d4e)\n\n" * 50,
    "words": "\n".join(f"defaced facades {i}" for i in range(100)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_lists_no_commits_is_left_alone(name: str) -> None:
    assert detect(Document(text=OTHERS[name])) != "commits"
    assert compress("commits", OTHERS[name]) is None


def test_a_long_drawing_costs_no_time() -> None:
    text = "\n".join(
        ["* commit " + "a1" * 20, "| Author: A <a@b>", "| Date:   x", "|", "|     y", "| " * 100_000 + "x"]
    )
    assert detect(Document(text=text)) == "commits"
    assert detect(Document(text=" a" + " |" * 500_000)) != "commits"
    compress("commits", text)
