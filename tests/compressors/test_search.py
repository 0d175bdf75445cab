"""Matches of a search: nothing is said of another file or line than it was, and all is accounted for."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.ccr import marker
from headroom_litellm.compressors import COMPRESSORS, Document, Rendition
from headroom_litellm.compressors.sample import Sample

from .examples.search import SAMPLES, SEARCHES, Found, context, large, matches, numbered
from .rendering import compress, relaxed, shown
from .search_reading import read_back, read_lines

NOTE = re.compile(r"\[… (\d+) (?:more )?(?:match|line|file)")

PATHS = [
    "src/a.py",
    "src/a-1-2-x.py",
    "src/a.py-12-b.py",
    "my docs/report 2024.txt",
    "a:b/c.py",
    "2024-01-01.log",
    "12-notes.md",
    "C:\\work\\x.cs",
    "Makefile",
    "./x/[id]/page.tsx",
    "x/#1/y.c",
]
TEXTS = [
    "def f(x):",
    "",
    "a:12:b",
    "src/a.py:3:x",
    "src/a-1-2-x.py-4-y",
    "# comment",
    "#",
    "--",
    "-1-",
    "    at 10:15:20,30",
    "12,13:z",
    "[… 3 more matches]",
    "return x",
    "return x",
]

lines_of_files = st.lists(st.integers(1, 60), min_size=1, max_size=12, unique=True).map(sorted)
searches = st.dictionaries(
    st.sampled_from(PATHS), st.lists(st.tuples(st.integers(1, 90), st.sampled_from(TEXTS)), min_size=1, max_size=12)
).map(lambda files: [(path, sorted(dict(lines).items())) for path, lines in files.items()])


def fits(text: str, command: str = "") -> bool:
    document = Document(text=text)
    sample = Sample(document, Sample.of(document).lines, command)
    return COMPRESSORS["search"].fits(sample)


def rendered(text: str, query: str = "") -> Rendition:
    rendition = compress("search", text, query)
    assert rendition is not None
    return rendition


def account(rendition: Rendition, text: str) -> None:
    """Every shown line is one of the source's, and they and the notes add up to all of it."""
    counted = [int(note[1]) for line in rendition.text.split("\n") if (note := NOTE.match(line))]
    assert rendition.kept + sum(counted) == rendition.total
    source = Counter(text.split("\n"))
    read = Counter(line for line in read_lines(rendition.text) if not NOTE.match(line))
    assert not read - source


@pytest.mark.parametrize("style", SEARCHES)
class TestEveryStyle:
    def test_it_is_told(self, style: str) -> None:
        assert fits("\n".join(SEARCHES[style](matches(20, 8))))

    def test_the_lossless_form_reads_back(self, style: str) -> None:
        text = "\n".join(SEARCHES[style](matches(20, 8)))
        rendition = compress("search", text, lossless=True)
        if rendition is not None:
            assert read_back(rendition.text) == text

    @relaxed
    @given(found=searches)
    def test_the_lossless_form_reads_back_for_any_paths_and_texts(self, style: str, found: Found) -> None:
        text = "\n".join(SEARCHES[style](found))
        rendition = compress("search", text, lossless=True)
        if rendition is not None:
            assert rendition.lossless
            assert read_back(rendition.text) == text

    def test_what_is_shown_is_of_the_source_and_all_is_accounted_for(self, style: str) -> None:
        text = "\n".join(SEARCHES[style](matches(600 if style == "grep -rc" else 180, 14)))
        rendition = rendered(text)
        assert rendition.kept < rendition.total
        account(rendition, text)


@relaxed
@given(found=searches, style=st.sampled_from(sorted(SEARCHES)))
def test_no_line_is_said_of_another_file_or_number(found: Found, style: str) -> None:
    many = [(f"{path[:-4]}{n}{path[-4:]}", lines) for path, lines in found for n in range(30)]
    text = "\n".join(SEARCHES[style](many))
    rendition = compress("search", text)
    if rendition is not None:
        account(rendition, text)


