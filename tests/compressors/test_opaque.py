"""What is promised of spans that no reader reads."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import COMPRESSORS, Document, Rendition
from headroom_litellm.detect import detect

from .examples.opaque import blob, checksums, endless
from .rendering import compress, relaxed

MARKER = re.compile(r"<<ccr:[0-9a-f]{24},[^<>]+>>")
PIECES = st.lists(
    st.one_of(
        st.text(max_size=40), st.just(blob(600)), st.just(endless(1500)), st.sampled_from(["\n", " ", '"', "ERROR: x "])
    ),
    max_size=12,
)


def whole(rendition: Rendition) -> str:
    """The text with each marker replaced by what it stands for."""
    spans = iter(rendition.spans)
    return MARKER.sub(lambda _: next(spans), rendition.text)


@relaxed
@given(PIECES, st.sampled_from(["", "what is 733|1407 about?"]))
def test_everything_but_the_spans_stays_in_place(pieces: list[str], query: str) -> None:
    text = "".join(pieces)
    rendition = compress("opaque", text, query)
    if rendition is not None:
        assert whole(rendition) == text


def test_a_blob_becomes_a_marker_that_says_what_it_is() -> None:
    rendition = compress("opaque", f"key: {blob(900)}\nvalid: yes")
    assert rendition is not None
    assert re.fullmatch(r"key: <<ccr:[0-9a-f]{24},base64,1\.2KB>>\nvalid: yes", rendition.text)


def test_an_endless_line_keeps_its_ends_what_is_asked_for_and_what_failed() -> None:
    cells = endless(4000).split(",")
    cells[2000] = "FATAL: worker crashed"
    rendition = compress("opaque", ",".join(cells), "look up order_3000 please")
    named = compress("opaque", ",".join([*cells[:3000], "order_3000", *cells[3001:]]), "look up order_3000 please")
    assert rendition is not None
    assert named is not None
    for text in (rendition.text, named.text):
        assert text.startswith(",".join(cells[:20]))
        assert text.endswith(",".join(cells[-10:]))
        assert "FATAL: worker crashed" in text
    assert "order_3000" in named.text


def test_long_words_that_can_be_read_stay() -> None:
    path = "/".join(f"folder-{number}" for number in range(60))
    assert compress("opaque", f"see {path}\nand {path}") is None


def test_without_a_way_to_retrieve_nothing_is_put_away() -> None:
    assert compress("opaque", f"key: {blob(900)}", lossless=True) is None


def test_checksums_keep_their_beginning_and_whole_what_is_asked_for() -> None:
    text = checksums(30)
    lines = text.split("\n")
    rendition = compress("opaque", text, f"which file is {lines[7][:64]}?")
    assert rendition is not None
    assert (rendition.kept, rendition.total) == (len(rendition.text), len(text))
    assert rendition.text.split("\n") == [
        line if at == 7 else f"{line[:12]}…{line[64:]}" for at, line in enumerate(lines)
    ]


LOCKED = [
    ('name = "serde"\nchecksum = "', '"'),
    ("requests==2.31.0 --hash=sha256:", ""),
    ('{ url = "https://files.example.org/a.whl", hash = "sha256:', '", size = 1 },'),
    ("  rack (3.0.8) sha256=", ""),
    ('  "ash": {:hex, :ash, "3.16.0", "', '", [:mix], [], "hexpm", "x"},'),
]


@pytest.mark.parametrize(("before", "after"), LOCKED)
def test_checksums_of_lock_files_are_cut(before: str, after: str) -> None:
    digests = [f"{number * 0x9E3779B97F4A7C15:064x}"[::-1] for number in range(1, 21)]
    rendition = compress("opaque", "\n".join(f"{before}{digest}{after}" for digest in digests))
    assert rendition is not None
    assert rendition.text.split("\n")[-1].endswith(f"{digests[-1][:12]}…{after}")


NAMES = [
    "{}",
    "{}  fix the parser",
    "{} refs/heads/main",
    "{}\trefs/tags/v1",
    "100644 blob {}\tsrc/main.py",
    " {} vendor/lib (v1.2)",
    "nginx   latest   sha256:{}   3 weeks ago   187MB",
    "{}   nginx:latest   3 hours ago",
    "image: example.org/web@sha256:{}",
    "commit: {}",
]


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize("size", [40, 64])
def test_the_names_of_commits_and_images_stay_whole(form: str, size: int) -> None:
    lines = [form.format(f"{number * 0x9E3779B97F4A7C15:0{size}x}"[::-1]) for number in range(1, 41)]
    assert compress("opaque", "\n".join(lines)) is None


def test_checksums_that_were_asked_for_stay_whole() -> None:
    document = Document(checksums(30), tool="Bash", arguments='{"command": "sha256sum dist/*"}')
    assert COMPRESSORS["opaque"].compress(document) is None
    assert detect(document) != "opaque"


def test_a_few_checksums_stay() -> None:
    assert compress("opaque", checksums(3)) is None
    assert compress("opaque", checksums(10) + "\nand words about them" * 400) is None
