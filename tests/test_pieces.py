"""Say it once inside long lines: what is shared, where it is cut, and that a reader finds it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_litellm import compress, tokens
from headroom_litellm.ccr import marker
from headroom_litellm.gutter import read_lines
from headroom_litellm.pieces import LONG, Pieces
from headroom_litellm.repeats import Seen

from .conversations import CHAT_TOOLS
from .test_repeats import history

QUOTE = r"(?:`([^`]*)`|\"([^\"]*)\")"
REFERENCE = re.compile(
    r"\[(?:this line|(?:first |last )?(\d+) characters) as "
    r"(?:in (source \d+) above|(above in this output)|there)(?:, its line (\d+))?"
    rf"(?:,(?: from {QUOTE})?(?: to {QUOTE})?)?\]"
)
"""All that a reader goes by."""
WORDS = st.sampled_from([
    '{"id": 17,', '"name":"value"},', "1,234,567,890,", "0.25,0.5,", "[1,2,3],", "}", "]", "<p class='x'>", "</p>",
    " ", "\t", "a", "word another third, ", "rest of it ", "`tick` ", "x" * 70, "данные, ", "日本語", "\\, \\] \\} x",
    "\\u00e9\\n\\t", '\\"quoted\\", ', "\x1b[31mred\x1b[0m ", "cafe\u0301, e\u0301 ", "\ud83d\ude00 ", "\ud800,",
    "\U0001f468\u200d\U0001f469, ",
])  # fmt: skip
LINES = st.lists(WORDS, min_size=20, max_size=80).map("".join)


@st.composite
def outputs(draw: st.DrawFn) -> list[str]:
    """Outputs of long lines, which share pieces with lines of the earlier ones and with each other."""
    lines: list[str] = [draw(LINES)]
    made = []
    for _ in range(draw(st.integers(2, 5))):
        output = []
        for _ in range(draw(st.integers(1, 3))):
            line = "".join(
                draw(st.just("") | WORDS) + old[draw(st.integers(0, 120)) : draw(st.integers(150, 900))]
                for old in draw(st.lists(st.sampled_from(lines), min_size=1, max_size=3))
            )
            output.append(line + draw(st.just("") | WORDS))
        lines += output
        made.append("\n".join(output))
    return made


def expanded(shown: list[str], above: dict[str, list[str]]) -> list[str]:
    """The lines, with what each reference stands for in its place. `above` are the lines of the sources as shown."""
    read = []
    for line in shown:
        there: list[str] = []

        def piece(match: re.Match[str]) -> str:
            count, source, itself, place, *quotes = match.groups()
            first, last = (one if one is not None else other for one, other in (quotes[:2], quotes[2:]))
            if source is not None or itself is not None:
                rows = shown if itself is not None else above[source]
                assert place is not None or len(rows) == 1
                there[:] = [rows[int(place) - 1] if place is not None else rows[0]]  # noqa: B023
            row = there[0]  # noqa: B023
            start = row.index(first) if first is not None else 0
            end = row.index(last, start) + len(last) if last is not None else len(row)
            assert REFERENCE.search(row[start:end]) is None, "it stands there itself"
            assert count is None or int(count) == end - start
            assert count is not None or (start == 0 and end == len(row))
            return row[start:end]

        read.append(REFERENCE.sub(piece, line))
    return read


@given(outputs(), st.sampled_from(["never", "unique", "any"]))
@settings(max_examples=150, deadline=None)
def test_what_references_stand_for_can_be_read_where_they_say(made: list[str], within: Any) -> None:
    seen, above = Seen(), dict[str, list[str]]()
    for number, text in enumerate(made):
        lines = read_lines(text, numbered=False)
        repeat = seen.find(lines, within=within, pieces=LONG)
        shown = repeat.text.split("\n") if repeat is not None else lines.raw
        if repeat is not None and not repeat.runs:
            assert expanded(shown, above) == lines.raw
            assert len(repeat.text) < len(text)
            assert tokens.count(repeat.text) < tokens.count(text)
        above[f"source {number}"] = shown
        seen.add(f"source {number}", lines if repeat is None else repeat.view)


def borders(shown: str, literal: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Where a line was cut that is shown so."""
    size = done = 0
    for start, end in literal:
        match = REFERENCE.fullmatch(shown, done, start) if done < start else None
        if match is not None and match[1] is not None:
            yield from (size, size + int(match[1]))
            size += int(match[1])
        size += end - start
        done = end


