"""What tables promise on top of the contract."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import Document, Rendition
from headroom_litellm.compressors.shared.rows import Choice
from headroom_litellm.compressors.shared.series import numbers_of
from headroom_litellm.compressors.table.failing import failing_rows
from headroom_litellm.detect import detect

from .examples.table import SAMPLES, aligned, boxed, delimited, markdown, orders, psql
from .rendering import compress, relaxed, shown

Rows = Sequence[Sequence[str]]

Draw = Callable[[Sequence[str], Rows], str]
AFTER: dict[Draw, int] = {boxed: 2, psql: 2, markdown: 1, delimited: 1, aligned: 0}
"""The lines that follow the table itself."""
HEAD = re.compile(r"^\[(?:(\d+) of )?(\d+) rows(?: shown, each as row number:cells)?(.*)\]$")


@dataclass
class Table:
    """A table as a reader of the rendition understands it."""

    total: int
    names: list[str]
    rows: dict[int, list[str]]
    odd: dict[int, str]


def _cells(line: str, delimiter: str, quoted: bool, width: int) -> list[str]:
    if delimiter == " ":
        return line.split(" ", width - 1)
    if not quoted:
        return line.split(delimiter)
    cells, held = [], ""
    for piece in line.split(delimiter):
        held = f"{held}{delimiter}{piece}" if held else piece
        if held.count('"') % 2 == 0:
            cells.append(held)
            held = ""
    return [*cells, held] if held or not cells else cells


def _records(lines: list[str], quoted: bool) -> list[str]:
    if not quoted:
        return lines
    records: list[str] = []
    for line in lines:
        if records and records[-1].count('"') % 2:
            records[-1] += "\n" + line
        else:
            records.append(line)
    return records


def read(text: str, *, quoted: bool = False, after: int = 0) -> Table:
    """Read the one table of a rendition, as its first line says to. `after`: lines that follow the table."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if HEAD.match(line))
    head = HEAD.match(lines[start])
    assert head is not None
    said = head[3]
    split = re.search(r'; cells split by (?:(tabs|spaces)|"([^"]+)")', said)
    assert split is not None
    delimiter = {"tabs": "\t", "spaces": " "}[split[1]] if split[1] else split[2]
    prefixes = dict(re.findall(r'"~" in (.*?) stands for "(.*?)"', said))
    body = _records(lines[start + 1 : len(lines) - after], quoted)
    constants: dict[int, str] = {}
    names: list[str] = []
    if "no line of names" not in said or "name=value" in said:
        names = _cells(body.pop(0), delimiter, quoted, 10**6)
        if "name=value: same in every row" in said:
            for k, name in enumerate(names):
                if "=" in name:
                    names[k], constants[k] = name.split("=", 1)
    sign = re.search(r'after "(!+ )": a line as it is', said)
    rows: dict[int, list[str]] = {}
    odd: dict[int, str] = {}
    above: list[str] = []
    for i, line in enumerate(body, 1):
        if head[1]:
            number, line = line.split(":", 1)
            i = int(number)
        if sign is not None and line.startswith(sign[1]):
            odd[i] = line[len(sign[1]) :]
            continue
        cells = _cells(line, delimiter, quoted, (len(names) or 10**6) - len(constants))
        if '"^": as in the row above' in said:
            cells = [above[k] if cell == "^" else cell for k, cell in enumerate(cells)]
        above = cells
        rows[i] = list(cells)
        for k in sorted(constants):
            rows[i].insert(k, constants[k])
        for name, prefix in prefixes.items():
            k = names.index(name) if names else int(name.removeprefix("column ")) - 1
            if rows[i][k].startswith("~"):
                rows[i][k] = prefix + rows[i][k][1:]
    assert len(rows) + len(odd) == int(head[1] or head[2])
    return Table(int(head[2]), names, rows, odd)


def lossless(text: str) -> Rendition | None:
    rendition = compress("table", text, lossless=True)
    if rendition is not None:
        assert rendition.kept == rendition.total
    return rendition


