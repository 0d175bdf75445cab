"""What JSON promises on top of the contract."""

from __future__ import annotations

import json
import random
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.ccr import marker
from headroom_litellm.compressors import Document, Rendition
from headroom_litellm.compressors.json_rows import failing
from headroom_litellm.compressors.json_rows.parts import in_parts
from headroom_litellm.compressors.shared.signs import HINT
from headroom_litellm.detect import detect

from .examples.json_rows import service
from .rendering import compress, relaxed

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
    for part in ("TABLE1", "<same as $.owner>", '~1"x" is "https', "k=v: in every row", "A rows: columns (", "- null"):
        assert part in rendition.text
    assert Reader(rendition.text).document() == minified(text)


def test_literals_duplicates_and_order_stay_as_they_are() -> None:
    text = '{ "b" : 1.0, "a" : 12345678901234567890, "b" : 7e-07, "\\u0061" : "\\u00e9", "e" : 1E+2 }' + " " * 50
    rendition = compress("json", text, lossless=True)
    assert rendition is not None
    assert rendition.text == '{"b":1.0,"a":12345678901234567890,"b":7e-07,"\\u0061":"\\u00e9","e":1E+2}'


def test_json_between_other_lines_keeps_them() -> None:
    body = json.dumps([{"a": i, "b": "x"} for i in range(100)], indent=2)
    rendition = compress("json", f"Exit code 0\n{body}\nDone in 3s")
    assert rendition is not None
    assert rendition.text.startswith("Exit code 0\n100 rows.\n")
    assert rendition.text.endswith("\nDone in 3s")


@pytest.mark.parametrize("text", ['{"a": 1,}', "[1, 2", '{"a" 1}', '{"a": "b\nc"}', "[1] trailing " + "x" * 3000])
def test_what_is_no_json_is_left_alone(text: str) -> None:
    assert compress("json", text) is None


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


class TestSmallResults:
    def test_a_few_objects_of_one_shape_say_their_keys_once(self) -> None:
        flights = [
            {"origin": "MCO", "destination": "PHX", "price": 1592},
            {"origin": "PHX", "destination": "LGA", "price": 4},
        ]
        rendition = compress("json", json.dumps({"id": "MFRB94", "flights": flights}), lossless=True)
        assert rendition is not None
        assert rendition.text == (
            '{"id":"MFRB94","flights":[columns origin,destination,price: ["MCO","PHX",1592],["PHX","LGA",4]]}'
        )

    def test_a_long_cell_is_shown_while_there_is_room(self) -> None:
        rows = [{"id": i, "about": {f"key {k}": "some words to read" for k in range(25)}} for i in range(3)]
        rows += [{"id": i, "about": {"short": i}} for i in range(3, 200)]
        rendition = compress("json", json.dumps(rows))
        assert rendition is not None
        assert rendition.kept < rendition.total
        assert rendition.spans == ()
        assert '"key 24":"some words to read"' in rendition.text


class TestJsonInAString:
    ROWS: ClassVar = [{"id": i, "title": f'Issue "{i}"', "state": "open", "path": "a\\b\nc"} for i in range(30)]

    def test_it_reads_back(self) -> None:
        inner = json.dumps(self.ROWS, separators=(",", ":"))
        text = json.dumps({"content": [{"type": "text", "text": inner}], "isError": False})
        rendition = compress("json", text, lossless=True)
        assert rendition is not None
        assert "JSON_STRING(TABLE1)" in rendition.text
        assert len(rendition.text) < len(text) / 2
        assert Reader(rendition.text).document() == minified(text)

    def test_a_text_may_be_one_such_string(self) -> None:
        text = json.dumps(json.dumps(self.ROWS, separators=(",", ":")))
        assert detect(Document(text=text)) == "json"
        rendition = compress("json", text, lossless=True)
        assert rendition is not None
        assert Reader(rendition.text).document() == text

    def test_its_rows_are_chosen_like_others(self) -> None:
        rows = [service(i) for i in range(800)]
        rows[333]["status"] = "failed"
        rendition = compress("json", json.dumps({"result": json.dumps(rows)}))
        assert rendition is not None
        assert 333 in table_of(rendition)[2]

    def test_a_string_that_only_begins_like_json_stays(self) -> None:
        text = json.dumps({"a": "[1] is a footnote, " * 40, "b": "{not json} " * 40}, indent=1)
        rendition = compress("json", text, lossless=True)
        assert rendition is not None
        assert rendition.text == json.dumps(json.loads(text), separators=(",", ":"))


