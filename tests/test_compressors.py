"""The contract of all compressors, as properties over any text, and what each kind promises on top of it."""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.compressors import COMPRESSORS, Document, Rendition
from headroom_litellm.relevance import NAMED, rank, tokenize

KINDS = sorted(COMPRESSORS)
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


# JSON


LITERALS = st.one_of(
    st.sampled_from(["null", "true", "1.0", "1", "-0", "1e5", "12345678901234567890", "0.10", '"007"', '"\\u00e9"']),
    st.sampled_from(['""', '"é"', '"a\\"b,c"', '"~1"', '"TABLE1"', '"https://example.com/a/b/c/d"', '"{}"']),
    st.integers().map(str),
    st.text(max_size=12).map(json.dumps),
)
KEYS = st.sampled_from(['"id"', '"name"', '"a.b"', '"_1"', '"k k"', '"\\u0041"', '"x"', '"y"', '"error"', '""'])


def obj(pairs: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"


def arr(items: list[str]) -> str:
    return "[" + ",".join(items) + "]"


values = st.recursive(
    LITERALS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6).map(arr),
        st.lists(st.tuples(KEYS, inner), max_size=6).map(obj),
    ),
    max_leaves=12,
)


@st.composite
def rows(draw: st.DrawFn) -> str:
    """An array of objects that mostly have the same keys, some values of which repeat."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=5, unique=True))
    pool = {key: draw(st.lists(values, min_size=1, max_size=3)) for key in keys}
    items = []
    for _ in range(draw(st.integers(2, 40))):
        kind = draw(st.integers(0, 9))
        if kind == 0:
            items.append(draw(values))
        else:
            some = keys if kind > 3 else [key for key in keys if draw(st.booleans())]
            some = list(reversed(some)) if kind == 1 else some
            items.append(obj([(key, draw(st.sampled_from(pool[key]))) for key in some]))
    return arr(items)


documents = st.one_of(
    rows(),
    rows().map(lambda r: obj([('"status"', '"ok"'), ('"items"', r), ('"more"', r), ('"total"', "120")])),
    st.lists(st.tuples(KEYS, rows()), min_size=1, max_size=9).map(obj),
    st.tuples(values, st.integers(2, 9)).map(lambda v: obj([(f'"{i}"', v[0]) for i in range(v[1])])),
    values.filter(lambda v: v[0] in "[{"),
)

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)')


def minified(text: str) -> str:
    return "".join(TOKEN.findall(text))


@relaxed
@given(documents)
def test_the_lossless_form_of_json_reads_back_to_the_same_literals(text: str) -> None:
    spaced = re.sub(r'("(?:[^"\\]|\\.)*")|([,:\[{])', lambda m: m[1] or f"{m[2]}\n      ", text)
    rendition = compress("json", spaced, lossless=True)
    if rendition is not None:
        assert rendition.lossless
        assert Reader(rendition.text).document() == minified(text)


@relaxed
@given(st.lists(st.lists(st.tuples(KEYS, values), min_size=1, max_size=5).map(obj), min_size=2, max_size=30))
def test_the_lossless_form_of_json_lines_reads_back(lines: list[str]) -> None:
    rendition = compress("json", "\n\n\n   ".join(lines), lossless=True)
    if rendition is not None:
        assert Reader(rendition.text).document() == "".join(lines)


def test_a_table_with_all_its_parts_reads_back() -> None:
    base = "https://api.example.com/repos/acme/rocket/issues"
    user = {"login": "ann", "id": 7, "kind": "User", "text": "some words that are long enough to be said once only"}
    items: list[Any] = [
        {"id": i, "url": f"{base}/{i}", "user": user, "meta": {"zone": "a", "rank": i}, "tags": [{"n": i, "m": 1}] * 3}
        for i in range(30)
    ]
    items[4]["extra"] = None
    items[5] = {"kind": "note", "body": "x"}
    items[6] = None
    del items[7]["meta"]
    source = {"owner": user, "again": {"owner": user}, "total": 30, "items": items}
    text = json.dumps(source, indent=2)
    rendition = compress("json", text, lossless=True)
    assert rendition is not None
    assert rendition.lossless
    for part in ("TABLE1", "<same as $.owner>", "~1 = ", "k=v: in every row", "A columns (", "- null"):
        assert part in rendition.text
    assert Reader(rendition.text).document() == minified(text)


def test_literals_duplicates_and_order_stay_as_they_are() -> None:
    text = '{ "b" : 1.0, "a" : 12345678901234567890, "b" : 007, "\\u0061" : "\\u00e9", "e" : 1E+2 }' + " " * 50
    rendition = compress("json", text, lossless=True)
    assert rendition is not None
    assert rendition.text == '{"b":1.0,"a":12345678901234567890,"b":007,"\\u0061":"\\u00e9","e":1E+2}'


def test_json_between_other_lines_keeps_them() -> None:
    body = json.dumps([{"a": i, "b": "x"} for i in range(100)], indent=2)
    rendition = compress("json", f"Exit code 0\n{body}\nDone in 3s")
    assert rendition is not None
    assert rendition.text.startswith("Exit code 0\n100 rows.\n")
    assert rendition.text.endswith("\nDone in 3s")


@pytest.mark.parametrize("text", ['{"a": 1,}', "[1, 2", '{"a" 1}', '{"a": "b\nc"}', "[1] trailing " + "x" * 3000])
def test_what_is_no_json_is_left_alone(text: str) -> None:
    assert compress("json", text) is None


def service(i: int, **more: Any) -> dict[str, Any]:
    return {"id": i, "name": f"svc-{i}", "status": "running", "restarts": 0, "error": None, "errors": [], **more}


def table_of(rendition: Rendition) -> tuple[int, int, list[int]]:
    """(shown, total, indexes) as the text says."""
    match = re.search(r"(\d+) of (\d+) rows shown", rendition.text)
    assert match is not None
    indexes = [int(n) for n in re.findall(r"^(\d+):", rendition.text, re.MULTILINE)]
    return int(match[1]), int(match[2]), indexes


class TestRows:
    def test_about_fifty_of_a_thousand_with_all_that_matters(self) -> None:
        items = [service(i) for i in range(1000)]
        items[400]["status"] = "failed"
        items[500]["error"] = {"code": "E1"}
        items[600]["restarts"] = 977
        items[700]["ref"] = "abc-777"
        rendition = compress("json", json.dumps(items), "what about abc-777?")
        assert rendition is not None
        count, total, indexes = table_of(rendition)
        assert (count, total) == (len(indexes), 1000) == (rendition.kept, rendition.total)
        assert 30 <= count <= 80
        assert {0, 999, 400, 500, 600, 700} <= set(indexes)
        assert f"The {1000 - count} left out" in rendition.text

    def test_rows_carry_their_own_index(self) -> None:
        rendition = compress("json", json.dumps([{"n": i, "s": f"row number {i}"} for i in range(400)]))
        assert rendition is not None
        for index, number, text in re.findall(r'^(\d+):(\d+),"row number (\d+)"', rendition.text, re.MULTILINE):
            assert index == number == text

    def test_every_failing_row_stays(self) -> None:
        items = [service(i, code=200) for i in range(600)]
        for i in range(100, 400):
            items[i]["status_code"] = 503
        rendition = compress("json", json.dumps(items))
        assert rendition is not None
        assert set(range(100, 400)) <= set(table_of(rendition)[2])

    @pytest.mark.parametrize(
        "more",
        [
            {"summary": "0 errors"},
            {"error": ""},
            {"error": "none"},
            {"errors": 0},
            {"error": False},
            {"failures": {}},
            {"message": "finished with no errors"},
            {"error_rate": 0.5},
            {"status": 200},
            {"ok": True},
            {"exit_code": 0},
            {"level": "INFO"},
        ],
    )
    def test_what_only_sounds_like_failure_protects_nothing(self, more: dict[str, Any]) -> None:
        rendition = compress("json", json.dumps([service(i) | more for i in range(500)]))
        assert rendition is not None
        assert rendition.kept < 60

    @pytest.mark.parametrize(
        "more",
        [
            {"error": "boom"},
            {"errors": [{"message": "x"}]},
            {"status": 500},
            {"state": "FAILED"},
            {"level": "fatal"},
            {"ok": False},
            {"exit_code": 3},
            {"result": {"lastError": "x"}},
            {"message": "Traceback (most recent call last): …"},
        ],
    )
    def test_signs_of_failure_are_seen(self, more: dict[str, Any]) -> None:
        items = [service(i) for i in range(500)]
        items[333] |= more
        rendition = compress("json", json.dumps(items))
        assert rendition is not None
        assert 333 in table_of(rendition)[2]

    def test_a_change_of_level_is_shown(self) -> None:
        generator = random.Random(1)
        numbers = [round(10 + generator.random(), 3) for _ in range(300)]
        numbers += [round(50 + generator.random(), 3) for _ in range(300)]
        rendition = compress("json", json.dumps(numbers))
        assert rendition is not None
        assert {300} <= set(table_of(rendition)[2])

    def test_each_rare_category_is_shown(self) -> None:
        items = [{"n": i, "zone": "z" if i == 321 else "ab"[i % 2], "host": f"h{i}"} for i in range(600)]
        rendition = compress("json", json.dumps(items))
        assert rendition is not None
        assert 321 in table_of(rendition)[2]

    def test_members_of_a_mapping_keep_their_keys(self) -> None:
        packages = {f"node_modules/p{i}": {"version": f"1.{i}.0", "dev": True} for i in range(300)}
        rendition = compress("json", json.dumps({"name": "x", "packages": packages}), "node_modules/p17")
        assert rendition is not None
        assert '"node_modules/p17":"1.17.0"' in rendition.text
        assert re.search(r"\d+ of 300 entries", rendition.text)

    def test_the_summary_is_of_the_rows_left_out(self) -> None:
        items = [
            {"n": i, "kind": "big" if i == 500 else "small", "size": 10**9 if i == 500 else i % 7} for i in range(1000)
        ]
        rendition = compress("json", json.dumps(items))
        assert rendition is not None
        left_out = rendition.text.split("\n")[0]
        assert str(10**9) not in left_out
        assert '"small" in all' in left_out

    def test_the_summary_is_of_all_kinds_of_rows(self) -> None:
        items: list[dict[str, Any]] = [
            {"netid": "nl", "q": 0, "when": 1_592_950_001 + i} if i % 3 else {"netid": "tcp", "q": i, "at": i, "to": 9}
            for i in range(900)
        ]
        rendition = compress("json", json.dumps(items))
        assert rendition is not None
        left_out = rendition.text.split("\n")[0]
        count, total, indexes = table_of(rendition)
        others = [item for i, item in enumerate(items) if i not in set(indexes)]
        assert " in all" not in left_out
        assert f'netid "nl" ×{sum("when" in item for item in others)}, "tcp" ×' in left_out
        assert re.search(r"when 1592950\d+\.\.1592950\d+ \(median 1592950\d+\) in \d+", left_out)
        assert count + len(others) == total

    def test_a_reference_points_at_something_that_is_shown(self) -> None:
        services = {f"svc-{i}": {"host": f"h{i}", "note": f"number {i} " * 12, "n": i} for i in range(300)}
        rendition = compress("json", json.dumps({"services": services, "first": services["svc-57"]}))
        assert rendition is not None
        assert '"svc-57"' not in rendition.text
        assert "<same as" not in rendition.text
        assert json.dumps(services["svc-57"], separators=(",", ":")) in rendition.text


class TestOpaqueStrings:
    IMAGE = "data:image/png;base64," + "iVBORw0KGgo" * 400

    def test_they_become_markers_that_name_them(self) -> None:
        rendition = compress("json", json.dumps({"ok": True, "image": self.IMAGE, "note": "words to read " * 100}))
        assert rendition is not None
        assert rendition.spans == (self.IMAGE,)
        assert marker.opaque(self.IMAGE, "image/png") in rendition.text
        assert "words to read" in rendition.text
        assert not rendition.lossless

    def test_they_stay_where_nothing_may_be_lost(self) -> None:
        rendition = compress("json", json.dumps({"ok": True, "image": self.IMAGE}, indent=8), lossless=True)
        assert rendition is not None
        assert self.IMAGE in rendition.text
        assert rendition.spans == ()


# Logs and text


GAP = re.compile(r"^\[… (\d+) (?:lines?|more like this|overwritten states of the next line)\b")


def account(rendition: Rendition, source: list[str]) -> None:
    """Shown lines are the source's own, in order, and they and the gaps add up to all of it."""
    gaps = states = 0
    remaining: Iterator[str] = iter(source)
    count = 0
    for line in rendition.text.split("\n"):
        gap = GAP.match(line)
        if gap is not None:
            gaps += int(gap[1])
            states += sum(map(int, re.findall(r", (\d+) overwritten states\)", line)))
        else:
            assert line in remaining
            count += 1
    assert count == rendition.kept
    assert count + gaps + states == rendition.total