plain = st.from_regex(r"[A-Za-z0-9._/:+-]{1,12}", fullmatch=True)
spaced = st.one_of(plain, plain, st.just(""), st.tuples(plain, plain).map(" ".join), st.sampled_from(["^", "~x", "00"]))
csv_cell = st.one_of(spaced, st.text(st.sampled_from('ab",;\n |=~^é'), max_size=9))


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[str] = spaced) -> tuple[list[str], list[list[str]]]:
    """Names, and rows that repeat and share much of what they say."""
    width = draw(st.integers(3, 6))
    names = [f"{draw(st.sampled_from(['NAME', 'STATUS', 'PORTS', 'A=B']))}-{chr(65 + k)}" for k in range(width)]
    if draw(st.booleans()):
        names = [name.replace("=", "_") for name in names]
    pools = [draw(st.lists(cells, min_size=1, max_size=4)) for _ in range(width)]
    prefix = draw(st.sampled_from(["", "", "/var/log/app/2024-", "2024-03-01T10:"]))
    count = draw(st.integers(4, 40))
    rows = [[draw(st.sampled_from(pool)) for pool in pools] for _ in range(count)]
    for i, row in enumerate(rows):
        row[0] = f"{prefix}r{i % 7}" if prefix else row[0] or "r"
    return names, rows


@relaxed
@given(table=tables(csv_cell), delimiter=st.sampled_from([",", ";", "\t"]), end=st.sampled_from(["\n", "\r\n"]))
def test_a_delimited_text_is_given_back_exactly(
    table: tuple[list[str], list[list[str]]], delimiter: str, end: str
) -> None:
    text = delimited(*table, delimiter=delimiter, end=end)
    rendition = lossless(text)
    if rendition is None or "unpadded" in rendition.text:
        return
    found = read(rendition.text, quoted=True, after=1)
    lines = [delimiter.join(found.names)] if found.names else []
    lines += [
        found.odd[i] if i in found.odd else delimiter.join(found.rows[i]) for i in sorted({**found.rows, **found.odd})
    ]
    # With other ends among them, those of CRLF stay in the cells.
    ended = "\r\n" if "lines end in CRLF" in rendition.text else "\n"
    assert ended.join([*lines, ""]) == text


@pytest.mark.parametrize("draw", [aligned, boxed, psql, markdown])
@relaxed
@given(table=tables())
def test_every_cell_of_a_drawn_table_can_be_read_back(draw: Draw, table: tuple[list[str], list[list[str]]]) -> None:
    names, rows = table
    text = draw(names, rows)
    rendition = lossless(text)
    if rendition is None:
        return
    found = read(rendition.text, after=AFTER[draw])
    assert not found.odd
    if draw is aligned:
        # Columns that are told by blanks alone may be seen as one, where every row leaves the same blanks.
        assert [" ".join(" ".join(row).split()) for row in found.rows.values()] == [
            " ".join(" ".join(row).split()) for row in rows
        ]
        return
    assert found.names == names
    assert list(found.rows.values()) == rows


@pytest.mark.parametrize("draw", [aligned, boxed, psql, markdown, delimited])
def test_the_rows_that_are_shown_are_the_rows_of_their_numbers(draw: Draw) -> None:
    names, rows = orders(700)
    rows = [[*row[:-1], "gift" if row[-1] else "none"] for row in rows]
    rendition = compress("table", draw(names, rows), "What about order 100333?")
    assert rendition is not None
    found = read(rendition.text, after=AFTER[draw])
    assert (rendition.kept, rendition.total, found.total) == (len(found.rows), 700, 700)
    assert rendition.kept < 90
    assert found.names == names
    for number, cells in found.rows.items():
        assert cells == rows[number - 1]
    assert {1, 2, 3, 333, 699, 700} <= set(found.rows)
    assert {i for i, row in enumerate(rows, 1) if row[4] == "failed"} <= set(found.rows)
    assert len(rendition.text) < 0.25 * len(draw(names, rows))


@pytest.mark.parametrize("name", ["csv", "tsv", "psql", "mysql", "kubectl get pods", "ps aux", "docker images"])
@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_what_is_appended_to_a_line_that_the_query_names_stays(name: str, at: float) -> None:
    lines = SAMPLES[name].split("\n")
    i = int(at * (len(lines) - 4))
    lines[i] = lines[i].removesuffix("\r") + " zq12ab34a" + ("\r" if lines[i].endswith("\r") else "")
    text = shown("table", "\n".join(lines), "Find zq12ab34a and explain it.")
    line = next(line for line in text.split("\n") if "zq12ab34a" in line)
    words = re.findall(r"\w{5,}", lines[i])
    assert sum(word in line for word in words) >= 0.5 * len(words)


