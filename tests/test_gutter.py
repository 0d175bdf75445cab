"""Line numbers that tools print: what of them is shown."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm import compress
from headroom_litellm.gutter import EVERY, NOTE, lighten, read_lines

from .conversations import CHAT_TOOLS
from .test_repeats import FILE, history, last_output, numbered

READ = ("Read", {"file_path": "a.py"})


def numbers_back(shown: list[str]) -> list[str]:
    """The lines with the numbers that a reader counts on from the numbered line above, as far as the next one below."""
    gutters = {at: match for at, line in enumerate(shown) if (match := re.match(r"(\d+)→", line))}
    out: list[str] = []
    for at, line in enumerate(shown):
        above = max((each for each in gutters if each <= at), default=None)
        below = min((each for each in gutters if each > at), default=None)
        inner = above is not None and below is not None and at != above
        if inner and int(gutters[below][1]) - int(gutters[above][1]) == below - above:
            line = f"{int(gutters[above][1]) + at - above}→{line}"
        out.append(line)
    return out


@given(st.lists(st.text(alphabet="abc 1→:\t\n", max_size=20), max_size=30), st.booleans())
def test_lighter_gutters_keep_every_number_and_every_line(lines: list[str], numbered: bool) -> None:
    before = read_lines("\n".join(lines), numbered=numbered)
    after = lighten(before, asked=numbered)
    again = read_lines("\n".join(after.raw), numbered=numbered)
    assert (again.texts, again.numbers, again.groups) == (after.texts, after.numbers, after.groups)
    assert [line.lstrip(" ") for line in before.raw] == [line.lstrip(" ") for line in after.raw]
    assert before.texts == after.texts
    assert before.numbers == after.numbers


@given(
    st.lists(st.text(alphabet="abc 1→:\t", max_size=12), min_size=15, max_size=60),
    st.integers(0, 99_990),
    st.lists(st.sampled_from(["", "<system-reminder>", "a note"]), max_size=3),
)
def test_every_number_can_be_told_from_those_shown(lines: list[str], first: int, behind: list[str]) -> None:
    before = [*(f"{number:6}→{line}" for number, line in enumerate(lines, first)), *behind]
    light = lighten(read_lines("\n".join(before), numbered=False), asked=False)
    assert [line.lstrip(" ") for line in before] == numbers_back(light.shown(0, len(before)))


@given(st.integers(0, 40), st.integers(0, 40))
def test_any_stretch_begins_and_ends_with_a_number(one: int, other: int) -> None:
    light = lighten(read_lines(numbered(FILE[:40], 5), numbered=False), asked=False)
    start, end = sorted((one, other))
    shown = light.shown(start, end)
    assert len(shown) == end - start
    for line in shown[:1] + shown[-1:]:
        assert re.match(r"\d+→", line)


def test_a_long_read_is_numbered_at_its_ends_and_every_tenth_line() -> None:
    note, *shown = last_output((*READ, numbered(FILE))).split("\n")
    assert note == NOTE
    assert [at for at, line in enumerate(shown, 1) if re.match(r"\d+→", line)] == [1, *range(EVERY, 61, EVERY)]
    assert shown[1] == FILE[1]


def test_a_short_read_keeps_its_numbers() -> None:
    assert last_output((*READ, numbered(FILE[:15]))).split("\n")[7] == f"8→{FILE[7]}"


def test_lines_that_read_as_numbered_keep_every_number() -> None:
    lines = [*FILE[:30], "7→seven", *FILE[30:]]
    assert last_output((*READ, numbered(lines))).split("\n")[1] == f"2→{FILE[1]}"


def test_who_asks_for_numbers_gets_them_all() -> None:
    text = "\n".join(f"{number:6}\t{line}" for number, line in enumerate(FILE, 1))
    shown = last_output(("bash", {"command": "nl -ba a.py"}, text))
    assert shown.split("\n") == [f"{number}\t{line}" for number, line in enumerate(FILE, 1)]


def test_without_the_kind_gutters_stay() -> None:
    messages = history((*READ, numbered(FILE)))
    assert compress(messages, tools=CHAT_TOOLS, settings={"kinds": ["repeats"]}).messages[-1] is messages[-1]


def padded(lines: list[str]) -> str:
    return "\n".join(f"{number:6}\t{line}" for number, line in enumerate(lines, 1))


def test_a_tool_that_reads_files_numbers_them_unasked_behind_tabs_too() -> None:
    for name in ("str_replace_editor", "view", "Read"):
        note, *shown = last_output((name, {"path": "a.py"}, padded(FILE))).split("\n")
        assert note == NOTE
        assert [at for at, line in enumerate(shown, 1) if re.match(r"\d+\t", line)] == [1, *range(EVERY, 61, EVERY)]
        assert shown[1] == FILE[1]


def test_a_re_read_of_it_refers_to_its_numbers() -> None:
    call = ("view", {"path": "a.py"})
    edited = [*FILE[:30], "    value_30 = fixed(source)", *FILE[31:]]
    assert last_output((*call, padded(FILE)), (*call, padded(edited))).split("\n") == [
        "[lines 1-30 as in the view a.py output above]",
        "31\t    value_30 = fixed(source)",
        "[lines 32-60 as there]",
    ]


def test_rows_of_a_file_that_count_up_are_no_gutter() -> None:
    rows = "\n".join(f"{number}\torder of the day\topen" for number in range(1, 60))
    assert last_output(("Read", {"file_path": "orders.tsv"}, rows)) == rows