@given(outputs())
@settings(max_examples=100, deadline=None)
def test_pieces_are_cut_between_words(made: list[str]) -> None:
    seen = Seen()
    for number, text in enumerate(made):
        lines = read_lines(text, numbered=False)
        repeat = seen.find(lines, within="never", pieces=LONG)
        for at, (shown, literal) in repeat.view.partly.items() if repeat is not None else ():
            line = lines.raw[at]
            for border in borders(shown, literal):
                if 0 < border < len(line):
                    assert not (line[border - 1].isalnum() and line[border].isalnum())
                    assert line[border - 1] not in "\\\x1b"
                    assert border < 2 or line[border - 2] not in "\\\x1b"
                    assert not re.fullmatch("[0-9],[0-9]", line[max(0, border - 2) : border + 1])
                    assert line[border - 1 : border + 1] != "\ud83d\ude00"
                    assert not unicodedata.combining(line[border])
        seen.add(f"source {number}", lines if repeat is None else repeat.view)


@pytest.mark.parametrize(
    ("shared", "one", "other"),
    [
        pytest.param("a\\,", "b", "c", id="an escaped comma"),
        pytest.param("1,", "234", "567", id="a number"),
        pytest.param("e, ", "a", "\u0301b", id="a combining character"),
        pytest.param("a, wor", "d", "k", id="a word"),
    ],
)
def test_a_piece_does_not_end_in(shared: str, one: str, other: str) -> None:
    start = ", ".join(f"part {number}" for number in range(40)) + ", " + shared
    seen = Seen()
    seen.add("source 0", read_lines(start + one, numbered=False))
    repeat = seen.find(read_lines(start + other, numbered=False), pieces=LONG)
    assert repeat is not None
    cuts = list(borders(*repeat.view.partly[0]))
    assert 0 < cuts[-1] < len(start)


RESERVATION: dict[str, Any] = {
    "reservation_id": "4WQ150",
    "user_id": "chen_jackson_3290",
    "flights": [
        {"flight_number": "HAT170", "date": "2024-05-22", "price": 115, "origin": "DFW", "destination": "LAX"},
        {"flight_number": "HAT022", "date": "2024-05-26", "price": 199, "origin": "LAX", "destination": "DFW"},
    ],
    "passengers": [{"first_name": "Chen", "last_name": "Jackson", "dob": "1956-07-07"}],
    "created_at": "2024-05-02T03:10:19",
    "total_baggages": 5,
    "insurance": "no",
}
CANCELLED = {**RESERVATION, "total_baggages": 0, "status": "cancelled"}
READ = ("get_reservation", {"id": "4WQ150"})
CANCEL = ("cancel", {"id": "4WQ150"})


def shown(*calls: tuple[str, dict[str, object], str], **options: Any) -> list[str]:
    """What the outputs become."""
    messages = compress(history(*calls), tools=CHAT_TOOLS, **options).messages
    return [message["content"] for message in messages if message["role"] == "tool"]


def test_a_record_that_comes_back_after_an_update_shows_only_what_changed() -> None:
    first, again = shown((*READ, json.dumps(RESERVATION)), (*CANCEL, json.dumps(CANCELLED)))
    assert again == (
        '[first 315 characters as in the get_reservation 4WQ150 output above, to `02T03:10:19",`]'
        '"total_baggages":0,"insurance":"no","status":"cancelled"}'
    )
    assert first[:315].endswith('"created_at":"2024-05-02T03:10:19",')


def test_the_same_record_again_is_the_same_as_it() -> None:
    outputs = shown((*READ, json.dumps(RESERVATION)), (*READ, json.dumps(RESERVATION)))
    assert outputs[1] == "[same as the get_reservation 4WQ150 output above]"


def test_what_was_a_reference_itself_is_found_where_it_stands() -> None:
    notes = ", ".join(f"note {number} of the second visit" for number in range(12))
    more = {**CANCELLED, "notes": notes}
    calls = [(*READ, RESERVATION), (*CANCEL, more), ("refund", {"id": "4WQ150"}, {**more, "refund": "paid"})]
    outputs = shown(*((name, arguments, json.dumps(record)) for name, arguments, record in calls))
    assert re.findall(r"\[(first )?[0-9]+ characters as in ([^`]*) `", outputs[2]) == [
        ("first ", "the get_reservation 4WQ150 output above, to"),
        ("", "the cancel 4WQ150 output above, from"),
    ]