def test_what_the_left_out_rows_hold_adds_up() -> None:
    names, rows = orders(500)
    rendition = compress("table", delimited(names, rows))
    assert rendition is not None
    head = rendition.text.split("\n")[0]
    left = re.search(r"\. The (\d+) rows left out: ", head)
    assert left is not None
    assert int(left[1]) == rendition.total - rendition.kept
    region = re.search(r"region eu-west-1 ×(\d+), us-east-1 ×(\d+);", head)
    assert region is not None
    assert int(region[1]) + int(region[2]) == int(left[1])


def test_cells_stay_literal() -> None:
    names = ["id", "code", "big", "text", "state"]
    rows = [[f"{i:05}", "007", f"9007199254740993{i}", f'said "{i}", and  ', "up"] for i in range(30)]
    rendition = lossless(delimited(names, rows))
    assert rendition is not None
    assert "code=007" in rendition.text
    assert '00003,90071992547409933,"said ""3"", and  "' in rendition.text


def test_line_breaks_and_delimiters_in_quotes_are_no_rows_and_cells() -> None:
    rows = [[str(i), f"line one\nline, two of {i}", "x" * 40] for i in range(200)]
    rendition = compress("table", delimited(["id", "text", "more"], rows))
    assert rendition is not None
    assert rendition.total == 200
    assert '\n1:0,"line one\nline, two of 0"\n' in rendition.text


def test_a_row_without_the_columns_stays_as_it_is() -> None:
    lines = delimited(*orders(300)).split("\n")
    lines[120] = "truncated,row"
    rendition = compress("table", "\n".join(lines))
    assert rendition is not None
    assert "\n120:! truncated,row\n" in rendition.text


def test_bullets_and_wide_cells_do_not_move_cells_to_other_columns() -> None:
    text = (
        "  UNIT             LOAD   ACTIVE   SUB     DESCRIPTION\n"
        + "".join(f"  job-{i:04}.service loaded active   running Job number {i}\n" for i in range(60))
        + "● tmp.mount        not-found inactive dead    tmp.mount\n"
        + "".join(f"  run-{i:04}.service loaded active   running Run number {i}\n" for i in range(60))
    )
    line = next(line for line in shown("table", text).split("\n") if "not-found" in line)
    line = re.sub(r"^\d+:", "", line)
    assert line.startswith("! ") or line.split(",")[-4:] == ["not-found", "inactive", "dead", "tmp.mount"]


def test_an_empty_cell_stays_in_its_column() -> None:
    names = ["CONTAINER ID", "IMAGE", "STATUS", "PORTS", "NAMES"]
    rows = [[f"{i:012x}", "nginx:1", "Up 2 days", "" if i % 3 else "80/tcp, 443/tcp", f"web{i}"] for i in range(9)]
    rendition = lossless(aligned(names, rows))
    assert rendition is not None
    found = read(rendition.text)
    assert found.names == names
    assert list(found.rows.values()) == rows


@pytest.mark.parametrize(
    ("name", "cells", "failing"),
    [
        ("STATUS", ["Running", "CrashLoopBackOff", "Completed", "Init:Error", "Pending"], [1, 3]),
        ("READY", ["1/1", "0/1", "2/2", "10/9"], [1]),
        ("STATUS", ["Up 2 hours", "Exited (0) 1 day ago", "Exited (137) 3 days ago", "Up 1 hour (unhealthy)"], [2, 3]),
        ("status", ["200", "404", "503", "301"], [2]),
        ("exit_code", ["0", "1", "0", "137"], [1, 3]),
        ("ACTIVE", ["active", "inactive", "failed"], [2]),
        ("error", ["", "none", "disk full"], [2]),
        ("message", ["all is well", "0 errors", "ERROR could not connect", "fail-safe mode"], [2]),
        ("name", ["error-page", "fail2ban", "errors"], []),
        ("count", ["1", "500", "503"], []),
    ],
)
def test_what_fails_is_told_by_the_column(name: str, cells: list[str], failing: list[int]) -> None:
    assert failing_rows(name, cells, numeric=numbers_of(cells) is not None) == failing


def test_failing_rows_stay() -> None:
    names, rows = orders(1_000)
    for i, row in enumerate(rows):
        row[4] = "failed" if i % 40 == 7 else "shipped"
    rendition = compress("table", delimited(names, rows))
    assert rendition is not None
    assert {i for i, row in enumerate(rows, 1) if row[4] == "failed"} <= set(
        read(rendition.text, quoted=True, after=1).rows
    )