def test_a_separator_is_left_out_only_where_no_line_could_be_taken_for_a_record() -> None:
    found: Found = [("src/a.py-12-b.py", [(1, "def f(x):")]), ("src/a.py", [(n, "def f(x):") for n in (1, 2, 6, 11)])]
    text = "\n".join(context(found))
    rendition = compress("search", text, lossless=True)
    assert rendition is None or read_back(rendition.text) == text


@relaxed
@given(found=searches)
def test_context_goes_with_the_file_that_it_is_of(found: Found) -> None:
    text = "\n".join(context(found))
    rendition = compress("search", text, lossless=True)
    paths = {path for path, _ in found}
    if rendition is not None:
        headings = [line[2:] for line in rendition.text.split("\n") if line.startswith("# ")]
        assert all(heading in paths or heading.endswith(("/", "\\")) for heading in headings)


@given(at=st.floats(0, 0.999), style=st.sampled_from(["grep -rn", "rg --heading -n", "grep -n on one file"]))
@relaxed
def test_what_the_query_names_and_an_error_stay(at: float, style: str) -> None:
    lines = list(SEARCHES[style](matches(60, 14)))
    entries = [i for i, line in enumerate(lines) if re.search(r"[0-9]:", line)]
    named, failed = entries[int(at * len(entries))], entries[int((at + 0.37) % 1 * len(entries))]
    lines[named] += " zq77cafe"
    lines[failed] += " FATAL: cannot open the ledger"
    text = shown("search", "\n".join(lines), "What is zq77cafe about?")
    assert "zq77cafe" in text
    assert "FATAL: cannot open the ledger" in text


def test_every_file_has_a_match_shown_while_there_is_room() -> None:
    found = matches(40, 14)
    text = rendered("\n".join(numbered(found))).text
    assert all(path in text or path.rsplit("/", 1)[1] in text for path, _ in found)
    assert "more files" not in text


def test_a_search_of_middle_size_is_shown_whole() -> None:
    text = "\n".join(numbered(matches(32, 8)))
    rendition = rendered(text, "invoice")
    assert rendition.lossless
    assert 5_500 < len(rendition.text) < 9_000
    assert read_back(rendition.text) == text


@pytest.mark.parametrize("path", ["", "src/app/models.py"])
def test_passages_of_one_file_are_never_thinned(path: str) -> None:
    groups = [(n, f"    value_{n * 7919 % 1000} = compute({n}, scale=self.scale)") for n in range(10, 2000)]
    lines = []
    for n, text in groups:
        if n % 40 == 5 and len(lines) > 1:
            lines.append("--")
        if n % 40 < 5 or n % 40 > 24:
            sign = ":" if n % 40 == 30 else "-"
            lines.append(f"{path}{sign}{n}{sign}{text}" if path else f"{n}{sign}{text}")
    text = "\n".join(lines[:200])
    rendition = compress("search", text)
    assert rendition is None or rendition.lossless


def test_a_file_of_which_something_is_shown_is_not_among_the_others() -> None:
    lines = [
        f"src/{'ab'[n // 3 % 2]}.py:{n + 10}:value_{n * 7919 % 1000} = compute(alpha={n}, beta={n * n})"
        for n in range(600)
    ]
    text = rendered("\n".join(lines)).text
    assert re.search(r"\[… \d+ more matches in \d files?: ", text)
    assert not re.search(r"in \d+ more files?", text)


def test_two_searches_of_files_without_names_have_their_own_notes() -> None:
    one = [f"{n}:alpha_{n * 7919 % 1000} = read({n}, mode='strict')" for n in range(1000, 3000, 13)]
    two = [f"{n}:beta_{n * 7907 % 1000} = write({n}, mode='loose')" for n in range(5, 900, 7)]
    text = rendered("\n".join([*one, *two])).text
    ranges = re.findall(r"\(lines (\d+)-(\d+)\)", text)
    assert [int(first) >= 1000 for first, _ in ranges] == [True, False]
    assert all(int(first) < int(last) for first, last in ranges)


