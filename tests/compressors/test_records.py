"""What records promise on top of the contract."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import Document
from headroom_litellm.detect import detect

from .accounting import is_cut
from .examples.records import packages, ports, processors
from .rendering import compress, relaxed

REFERENCE = re.compile(r"\[=(\d+)(?:-(\d+))?(?: under each of these (\d+))?\]")
NAMES = st.sampled_from(
    [
        "Status: up",
        "Status: down",
        "Mode: trunk",
        "Speed: 10",
        "Vlan: none",
        "",
        "  Inner: a long value, long",
    ]
)


def whole(text: str) -> str:
    """Read the lossless form back by what its legend says."""
    lines = text.split("\n")
    legend = next(at for at, line in enumerate(lines) if re.match(r"\[\d+ records; ", line))
    out = lines[:legend]
    numbered: dict[int, str] = {}
    for line in lines[legend + 1 :]:
        number = re.match(r"(\d+)\|", line)
        reference = REFERENCE.fullmatch(line)
        if number is not None:
            assert int(number[1]) not in numbered
            numbered[int(number[1])] = line[number.end() :]
            out.append(line[number.end() :])
        elif reference is not None:
            same = [numbered[n] for n in range(int(reference[1]), int(reference[2] or reference[1]) + 1)]
            heads = [out.pop() for _ in range(int(reference[3] or 1))]
            out += [each for head in reversed(heads) for each in (head, *same)]
        else:
            out.append(line)
    return "\n".join(out)


@pytest.mark.parametrize("text", [packages(40), processors(12), ports(20), f"Three of them\n\n{packages(3)}"])
def test_what_is_said_of_each_record_reads_back(text: str) -> None:
    rendition = compress("records", text, lossless=True)
    assert rendition is not None
    assert rendition.lossless
    assert whole(rendition.text) == text


@relaxed
@given(st.lists(st.lists(NAMES, min_size=3, max_size=14), min_size=3, max_size=25))
def test_any_records_read_back(bodies: list[list[str]]) -> None:
    text = "\n".join("\n".join([f"Port: Gi1/0/{number}", *body]) for number, body in enumerate(bodies))
    rendition = compress("records", text, lossless=True)
    if rendition is not None:
        assert whole(rendition.text) == text


def test_records_that_differ_by_name_only_are_said_together() -> None:
    text = "\n".join(f"Name: Gi1/0/{i}\nSwitchport: Enabled\nMode: static access\nVLAN: 100 (data)" for i in range(30))
    rendition = compress("records", text)
    assert rendition is not None
    assert rendition.lossless
    lines = rendition.text.split("\n")
    assert lines[-2:] == ["Name: Gi1/0/29", "[=2-4 under each of these 29]"]
    assert len(lines) == 1 + 4 + 29 + 1


class TestMany:
    def test_few_of_many_stay_and_the_counts_add_up(self) -> None:
        rendition = compress("records", packages(500))
        assert rendition is not None
        assert 8 <= rendition.kept < 100
        shown = len(re.findall(r"^Package: ", rendition.text, re.MULTILINE))
        gone = sum(map(int, re.findall(r"^\[… (\d+) records?: ", rendition.text, re.MULTILINE)))
        assert (shown, shown + gone) == (rendition.kept, rendition.total) == (rendition.kept, 500)

    def test_a_gap_names_its_records_or_if_many_the_first_and_the_last(self) -> None:
        rendition = compress("records", packages(500))
        assert rendition is not None
        gap = re.compile(r"^\[… (\d+) records?: (?:\"lib(\d+)\" to \"lib(\d+)\"|(.*))\]$", re.MULTILINE)
        assert sum(int(match[1]) for match in gap.finditer(rendition.text)) == 500 - rendition.kept
        for match in gap.finditer(rendition.text):
            listed = match[4].split("; ") if match[4] else range(int(match[2]), int(match[3]) + 1)
            assert len(listed) == int(match[1])

    def test_records_that_begin_alike_are_named_by_what_tells_them_apart(self) -> None:
        frames = [
            f"[FRAME]\nmedia_type=video\npts={i}\nsize={i * 7919 % 1000}\nwidth=1920\n[/FRAME]" for i in range(200)
        ]
        rendition = compress("records", "\n".join(frames))
        assert rendition is not None
        assert re.search(r"^\[… \d+ records, pts: \d+; \d+", rendition.text, re.MULTILINE)

    def test_what_the_others_hold_is_told(self) -> None:
        rendition = compress("records", packages(500))
        assert rendition is not None
        head = rendition.text.split("\n")[0]
        assert re.search(
            r"The 466 left out: .*Section libs ×\d+, \w+ ×\d+, \w+ ×\d+; Installed-Size \d+\.\.\d+ \(median", head
        )

    def test_what_only_some_of_the_others_have_is_told_with_their_number(self) -> None:
        records = packages(200).split("\n\n")
        text = "\n\n".join(each + ("\nMulti-Arch: same" if i % 3 else "") for i, each in enumerate(records))
        text = text.replace("Multi-Arch: same", "Multi-Arch: foreign", 70)
        rendition = compress("records", text)
        assert rendition is not None
        told = re.search(r"Multi-Arch (?:same|foreign) ×(\d+), \w+ ×(\d+) in (\d+)", rendition.text)
        assert told is not None
        assert int(told[1]) + int(told[2]) == int(told[3]) < 200 - rendition.kept

    def test_what_the_query_names_what_fails_and_what_is_odd_stay(self) -> None:
        text = packages(500).replace("Installed-Size: 40\n", "Installed-Size: 99999999\n", 1)
        text = text.replace("Version: 1.123.0-2", "Version: 1.123.0-2\nLast-Error: FATAL: database is corrupt")
        rendition = compress("records", text, "What does lib321 depend on?")
        assert rendition is not None
        for literal in ("Package: lib321", "FATAL: database is corrupt", "Installed-Size: 99999999"):
            assert literal in rendition.text

    def test_long_records_keep_what_is_their_own(self) -> None:
        rows = [f"    Setting {k:03}:        {k}" for k in range(150)]
        devices = [[f"Device {i:03}: unit", f"  Serial:   S{i}", "  Table:", *rows] for i in range(40)]
        devices[17][60] = "    Setting 057:        odd"
        rendition = compress("records", "\n".join("\n".join(device) for device in devices))
        assert rendition is not None
        assert "    Setting 057:        odd" in rendition.text
        assert len(rendition.text) < 12_000

    def test_dumps_of_bytes_go_and_lines_are_counted(self) -> None:
        dumps = ["\n".join(f"        {i:02x}:{k:02x}:{'b2:c3:d4:' * 6}" for k in range(30)) for i in range(12)]
        text = "\n".join(
            f"Certificate:\n    Subject: CN = h{i}\n    Not After: May {i + 1}\n    Signature:\n{dump}\n        0a:c0"
            for i, dump in enumerate(dumps)
        )
        rendition = compress("records", text)
        assert rendition is not None
        assert (rendition.unit, rendition.total) == ("lines", 12 * 35)
        assert "[… 31 lines of bytes]" in rendition.text
        assert rendition.text.count("\nCertificate:\n") == int(re.search(r"\[(\d+) of 12", rendition.text)[1])  # type: ignore[index]


class TestVeryLongLines:
    def installed(self, number: int, *, names: int = 90) -> str:
        libraries = ", ".join(f"lib{number}x{i}:amd64 (1.{i}-2, automatic)" for i in range(names))
        return f"Start: 2026-03-{number + 1:02}\nCommand: install p{number}\nInstall: {libraries}\nEnd: {number}\n"

    def test_they_lose_their_middle_and_every_record_is_shown_where_there_are_few(self) -> None:
        text = "\n".join(self.installed(i) for i in range(8))
        rendition = compress("records", text)
        assert rendition is not None
        assert rendition.text.startswith("[8 of 8 records shown]")
        assert (rendition.kept, rendition.total, rendition.unit) == (4 * 8, 5 * 8, "lines")
        source = dict.fromkeys(text.split("\n"), 1)
        for line in rendition.text.split("\n")[1:]:
            assert line in source or any(is_cut(line, whole) for whole in source)

    def test_what_the_query_names_in_them_stays(self) -> None:
        rendition = compress("records", "\n".join(self.installed(i) for i in range(8)), "When was lib3x47 installed?")
        assert rendition is not None
        assert "lib3x47:amd64 (1.47-2, automatic)" in rendition.text

    def test_many_are_chosen_from(self) -> None:
        rendition = compress("records", "\n".join(self.installed(i % 28) for i in range(90)))
        assert rendition is not None
        assert len(rendition.text) < 30_000
        assert re.match(r"\[\d\d of 90 records shown", rendition.text)


class TestWhereRecordsBegin:
    def test_behind_a_blank_line_even_if_the_first_lines_are_not_alike(self) -> None:
        names = ["ann", "bob-r", "carl", "d.e", "eve"]
        mails = [
            f"From {names[i % 5]}@{i}.example.org Mon\nFrom: {names[i % 5]} <a@example.org>\nTo: the-list@example.org\n"
            f"Subject: topic {i // 5}\nList-Id: a list of examples that is long\nX-Scanned: by the scanner of mail\n"
            for i in range(60)
        ]
        rendition = compress("records", "\n".join(mails))
        assert rendition is not None
        for before, line in pairwise(rendition.text.split("\n")):
            if before.startswith("[… "):
                assert line.startswith("From ")

    def test_a_first_line_is_never_told_by_a_number(self) -> None:
        rendition = compress(
            "records", "\n".join(f"[Peer]\nKey = {'long' * 12}\nKeep = {'same' * 12}" for _ in range(9))
        )
        assert rendition is not None
        assert rendition.text.count("[Peer]") == 9

    def test_one_without_further_lines_has_none_of_the_next(self) -> None:
        body = (
            "\n  License Type: EvalRightToUse\n  License State: Active, Not in Use, EULA not accepted\n  Priority: None"
        )
        text = "\n".join(f"Index {i} Feature: f{i}{'' if i in (3, 7) else body}" for i in range(12))
        rendition = compress("records", text)
        assert rendition is not None
        assert whole(rendition.text) == text


def test_what_looks_like_our_own_notes_is_left_as_it_is() -> None:
    for line in ("[=2-9]", "3|x: y", "[… 4 records: a]"):
        assert compress("records", packages(40).replace("Priority: optional", line, 1)) is None


TESTS = [f"def test_{i}():\n    result = call({i})\n    assert result == {i}\n" for i in range(80)]
PARAGRAPHS = [f"Some words of paragraph {i}.\nAnd more: words.\nStill more of them.\n" for i in range(80)]
UNITS = [f"[Unit]\n# why it is so\nDescription=unit {i}\nWants=other\n\n[Service]\nType=x\n" for i in range(80)]
SETTINGS = [f"key_{i}: value {i}" for i in range(300)]


@pytest.mark.parametrize("lines", [TESTS, PARAGRAPHS, SETTINGS, UNITS])
def test_code_prose_and_settings_are_no_records(lines: list[str]) -> None:
    assert detect(Document("\n".join(lines))) != "records"
