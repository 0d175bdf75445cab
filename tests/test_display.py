"""What outputs become, read back by someone who sees nothing but what is shown."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm import compress, tokens
from headroom_litellm.ccr import marker

from .compressors.examples import EXAMPLES
from .conversations import CHAT_TOOLS

SAYING_ONCE = {"kinds": ["repeats", "gutter"]}
NOTE = "[only every 10th line is numbered]"
REFERENCE = re.compile(
    r"\[(?:same as (?P<whole>.+?) above"
    r"|(?:lines? (?P<here>\d+)(?:-(?P<here_end>\d+))?|(?P<count>\d+) lines?) as "
    r"(?:(?P<there>there)|(?P<own>above in this output)|in (?P<name>.+?) above)"
    r"(?:, lines? (?P<number>\d+)(?:-\d+)?|, its lines (?P<place>\d+)(?:-\d+)?: (?P<quotes>.*?))?)"
    r"(?: <<ccr:[0-9a-f]{24}>>)?\]"
)
GUTTERS = {"arrow": re.compile(r" *(\d+)→(.*)"), "tab": re.compile(r" *(\d+)\t(.*)")}

Line = tuple[int | None, str]
"""The number that a line is shown with, and what stands on it."""


@dataclass
class Reader:
    """Reads outputs in order, and looks up every reference in what it has been shown."""

    shown: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)

    def read(self, name: str, text: str, style: str) -> list[Line]:
        rows = text.split("\n")
        self.shown[name] = rows
        out: list[Line] = []
        source = ""
        for row in rows[1:] if rows[0] == NOTE else rows:
            reference = REFERENCE.fullmatch(row)
            gutter = GUTTERS[style].fullmatch(row) if style in GUTTERS else None
            if reference is not None:
                source = reference["whole"] or reference["name"] or source
                out += self._meant(reference, source, out, rows)
            elif gutter is not None:
                out.append((int(gutter[1]), gutter[2]))
            elif rows[0] == NOTE and not row.startswith("<") and out and out[-1][0] is not None:
                out.append((out[-1][0] + 1, row))
            else:
                out.append((None, row))
        self.lines[name] = out
        return out

    def _meant(self, reference: re.Match[str], source: str, above: list[Line], rows: list[str]) -> list[Line]:
        if reference["whole"]:
            return self.lines[source]
        lines = above if reference["own"] else self.lines[source]
        shown = rows if reference["own"] else self.shown[source]
        first = reference["number"] or reference["here"]
        length = (
            int(reference["count"])
            if reference["count"]
            else int(reference["here_end"] or reference["here"]) - int(reference["here"]) + 1
        )
        if reference["place"]:
            start = int(reference["place"]) - 1
            literal = shown[start : start + length]
            assert len(literal) == length
            assert not [row for row in literal if REFERENCE.fullmatch(row)], "it points to what is not shown"
            texts = [gutter[2] if (gutter := GUTTERS["tab"].fullmatch(row)) else row for row in literal]
        else:
            texts = []
            for number in range(int(first), int(first) + length):
                found = {text for known, text in lines if known == number}
                assert len(found) == 1, f"line {number} of {source} may be one of {found}"
                texts += found
        here = int(reference["here"]) if reference["here"] else None
        return [(None if here is None else here + at, text) for at, text in enumerate(texts)]


FILE = [f"    value_{number} = compute(source, {number})" for number in range(40)]
OTHER = [f"    other_{number} = compute(source, {number})" for number in range(40)]
BLOCKS = st.lists(
    st.tuples(st.sampled_from([FILE, OTHER]), st.integers(0, 30), st.integers(2, 40)).map(
        lambda cut: cut[0][cut[1] : cut[1] + cut[2]]
    )
    | st.sampled_from([["}", "", "}"], ["one new line that is rather long"], ["changed = 1"]]),
    min_size=1,
    max_size=4,
).map(lambda blocks: [line for block in blocks for line in block])


@st.composite
def outputs(draw: st.DrawFn) -> tuple[str, str, str]:
    """A command, what it prints, and how that is numbered."""
    style = draw(st.sampled_from(["arrow", "tab", "tab twice", "none"]))
    lines, first = draw(BLOCKS), draw(st.sampled_from([1, 7, 101]))
    if style == "arrow":
        text = "\n".join(f"{number:6}→{line}" for number, line in enumerate(lines, first))
        reminder = draw(st.sampled_from(["", "\n<system-reminder>Mind the gap.\n<b>And the doors of it.</b>"]))
        return "Read", text + reminder, style
    if style == "none":
        return "make x", "\n".join(lines), style
    halves = [lines] if style == "tab" else [lines, draw(BLOCKS)]
    text = "\n".join(f"{number:6}\t{line}" for half in halves for number, line in enumerate(half, first))
    return "cat -n a; cat -n b", text, "tab"


def conversation(given_outputs: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Go on."}]
    for number, (command, text, _) in enumerate(given_outputs):
        name = "Read" if command == "Read" else "bash"
        arguments = {"file_path": f"{number}.py"} if name == "Read" else {"command": f"{command} {number}"}
        call = {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": text})
    return messages


def name_of(command: str, number: int) -> str:
    return f"the Read {number}.py output" if command == "Read" else f'the bash "{command} {number}" output'


@given(st.lists(outputs(), min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_who_sees_only_what_is_shown_reads_every_line_of_the_originals(printed: list[tuple[str, str, str]]) -> None:
    shown = [
        message["content"]
        for message in compress(conversation(printed), tools=CHAT_TOOLS, settings=SAYING_ONCE).messages
        if message["role"] == "tool"
    ]
    reader, plain = Reader(), Reader()
    for number, ((command, text, style), what) in enumerate(zip(printed, shown, strict=True)):
        name = name_of(command, number)
        expected = plain.read(name, text, style)
        read = reader.read(name, what, style)
        assert [line for _, line in read] == [line for _, line in expected]
        if style != "none":
            numbers = [known for (known, _), (_, line) in zip(expected, read, strict=True)]
            assert all(here in (None, known) for here, known in zip((n for n, _ in read), numbers, strict=True))


def texts_of(*calls: tuple[str, dict[str, Any], str], **options: Any) -> list[str]:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Fix the bug."}]
    for number, (name, arguments, output) in enumerate(calls):
        call = {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{number}", "content": output})
    sent = compress(messages, tools=CHAT_TOOLS, **options).messages
    return [message["content"] for message in sent if message["role"] == "tool"]


def test_numbers_that_two_files_share_do_not_find_a_line() -> None:
    both = "\n".join(f"{number:6}\t{line}" for lines in (FILE, OTHER) for number, line in enumerate(lines, 1))
    one = "\n".join(f"{number:6}\t{line}" for number, line in enumerate(OTHER[:30], 1))
    last = texts_of(("bash", {"command": "cat -n a; cat -n b"}, both), ("bash", {"command": "cat -n b"}, one))[-1]
    assert last.startswith(
        '[lines 1-30 as in the bash "cat -n a; cat -n b" output above, its lines 41-70: from "other_0'
    )


def test_a_part_that_was_only_referred_to_is_not_referred_to() -> None:
    log = [f"2026-03-01 10:00:{n:02},275 INFO  [http-5] worker {n} started with id {n * 7919}" for n in range(50)]
    more = [f"2026-03-01 10:01:{n:02},275 INFO  [http-5] worker {n} ended with id {n * 104729}" for n in range(50)]
    shown = texts_of(
        ("bash", {"command": "one"}, "\n".join(log)),
        ("bash", {"command": "two"}, "\n".join([*log, *more])),
        ("bash", {"command": "three"}, "\n".join([*log, *more, "and one line"])),
        settings=SAYING_ONCE,
    )
    assert "its lines 2-51" in shown[2]
    assert [line.partition(" as in the bash ")[2].split(" ")[0] for line in shown[2].split("\n")[:2]] == ["one", "two"]


def test_what_an_edit_replaced_is_told_from_what_it_put_there() -> None:
    old, new = FILE[:12], [*FILE[:6], *OTHER[:6]]
    edit = {"file_path": "a.py", "old_string": "\n".join(old), "new_string": "\n".join(new)}
    shown = texts_of(("Edit", edit, "ok"), ("bash", {"command": "git show"}, "\n".join(new)))[-1]
    assert shown.startswith("[same as new_string of your Edit a.py call above")


def test_several_texts_of_one_output_are_its_parts() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "show", "arguments": "{}"}}
    parts = [{"type": "text", "text": "\n".join(lines)} for lines in (FILE, OTHER)]
    again = {**call, "id": "d"}
    messages: list[dict[str, Any]] = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": parts},
        {"role": "assistant", "content": None, "tool_calls": [again]},
        {"role": "tool", "tool_call_id": "d", "content": "\n".join([*OTHER, "and one line"])},
    ]
    shown = compress(messages, tools=CHAT_TOOLS, settings=SAYING_ONCE).messages[-1]["content"]
    assert "in part 2 of the show output above, its lines 1-40:" in shown


SAMPLES = [(kind, name) for kind, examples in EXAMPLES.items() for name in examples.SAMPLES]
FOOTER = re.compile(r"\[(\d+) ([a-z ]+) compressed to (\d+)\. Retrieve more: hash=([0-9a-f]{24}) \(original intact\)\]")


@pytest.mark.parametrize(("kind", "name"), SAMPLES)
class TestSamples:
    def text(self, kind: str, name: str) -> str:
        return str(EXAMPLES[kind].SAMPLES[name])

    def test_an_error_and_a_request_without_tools_lose_nothing(self, kind: str, name: str) -> None:
        use = {"type": "tool_use", "id": "t", "name": "x", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "t", "content": self.text(kind, name), "is_error": True}
        messages = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
        error = compress(messages, tools=[{"name": "x", "input_schema": {"type": "object"}}])
        result["is_error"] = False
        toolless = compress(messages)
        assert toolless.markers == {}
        assert all(item.kept == item.total for done in (error, toolless) for item in done.items)

    def test_a_short_output_loses_nothing(self, kind: str, name: str) -> None:
        text = self.text(kind, name)
        done = compress(
            conversation([("show", text, "")]), tools=CHAT_TOOLS, settings={"min_characters": len(text) + 1}
        )
        assert all(item.kept == item.total for item in done.items)

    def test_footers_name_a_part_of_the_output_and_add_up(self, kind: str, name: str) -> None:
        text = "\n".join(["== one ==", self.text(kind, name), "== two ==", *FILE, "== three ==", self.text(kind, name)])
        done = compress(
            conversation([("a; echo '== one =='; echo '== two =='; echo '== three =='; b", text, "")]), tools=CHAT_TOOLS
        )
        for item in done.items:
            footers = FOOTER.findall(item.text)
            assert all(done.markers[key] in text for _, _, _, key in footers)
            assert all(int(kept) < int(total) for total, _, kept, _ in footers)
            lost = sum(int(total) - int(kept) for total, _, kept, _ in footers)
            assert item.total - item.kept == lost
            assert set(marker.scan(item.text)) == set(done.markers)
            assert tokens.count(item.text) < tokens.count(text)


def test_the_lines_that_a_note_names_are_those_of_what_its_footer_names() -> None:
    log = EXAMPLES["log"].large(1)[:20_000]
    text = f"Exit code 1\n{log}\n=== next ===\n{log.replace('INFO', 'DEBUG')}"
    shown = texts_of(("bash", {"command": 'make; echo "=== next ==="; make'}, text))[-1]
    done = compress(conversation([('make; echo "=== next ==="; make', text, "")]), tools=CHAT_TOOLS)
    gaps = 0
    for part in shown.split("=== next ==="):
        lines = part.split("\n")
        footer = next(found for line in lines if (found := FOOTER.fullmatch(line)))
        original = done.markers[footer[4]].split("\n")
        for at, line in enumerate(lines):
            if (gap := re.match(r"\[… \d+ lines \(lines (\d+)-(\d+)\)", line)) is not None:
                gaps += 1
                assert original[int(gap[1]) - 2] == lines[at - 1]
                assert original[int(gap[2])] == lines[at + 1]
    assert gaps > 4


def test_an_output_that_is_one_part_but_for_blank_lines_behind_it_is_put_away_whole() -> None:
    log = EXAMPLES["log"].large(1)[:20_000] + "\n\n"
    done = compress(conversation([("make", log, "")]), tools=CHAT_TOOLS)
    assert list(done.markers.values()) == [log]


def test_the_names_of_several_files_stay_above_their_lines() -> None:
    log = EXAMPLES["log"].large(1)[:20_000]
    logs = [log, log.replace("INFO", "DEBUG")]
    text = "\n\n".join(f"==> {name} <==\n{log}" for name, log in zip(("a.log", "b.log"), logs, strict=True))
    shown = texts_of(("bash", {"command": "tail -n 500 *.log"}, text))[-1]
    first, second = shown.split("==> b.log <==")
    assert first.startswith("==> a.log <==")
    assert FOOTER.search(first)
    assert FOOTER.search(second)