def test_the_function_in_which_a_match_stands_goes_with_it() -> None:
    lines = []
    for n in range(100, 9000, 30):
        lines += [f"src/a.py={n}=def handler_{n * 7919 % 1000}(request):", f"src/a.py:{n + 9}:    raise Oops({n})"]
    shown = rendered("\n".join(lines)).text.split("\n")
    functions = [int(line.partition("=")[0]) for line in shown if re.match(r"\d+=", line)]
    raised = [int(line.partition(":")[0]) for line in shown if re.match(r"\d+:", line)]
    assert len(raised) < 290
    assert [n + 9 for n in functions] == raised


def test_the_numbers_of_lines_that_read_the_same_are_never_cut() -> None:
    same = [f"src/a.py:{n}:    return self.total" for n in range(10, 4000, 7)]
    rendition = rendered("\n".join([*same, *numbered(matches(60, 14))]))
    assert not rendition.spans
    assert "\n10,17,24,31," in rendition.text
    assert ",3986,3993:    return self.total\n" in rendition.text


def test_many_complaints_are_left_out_with_their_reasons_but_for_files_that_are_not_there() -> None:
    noise = [f"grep: /proc/{n}/fd: Permission denied" for n in range(400)]
    noise.insert(250, "grep: src/nope.py: No such file or directory")
    source = "\n".join([*noise, *numbered(matches(60, 14))])
    rendition = rendered(source)
    assert "grep: src/nope.py: No such file or directory\n[… 150 lines: Permission denied]" in rendition.text
    account(rendition, source)


def test_numbers_before_a_bar_below_a_path_are_lines_not_matches() -> None:
    parts = []
    for n in range(60):
        parts.append(f"# src/mod{n}/file{n}.ts")
        for k in range(5, 400, 60):
            parts += [f"{k:3} | import {{ a{n} }}", f"{k + 1:3} | const foo{k} = a{n}({k})", f"{k + 2:3} | ", "----"]
        parts.append("")
    text = "\n".join(["Found 420 results.", "", *parts])
    assert fits(text)
    rendition = rendered(text, "What is foo65?")
    assert rendition.unit == "lines"
    assert rendition.kept < rendition.total
    assert "# src/mod7/file7.ts\n" in rendition.text
    assert "match" not in rendition.text


def test_what_surrounds_the_matches_stays_whole() -> None:
    around = ["<returncode>2</returncode>", "<output>", "grep: secrets/a: Permission denied"]
    after = ["rg: regex parse error", "</output>", "Found 250 matches in 30 files"]
    text = rendered("\n".join([*around, *numbered(matches(60, 14)), *after])).text.split("\n")
    assert text[1:4] == around
    assert text[-3:] == after


def test_very_many_files_that_could_not_be_searched_are_left_out_by_count() -> None:
    noise = [f"grep: /proc/{n}/fd: Permission denied" for n in range(400)]
    noise.insert(300, "grep: /proc/300/task: Is a directory")
    source = "\n".join([*noise, *numbered(matches(60, 14))])
    rendition = rendered(source)
    assert rendition.unit == "lines"
    assert rendition.total == source.count("\n") + 1
    assert "Is a directory" in rendition.text
    account(rendition, source)


def test_other_text_beside_the_matches_is_never_left_out() -> None:
    other = [f"step {n} of the deployment took a while" for n in range(150)]
    text = shown("search", "\n".join([*numbered(matches(60, 14)), *other]))
    assert all(line in text for line in other)


def test_the_same_text_in_a_file_is_said_once_with_all_its_numbers() -> None:
    text = "\n".join(f"src/app/models.py:{n}:        return self.total" for n in range(3, 300, 9))
    rendition = rendered(text)
    assert rendition.lossless
    assert "\n3,12,21,30," in rendition.text
    assert read_back(rendition.text) == text


def test_a_note_tells_where_the_rest_is() -> None:
    found = [("src/a.py", [(n, f"value_{n * 7919 % 1000} = compute(alpha={n})") for n in range(10, 4000, 10)])]
    text = rendered("\n".join(numbered(found))).text
    assert re.search(r"\n\[… \d+ more matches \(lines \d+-\d+\)", text)


