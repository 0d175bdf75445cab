"""What records promise on top of the contract."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import Document
from headroom_litellm.detect import detect

from .examples.records import packages, ports, processors
from .rendering import compress, relaxed

REFERENCE = re.compile(r"\[=(\d+)(?:-(\d+))?(?: of (.*))?\]")
NAMES = st.sampled_from(
    ["Status: up", "Status: down", "Mode: trunk", "Speed: 10", "Vlan: none", "", "  Inner: a long value"]
)


def whole(text: str) -> str:
    """Read the lossless form back by what its legend says."""
    lines = text.split("\n")
    legend = next(at for at, line in enumerate(lines) if re.match(r"\[\d+ records; ", line))
    out, heads = lines[:legend], list[str]()
    records: dict[str, list[str]] = {}
    first = lines[legend + 1]
    shape = re.sub(r"\d+", "#", first.split()[0])
    current: list[str] = []
    for line in lines[legend + 1 :]:
        match = REFERENCE.fullmatch(line)
        if match is None and line.split()[:1] and re.sub(r"\d+", "#", line.split()[0]) == shape:
            current = [line]
            records.setdefault(line.strip()[:60], current)
            heads.append(line)
            out.append(line)
            continue
        if match is None:
            current.append(line)
            out.append(line)
            heads = []
            continue
        source = records[match[3] or first.strip()[:60]]
        start, end = int(match[1]), int(match[2] or match[1])
        body = source[start - 1 : end]
        if len(heads) > 1:
            del out[-len(heads) :]
            for head in heads:
                out += [head, *body]
        else:
            current += body
            out += body
        heads = []
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
    assert lines[-2:] == ["Name: Gi1/0/29", "[=2-4]"]
    assert len(lines) == 1 + 4 + 29 + 1


class TestMany:
    def test_few_of_many_stay_and_the_counts_add_up(self) -> None:
        rendition = compress("records", packages(500))
        assert rendition is not None
        assert 8 <= rendition.kept < 100
        shown = len(re.findall(r"^Package: ", rendition.text, re.MULTILINE))
        gone = sum(map(int, re.findall(r"^\[… (\d+) records?: ", rendition.text, re.MULTILINE)))
        assert (shown, shown + gone) == (rendition.kept, rendition.total) == (rendition.kept, 500)

    def test_a_gap_names_its_first_and_last_record(self) -> None:
        rendition = compress("records", packages(500))
        assert rendition is not None
        gap = re.compile(r'^\[… (\d+) records: "Package: lib(\d+)" to "Package: lib(\d+)"\]$', re.MULTILINE)
        assert gap.search(rendition.text)
        for match in gap.finditer(rendition.text):
            assert int(match[3]) - int(match[2]) + 1 == int(match[1])

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


TESTS = [f"def test_{i}():\n    result = call({i})\n    assert result == {i}\n" for i in range(80)]
PARAGRAPHS = [f"Some words of paragraph {i}.\nAnd more: words.\nStill more of them.\n" for i in range(80)]
SETTINGS = [f"key_{i}: value {i}" for i in range(300)]


@pytest.mark.parametrize("lines", [TESTS, PARAGRAPHS, SETTINGS])
def test_code_prose_and_settings_are_no_records(lines: list[str]) -> None:
    assert detect(Document("\n".join(lines))) != "records"