def test_many_failures_alike_are_counted_and_the_others_stay() -> None:
    rows = [[str(i), f"host-{i % 7}", f"ERROR timeout after {i} ms", "failed"] for i in range(3_000)]
    odd = {500: "ERROR disk full", 2_000: "FATAL out of memory"}
    for i, message in odd.items():
        rows[i][2] = message
    rendition = compress("table", delimited(["n", "host", "message", "outcome"], [*rows, ["3000", "a", "fine", "ok"]]))
    assert rendition is not None
    found = read(rendition.text, quoted=True, after=1)
    assert {1, 501, 2_001, 3_001} <= set(found.rows)
    alike = 2_998 - sum("timeout" in cells[2] for cells in found.rows.values())
    assert f"{alike} fail like row 1 but for numbers" in rendition.text
    assert rendition.kept < 150


def test_outliers_rare_values_and_turns_stay() -> None:
    generator = random.Random(4)
    rows = [[str(i), f"{10 + generator.random():.2f}", "a", f"{generator.gauss(5, 1):.3f}"] for i in range(1_000)]
    rows[417][3] = "55.000"
    rows[733][2] = "z"
    for row in rows[600:]:
        row[1] = f"{30 + generator.random():.2f}"
    rendition = compress("table", delimited(["n", "level", "kind", "noise"], rows))
    assert rendition is not None
    kept = set(read(rendition.text, after=1).rows)
    assert {418, 734} <= kept
    assert kept & set(range(598, 605))
    assert len(kept) < 70


def test_a_small_table_is_shown_whole() -> None:
    names, rows = orders(40)
    rendition = compress("table", boxed(names, rows))
    assert rendition is not None
    assert rendition.lossless


def test_several_tables_of_one_text_are_counted_together() -> None:
    pods = [[f"web-{i}", "1/1", "Running", f"{i}d"] for i in range(6)]
    services = [[f"web-{i}", "ClusterIP", "<none>", "80/TCP"] for i in range(4)]
    text = "\n\n".join(
        [aligned(["NAME", "READY", "STATUS", "AGE"], pods), aligned(["NAME", "TYPE", "IP", "PORT(S)"], services)]
    )
    rendition = lossless(text)
    assert rendition is not None
    assert rendition.total == 10
    assert rendition.text.split("\n")[1:4] == ["NAME READY=1/1 STATUS=Running AGE", "web-0 0d", "web-1 1d"]


def test_counters_that_outgrow_their_columns_stay_under_their_names() -> None:
    head = " r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st"
    row = " {0}  0      0 19946308 290160 1429356    0    0   715  1018  296  610 35  3 61  0  0"
    rendition = lossless("\n".join([head, *(row.format(i) for i in range(8))]))
    assert rendition is not None
    found = read(rendition.text)
    assert found.names == head.split()
    assert list(found.rows.values()) == [row.format(i).split() for i in range(8)]


def test_names_that_are_not_told_apart_are_given_to_no_cell() -> None:
    head = " face |bytes    packets errs drop fifo frame compressed"
    rows = [f"  eth{i}: 4141985549  14{i}606    0    {i}    0     0          0" for i in range(9)]
    rendition = lossless("\n".join([head, *rows]))
    assert rendition is None or not any("  " in name for name in read(rendition.text).names)


def test_a_title_between_two_tables_is_no_row() -> None:
    head = "Proto Recv-Q Send-Q Local Address           Foreign Address         State      "
    row = "tcp        0      0 127.0.0.1:{0}         127.0.0.1:46984         TIME_WAIT  "
    title = "Active UNIX domain sockets (servers and established)"
    text = "\n".join(
        [
            *("Active Internet connections (servers and established)", head),
            *(row.format(40_000 + i) for i in range(20)),
            *(title, "Proto RefCnt Flags       Type       State         I-Node   Path"),
            *(f"unix  3      [ ]         STREAM     CONNECTED     {681_493 + i}   /run/s{i}" for i in range(20)),
        ]
    )
    rendition = lossless(text)
    assert rendition is not None
    assert rendition.total == 40
    assert title in rendition.text.split("\n")


def test_a_row_in_capitals_names_no_columns() -> None:
    rows = [["a1", "x", "up", "3"]] * 9 + [["EUR", "USD", "GBP", "B"]] + [["a2", "y", "up", "3"]] * 9
    rendition = lossless(aligned(["NAME", "KIND", "STATE", "COUNT"], rows))
    assert rendition is not None
    assert rendition.total == 19


