"""Diffs get shorter, and what is left of them is still right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm.compressors import Document, Rendition
from headroom_litellm.compressors.diff import changed
from headroom_litellm.compressors.diff.exact import read_back
from headroom_litellm.detect import detect

from .examples.diff import SAMPLES, git_diff, large, source
from .rendering import compress, relaxed, shown

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
TITLE = re.compile(r"diff --git (.*?)(?: \([^()]*\))?$")
Change = tuple[str, str, int, str]

WORDS = ["alpha = 1", "    return beta", "def gamma(x):", "", "}", "class Delta:", "  call(a, b)", "\tnoop;", "-- x"]
PATHS = ["src/app.py", "package-lock.json", "tests/test_a.py", "docs/a b.md", "x.min.js"]


@st.composite
def diffs(draw: st.DrawFn) -> str:
    out = []
    for k in range(draw(st.integers(1, 4))):
        before = draw(st.lists(st.sampled_from(WORDS), max_size=150))
        after: list[str] = []
        for line in before:
            what = draw(st.integers(0, 12))
            if what == 0:
                after += draw(st.lists(st.sampled_from(WORDS), max_size=60))
            elif what == 1:
                after.append(line + " # changed")
            elif what != 2:
                after.append(line)
        path = draw(st.sampled_from(PATHS))
        out.append(git_diff(f"d{k}/{path}", before, after, draw(st.sampled_from([0, 1, 3, 10]))))
    return "".join(out)


def changes_of(text: str) -> Iterator[Change]:
    """(file, sign, line number, text) of every changed line; fails where a header does not count what is under it."""
    path, old, new, old_left, new_left = "", 0, 0, 0, 0
    for line in text.split("\n"):
        if old_left or new_left:
            assert line[:1] in (" ", "-", "+", "\\", ""), line
            if line[:1] in ("-", "+") and line:
                yield path, line[0], old if line[0] == "-" else new, line[1:]
            if not line.startswith("\\"):
                old, old_left = (old, old_left) if line.startswith("+") else (old + 1, old_left - 1)
                new, new_left = (new, new_left) if line.startswith("-") else (new + 1, new_left - 1)
            assert old_left >= 0
            assert new_left >= 0
            continue
        hunk = HUNK.match(line)
        if hunk is not None:
            old_left, new_left = int(hunk[2] or 1), int(hunk[4] or 1)
            old, new = int(hunk[1]) + (not old_left), int(hunk[3]) + (not new_left)
        elif line.startswith(("--- a/", "+++ b/")):
            path = line[6:]
        elif line.startswith("diff --git "):
            title = TITLE.match(line)
            assert title is not None
            path = re.sub(r"^a/(.*) b/\1$", r"\1", title[1])
        else:
            assert not line.startswith("+")
    assert old_left == 0
    assert new_left == 0


def account(source: str, rendition: Rendition) -> None:
    """As many lines of the source are shown as `kept` says: a title each, bodies, and headers that are unchanged."""
    lines = source.split("\n")
    heads = {line for line in lines if HUNK.match(line)}
    kept = left_old = left_new = 0
    for line in rendition.text.split("\n"):
        hunk = HUNK.match(line)
        if left_old > 0 or left_new > 0:
            left_old -= line[:1] != "+"
            left_new -= line[:1] != "-"
            kept += 1
        elif hunk is not None:
            left_old, left_new = int(hunk[2] or 1), int(hunk[4] or 1)
            kept += line in heads
        else:
            kept += line.startswith("diff --git ")
    # A hunk of which all lines are left under the same header counts its header too.
    assert abs(kept - rendition.kept) <= len(heads)
    assert rendition.total == len(lines) - (not lines[-1])


@settings(deadline=None, max_examples=80)
@given(diffs(), st.sampled_from(["", "gamma", "Where is Delta called in tests/test_a.py?"]))
def test_every_change_shown_stands_under_its_file_at_its_number(text: str, query: str) -> None:
    rendition = compress("diff", text, query)
    if rendition is None:
        return
    there, here = list(changes_of(text)), list(changes_of(rendition.text))
    assert not Counter(here) - Counter(there)
    assert here == [change for change in there if change in set(here)]
    if not rendition.lossless:
        account(text, rendition)


@settings(deadline=None, max_examples=60)
@given(diffs())
def test_the_counts_of_a_file_and_of_what_is_left_out_of_it_add_up(text: str) -> None:
    rendition = compress("diff", text)
    if rendition is None or rendition.lossless:
        return
    told: Counter[str] = Counter()
    missing = 0
    for line in rendition.text.split("\n"):
        title = re.match(r"diff --git .*\((?:.*, )?(?:\+(\d+))? ?(?:-(\d+))?\)$", line)
        if title is not None:
            told["title"] += int(title[1] or 0) + int(title[2] or 0)
        note = re.match(r"\[… (?:\d+ hunks? \()?(?:\+(\d+))? ?(?:-(\d+))?(?: lines|\) at)", line)
        if note is not None:
            missing += int(note[1] or 0) + int(note[2] or 0)
    changed = list(changes_of(text))
    assert told["title"] == len(changed)
    assert missing + len(list(changes_of(rendition.text))) == len(changed)


@settings(deadline=None, max_examples=80)
@given(diffs(), st.booleans())
def test_the_lossless_form_reads_back(text: str, crlf: bool) -> None:
    text = text.replace("\n", "\r\n") if crlf else text
    rendition = compress("diff", text, lossless=True)
    if rendition is not None:
        assert rendition.lossless
        assert read_back(rendition.text) == text


ODD = [
    *WORDS,
    "diff --git a/x b/x",
    "diff --git x (index 1..2)",
    "--- a/x",
    "+++ b/x",
    "@@ -1,2 +1,2 @@",
    "-a",
    "+b",
    " c",
]


@relaxed
@given(st.lists(st.sampled_from([*ODD, "index 1234..5678 100644", "new file mode 100644", "--- /dev/null"])))
def test_the_lossless_form_of_anything_reads_back(lines: list[str]) -> None:
    text = "\n".join(lines * 20)
    rendition = compress("diff", text, lossless=True)
    if rendition is not None:
        assert read_back(rendition.text) == text


def test_a_small_diff_loses_nothing() -> None:
    text = SAMPLES["a small diff"]
    rendition = compress("diff", text)
    assert rendition is not None
    assert rendition.lossless
    assert read_back(rendition.text) == text


def test_of_what_somebody_has_just_changed_every_line_is_shown() -> None:
    """Also white space and changes that are made again and again; only what surrounds them goes."""
    files = []
    for number in range(12):
        context = "".join(f" def helper_{number}_{k}(): pass  # unchanged\n" for k in range(3))
        body = f"{context}-    return old_name({number})\n+    return new_name({number})\n{context}"
        spaces = f"{context}-  indented {number}\n+    indented {number}\n{context}"
        files.append(
            f"diff --git a/src/m{number}.js b/src/m{number}.js\nindex 1a2b3c4..5d6e7f8 100644\n--- a/src/m{number}.js\n"
            f"+++ b/src/m{number}.js\n@@ -1,7 +1,7 @@\n{body}@@ -40,7 +40,7 @@\n{spaces}"
        )
    text = "".join(files)
    assert 4_000 < len(text) < 10_000
    rendition = compress("diff", text)
    assert rendition is not None
    assert rendition.kept < rendition.total
    kept = rendition.text.split("\n")
    for line in text.split("\n"):
        if line[:1] in ("+", "-") and line[:3] not in ("+++", "---"):
            assert line in kept


def test_what_the_query_names_is_shown_in_a_large_diff() -> None:
    text = large(1)
    line = "+    log.debug('zq77cafe')"
    at = text.index("\n+    log.debug", len(text) * 2 // 3)
    text = f"{text[:at]}\n{line}{text[text.index(chr(10), at + 1) :]}"
    assert line not in shown("diff", text)
    assert line in shown("diff", text, "What is zq77cafe?")


def test_lock_files_are_told_in_a_line_and_what_the_query_names_in_them_is_not() -> None:
    text = SAMPLES["lock file and binary"]
    assert "diff --git package-lock.json (+199 -199)\n[… 1 hunk (+199 -199) at line 2: lock file]\n" in shown(
        "diff", text
    )
    assert "diff --git logo.png (binary)" in shown("diff", text)
    named = '+      "integrity": "sha512-c10ac",'
    assert named in text
    assert named in shown("diff", text, "sha512-c10ac").split("\n")


def test_the_same_change_in_many_files_is_shown_and_then_counted() -> None:
    text = shown("diff", SAMPLES["a rename over many files"])
    assert text.count("+const { newHelperName }") == 1
    assert text.count(": the same change as at line 2 of lib/views/view_0.js]") == 39
    assert text.count("\ndiff --git ") == 40


def test_a_word_put_for_another_is_told_with_the_word() -> None:
    text = "".join(
        git_diff(
            f"g{i}.c",
            ["first line here", f"  result_{i} = call_{i}(oldName, {i}); // and what is said of it", "last line here"],
            ["first line here", f"  result_{i} = call_{i}(newName, {i}); // and what is said of it", "last line here"],
        )
        for i in range(60)
    )
    short = shown("diff", text)
    assert short.count('nothing but "oldName" → "newName", as at line 2 of g0.c]') == 58


def test_a_change_of_indentation_is_no_white_space_in_python() -> None:
    before = [f"do_{i}(first, second, third)" for i in range(180)]
    after = [f"    {line}" for line in before]
    assert "only white space" in shown("diff", git_diff("a.c", before, after))
    assert "only white space" not in shown("diff", git_diff("a.py", before, after))


def test_a_header_is_right_about_the_function_it_names() -> None:
    before = ["def first():", *[f"    a{i}" for i in range(40)], "", "def second():", *[f"    b{i}" for i in range(60)]]
    after = [line if line != "    b2" else "    changed" for line in before]
    text = git_diff("m.py", before, after)
    text = re.sub(r"^(@@ .* @@)$", r"\1 def first():", text, flags=re.MULTILINE)
    short = shown("diff", text + git_diff("n.py", source(40, 1), source(40, 2)))
    assert "@@ -45,3 +45,3 @@ def second():\n     b1\n-    b2\n+    changed\n     b3\n" in short


def test_combined_diffs_keep_right_counts() -> None:
    text = SAMPLES["a merge"]
    for header, body in re.findall(r"^(@@@ .*@@@).*\n((?:[ +-].*\n)*)", shown("diff", text), re.MULTILINE):
        counts = [int(count or 1) for count in re.findall(r"[-+]\d+(?:,(\d+))?", header)]
        lines = [line[:2] for line in body.split("\n") if line]
        removed = [signs for signs in lines if "-" in signs]
        kept = [signs for signs in lines if "-" not in signs]
        olds = [sum(s[k] == "-" for s in removed) + sum(s[k] == " " for s in kept) for k in (0, 1)]
        assert [*olds, len(kept)] == counts


def test_colours_are_put_away() -> None:
    text = "".join(f"\x1b[1m{line}\x1b[m\n" for line in SAMPLES["git diff"].split("\n"))
    rendition = compress("diff", text)
    assert rendition is not None
    assert "\x1b" not in rendition.text
    assert rendition.text.startswith("[colour codes removed]\n")
    assert rendition.kept < rendition.total


def read_hints_back(text: str) -> str:
    """The text that a list without hints stands for."""
    lines = text.split("\n")[1:]
    out: list[str] = []
    for k, line in enumerate(lines):
        out.append(line)
        if not changed._is_hint(lines, k + 1):
            out.extend(changed._hints(lines, k))
    return "\n".join(out)


def test_the_hints_of_git_status_are_left_out_and_read_back() -> None:
    deleted = (
        SAMPLES["git status"].replace("git add <", "git add/rm <", 1).replace("modified:   src/a", "deleted:    src/a")
    )
    for text in (SAMPLES["git status"], deleted):
        rendition = compress("diff", text)
        assert rendition is not None
        assert rendition.lossless
        assert "(use" not in rendition.text.split("notes.txt")[0]
        assert read_hints_back(rendition.text) == text


def test_a_long_table_of_files_counts_those_left_out_by_folder() -> None:
    text = SAMPLES["git diff --stat"]
    rendition = compress("diff", text, "src/pkg3/module_120.py")
    assert rendition is not None
    notes = [int(count) for count in re.findall(r"^\[… (\d+) lines: ", rendition.text, re.MULTILINE)]
    assert rendition.kept + sum(notes) == rendition.total == 301
    assert "src/pkg3/module_120.py" in rendition.text


@pytest.mark.parametrize(
    "text",
    [
        "a - b\n--- c\n+++ d\n" * 100,
        "Some words on @@ and on diff --git, which they explain.\n" * 100,
        "\n".join(f"M{i} is a motorway" for i in range(100)),
    ],
)
def test_what_is_no_diff_is_none(text: str) -> None:
    assert detect(Document(text=text)) != "diff"
    assert compress("diff", text) is None


def test_a_diff_by_words_keeps_its_hunks_whole() -> None:
    body = "".join(f"some words of line {i} [-old-]{{+new+}} and more\n- an item of a list\n" for i in range(20))
    text = "".join(
        f"diff --git a/f{i} b/f{i}\nindex 1..2 100644\n--- a/f{i}\n+++ b/f{i}\n@@ -1,40 +1,40 @@\n{body}"
        for i in range(4)
    )
    assert body in shown("diff", text)


@settings(deadline=None, max_examples=40)
@given(diffs())
def test_of_a_diff_of_ordinary_size_nothing_is_left_out(text: str) -> None:
    rendition = compress("diff", text[:9_999])
    assert rendition is None or rendition.lossless


def test_words_that_only_their_colour_tells_apart_keep_it() -> None:
    body = "".join(f"     version_{i} = \x1b[31m1.0\x1b[m\x1b[32m2.0\x1b[m\x1b[m\n" for i in range(40))
    text = "".join(
        f"\x1b[1mdiff --git a/f{i} b/f{i}\x1b[m\n\x1b[1mindex 1..2 100644\x1b[m\n\x1b[1m--- a/f{i}\x1b[m\n"
        f"\x1b[1m+++ b/f{i}\x1b[m\n\x1b[36m@@ -1,40 +1,40 @@\x1b[m\n{body}"
        for i in range(9)
    )
    assert compress("diff", text) is None


def test_escapes_that_are_part_of_a_line_stay() -> None:
    line = "+RED = '\x1b[31m'"
    text = re.sub(r"^\+    log\.debug.*", lambda _: line, SAMPLES["git diff"], count=1, flags=re.MULTILINE)
    assert line in shown("diff", text).split("\n")


@pytest.mark.parametrize("prefixes", ["ab", "ba", "iw", "wi", "cw", "12"])
@pytest.mark.parametrize("path", ["src/app.py", '"src/\\303\\244.py"'])
def test_the_two_sides_of_one_file_are_no_rename(prefixes: str, path: str) -> None:
    quote = '"' if path.startswith('"') else ""
    old, new = (f"{quote}{prefix}/{path.lstrip(quote)}" for prefix in prefixes)
    body = SAMPLES["git diff"][: SAMPLES["git diff"].index("\ndiff --git ", 9_000)].split("\n")[2:]
    text = "\n".join(
        [f"diff --git {old} {new}", "index 0123abc..4567def 100644", f"--- {old}", f"+++ {new}", *body[2:], ""]
    )
    short = shown("diff", f"{text}{SAMPLES['git diff']}")
    assert f"\ndiff --git {path} (+" in short
    assert "=>" not in short


def test_the_same_change_in_another_commit_is_shown_again() -> None:
    def commit(i: int) -> str:
        return f"commit {i:040x}\nAuthor: Ann <a@example.org>\nDate:   Mon\n\n    Change {i}\n\n"

    text = "".join(commit(i) + SAMPLES["a rename over many files"] for i in range(3))
    short = shown("diff", text)
    assert short.count("+const { newHelperName }") == 3
    assert short.count("of lib/views/view_0.js]") == 3 * 39


def test_a_line_too_long_to_show_is_told_as_one() -> None:
    before = [f"line {i}" for i in range(3_000)]
    after = [
        f"data = '{'ab ' * 900}'" if i == 700 else line + "!" if not i % 60 else line for i, line in enumerate(before)
    ]
    assert "[… +1 lines of up to 2709 characters]" in shown(
        "diff", git_diff("m.py", before, after) + SAMPLES["git diff"]
    )


def test_lines_below_a_nested_function_are_not_said_to_be_in_it() -> None:
    before = [
        "def outer():",
        "    def inner():",
        "        return 1",
        *[f"    call_{i}()" for i in range(30)],
        "    last()",
        *[f"    then_{i}()" for i in range(30)],
    ]
    text = git_diff("m.py", before, [line if line != "    last()" else "    final()" for line in before], 40)
    text += SAMPLES["git diff"]
    assert "@@ -33,3 +33,3 @@ def outer():\n     call_29()\n-    last()\n" in shown("diff", text)


def test_words_put_together_are_no_change_of_white_space() -> None:
    before = [f"do({i}); else if (x{i}) y();" for i in range(240)]
    after = [line.replace("else if", "elseif") for line in before]
    assert "only white space" not in shown("diff", git_diff("a.php", before, after))


def test_commits_that_are_left_out_are_named() -> None:
    text = "".join(
        f"commit {i * 7919:040x}\nAuthor: Ann <a@example.org>\nDate:   Mon\n\n    Change number {i}\n\n"
        + git_diff(f"src/m{i}.py", source(30, i), source(30, i + 1))
        for i in range(60)
    )
    short = shown("diff", text)
    assert re.findall(r"Change number (\d+)\b", short) == [str(i) for i in range(60)]


def test_a_diff_by_words_counts_no_lines() -> None:
    body = "".join(f" word_{i} \n-old\n+new\n~\n" for i in range(200))
    text = f"diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n@@ -1,200 +1,200 @@\n{body}"
    short = shown("diff", text + SAMPLES["git diff"])
    assert re.search(r"\ndiff --git f\n(?:@@ -1,200|\[… 1 hunk at line 2: left out\])", short)


def test_files_that_are_only_renamed_are_counted_and_named() -> None:
    def renamed(n: int) -> str:
        return "".join(
            f"diff --git a/src/old/mod{i}.py b/lib/new/mod{i}.py\nsimilarity index 100%\n"
            f"rename from src/old/mod{i}.py\nrename to lib/new/mod{i}.py\n"
            for i in range(n)
        )

    few, many = compress("diff", renamed(90)), compress("diff", renamed(1_500))
    assert few is not None
    assert many is not None
    assert few.kept == few.text.count("\ndiff --git src/old/mod") == 90
    left = re.search(r"\[… (\d+) files left out, (\d+) lines", many.text)
    assert left is not None
    assert many.kept == many.text.count("\ndiff --git src/old/mod") == 1_500 - int(left[1]) > 100


def test_every_commit_in_view_has_its_subject() -> None:
    text = "".join(
        f"commit {i * 7919:040x}\nMerge: 1234567 89abcde\nAuthor: Ann <a@example.org>\nDate:   Mon\n\n"
        f"    Change number {i}\n    \n    {'Because of what was said. ' * 4}\n    And more.\n    And more.\n\n"
        + git_diff(f"src/m{i}.py", source(60, i), source(60, i + 1))
        for i in range(12)
    )
    short = shown("diff", text)
    assert re.findall(r"^    Change number (\d+)$", short, re.MULTILINE) == [str(i) for i in range(12)]
    assert "lines: the message]" in short


def test_of_a_hunk_that_is_too_large_the_beginning_is_shown() -> None:
    before = [f"line {i} of what there was" for i in range(3_000)]
    after = [line.upper() if i % 2 else line for i, line in enumerate(before)]
    text = git_diff("m.txt", before, after)
    short = shown("diff", text)
    assert "\n+LINE 1 OF WHAT THERE WAS\n" in short
    left = re.findall(r"^\[… \+(\d+) -(\d+) lines", short, re.MULTILINE)
    assert [int(added) for added, _ in left] == [1_500 - short.count("\n+LINE ")]
    assert not Counter(changes_of(short)) - Counter(changes_of(text))