def test_no_lines_are_the_same_as_one_that_holds_a_reference() -> None:
    line = "deprecated: " + ", ".join(f"option {number} of the tool" for number in range(12))
    text = f"first line of b\n{line}, changed\nlast line of b"
    calls = [("bash", {"command": "a"}, line), ("bash", {"command": "b"}, text), ("bash", {"command": "c"}, f"{text}.")]
    _, again, once_more = (output.split("\n") for output in shown(*calls))
    assert again[1] == once_more[1]
    assert again[1].startswith("[first ")


def test_a_long_line_may_share_a_piece_with_one_above_it_in_the_same_output() -> None:
    page = "<html>" + "".join(f'<div class="card-{number}">text of it</div>' for number in range(16)) + "</html>"
    text = f'first\n  left: "token A1, {page}"\nsecond\n  left: "token B2, {page}"'
    assert shown(("bash", {"command": "mix test"}, text))[0].split("\n")[3] == (
        '  left: "token B2, [last 596 characters as above in this output, its line 2, from `<html><div class`]'
    )


def test_a_whole_line_of_another_output_is_called_so() -> None:
    line = "deprecated: " + ", ".join(f"option {number} of the tool" for number in range(12))
    outputs = shown(
        ("bash", {"command": "a"}, f"start\n{line}\nend of a"), ("bash", {"command": "b"}, f"begin\n{line}\nend of b")
    )
    assert outputs[1].split("\n")[1] == "[this line as in the bash a output above, its line 2, from `deprecated: `]"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("Read", {"file_path": "/src/page.html"}), ("bash", {"command": "cat page.html"})],
)
def test_a_file_stays_as_it_is(name: str, arguments: dict[str, object]) -> None:
    page = ", ".join(f"<b>item {number}</b>" for number in range(60))
    outputs = shown(("bash", {"command": "curl localhost"}, page), (name, arguments, f"{page}, and one more"))
    assert outputs[1] == f"{page}, and one more"


def test_lines_of_a_log_stay_as_they_are() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Safari/537.36 " * 2
    log = "\n".join(f"2024-05-01 10:00:0{number} INFO request {number}{number} from {agent}" for number in range(5))
    assert shown(("get_logs", {}, log), settings={"kinds": ["repeats"]}) == [log]


def test_without_repeats_nothing_is_said_again_by_a_reference() -> None:
    calls = [(*READ, json.dumps(RESERVATION)), (*CANCEL, json.dumps(CANCELLED))]
    outputs = shown(*calls, settings={"kinds": ["json"]})
    assert " characters as " not in outputs[1]


def test_no_reference_points_at_what_a_compressor_left_out() -> None:
    rows = [{"id": number, "text": f"event {number} of the long list, " * 8} for number in range(300)]
    outputs = shown(("list_events", {}, json.dumps(rows)), ("get_event", {"id": 150}, json.dumps(rows[150])))
    assert "Retrieve more" in outputs[0]
    if rows[150]["text"] not in outputs[0]:
        assert " characters as " not in outputs[1]


def test_lines_with_markers_are_neither_shortened_nor_pointed_at() -> None:
    lines = read_lines(
        f"{marker.inline('0' * 24)} " + ", ".join(f"part {number}" for number in range(60)), numbered=False
    )
    seen = Seen()
    seen.add("source 0", lines)
    plain = read_lines(lines.raw[0].partition(" ")[2], numbered=False)
    assert seen.find(plain, pieces=LONG) is None
    other = Seen()
    other.add("source 0", plain)
    assert other.find(lines, pieces=LONG) is None


UPDATES = st.lists(
    st.dictionaries(st.sampled_from(["total_baggages", "insurance", "status", "user_id", "note"]), LINES, max_size=2),
    min_size=1,
    max_size=5,
)


@given(UPDATES)
@settings(max_examples=60, deadline=None)
def test_a_record_becomes_the_same_whatever_follows_it(updates: list[dict[str, str]]) -> None:
    calls = [(*READ, json.dumps({**RESERVATION, **update})) for update in updates]
    messages = history(*calls)
    whole = compress(messages, tools=CHAT_TOOLS)
    for end in range(len(messages) + 1):
        assert compress(messages[:end], tools=CHAT_TOOLS).messages == whole.messages[:end]
    for item in whole.items:
        assert tokens.count(item.text) < tokens.count(item.original)


def test_a_huge_line_takes_up_little_more_than_its_text() -> None:
    pieces = Pieces()
    line = ", ".join(str(number) for number in range(300_000))
    pieces.add("source", read_lines(line, numbered=False))
    assert 0 < pieces.weight < len(line) / 10