def server_log(n: int, seed: int = 7) -> list[str]:
    generator = random.Random(seed)
    lines = []
    for i in range(n):
        stamp = f"2026-03-01 10:{i // 60 % 60:02}:{i % 60:02},{generator.randrange(1000):03}"
        what = generator.choice(
            [
                f"INFO  [http-{generator.randrange(8)}] api - GET /v1/users/{generator.randrange(9999)} 200",
                f"DEBUG [pool-{generator.randrange(4)}] cache - cache miss key=user:{generator.randrange(9999)}",
                f"INFO  [sched] jobs - swept {generator.randrange(50)} sessions, 0 errors",
            ]
        )
        lines.append(f"{stamp} {what}")
    return lines


TRACE = [
    "Traceback (most recent call last):",
    *(
        f'  File "/app/module_{i}.py", line {i}, in step\n    run(step)'.split("\n")[k]
        for i in range(40)
        for k in (0, 1)
    ),
    "KeyError: 'missing'",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 3, in <module>',
    "    main()",
    "RuntimeError: could not start",
]


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
        assert rendition.text.count("\tat com.acme") >= 4 * 9
        assert 8 <= rendition.text.count("\njava.lang.IllegalStateException") <= 20
        account(rendition, lines)

    def test_failed_requests_are_failures(self) -> None:
        lines = [f'10.0.0.{i % 9} - - [01/Mar/2026:10:00:0{i % 9}] "GET /a HTTP/1.1" 200 {i}' for i in range(900)]
        lines[450] = lines[450].replace(" 200 ", " 502 ")
        rendition = compress("log", "\n".join(lines))
        assert rendition is not None
        assert lines[450] in rendition.text

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
        assert "more like this (lines 6-100), last: INFO login for user u99 via ldap accepted]" in rendition.text
        assert '99 like "INFO login for user # via ldap accepted"' in rendition.text
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


