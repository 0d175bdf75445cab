"""Say it once: what counts as a repeat, and what a reference says."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm import compress
from headroom_litellm.gutter import lighten, read_lines
from headroom_litellm.repeats import Seen

from .conversations import CHAT_TOOLS

FILE = [f"    value_{number} = compute(source, {number})" for number in range(60)]
LINES = st.lists(st.sampled_from([*FILE[:12], "", "}", "short", "another line that is long enough"]), max_size=60)


def numbered(lines: list[str], first: int = 1) -> str:
    return "\n".join(f"{number:6}→{line}" for number, line in enumerate(lines, first))


def history(*calls: tuple[str, dict[str, object], str]) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = [{"role": "user", "content": "Fix the bug."}]
    for number, (name, arguments, output) in enumerate(calls):
        call = {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": output},
        ]
    return messages


def last_output(*calls: tuple[str, dict[str, object], str]) -> str:
    return str(compress(history(*calls), tools=CHAT_TOOLS).messages[-1]["content"])


@given(st.lists(LINES, max_size=4), LINES)
def test_every_line_that_is_left_out_stands_where_its_reference_says(
    earlier: list[list[str]], lines: list[str]
) -> None:
    seen = Seen()
    for number, shown in enumerate(earlier):
        seen.add(f"source {number}", "\n".join(shown))
    text = "\n".join(lines)
    repeat = seen.find(text)
    if repeat is None:
        return
    kept = list(text.split("\n"))
    for run in reversed(repeat.runs):
        assert kept[run.start : run.end] == run.source.lines.texts[run.at : run.at + run.length]
        if run.source.name == "":
            assert run.at + run.length <= run.start, "a text refers only to what stands above in it"
        kept[run.start : run.end] = [None]
    shown_lines = repeat.text.split("\n")
    assert [line for line in kept if line is not None] == [
        line for line, was in zip(shown_lines, kept, strict=True) if was is not None
    ]
    assert repeat.total == len(text.split("\n"))


def test_the_same_output_again_is_one_line_that_names_the_call() -> None:
    text = "\n".join(FILE)
    shown = last_output(("bash", {"command": "make report"}, text), ("bash", {"command": "make report"}, text))
    assert re.fullmatch(r'\[same as the bash "make report" output above <<ccr:[0-9a-f]{24}>>\]', shown)


def test_a_read_after_an_edit_shows_only_what_changed() -> None:
    edited = [*FILE[:30], "    value_30 = fixed(source)", *FILE[31:]]
    shown = last_output(
        ("Read", {"file_path": "/src/app.py"}, numbered(FILE)), ("Read", {"file_path": "/src/app.py"}, numbered(edited))
    )
    assert shown.split("\n") == [
        "[lines 1-30 as in the Read /src/app.py output above]",
        "31→    value_30 = fixed(source)",
        "[lines 32-60 as there]",
    ]


def test_lines_that_moved_are_found_under_their_new_numbers() -> None:
    shown = last_output(
        ("Read", {"file_path": "a.py"}, numbered(FILE)), ("Read", {"file_path": "a.py"}, numbered(FILE[10:30], 101))
    )
    assert shown == "[lines 101-120 as in the Read a.py output above, lines 11-30]"


def test_a_read_after_a_write_refers_to_the_write() -> None:
    shown = last_output(
        ("Write", {"file_path": "a.py", "content": "\n".join(FILE)}, "ok"),
        ("Read", {"file_path": "a.py"}, numbered(FILE)),
    )
    assert shown.startswith("[lines 1-60 as in your Write a.py call above")


def test_what_the_user_pasted_is_not_said_again() -> None:
    messages = history(("bash", {"command": "cat notes"}, "\n".join(FILE)))
    messages[0] = {"role": "user", "content": "\n".join(["Look at this:", *FILE])}
    shown = compress(messages, tools=CHAT_TOOLS).messages[-1]["content"]
    assert shown.startswith("[60 lines as in the user's message \"Look at this:")
    assert '"value_0 = compute(source, 0)" … "value_59 = compute(source, 59)"' in shown


def test_a_second_source_of_the_same_name_is_told_apart() -> None:
    other = [line.replace("value", "other") for line in FILE]
    shown = last_output(
        ("bash", {"command": "make"}, "\n".join(FILE)),
        ("bash", {"command": "make"}, "\n".join(other)),
        ("bash", {"command": "check"}, "\n".join(["first", *other])),
    )
    assert 'the bash "make" output' not in shown  # the name without a space needs no quotes
    assert "in the bash make output (2nd time) above" in shown


def test_paths_that_end_alike_are_told_apart() -> None:
    folder = "/home/user/projects/the-project/packages/"
    first, second = (f"{folder}{name}/source/with/a/very/long/path/to/the/module.py" for name in ("one", "two"))
    other = [line.replace("value", "other") for line in FILE]
    shown = last_output(
        ("Read", {"file_path": first}, numbered(FILE)),
        ("Read", {"file_path": second}, numbered(other)),
        ("Read", {"file_path": second}, numbered(other[:50])),
    )
    assert second in shown


def test_a_reference_to_a_large_run_carries_the_marker_and_a_small_one_does_not() -> None:
    small = last_output(("bash", {"command": "a"}, "\n".join(FILE)), ("bash", {"command": "b"}, "\n".join(FILE[:20])))
    large = last_output(("bash", {"command": "a"}, "\n".join(FILE)), ("bash", {"command": "b"}, "\n".join(FILE[:50])))
    assert "<<ccr:" not in small
    assert "<<ccr:" in large


def test_without_tools_references_carry_no_marker() -> None:
    messages = history(("bash", {"command": "a"}, "\n".join(FILE)), ("bash", {"command": "b"}, "\n".join(FILE)))
    shown = compress(messages).messages[-1]["content"]
    assert shown == "[same as the bash a output above]"


def test_a_few_common_lines_are_left_alone() -> None:
    output = "\n".join(["new line number one, quite long", "}", "", "}", "new line number two, quite long"])
    assert last_output(("bash", {"command": "a"}, "}\n\n}"), ("bash", {"command": "b"}, output)) == output


@given(st.lists(st.text(alphabet="abc 1→:\t\n", max_size=20), max_size=30))
def test_lighter_gutters_keep_every_number_and_every_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    before, after = read_lines(text), read_lines(lighten(text))
    assert [line.lstrip(" ") for line in before.raw] == [line.lstrip(" ") for line in after.raw]
    assert before.texts == after.texts
    assert before.numbers == after.numbers


def test_numbers_that_do_not_count_up_are_no_gutter() -> None:
    text = "   3: three\n   9: nine\n  12: twelve\n"
    assert lighten(text) == text


def test_what_looks_like_a_gutter_in_code_keeps_its_indentation() -> None:
    text = "    1: 'one',\n    2: 'two',\n    3: 'three',\n    4: 'four',"
    assert lighten(text) == text
