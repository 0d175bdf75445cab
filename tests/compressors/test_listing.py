"""What listings promise on top of the contract."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import COMPRESSORS, Document, Rendition
from headroom_litellm.compressors.sample import Sample
from headroom_litellm.detect import detect

from .examples.listing import SAMPLES, drawn, large, long_rows
from .rendering import compress, relaxed

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"{}]*\{\d+\.\.\d+\}[^\s"{}]*|\{[^{}]*\}\S*|\S+')
BARE = re.compile(r"\[\d+ (?:names|at the top)\]: (.*)")
SECTION = re.compile(r"(\.|[^\s:]*/[^\s:]*):(?: (.*))?")
NOTE = re.compile(r"\[… (\d+) (?:more|entry|entries)\b")


def names_in(text: str) -> list[str]:
    names: list[str] = []
    for token in TOKEN.findall(text):
        series = re.fullmatch(r"(.*)\{(\d+)\.\.(\d+)\}(.*)", token)
        if token[0] == '"':
            names.append(json.loads(token))
        elif series:
            before, first, last, after = series.groups()
            width = len(first) if first[0] == "0" else 0
            names += [f"{before}{str(n).zfill(width)}{after}" for n in range(int(first), int(last) + 1)]
        elif token[0] == "{":
            inner, _, suffix = token[1:].rpartition("}")
            names += [name + suffix for name in inner.split(" ")]
        else:
            names.append(token)
    return names


def read_names(text: str) -> str:
    """The source of the lossless form of names, byte for byte."""
    lines = text.split("\n")
    legend = next((line for line in lines if re.match(r"\[(?:paths |\{a b\}|\{1\.\.4\})", line)), "")
    if legend:
        lines.remove(legend)
    paths = "paths" in legend
    root = match[1] if (match := re.match(r"\[paths below (.*?), by directory", legend)) else ""
    out: list[str] = []
    grouped = False
    for line in lines:
        bare = BARE.fullmatch(line)
        section = None if paths else SECTION.fullmatch(line)
        if bare:
            out += [root + name for name in names_in(bare[1])]
        elif paths and "/: " in line:
            directory, _, names = line.partition("/: ")
            out += [f"{root}{directory}/{name}" for name in names_in(names)]
        elif section:
            out += [""] * grouped + [f"{section[1]}:", *names_in(section[2] or "")]
        else:
            out.append(line if not line or line[0] == "<" else root + line)
        grouped = bool(bare or section)
    return "\n".join(out)


Row = tuple[str, ...]
FIELDS = ("FIRST", "SECOND", "MODE", "LINKS", "OWNER", "GROUP", "SIZE", "DATE")
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d|[A-Z][a-z]{2} \d+ [\d:]{4,5}")


def read_rows(text: str) -> list[str]:
    """The source of the lossless form of rows; each run of spaces before a name as one."""
    lines = text.split("\n")
    legend = next((line for line in lines if " is " in line and line[0] == "["), "[]")
    shapes: dict[str, tuple[list[str], list[str]]] = {}
    for clause in legend[1:-1].split("; "):
        if " is " in clause:
            short, _, full = clause.partition(" is ")
            shape = "link" if "TARGET" in short else "directory" if re.search(r"LINKS|NAME/|drw", clause) else "file"
            if shape == "directory" and not full.startswith(("d", "FIRST d")):
                shape = "file"
            shapes[shape] = (short.split(" "), full.split(" "))
    added = any("NAME/" in short for short, _ in shapes.values())
    out: list[str] = []
    directory = ""
    for line in lines:
        if line == legend:
            continue
        if line == "[at the top]:" or re.fullmatch(r"\S+/:", line):
            directory = "" if line[0] == "[" else line[:-1]
            continue
        shape = "link" if " -> " in line else "directory" if line.endswith("/") else "file"
        row = read_row(line, *shapes.get(shape, ([], [])), slash=added and shape == "directory")
        if row is None:
            out.append(line)
            directory = ""
        else:
            fields, name = row
            out.append(" ".join([*fields, name if "/" in name.partition(" -> ")[0][:-1] else directory + name]))
    return out


def read_row(line: str, short: list[str], full: list[str], *, slash: bool) -> tuple[list[str], str] | None:
    values: dict[str, str] = {}
    constant = " ".join(full)
    bracket = re.match(r"\[([^\]]*)\] ", line)
    rest = line[bracket.end() :] if bracket else line
    for field in [word for word in short if word in FIELDS]:
        date = DATE.match(rest) if field == "DATE" else re.match(r"\d+, \d+|\S+", rest)
        if date is None or (field == "SIZE" and not date[0][0].isdigit()):
            return None
        values[field] = date[0]
        rest = rest[date.end() + 1 :]
    if not short or not rest:
        return None
    name = rest.removesuffix("/") if slash else rest
    differs = dict(each.split(" ", 1) for each in bracket[1].split("; ") if " " in each) if bracket else {}
    order = ["MODE", "LINKS", "OWNER", "GROUP", "SIZE", "DATE"]
    date = DATE.search(constant)
    words = (constant.replace(date[0], "\0") if date else constant).split(" ")
    fields = []
    for k, field in enumerate(order):
        word = words[k]
        value = differs.get(field) or (values[field] if word == field else word)
        fields.append(date[0] if value == "\0" and date else value)
    return fields, name


def evened(text: str, names: int = 8) -> list[str]:
    """The lines with each run of spaces before the name as one."""
    return [" ".join(line.split(None, names)) if line[:1] in "-dlc" else line for line in text.split("\n")]


SAFE = st.text("abcXYZ0123456789_.-+@~é", min_size=1, max_size=9).filter(lambda n: re.search(r"\w", n) and n[0] != "-")
NAME = st.one_of(
    SAFE,
    SAFE.map(lambda n: n + ".py"),
    st.sampled_from(["a.py", "b.py", "c.py", "my file.txt", "[slug].tsx", "x_1.png", "x_2.png", "x_3.png", "x_4.png"]),
    st.integers(1, 12).map(lambda n: f"img_{n:03}.jpg"),
)
NAMES = st.one_of(
    st.lists(NAME, min_size=1, max_size=14),
    st.integers(2, 40).map(lambda n: [f"frame{i:02}.png" for i in range(n)]),
    st.integers(2, 40).map(lambda n: [f"test_{i}_{word}.py" for i, word in enumerate("abcdefg" * 6)][:n]),
)
DIRECTORY = st.lists(SAFE, min_size=1, max_size=4).map("/".join)


def lossless(text: str) -> Rendition | None:
    rendition = compress("listing", text, lossless=True)
    assert rendition is None or rendition.lossless
    return rendition


@relaxed
@given(
    st.lists(st.tuples(DIRECTORY, NAMES), min_size=1, max_size=9), st.sampled_from(["", "./", "/home/ann/work/shop/"])
)
def test_paths_read_back_byte_for_byte(groups: list[tuple[str, list[str]]], root: str) -> None:
    text = "\n".join(f"{root}{directory}/{name}" for directory, names in groups for name in names)
    rendition = lossless(text)
    if rendition is not None:
        assert read_names(rendition.text) == text
        assert rendition.total == text.count("\n") + 1


@relaxed
@given(
    st.lists(st.tuples(DIRECTORY, NAMES), min_size=1, max_size=9),
    st.sampled_from(["", "<output>\n", "\n", "note: this is it\n", "dir:\n"]),
    st.sampled_from(["", "\n</output>", "\n", "\n\n\n./cut/o\n<elided>\nb.py\nc.py\n\n./x:\nd.py\n"]),
)
def test_sections_read_back_byte_for_byte(groups: list[tuple[str, list[str]]], before: str, after: str) -> None:
    body = "\n\n".join("\n".join([f"./{directory}:", *names]) for directory, names in groups)
    text = f"{before}{body}{after}"
    rendition = lossless(text)
    if rendition is not None:
        assert read_names(rendition.text) == text


@relaxed
@given(NAMES, st.sampled_from(["", "<output>\n"]))
def test_plain_names_read_back_byte_for_byte(names: list[str], before: str) -> None:
    text = before + "\n".join(names * 2)
    rendition = lossless(text)
    if rendition is not None:
        assert read_names(rendition.text) == text


ROW = st.tuples(
    st.sampled_from(["-rw-r--r--"] * 4 + ["-rwxr-xr-x", "drwxr-xr-x", "drwxr-xr-x", "lrwxrwxrwx"]),
    st.sampled_from([1, 1, 1, 2, 17]),
    st.sampled_from(["ann", "ann", "ann", "root"]),
    st.sampled_from(["staff", "staff", "users"]),
    st.sampled_from(["0", "12", "4096", "4096", "123456", "2.5K"]),
    st.sampled_from(["Mar  4 09:12", "Mar  4 09:12", "Mar  4 09:12", "Oct 24  2024"]),
    NAME,
)


@relaxed
@given(
    st.lists(ROW, min_size=3, max_size=30),
    st.sampled_from(["", "total 12\n", "ls: cannot access 'x': No such file or directory\n"]),
    st.sampled_from(["", "./src/", "/var/lib/x/"]),
)
def test_every_field_of_every_row_reads_back(rows: list[tuple[Any, ...]], before: str, directory: str) -> None:
    lines = []
    for mode, links, owner, group, size, date, name in rows:
        target = " -> ../target" if mode[0] == "l" else ""
        lines.append(f"{mode} {links:3} {owner:6} {group:6} {size:>8} {date} {directory}{name}{target}")
    text = before + "\n".join(lines)
    rendition = lossless(text)
    if rendition is not None:
        assert read_rows(rendition.text) == [re.sub(" {2,}", " ", line) for line in text.split("\n")]


TREES = st.recursive(
    st.just({}),
    lambda inner: st.dictionaries(SAFE.map(lambda n: f"n{n}"), inner, max_size=5),
    max_leaves=30,
)


def paths_of(tree: dict[str, Any], lead: str) -> list[str]:
    return [each for name, inner in tree.items() for each in [lead + name, *paths_of(inner, f"{lead}{name}/")]]


@relaxed
@given(TREES)
def test_a_drawn_tree_reads_back_to_its_paths(tree: dict[str, Any]) -> None:
    text = "\n".join([".", *drawn(tree), "", "3 directories, 9 files"])
    rendition = lossless(text)
    if rendition is not None:
        assert read_names(rendition.text) == "\n".join([".", *paths_of(tree, "./"), "", "3 directories, 9 files"])


def accounted(rendition: Rendition) -> None:
    """The entries that are shown and those that the notes count are all there are."""
    noted = sum(map(int, NOTE.findall(rendition.text)))
    assert noted == rendition.total - rendition.kept


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_left_out_is_counted(name: str) -> None:
    rendition = compress("listing", SAMPLES[name])
    assert rendition is not None
    accounted(rendition)


@relaxed
@given(
    st.lists(st.tuples(DIRECTORY, NAMES), min_size=20, max_size=60),
    st.booleans(),
    st.text("abcXYZ /.", max_size=30),
)
def test_what_is_left_out_is_counted_in_any_listing(
    groups: list[tuple[str, list[str]]], sections: bool, query: str
) -> None:
    if sections:
        text = "\n\n".join("\n".join([f"./{directory}:", *names]) for directory, names in groups)
    else:
        text = "\n".join(f"{directory}/{name}" for directory, names in groups for name in names)
    rendition = compress("listing", text, query)
    if rendition is not None:
        accounted(rendition)


class TestLossless:
    def test_a_small_ls_is_less_than_half(self) -> None:
        rendition = compress("listing", SAMPLES["ls -la"])
        assert rendition is not None
        assert rendition.lossless
        assert len(rendition.text) < 0.65 * len(SAMPLES["ls -la"])
        for line in ("9317 README.md", "7 src/", "[MODE -rwxr-xr-x] 742 manage.py", "total 96"):
            assert line in rendition.text.split("\n")

    def test_a_series_is_said_once(self) -> None:
        rendition = compress("listing", SAMPLES["numbered images"])
        assert rendition is not None
        assert rendition.lossless
        assert "./frames/: img_{0001..0400}.png" in rendition.text

    def test_a_series_with_a_hole_says_so(self) -> None:
        text = "\n".join(f"./frames/img_{i:04}.png" for i in range(1, 401) if i != 77)
        rendition = compress("listing", text)
        assert rendition is not None
        assert "img_{0001..0076}.png img_{0078..0400}.png" in rendition.text

    def test_names_after_a_gap_are_not_given_to_a_directory(self) -> None:
        many = "".join(f"{word}.py\n" for word in "bcdfghjklmnpqrst")
        head = f"./src:\na.py\n{many}\n./src/x:\nd.py\ne.py\nf.py\n"
        tail = "tail_1.py\ntail_2.py\n\n./tests:\ng.py\nh.py"
        text = f"{head}\n</output_head>\n<elided_chars>\n9000 characters elided\n</elided_chars>\n<output_tail>\n{tail}"
        rendition = lossless(text)
        assert rendition is not None
        assert "<output_tail>\n[2 names]: tail_1.py tail_2.py\n./tests: g.py h.py" in rendition.text
        assert "9000 characters elided" in rendition.text.split("\n")


WORDS = [f"{a}{b}{c}" for a in ("na", "be", "ko", "ti", "ru") for b in ("lo", "mi", "ra", "se") for c in "xdfghklmnprs"]


def _many(count: int) -> list[str]:
    return [f"{WORDS[i % 37]}/{WORDS[i * 7 % 240]}_{i}.py" for i in range(count)]


class TestLossy:
    def test_errors_and_wrappers_stay_in_place(self) -> None:
        rendition = compress("listing", SAMPLES["find in a large tree"])
        assert rendition is not None
        assert not rendition.lossless
        assert rendition.text.startswith("find: './src/private': Permission denied\n")
        rendition = compress("listing", SAMPLES["ls -R of a large tree"])
        assert rendition is not None
        assert rendition.text.startswith("<returncode>0</returncode>\n<output>\n")
        assert rendition.text.endswith("\n</output>")

    def test_what_is_asked_for_stays(self) -> None:
        text = large(1).replace("./src/", "./src/zq/deep/one/", 1)
        path = text.split("\n")[0]
        name = path.rpartition("/")[2]
        for query in (f"Where is {name}?", f"Look into {path.rpartition('/')[0]}"):
            rendition = compress("listing", text, query)
            assert rendition is not None
            assert name.rpartition(".")[0] in rendition.text

    def test_the_top_level_and_what_is_known_by_its_name_stay(self) -> None:
        rendition = compress("listing", SAMPLES["ls -R of a large tree"])
        assert rendition is not None
        assert ".: README.md pyproject.toml setup.cfg src tests" in rendition.text
        assert re.search(r"\[… \d+ entries below \d+ directories named __pycache__: \d+ \.pyc\]", rendition.text)

    def test_the_largest_and_the_newest_rows_stay(self) -> None:
        rows = long_rows(600)
        rows[300] = "-rw-r--r--  1 ann  staff 999999 Mar  3 10:00 jobs_300.py"
        rows[301] = "-rw-r--r--  1 ann  staff      9 Apr  2 10:00 jobs_301.py"
        rows[302] = "-rw-------  1 eve  staff      9 Mar  2 10:00 jobs_302.py"
        rendition = compress("listing", "\n".join(rows))
        assert rendition is not None
        assert rendition.kept < 300
        for name in ("jobs_300.py", "jobs_301.py", "jobs_302.py"):
            assert f" {name}\n" in rendition.text

    def test_generated_directories_go_first(self) -> None:
        own = [f"./src/part{i}/{word}.ts" for i in range(8) for word in ("view", "model", "store")]
        text = "\n".join([*(f"./node_modules/lib{i}/index{k}.js" for i in range(300) for k in range(4)), *own])
        rendition = compress("listing", text)
        assert rendition is not None
        assert all(f"./src/part{i}/: " in rendition.text for i in range(8))
        assert "1200 entries" in rendition.text

    def test_a_listing_of_middle_size_is_shown_whole(self) -> None:
        paths = [
            f"./part{i // 4}/{word}_{WORDS[i - 1]}_{WORDS[i - 9]}_{WORDS[i - 5]}.ts" for i, word in enumerate(WORDS)
        ]
        rendition = compress("listing", "\n".join(paths))
        assert rendition is not None
        assert rendition.lossless
        assert 4_500 < len(rendition.text) < 8_000

    def test_names_of_directories_come_before_names_of_files(self) -> None:
        sections = [".:\nREADME\n" + "\n".join(WORDS[:12])]
        for part in WORDS[:12]:
            sections.append(f"./{part}:\nmodules\n" + "\n".join(f"{part}_{word}.rst" for word in WORDS[20:60]))
            names = [f"{part}{word}" for word in WORDS[100:108]]
            sections.append(f"./{part}/modules:\n" + "\n".join(sorted([*names, *(f"{n}.py" for n in WORDS[:60])])))
            sections += [f"./{part}/modules/{n}:\n" + "\n".join(f"{w}.py" for w in WORDS[40:60]) for n in names]
        rendition = compress("listing", "\n\n".join(sections))
        assert rendition is not None
        assert not rendition.lossless
        assert all(f"{part}{word}" in rendition.text for part in WORDS[:12] for word in WORDS[100:108])

    def test_a_note_is_never_longer_than_what_it_stands_for(self) -> None:
        inner = "\n\n".join(f"./src/auth0/{word}:\n{word}.py\nmany_{word}_more.py" for word in WORDS[:5])
        outer = "\n\n".join(f"./{word}:\nlib\n\n./{word}/lib:\n{word}.py" for word in WORDS[5:90])
        rendition = compress("listing", f"{SAMPLES['ls -R of a large tree'][39:-10]}\n\n{inner}\n\n{outer}")
        assert rendition is not None
        assert not rendition.lossless
        assert "[… 1 entry" not in rendition.text

    def test_what_lies_directly_in_directories_is_not_said_to_be_below_them(self) -> None:
        files = [f"./pkg{i}/{name}" for i in range(9) for name in ("LICENSE", "NOTICE", "CHANGES", "AUTHORS")]
        inner = [f"./pkg{i % 9}/src/{word}{i}.rs" for i, word in enumerate(WORDS)]
        rendition = compress("listing", "\n".join([*files, *inner, *(f"./x/{path}" for path in _many(400))]))
        assert rendition is not None
        assert not rendition.lossless
        note = re.search(r"\[… 36 entries (\w+) pkg0 pkg1", rendition.text)
        assert note is None or note[1] == "in"

    def test_nothing_is_lost_where_it_must_not(self) -> None:
        for text in SAMPLES.values():
            rendition = compress("listing", text, lossless=True)
            assert rendition is not None
            assert rendition.lossless


NOT_FILES = {
    "words": "\n".join(f"word{'abcdefgh'[i % 8]}" for i in range(300)),
    "sentences": "\n".join("Some words that say something about the world" for _ in range(80)),
    "search results": "\n".join(f"src/app.py:{i}:    raise ValueError('error {i}')" for i in range(200)),
    "hosts": "\n".join(f"host{i}.example.com 10.0.0.{i} up" for i in range(90)),
    "counts of words": "\n".join(f"  {900 - i} word{i}" for i in range(90)),
    "a log": "\n".join(f"2026-03-01 10:00:{i % 60:02} INFO done /srv/{i}" for i in range(90)),
    "urls": "\n".join(f"https://example.com/{i}/page" for i in range(90)),
    "assignments": "\n".join(f"KEY_{i}=/opt/x/{i}" for i in range(4)) + "\nif x:\n  y = 3;\n" * 40,
    "diffstat": "\n".join(f" src/a{i}.py | {i} +++--" for i in range(90)),
}


@pytest.mark.parametrize("name", NOT_FILES)
def test_what_lists_no_files_is_left_alone(name: str) -> None:
    assert detect(Document(text=NOT_FILES[name])) != "listing"


def test_words_are_names_where_the_command_lists_files() -> None:
    arguments = json.dumps({"command": "cd /srv && ls bin | head -300"})
    document = Document(text=NOT_FILES["words"], tool="bash", arguments=arguments)
    assert COMPRESSORS["listing"].fits(Sample.of(document))


@pytest.mark.parametrize("text", ["a/b\r\na/c\r\na/d\r\na/e", "x" * 3_000_000, "/\n" * 4000, ("a" * 400 + "\n") * 400])
def test_odd_texts_pass(text: str) -> None:
    rendition = compress("listing", text)
    assert rendition is None or len(rendition.text) < len(text)


def test_directories_that_alternate_take_linear_time() -> None:
    text = "\n".join(f"src/{'ab'[i % 2]}/file{i}.py" for i in range(60_000))
    rendition = compress("listing", text)
    assert rendition is not None
    accounted(rendition)
    assert len(rendition.text) < 8_000