# Limits


def large(kind: str, megabytes: int) -> str:
    if kind == "json":
        return json.dumps([service(i, host=f"10.0.0.{i % 255}", ms=i * 0.37) for i in range(8_000 * megabytes)])
    if kind == "log":
        return "\n".join(server_log(13_500 * megabytes))
    return "\n".join(f"line {i} of a long text: {i * 7919} and not much else to say" for i in range(17_000 * megabytes))


@pytest.mark.parametrize("kind", KINDS)
def test_twenty_megabytes_are_compressed(kind: str) -> None:
    text = large(kind, 20)
    assert len(text) > 17_000_000
    assert len(shown(kind, text, "svc-4711 and user 17")) < 100_000


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_bounded_by_the_input(kind: str) -> None:
    text = large(kind, 2)
    tracemalloc.start()
    try:
        compress(kind, text, "svc-4711 and user 17")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(text)


# Relevance


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

    @relaxed
    @given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=20))
    def test_any_query_scores_any_passages(self, query: str, passages: list[str]) -> None:
        scores = rank(query, passages)
        assert len(scores) == len(passages)
        assert all(score >= 0 for score in scores)


# Reading the table form back


class Reader:
    """Reads a lossless rendition of JSON back to the minified source, by the description of the form alone."""

    HEAD = re.compile(r"(?:([A-Z]) )?columns(?: \((?:k=v: in every row)?(?:; )?(?:empty cell: no such key)?\))?: (.*)$")

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.prefixes: dict[str, str] = {}
        self.tables: dict[str, Any] = {}
        if self.lines[0].startswith("Strings begin with: "):
            self.prefixes = dict(re.findall(r'(~\d+) = "((?:[^"\\]|\\.)*)"', self.lines.pop(0)))
        self.text = ""
        self.at = 0

    def document(self) -> str:
        title = re.match(r"(JSON lines: )?\d+ rows\.$", self.lines[0])
        skeleton = [] if title else [self.lines.pop(0)]
        if not title:
            while self.lines and self.lines[0][:1] in ("{", "["):
                skeleton.append(self.lines.pop(0))
        found = []
        while self.lines:
            found.append(self.table())
        if title:
            return "".join(map(self.dump, found[0])) if title[1] else self.dump(found[0])
        roots = [self.value_of(line) for line in skeleton]
        self.root = roots[0]
        return "".join(map(self.dump, roots))

    def table(self) -> Any:
        title = re.match(
            r"(?:(TABLE\d+)(?: \(.*\))?: |JSON lines: )?(\d+) (rows|entries \(each led by its key\))\.$",
            self.lines.pop(0),
        )
        assert title is not None
        kinds: dict[str, Any] = {}
        while self.lines and (head := self.HEAD.match(self.lines[0])):
            self.lines.pop(0)
            self.text, self.at = head[2], 0
            entries = self.names()
            kinds[head[1] or ""] = entries
        items, keys = [], []
        for _ in range(int(title[2])):
            self.text, self.at = self.lines.pop(0), 0
            if title[3] != "rows":
                keys.append(self.string())
                self.at += 1
            items.append(self.row(kinds))
        node = ("obj", list(zip(keys, items, strict=True))) if title[3] != "rows" else ("arr", items)
        if title[1]:
            self.tables[title[1]] = node
            return node
        return items if "JSON" in title[0] else node

    def row(self, kinds: dict[str, Any]) -> Any:
        letter = ""
        if kinds and "" not in kinds:
            letter = self.text[self.at]
            self.at += 2
        entries = kinds.get(letter)
        return self.value() if entries is None else ("obj", self.members(entries, iter(self.cells(""))))

    def cells(self, end: str) -> list[Any]:
        found = []
        while True:
            here = self.text[self.at : self.at + 1]
            found.append(None if here in (",", end) else self.value())
            if self.text[self.at : self.at + 1] != ",":
                return found
            self.at += 1

    def members(self, entries: list[Any], cells: Iterator[Any]) -> list[Any]:
        found = []
        for kind, name, more in entries:
            if kind == "constant":
                found.append((name, more))
            elif kind == "group":
                inner = self.members(more, cells)
                if inner:
                    found.append((name, ("obj", inner)))
            elif (cell := next(cells)) is not None:
                found.append((name, self.objects(cell, more) if more else cell))
        return found

    def objects(self, cell: Any, names: list[str]) -> Any:
        return (
            "arr",
            [("obj", [(n, v) for n, v in zip(names, row[1], strict=True) if v is not None]) for row in cell[1]],
        )

    def name(self) -> str:
        if self.text[self.at] == '"':
            return self.string()
        match = re.compile(r"[A-Za-z$@][\w$@/:-]*").match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return f'"{match[0]}"'

    def names(self) -> list[Any]:
        found: list[Any] = []
        while self.at < len(self.text) and self.text[self.at] != "}":
            name = self.name()
            here = self.text[self.at : self.at + 1]
            self.at += here in ("{", "[", "=")
            if here == "=":
                found.append(("constant", name, self.value()))
            elif here == "{":
                found.append(("group", name, self.names()))
            elif here == "[":
                inner = [self.name()]
                while self.text[self.at] == ",":
                    self.at += 1
                    inner.append(self.name())
                found.append(("leaf", name, inner))
            else:
                found.append(("leaf", name, None))
            self.at += here in ("{", "[")
            self.at += self.text[self.at : self.at + 1] == ","
        return found

    def value_of(self, line: str) -> Any:
        self.text, self.at = line, 0
        return self.value()

    def string(self) -> str:
        match = re.compile(r'"(?:[^"\\]|\\.)*"').match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return match[0]

    def value(self) -> Any:
        here = self.text[self.at]
        if here == '"':
            return self.string()
        if here == "~":
            end = self.text.index('"', self.at)
            prefix = self.prefixes[self.text[self.at : end]]
            self.at = end
            return f'"{prefix}{self.string()[1:]}'
        if here == "<":
            end = self.text.index(">", self.at)
            path = self.text[self.at : end]
            self.at = end + 1
            return ("same", path.removeprefix("<same as $"))
        if here == "[":
            self.at += 1
            items = [] if self.text[self.at] == "]" else self.cells("]")
            self.at += 1
            return ("arr", items)
        if here == "{":
            self.at += 1
            pairs = []
            while self.text[self.at] != "}":
                key = self.string()
                self.at += 1
                pairs.append((key, self.value()))
                self.at += self.text[self.at] == ","
            self.at += 1
            return ("obj", pairs)
        match = re.compile(r"[\w.+-]+").match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.tables[match[0]] if match[0] in self.tables else match[0]

    def dump(self, node: Any) -> str:
        if isinstance(node, str):
            return node
        kind, inner = node
        if kind == "arr":
            return arr([self.dump(item) for item in inner])
        if kind == "obj":
            return obj([(key, self.dump(value)) for key, value in inner])
        return self.dump(self.at_path(inner))

    def at_path(self, path: str) -> Any:
        node = self.root
        for plain, key, index in re.findall(r'\.([\w$-]+)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]', path):
            while node[0] == "same":
                node = self.at_path(node[1])
            node = node[1][int(index)] if index else dict(node[1])[key or f'"{plain}"']
        return node