class TestLogs:
    LINES: ClassVar = [
        {"time": f"10:{i // 60:02}:{i % 60:02}", "level": "info", "msg": f"request {i * 7919} done in {i % 90} ms"}
        for i in range(600)
    ]

    def log(self, **levels: str) -> str:
        lines = [dict(line) for line in self.LINES]
        for place, level in levels.items():
            lines[int(place[1:])] |= {"level": level, "msg": f"cannot tell {place}"}
        return "\n".join(map(json.dumps, lines))

    def test_errors_and_warnings_stay_whole_and_the_rest_is_counted_by_form(self) -> None:
        rendition = compress("json", self.log(n100="warn", n200="error", n300="WARNING", n400="fatal"))
        assert rendition is not None
        for place in (100, 200, 300, 400):
            assert f'"cannot tell n{place}"' in rendition.text
        assert f'most often like "request # done in # ms" ×{rendition.total - rendition.kept}' in rendition.text

    def test_a_reason_that_is_a_state_is_a_failure(self) -> None:
        pods = [{"name": f"p{i}", "state": {"running": {"since": i}}} for i in range(300)]
        pods[211]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
        pods[212]["state"] = {"waiting": {"reason": "ContainerCreating"}}
        pods += [{"name": f"p{i}", "state": {"waiting": {"reason": "ContainerCreating"}}} for i in range(300, 600)]
        rendition = compress("json", json.dumps(pods))
        assert rendition is not None
        assert 211 in table_of(rendition)[2]
        assert rendition.kept < 80

    @given(st.lists(st.sampled_from(["err", "x ", "OOM", "warn", "ok", "** ", "ALERT", "panic", "1) "])).map("".join))
    def test_the_quick_look_misses_no_hint(self, text: str) -> None:
        literal = json.dumps(text)
        assert not HINT.search(literal) or any(hint in literal.lower() for hint in failing._HINTS)


class TestParts:
    @relaxed
    @given(documents)
    def test_without_loss_they_are_the_minified_text(self, text: str) -> None:
        rendition = in_parts(text + " ", "", lossless=True)
        assert rendition is None or rendition.text == minified(text)

    @pytest.mark.parametrize(
        "text",
        [
            "[" + ",".join(str(i % 1000) for i in range(120_000)) + "]",
            "[" + ",".join(f'{{"v":{i % 10}}}' for i in range(60_000)) + "]",
            "{" + ",".join(f'"k{i}":{i}' for i in range(40_000)) + "}",
            "[" + ",".join(f"[{i / 7:.5f},{i / 9:.5f}]" for i in range(30_000)) + "]",
        ],
    )
    def test_long_and_dense_texts_add_up_and_take_little_memory(self, text: str) -> None:
        tracemalloc.start()
        try:
            rendition = compress("json", text)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert rendition is not None
        assert peak < 10 * len(text)
        assert len(rendition.text) < 20_000
        left_out = sum(map(int, re.findall(r"The (\d+) left out", rendition.text)))
        assert (rendition.kept + left_out, rendition.total) == (rendition.total, len(json.loads(text)))

    def test_their_rows_carry_the_index_of_the_whole(self) -> None:
        rendition = compress("json", "[" + ",".join(map(str, range(1000, 121_000))) + "]", "where is 98765?")
        assert rendition is not None
        shown = re.findall(r"^(\d+):(\d+)$", rendition.text, re.MULTILINE)
        assert len(shown) == rendition.kept
        assert all(int(number) == int(index) + 1000 for index, number in shown)
        assert ("97765", "98765") in shown


class Reader:
    """Reads a lossless rendition of JSON back to the minified source, by the description of the form alone."""

    HEAD = re.compile(r"(?:([A-Z]) rows: )?columns(?: \([^)]*\))?: (.*)$")

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.prefixes: dict[str, str] = {}
        self.tables: dict[str, Any] = {}
        if self.lines[0].startswith("JSON_STRING(x): "):
            self.lines.pop(0)
        if self.lines[0].startswith("Strings: "):
            self.prefixes = dict(re.findall(r'(~\d+)"x" is "((?:[^"\\]|\\.)*)x"', self.lines.pop(0)))
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
        if kinds and self.lines and self.lines[0] == "- rows: as they are":
            self.lines.pop(0)
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
        match = re.compile(r"[A-Za-z_$@][\w$@/-]*").match(self.text, self.at)
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
            if self.text.startswith("columns ", self.at):
                return self.inline()
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
        if self.text.startswith("JSON_STRING(", self.at):
            self.at += len("JSON_STRING(")
            inner = self.value()
            self.at += 1
            return ("string", inner)
        match = re.compile(r"[\w.+-]+").match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.tables[match[0]] if match[0] in self.tables else match[0]

    def inline(self) -> Any:
        self.at += len("columns ")
        names = [self.name()]
        while self.text[self.at] == ",":
            self.at += 1
            names.append(self.name())
        assert self.text[self.at : self.at + 2] == ": "
        self.at += 2
        rows = self.cells("]")
        self.at += 1
        return ("arr", [("obj", list(zip(names, row[1], strict=True))) for row in rows])

    def dump(self, node: Any) -> str:
        if isinstance(node, str):
            return node
        kind, inner = node
        if kind == "arr":
            return arr([self.dump(item) for item in inner])
        if kind == "string":
            return json.dumps(self.dump(inner))
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


@pytest.mark.parametrize(
    "end", ["[98 rows x 4 columns]", "Name: a, Length: 3, dtype: list [3 of them]", "{end of dump}"]
)
def test_what_only_begins_like_json_is_none(end: str) -> None:
    rows = "\n".join(f"{k}  {k * 7}  name{k}" for k in range(60))
    assert detect(Document(f'{{"a": [1, 2]}}\n{rows}\n\n{end}')) != "json"


@pytest.mark.parametrize("last", ["1", "-0.5", "null", "true", '"x"', "[]", "{}", "NaN", '"x" '])
def test_json_ends_behind_any_value(last: str) -> None:
    assert detect(Document(f'{{"a": {list(range(90))}, "b": {last}}}\n')) == "json"