@pytest.mark.parametrize("bar", ["│", "┃", "║", "┆"])
def test_cells_between_any_lines(bar: str) -> None:
    names, rows = orders(30)
    text = boxed(names, rows).replace("|", bar).replace("+", "┼").replace("-+-", "─┼─")
    text = re.sub(r"^┼(-[-┼]*)┼$", lambda rule: f"├{rule[1].replace('-', '─')}┤", text, flags=re.MULTILINE)
    text = re.sub("^┆|┆$", "│", text, flags=re.MULTILINE)
    rendition = lossless(text)
    assert rendition is not None
    found = read(rendition.text, after=2)
    assert found.names == names
    assert list(found.rows.values()) == rows


@pytest.mark.parametrize("mark", ["+", "."])
def test_a_cell_that_goes_on_in_the_next_line_makes_no_rows(mark: str) -> None:
    text = " id |  text\n----+--------\n"
    text += "".join(f" {i:>2} | one {i % 10} {mark}\n    | two\n" for i in range(40)) + "(40 rows)\n"
    rendition = lossless(text)
    assert rendition is None or rendition.total != 80


@pytest.mark.parametrize("draw", [boxed, psql, markdown])
@pytest.mark.parametrize("nothing", ["-", "--"])
def test_a_row_of_nothing_is_a_row(draw: Draw, nothing: str) -> None:
    rows = [[f"row {i}", "some text"] for i in range(9)]
    rows[4] = [nothing, nothing]
    rendition = lossless(draw(["name", "text"], rows))
    assert rendition is not None
    assert list(read(rendition.text, after=AFTER[draw]).rows.values()) == rows


@pytest.mark.parametrize("draw", [boxed, psql, markdown])
def test_a_drawn_table_is_no_log_for_its_times(draw: Draw) -> None:
    names, rows = orders(50)
    names, rows = [names[1], names[0], *names[2:]], [[row[1], row[0], *row[2:]] for row in rows]
    assert detect(Document(draw(names, rows))) == "table"


def test_rows_of_records_that_stand_one_field_a_line() -> None:
    text = "\n".join(
        f"-[ RECORD {i} ]-+------------\nid         | {i}\nname       | user {i} | x\nactive     | t"
        for i in range(1, 200)
    )
    rendition = compress("table", text)
    assert rendition is not None
    assert rendition.total == 199
    assert "\nid name active=t\n1 user 1 | x\n2 user 2 | x\n" in rendition.text


def test_a_row_over_several_lines_is_never_cut_apart() -> None:
    rule = f"+-{'-' * 9}-+-{'-' * 22}-+\n"
    row = "| {0:<9} | first line of {0:<8} |\n|           | second line of {0:<7} |\n" + rule
    text = f"{rule}| name      | text                   |\n{rule.replace('-', '=')}"
    text += "".join(row.format(f"n{i}") for i in range(120))
    rendition = compress("table", text)
    assert rendition is None or rendition.kept == rendition.total


NOT_TABLES = {
    "passwd": "".join(f"user{i}:x:{i}:{i}:A User,,,:/home/u{i}:/bin/sh\n" for i in range(60)),
    "python": "import os, sys, re\nfrom a import b, c, d\n\ndef f(a, b, c):\n    return g(a, b, c)\n" * 30,
    "list of a program": "".join(f"    {i}, {i + 1}, {i + 2},\n" for i in range(90)),
    "sql": "".join(f"INSERT INTO t VALUES ({i}, 'a', 'b');\n" for i in range(60)),
    "numbered file": "".join(f"{i:6}\tx = {i}\n" for i in range(90)),
    "prose": "First, we went there, and then, tired, we slept.\nLater, they came, saw us, and left.\n" * 40,
    "listing": "total 8\n" + "".join(f"-rw-r--r-- 1 ann ann {i:6} Mar  1 10:00 f{i}.py\n" for i in range(60)),
    "log": "".join(f"2026-03-01 10:00:{i % 60:02},275 INFO  [http-5] api, v1, get {i}\n" for i in range(60)),
    "settings": "".join(f"key_{i} = value of {i}\n" for i in range(60)),
    "markdown with one table": "# Title\n\n"
    + "Prose that goes on and on, and says little.\n" * 30
    + markdown(*orders(3)),
}


@pytest.mark.parametrize("name", NOT_TABLES)
def test_what_is_no_table_is_left_to_others(name: str) -> None:
    assert detect(Document(NOT_TABLES[name])) != "table"


def test_a_choice_of_few_rows_keeps_them_all() -> None:
    choice = Choice(3)
    choice.add(["a", "b", "c"], range(3), None)
    assert choice.rows(["a", "b", "c"], "") == [0, 1, 2]