def test_a_minified_line_is_cut_around_the_match_and_can_be_had_back() -> None:
    line = "".join(f"function f{i}(e){{return e[{i}]}}" for i in range(900)) + "sessionToken=1;" + "x();" * 900
    text = "\n".join([f"dist/app.js:1:{line}", *numbered(matches(5, 3))])
    rendition = rendered(text, "where is sessionToken set?")
    assert rendition.spans == (line,)
    assert marker.opaque(line, "whole line") in rendition.text
    assert "sessionToken=1;" in rendition.text
    assert len(rendition.text) < 3_000


def test_colours_are_no_part_of_a_lossy_form() -> None:
    plain = numbered(matches(60, 14))
    coloured = [re.sub(r"^([^:]+):(\d+):", "\x1b[35m\\1\x1b[m:\x1b[32m\\2\x1b[m:", line) for line in plain]
    assert compress("search", "\n".join(coloured), lossless=True) is None
    rendition = rendered("\n".join(coloured))
    assert "\x1b" not in rendition.text
    assert rendition.kept < rendition.total


OTHERS = {
    "gcc": [f"src/main.c:{n}:9: warning: unused variable 'a{n}' [-Wunused-variable]" for n in range(3, 90)],
    "flake8": [f"src/app.py:{n}:80: E501 line too long ({n} > 79 characters)" for n in range(3, 90)],
    "mypy": [
        f'src/app.py:{n}: error: Incompatible return value type (got "int")  [return-value]' for n in range(3, 90)
    ],
    "ruby trace": [f"/usr/lib/ruby/gems/a.rb:{n}:in `step{n}'" for n in range(3, 90)],
    "pytest": [f"tests/test_a.py::test_{n} PASSED   [ {n}%]" for n in range(90)],
    "log": [f"2026-03-01 10:{n % 60:02}:{n % 60:02},275 INFO api - GET /v1/{n} 200" for n in range(90)],
    "times": [f"12:{n % 60:02}:07 started step {n}" for n in range(90)],
    "blame": [f"a1b2c3d{n % 9} src/a.py (Ann 2024-03-01 10:{n % 50 + 10}:11 +0100 {n}) x = {n}" for n in range(90)],
    "yaml": ["jobs:", "  build:", "    runs-on: ubuntu-latest", "    steps:", "      - uses: actions/checkout@v4"] * 30,
    "settings": [f"spring.datasource.pool{n}.url: jdbc:postgresql://db/x{n}" for n in range(90)],
    "checks": [f"build/lib/module{n}.so: OK" for n in range(90)],
    "file": [f"src/pkg/m{n}.py: Python script, ASCII text executable" for n in range(90)],
    "passwd": [f"user{n}:x:{n + 1}:{n}:A User:/home/u{n}:/bin/sh" for n in range(90)],
    "devices": [f"GENERAL.{key}:          value {n}" for n in range(20) for key in ("DEVICE", "TYPE", "STATE")],
    "sockets": [f"tcp   LISTEN  0  128   10.0.0.{n}:{n + 20}    0.0.0.0:*   users:((a,{n}))" for n in range(90)],
    "routes": [f"::1:{n}:0/128     [::]    U    256 2     0 eth{n}" for n in range(90)],
    "numbered file": [f"{n}:    x = {n * n}" for n in range(1, 90)],
    "prose": ["Note: this is what we said, at 10:30: nothing. See docs/a.md: it is there."] * 40,
    "urls": [f"https://host/{n}/x:80: ok" for n in range(90)],
    "paths": [f"./src/pkg{n % 7}/module{n}.py" for n in range(90)],
    "csv": [f"a{n},b:{n}:c,d" for n in range(90)],
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_search_is_left_to_others(name: str) -> None:
    assert not fits("\n".join(OTHERS[name]))


def test_a_few_lines_of_a_big_search_are_told() -> None:
    assert fits(large(1))


@pytest.mark.parametrize("name", SAMPLES)
def test_line_ends_of_windows_stay(name: str) -> None:
    text = SAMPLES[name].replace("\n", "\r\n")
    rendition = compress("search", text, lossless=True)
    if rendition is not None:
        assert read_back(rendition.text) == text
