"""What logs promise on top of the contract."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import Document, Rendition
from headroom_litellm.compressors.shared.failing import failing_lines, suspects
from headroom_litellm.compressors.shared.line_signs import plainly_fails, verdict
from headroom_litellm.compressors.shared.long_lines import shortened
from headroom_litellm.detect import detect

from .accounting import UNCOLOURED, account, is_cut
from .examples.log import TRACE, server_log
from .rendering import LINES, compress, relaxed


class TestLog:
    @relaxed
    @given(st.lists(st.sampled_from([*LINES[:7], *TRACE[-4:], "WARN slow query 12ms", *server_log(40)]), max_size=500))
    def test_kept_and_dropped_add_up(self, lines: list[str]) -> None:
        text = "\n".join(lines)
        rendition = compress("log", text)
        if rendition is not None and not rendition.lossless:
            account(rendition, lines)

    def test_a_fatal_line_stays_whatever_its_level(self) -> None:
        lines = server_log(2000)
        lines[700] = "2026-03-01 10:11:00,000 INFO  [main] boot - FATAL: disk quota exceeded"
        lines[900] = "2026-03-01 10:15:00,000 INFO  [main] boot - unhandled exception in worker"
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert lines[700] in rendition.text
        assert lines[900] in rendition.text

    def test_no_errors_is_no_error(self) -> None:
        rendition = compress("log", "\n".join(server_log(2000)))
        assert rendition is not None
        assert rendition.kept < 40
        account(rendition, server_log(2000))

    def test_numbers_of_failures_are_judged_one_by_one(self) -> None:
        lines = [f"run {i}: 0 errors in {i} files" for i in range(500)]
        lines[250] = "run 250: 3 errors in 250 files"
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert lines[250] in rendition.text

    def test_a_traceback_is_never_cut(self) -> None:
        lines = server_log(1500)
        lines[600:600] = TRACE
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert "\n".join(TRACE) in rendition.text

    def test_repeated_tracebacks_are_shown_whole_and_then_by_what_failed(self) -> None:
        block = ["ERROR order failed", "java.lang.IllegalStateException: sku {}", *["\tat com.acme.A.b(A.java:1)"] * 9]
        lines = server_log(3000)
        for k in range(40):
            lines[3000 - 70 * k : 3000 - 70 * k] = [line.format(k) for line in block]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        first = lines.index(block[0]) + 1
        assert rendition.text.count("\tat com.acme") == 9 + 4
        assert 6 <= rendition.text.count("\njava.lang.IllegalStateException") <= 20
        assert f"9 as in lines {first}-{first + 10}" in rendition.text
        account(rendition, lines)

    def test_very_many_reports_one_after_the_other_are_counted(self) -> None:
        rendition = compress("log", "error: no such file x.h\n   ^\n" * 5_000)
        assert rendition is not None
        assert rendition.kept < 40
        assert "of failures" in rendition.text

    def test_tracebacks_through_other_lines_of_a_file_are_not_the_same(self) -> None:
        lines = server_log(900)
        for k in range(3):
            lines[250 * k + 100 : 250 * k + 100] = [
                "ERROR order failed",
                *(f"\tat com.acme.A.b(A.java:{k}{i})" for i in range(9)),
            ]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert "as in lines" not in rendition.text
        assert all(f"\tat com.acme.A.b(A.java:{k}4)" in rendition.text for k in range(3))

    def test_frames_of_libraries_are_counted_between_those_of_the_user(self) -> None:
        def frames(path: str, n: int) -> list[str]:
            return [
                text for i in range(n) for text in (f'  File "{path}/f{i}.py", line {i + 1}, in f{i}', f"    call({i})")
            ]

        inside = frames("/venv/lib/python3.11/site-packages/django/core", 9)
        trace = ["Traceback (most recent call last):", *frames("/srv/shop", 3), *inside, *frames("/srv/shop/api", 2)]
        lines = [*server_log(200), *trace, "ValueError: bad sku 4711", *server_log(200, seed=9)]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        for line in [*frames("/srv/shop", 3), *frames("/srv/shop/api", 2), *inside[:2], *inside[-2:]]:
            assert line in rendition.text.split("\n")
        assert "ValueError: bad sku 4711" in rendition.text
        assert "14 of frames in django" in rendition.text
        account(rendition, lines)

    def test_a_series_is_folded_with_its_names(self) -> None:
        names = [
            "ecto",
            "plug",
            "jason",
            "phoenix",
            "credo",
            "oban",
            "bandit",
            "mint",
            "finch",
            "req",
            "tesla",
            "gettext",
        ]
        lines = [
            line for name in names * 4 for line in (f"==> {name}", "Compiling 3 files (.ex)", f"Generated {name} app")
        ]
        rendition = compress("log", "\n".join([*lines, "", "Finished in 0.7 seconds", "43 tests, 0 failures"]))
        assert rendition is not None
        assert "43 tests, 0 failures" in rendition.text
        assert re.search(r'like "Generated \* app" \(\w+, \w+, \w+', rendition.text)
        account(rendition, [*lines, "", "Finished in 0.7 seconds", "43 tests, 0 failures"])

    def test_a_short_varied_output_loses_nothing(self) -> None:
        lines = [f"{word} of the step {i} is what it says" for i, word in enumerate("abcdefghijklmnopqrstuvwxyz" * 3)]
        text = "\n".join(f"{'xyz'[i % 3]}{i}{line}" for i, line in enumerate(lines))
        assert 2_000 < len(text) < 4_000
        rendition = compress("log", text)
        assert rendition is None or rendition.lossless

    def test_failed_requests_are_failures(self) -> None:
        lines = [f'10.0.0.{i % 9} - - [01/Mar/2026:10:00:0{i % 9}] "GET /a HTTP/1.1" 200 {i}' for i in range(900)]
        lines[450] = lines[450].replace(" 200 ", " 502 ")
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert lines[450] in rendition.text

    def test_requests_that_failed_alike_are_counted_as_one(self) -> None:
        lines = [
            f'INFO: 10.0.0.{i % 9} - "GET /api/users/{7 * i}?page={i % 90} HTTP/1.1" {404 if i % 3 else 200} x'
            for i in range(600)
        ]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert rendition.kept < 30
        assert not re.search(r'like "[^"]*"GET /api/users/[0-9]', rendition.text)
        account(rendition, lines)

    def test_overwritten_progress_is_counted(self) -> None:
        frames = "\r".join(f"downloading {n}%" for n in range(101))
        lines = [f"step {i} of the long build is done now" for i in range(50)]
        rendition = compress("log", "\n".join([*lines, frames, "FAILED in the end", *lines]))
        assert rendition is not None
        assert rendition.total == 102 + 100
        assert "downloading 7%" not in rendition.text
        account(rendition, [*lines, "downloading 100%", "FAILED in the end", *lines])

    def test_colours_alone_are_put_away_behind_a_marker(self) -> None:
        words = [
            "alpha",
            "bravo",
            "charlie",
            "delta",
            "echo",
            "foxtrot",
            "golf",
            "hotel",
            "india",
            "juliet",
            "kilo",
            "lima",
            "mike",
            "november",
            "oscar",
            "papa",
        ]
        coloured = [
            f"\x1b[1;31mERROR\x1b[0m \x1b[2m{word}\x1b[0m broke \x1b[36m{word[::-1]}\x1b[0m" * 3 for word in words
        ]
        text = "\n".join(coloured)
        rendition = compress("log", text)
        assert rendition is not None
        assert "\x1b" not in rendition.text
        assert rendition.kept == rendition.total
        assert rendition.spans == (text,)
        assert not rendition.lossless

    def test_where_lines_are_left_out_it_says_that_colours_are_too(self) -> None:
        plain = server_log(400)
        rendition = compress("log", "\n".join(line.replace("INFO", "\x1b[32mINFO\x1b[0m") for line in plain))
        assert rendition is not None
        assert rendition.text.startswith(f"{UNCOLOURED}\n")
        account(rendition, plain)

    def test_a_coloured_test_run_of_a_few_lines_loses_its_colours_only(self) -> None:
        head = "\x1b[1m============== test session starts ==============\x1b[0m\ncollected 204 items\n\n"
        dots = "tests/test_a.py " + "\x1b[32m.\x1b[0m" * 204 + " [100%]\n"
        text = f"{head}{dots}\n\x1b[32m======== \x1b[1m204 passed\x1b[0m\x1b[32m in 3.16s ========\x1b[0m\n"
        assert detect(Document(text=text)) == "log"
        rendition = compress("log", text)
        assert rendition is not None
        assert rendition.spans == (text,)
        assert rendition.text.split("\n", 1)[1] == re.sub(r"\x1b\[[0-9]*m", "", text)

    @pytest.mark.parametrize("title", ["✖ deep (1.05ms)", "● cart › deep", "not ok 3 - deep", "✕ deep", "1) deep"])
    def test_what_a_test_run_tells_below_the_title_of_a_failure_stays_whole(self, title: str) -> None:
        report = [
            f"  {title}",
            "",
            "    Expected values to be strictly deep-equal:",
            "",
            "      {",
            "        a: [",
            *(f"          {n}," for n in range(20)),
            "    +     3",
            "    -     4",
            "        ]",
            "      }",
            "",
            "      at Suite.<anonymous> (cart.test.js:3:83)",
        ]
        lines = [*(f"  ✓ adds {w} ({i} ms)" for i, w in enumerate("abcdefgh" * 60)), *report]
        lines += ["", "Tests: 1 failed, 160 passed, 161 total", *(f"    {w} %" for w in "abcdefghijklmnopqrstuvwxyz")]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert "\n".join(report) in rendition.text
        account(rendition, lines)

    @pytest.mark.parametrize(
        "head",
        [
            "_______ test_case_{} _______",
            "==> package_{}",
            "make[1]: Entering directory '/src/d{}'",
            "TASK [role{} : x] ***",
        ],
    )
    def test_a_failure_stands_below_the_head_that_says_where_it_is_from(self, head: str) -> None:
        names = [f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"]
        lines = [
            line
            for k, name in enumerate(names)
            for line in (
                head.format(name),
                *(f"step {i} of it is done" for i in range(8)),
                *([f"E   {'KeyError' if k % 20 else 'ValueError'}: bad sku {k}"] if k % 10 == 5 else []),
            )
        ]
        rendition = compress("log", "\n".join([*lines, "end"]))
        assert rendition is not None
        account(rendition, [*lines, "end"])
        above = ""
        for line in rendition.text.split("\n"):
            if line in {head.format(name) for name in names}:
                above = line
            elif line.startswith("E   "):
                assert above == head.format(names[int(line.rsplit(" ", 1)[1])])

    def test_the_notes_of_a_compiler_are_no_failures(self) -> None:
        candidates = [
            line
            for i in range(80)
            for line in (
                f"/usr/include/{'abcdefgh'[i % 8]}.h:{i}:5: note:   template argument deduction/substitution failed:",
                f"  {i} | operator<({'xyz'[i % 3]}, y)",
            )
        ]
        lines = [
            "a.cpp:6:46:   required from here",
            "a.cpp:408:20: error: no match for 'operator<'",
            *candidates,
            "end",
        ]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert "\n".join(lines[:2]) in rendition.text
        assert "of failures" not in rendition.text

    def test_an_indented_warning_takes_no_other_lines_with_it(self) -> None:
        steps = [f"  copying {w}.py -> build/lib" for w in ("ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal")]
        lines = (
            ["Collecting x"] * 99
            + ["  WARNING: Location 'a' is ignored: it is no directory.", *steps * 4]
            + ["end"] * 99
        )
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert lines[99] in rendition.text
        assert rendition.text.count("copying") < 8
        account(rendition, lines)

    def test_an_indented_failure_takes_no_other_lines_with_it(self) -> None:
        files = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "leo"]
        lines = [*(f"  adding '{name}.py'" for name in files * 9), "  error: no such file", "     at line 3"]
        lines += [f"  copying {name}.py -> lib" for name in files * 9]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert "  error: no such file\n     at line 3\n" in rendition.text
        assert rendition.kept < 24
        account(rendition, lines)

    def test_of_warnings_that_are_alike_a_few_are_shown_and_the_others_counted_and_named(self) -> None:
        names = ["flask", "jinja", "click", "idna", "numpy", "pandas", "scipy", "attrs", "pluggy", "wheel"]
        lines = [
            line
            for name in names
            for line in (f"Collecting {name}", f"WARNING: Location of {name} is ignored: it is no directory")
        ]
        lines = ["start", *lines, "WARNING: disk is full", *(f"step {word} of the removal" for word in names * 9)]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert rendition.text.count("\nWARNING: Location") == 4
        assert '6 like "WARNING: Location of * is ignored: it is no directory" (idna, numpy, pandas' in rendition.text
        assert "WARNING: disk is full" in rendition.text
        account(rendition, lines)

    def test_a_very_long_line_that_is_an_example_loses_its_middle_and_says_so(self) -> None:
        flags = " ".join(f"-DOPTION_{i}=value_{i}" for i in range(40))
        files = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal"]
        lines = [f"gcc {flags} -c {name}.c -o build/{name}.o" for name in files * 4]
        lines[20:20] = [f"gcc: error: {flags} is too much", f"request zq77cafe {flags}"]
        rendition = compress("log", "\n".join(lines), "What happened to request zq77cafe?")
        assert rendition is not None
        assert "\n".join(lines[20:22]) in rendition.text
        assert re.search(
            r"^gcc -DOPTION_0=.* \[… \d+ characters\]-D.* -c ann\.c -o build/ann\.o$", rendition.text, re.M
        )
        account(rendition, lines)

    def test_a_very_long_last_line_that_is_like_no_other_stays_whole(self) -> None:
        last = "result: " + " ".join(f"part-{i}" for i in range(90))
        rendition = compress("log", "\n".join([*server_log(300), last]))
        assert rendition is not None
        assert rendition.text.endswith(f"\n{last}")

    def test_tests_are_alike_whatever_their_parameters_hold(self) -> None:
        words = ["ann", "bob", "{{ x }}", "1, 2", "== y", "(a | b)", "[] + []", "cid"]
        ids = [
            f"tests/test_{a}.py::test_of[{' '.join([*words[:k], b])}]"
            for a in words[:2]
            for k in range(8)
            for b in "xyz"
        ]
        lines = [f"{each} PASSED [ {k:2}%]" for k, each in enumerate(ids * 2)]
        lines[50] = lines[50].replace("PASSED", "SKIPPED")
        rendition = compress("log", "\n".join(["collected 96 items", *lines, "96 passed in 1.2s"]))
        assert rendition is not None
        assert rendition.kept < 18
        assert lines[50] in rendition.text

    @pytest.mark.parametrize(
        ("names", "told"), [("alpha bravo charlie", "alpha, bravo, charlie"), ("a b c d e f g", "a, b, c, d, e … g")]
    )
    def test_a_gap_names_all_that_differ_or_says_that_there_are_more(self, names: str, told: str) -> None:
        modules = [f"Generated module {name} of it" for name in ["first", *names.split()]]
        steps = [f"step {i} of the build is done" for i in range(60)]
        lines = [*steps, modules[0], *steps, *modules[1:], *steps]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert f'like "Generated module * of it" ({told})' in rendition.text
        account(rendition, lines)

    def test_ids_are_not_told_as_names(self) -> None:
        lines = [f"INFO block blk_{'-' * (i % 2)}{i * 7919**4} of node {'abcd'[i % 4]} was served" for i in range(200)]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert not re.search(r"\(blk_", rendition.text)

    def test_errors_that_differ_in_names_with_numbers_are_the_same_error(self) -> None:
        disks = [f"R{'abcdefghijklmnop'[i % 16]}{'qrstuvw'[i * i % 7]}{i}" for i in range(400)]
        lines = [f"2026-03-01 10:00:{i % 60:02} FATAL storage of {disk} broke" for i, disk in enumerate(disks)]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert rendition.kept < 14
        account(rendition, lines)

    def test_the_failures_of_a_test_run_stay_whole(self) -> None:
        passed = [f"tests/test_a.py::test_{i} PASSED" for i in range(300)]
        report = [
            "=== FAILURES ===",
            "___ test_b ___",
            "",
            "    def test_b():",
            ">       assert f() == 2",
            "E       assert 1 == 2",
        ]
        end = [
            "=== short test summary info ===",
            "FAILED tests/test_b.py::test_b",
            "=== 1 failed, 300 passed in 1.2s ===",
        ]
        rendition = compress("log", "\n".join([*passed, *report, "", *end]))
        assert rendition is not None
        assert "\n".join([*report, "", *end]) in rendition.text
        assert rendition.kept < 40

    def test_a_gap_is_worth_what_it_says(self) -> None:
        lines = [line for i in range(60) for line in (f"ERROR {'abcdefghijklmnop'[i % 16] * 9} broke {i}", f"ok {i}")]
        rendition = compress("log", "\n".join(lines))
        assert rendition is None or "1 line (" not in rendition.text

    def test_a_rare_word_is_shown_and_what_is_like_it_says_so(self) -> None:
        lines = [f"INFO login for user u{i} via ldap accepted" for i in range(400)]
        for i in (100, 200, 201):
            lines[i] = lines[i].replace("accepted", "rejected")
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert rendition.text.count("rejected") == 3
        assert "more like this (lines 3-100), last: INFO login for user u99 via ldap accepted]" in rendition.text
        assert '99 like "INFO login for user u# via ldap accepted"' in rendition.text
        account(rendition, lines)

    def test_lines_that_differ_in_a_word_are_counted_by_it(self) -> None:
        lines = [f"INFO copied file {i} to {('disk', 'tape')[i * i % 3 == 1]} fine" for i in range(300)]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert re.search(
            r'like "INFO copied file # to \* fine" \((tape ×\d+ or disk|disk ×\d+ or tape) ×\d+\)', rendition.text
        )
        assert "more like this" not in rendition.text

    @pytest.mark.parametrize(
        "line", ["Test suite part {} passed", "2026-03-01T10:00:00Z +Test suite part {}", "[{}] Test"]
    )
    def test_forms_lose_their_times_and_no_letter(self, line: str) -> None:
        lines = [*(f"other line {w}" for w in "abcdefgh"), *(line.format(i) for i in range(200))]
        lines += [f"end {w} of it" for w in "abcdefghijkl"]
        rendition = compress("log", "\n".join(lines * 2))
        assert rendition is not None
        assert 'like "Test' in rendition.text

    @pytest.mark.parametrize(
        "prefix", ["svc-1  | ", "Mar 01 10:00:00 host api[812]: ", "2026-03-01T10:00:00.1Z ", "[w-3] "]
    )
    def test_a_traceback_behind_a_prefix_is_never_cut(self, prefix: str) -> None:
        trace = [*TRACE[:-1], "IntegrityError: duplicate key", "DETAIL:  Key (id)=(7) already exists.", "    and more"]
        lines = [f"{prefix}request {i} served in {i}ms" for i in range(400)]
        lines[200:200] = [prefix + line for line in trace]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert "\n".join(prefix + line for line in trace) in rendition.text
        account(rendition, lines)

    def test_what_a_failed_go_test_printed_stays(self) -> None:
        lines = []
        for i in range(200):
            failed = i % 50 == 7
            lines += [f"=== RUN   TestA{i}", *(["    a_test.go:3: got 1", "    cosmic ray"] if failed else [])]
            lines += [f"--- {'FAIL' if failed else 'PASS'}: TestA{i} (0.00s)"]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        for i in (7, 57, 107, 157):
            assert f"=== RUN   TestA{i}\n    a_test.go:3: got 1\n    cosmic ray\n--- FAIL: TestA{i} " in rendition.text

    def test_every_failed_test_is_named(self) -> None:
        lines = [f"tests/test_a.py::test_{i} PASSED" for i in range(300)] + ["=== short test summary info ==="]
        failed = [f"FAILED tests/test_b.py::test_{i} - assert {i} == 2" for i in range(50)]
        rendition = compress("log", "\n".join([*lines, *failed, "=== 50 failed, 300 passed in 1.2s ==="]))
        assert rendition is not None
        assert "\n".join(failed) in rendition.text

    def test_of_very_many_errors_with_codes_the_rest_is_counted_by_code(self) -> None:
        names = ["ann", "bob", "cid", "dan"]
        lines = [
            f"src/{names[i % 4]}.ts({i},4): error TS{7006 if i % 3 else 2345}: Parameter '{names[i // 4 % 4]}' is bad."
            for i in range(300)
        ]
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert "\n".join(lines[:20]) in rendition.text
        gaps = [line for line in rendition.text.split("\n") if line.startswith("[…")]
        assert sum(int(n) for gap in gaps for n in re.findall(r", (\d+) of failures", gap)) == 300 - rendition.kept
        assert all(" of error TS7006" in gap and " of error TS2345" in gap for gap in gaps)

    def test_a_diagnostic_is_not_cut_from_its_caret(self) -> None:
        lines = []
        for i in range(60):
            lines += [f"f{i}.c:1:20: warning: unused variable v{i}", f"    1 | int v{i};", "      |     ^~"]
            lines += [f"gcc -c f{i}.c"] * 3
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        for i in range(60):
            if f"warning: unused variable v{i}\n" in rendition.text:
                assert "\n".join(lines[6 * i : 6 * i + 3]) in rendition.text

    def test_lines_that_repeat_are_counted_where_nothing_may_be_lost(self) -> None:
        rendition = compress("log", "\n".join(["start", *["waiting for the lock"] * 500, "end"]), lossless=True)
        assert rendition is not None
        assert rendition.lossless
        assert rendition.text == "start\nwaiting for the lock\n[the line above 499 more times]\nend"


def original(text: str) -> str:
    """The text that a form without loss was made of."""
    lines: list[str] = []
    signs: dict[str, str] = {}
    for line in text.split("\n"):
        note = re.fullmatch(r'\[([|~^]) (?:now )?stands for "(.*)"(?: at the beginning of a line)?\]', line)
        if note:
            signs[note[1]] = note[2]
        else:
            lines.append(signs[line[0]] + line[1:] if line[:1] in signs else line)
    out: list[str] = []
    rest = iter(lines)
    for line in rest:
        more = re.fullmatch(r"\[the line above (\d+) more times\]", line)
        even = re.fullmatch(r"\[(\d+) more lines, counting evenly up to:\]", line)
        if more:
            out += [out[-1]] * int(more[1])
        elif even:
            last = next(rest)
            out += [*between(out[-1], last, int(even[1])), last]
        else:
            out.append(line)
    return "\n".join(out)


def between(first: str, last: str, count: int) -> list[str]:
    words = re.split(r"\d+", first)
    assert words == re.split(r"\d+", last)
    pairs = [(int(a), int(b)) for a, b in zip(re.findall(r"\d+", first), re.findall(r"\d+", last), strict=True)]
    lines = []
    for k in range(1, count + 1):
        numbers = [str(a + (b - a) * k // (count + 1)) for a, b in pairs]
        lines.append("".join(word + number for word, number in zip(words, [*numbers, ""], strict=True)))
    return lines


STAMPS = st.builds(
    "{}{:02}:{:02}:{:02}{}".format,
    st.sampled_from(["2026-03-01 ", "2026-03-01T", "", "Mar  1 ", "[", "01/Mar/2026:"]),
    *[st.integers(9, 11)] * 2,
    st.integers(0, 59),
    st.sampled_from([" INFO ready", ",275 - GET /a 200", "Z done", "] served", " step 1 of 2"]),
)


class TestWithoutLoss:
    @relaxed
    @given(
        st.lists(
            st.one_of(
                st.integers(1, 9).map(lambda n: ["waiting for the lock of the database"] * n),
                st.tuples(st.integers(0, 12), st.integers(1, 30)).map(
                    lambda at: [f"[{i}/40] step {3 * i} is done" for i in range(at[0], at[0] + at[1])]
                ),
                st.lists(STAMPS, max_size=30),
                st.text(max_size=20).map(lambda text: text.split("\n")),
                st.sampled_from(["|", "~ x", "[the line above 3 more times]", '[| stands for "x"']).map(lambda x: [x]),
            ),
            max_size=12,
        )
    )
    def test_it_is_read_back_exactly(self, parts: list[list[str]]) -> None:
        text = "\n".join(line for part in parts for line in part)
        rendition = compress("log", text, lossless=True)
        if rendition is not None:
            assert rendition.lossless
            assert original(rendition.text) == text

    def exact(self, lines: list[str]) -> Rendition:
        rendition = compress("log", "\n".join(lines), lossless=True)
        assert rendition is not None
        assert original(rendition.text) == "\n".join(lines)
        return rendition

    def test_lines_that_count_are_shown_first_and_last(self) -> None:
        rendition = self.exact(["start", *(f"[{i}/90] step {i} of the build" for i in range(1, 91)), "end"])
        assert rendition.text == (
            "start\n[1/90] step 1 of the build\n[88 more lines, counting evenly up to:]\n"
            "[90/90] step 90 of the build\nend"
        )

    def test_a_number_that_jumps_is_shown(self) -> None:
        lines = [f"attempt {i} of the upload" for i in range(50)]
        lines[20] = "attempt 99 of the upload"
        assert lines[20] in self.exact(lines).text

    def test_a_date_is_said_once_and_a_minute_when_it_changes(self) -> None:
        rendition = self.exact(server_log(100))
        notes = [line for line in rendition.text.split("\n") if line.startswith("[|")]
        assert notes == [
            '[| stands for "2026-03-01 10:00:" at the beginning of a line]',
            '[| now stands for "2026-03-01 10:01:"]',
        ]
        assert len(rendition.text) < 0.8 * len("\n".join(server_log(100)))

    def test_times_far_apart_share_their_day(self) -> None:
        lines = [f"2026-03-01 {i % 24:02}:{i * 7 % 60:02}:00 job {'abcdef'[i % 6] * (i % 9)} ended" for i in range(40)]
        assert self.exact(lines).text.count("stands for") == 1

    def test_what_reads_like_a_note_is_left_alone(self) -> None:
        lines = ["same"] * 90 + ["[the line above 3 more times]"]
        assert compress("log", "\n".join(lines), lossless=True) is None


WORDS = [
    *(
        "worker 3 crashed",
        "connection reset by peer",
        "permission denied",
        "not ok 4 - adds",
        "✕ adds",
        "  ● cart › adds",
    ),
    *(
        "E0301 ",
        "W0301 ",
        "E   assert",
        "  3) test x",
        "** (KeyError)",
        "make: *** [all]",
        "level=error",
        '"severity": "crit"',
    ),
    *(
        "KeyError: 1",
        "error[E1]:",
        "npm ERR!",
        "OOMKilled",
        "core dumped",
        "WARN",
        "DeprecationWarning",
        "undefined symbol",
    ),
    *(
        "timed out",
        "cannot open",
        "no such file",
        "0 errors",
        "ok 1 - error",
        "INFO",
        "[notice]",
        "a.c:1: note: ",
        "killed",
    ),
    *(
        "panic: ",
        "FAIL",
        "--- FAIL: x",
        "Caused by: x",
        "unreachable",
        "abort",
        "uncaught exception",
        " ",
        "plain words",
        "PASSED",
    ),
]


class TestLongLines:
    @given(
        st.lists(st.sampled_from(["word", "a-very-long-word" * 9, "x", "zq77", " ", "ß", "-DX=1"]), max_size=200),
        st.lists(st.sampled_from(["zq77", "x", "-dx=1", "nowhere"]), max_size=3),
    )
    def test_what_is_left_out_is_as_long_as_said(self, words: list[str], terms: list[str]) -> None:
        line = " ".join(words)
        short = shortened(line, terms)
        assert short == line or (is_cut(short, line) and len(short) < len(line))

    def test_what_is_asked_for_stays_with_what_is_around_it(self) -> None:
        line = ", ".join(f"lib{i}:amd64 (1.{i}, automatic)" for i in range(300))
        assert "lib170:amd64" not in shortened(line)
        assert "lib170:amd64 (1.170, automatic)" in shortened(line, ["lib170"])
        assert len(shortened(line, ["lib170"])) < 700


class TestSigns:
    @given(st.lists(st.lists(st.sampled_from(WORDS), max_size=3).map("".join), max_size=6))
    def test_only_suspects_fail_or_warn(self, lines: list[str]) -> None:
        found = suspects(lines)
        assert [i for i, line in enumerate(lines) if verdict(line) and i not in found] == []

    @given(st.lists(st.lists(st.sampled_from(WORDS), max_size=3).map("".join), max_size=9), st.integers(1, 9))
    def test_the_first_that_fail_plainly_are_found(self, lines: list[str], most: int) -> None:
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        found = failing_lines("\n".join(lines), starts, most=most)
        assert len(found) <= most
        assert found == sorted(found)
        assert all(plainly_fails(lines[i]) for i in found)

    @pytest.mark.parametrize(
        "line", ["ERROR: x", "KeyError: 1", "E   assert 1", "core dumped", "✗ adds", "npm ERR! x", "a: error: b"]
    )
    def test_a_line_that_fails_plainly_is_found_among_very_many(self, line: str) -> None:
        lines = ["some words of prose on errors and warnings"] * 5_000
        lines[3_000] = line
        starts = [0]
        for each in lines:
            starts.append(starts[-1] + len(each) + 1)
        assert failing_lines("\n".join(lines), starts, most=10) == [3_000]


def test_a_few_escape_sequences_are_what_the_text_is_about_and_many_are_colours() -> None:
    value = "E         + \x1b[91mWARNING: node class is already registered\x1b[39;49;00m"
    lines = server_log(300)
    few = compress("log", "\n".join([*lines, value, "E       AssertionError: assert '\\x1b[91mWARN' == ''"]))
    many = compress("log", "\n".join([*(f"\x1b[32m{line}\x1b[0m" for line in lines), value]))
    assert few is not None
    assert many is not None
    assert value in few.text
    assert "\x1b" not in many.text
    assert many.text.startswith("[colour codes removed]\n")
