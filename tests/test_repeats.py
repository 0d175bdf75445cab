"""Say it once: what counts as a repeat, and what a reference says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm import compress
from headroom_litellm.gutter import read_lines
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
    kinds = {"kinds": ["repeats", "gutter"]}
    return str(compress(history(*calls), tools=CHAT_TOOLS, settings=kinds).messages[-1]["content"])


@given(st.lists(LINES, max_size=4), LINES, st.sampled_from(["never", "unique", "any"]))
def test_every_line_that_is_left_out_stands_where_its_reference_says(
    earlier: list[list[str]], lines: list[str], within: Any
) -> None:
    seen = Seen()
    for number, shown in enumerate(earlier):
        seen.add(f"source {number}", read_lines("\n".join(shown), numbered=False))
    mine = read_lines("\n".join(lines), numbered=False)
    repeat = seen.find(mine, within=within)
    if repeat is None:
        return
    shown_lines = repeat.text.split("\n")
    kept: list[str | None] = list(mine.raw)
    for run in reversed(repeat.runs):
        assert repeat.view.texts[run.start : run.end] == [None] * run.length
        if not run.source.name:
            assert within != "never"
            assert run.at + run.length <= run.start, "a text refers only to what stands above in it"
            places = [repeat.view.place(at) - 1 for at in range(run.at, run.at + run.length)]
            assert [shown_lines[place] for place in places] == mine.raw[run.start : run.end]
        else:
            assert mine.raw[run.start : run.end] == run.source.lines.texts[run.at : run.at + run.length]
        kept[run.start : run.end] = [None]
    assert [line for line in kept if line is not None] == [
        line for line, was in zip(shown_lines, kept, strict=True) if was is not None
    ]


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
    assert shown.startswith('[lines 1-60 as in your Write a.py call above, its lines 1-60: from "value_0 = compute(')


def test_what_the_user_pasted_is_not_said_again() -> None:
    messages = history(("bash", {"command": "cat notes"}, "\n".join(FILE)))
    messages[0] = {"role": "user", "content": "\n".join(["Look at this:", *FILE])}
    shown = compress(messages, tools=CHAT_TOOLS).messages[-1]["content"]
    assert shown.startswith("[60 lines as in the user's message \"Look at this:")
    assert 'its lines 2-61: "value_0 = compute(sourc…" … "value_59 = compute(sour…"' in shown


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


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("\n".join(f"    {n}: 'number {n}'," for n in range(1, 40)), id="a dict in a file"),
        pytest.param("\n".join(f"{n}\tpending order\teurope" for n in range(501, 540)), id="rows with ids"),
        pytest.param("\n".join(f"     {n}\tvalue of a row" for n in range(1, 9)), id="aligned rows"),
        pytest.param("\n".join(f"{n}|task of the day|open" for n in range(1, 40)), id="sqlite rows"),
        pytest.param("\n".join(f"{h:02}:00:00 backup completed without errors" for h in range(24)), id="hours"),
    ],
)
def test_data_that_counts_up_is_no_gutter(output: str) -> None:
    other = re.sub(r"\d+", lambda match: str(int(match[0]) + 100), output)
    shown = last_output(("bash", {"command": "query one"}, other), ("bash", {"command": "query two"}, output))
    assert shown == output


def test_a_command_that_numbers_lines_is_believed() -> None:
    numbered_file = "\n".join(f"{number:6}\t{line}" for number, line in enumerate(FILE, 1))
    first = last_output(("bash", {"command": "cat -n a.py"}, numbered_file))
    assert first.split("\n")[11] == "12\t    value_11 = compute(source, 11)"
    calls = [("bash", {"command": command}, numbered_file) for command in ("cat -n a.py", "nl a.py")]
    again = last_output(*calls)
    assert again.startswith("[same as the bash")


def test_the_same_text_under_other_numbers_is_not_called_the_same() -> None:
    shown = last_output(
        ("Read", {"file_path": "a.py", "offset": 50}, numbered(FILE[:20], 50)),
        ("Read", {"file_path": "a.py", "offset": 60}, numbered(FILE[:20], 60)),
    )
    assert shown == "[lines 60-79 as in the Read a.py output above, lines 50-69]"


def test_a_file_stays_whole_at_its_first_appearance() -> None:
    block = FILE[:8]
    text = "\n".join([*block, "x = 1", *block, "y = 2", *block])
    assert last_output(("bash", {"command": "cat a.py"}, text)) == text
    assert last_output(("Read", {"file_path": "a.py"}, text)) == text


def test_a_run_does_not_go_from_one_argument_into_the_next() -> None:
    edit = {"file_path": "a.py", "old_string": "\n".join(FILE[:10]), "new_string": "\n".join(FILE[10:20])}
    shown = last_output(("Edit", edit, "ok"), ("bash", {"command": "git show"}, "\n".join(FILE[:20])))
    assert [line.split(" as ")[0] for line in shown.split("\n")] == ["[10 lines", "[10 lines"]


def test_commands_that_begin_alike_have_names_of_their_own() -> None:
    start = "git add -A && git commit -m 'feat: a long message that goes on and on"
    other = [line.replace("value", "other") for line in FILE]
    shown = last_output(
        ("bash", {"command": f"{start} one'"}, "\n".join(FILE)),
        ("bash", {"command": f"{start} two'"}, "\n".join(other)),
        ("bash", {"command": "git log"}, "\n".join(["first", *other])),
    )
    assert "two'" in shown
    assert "one'" not in shown
